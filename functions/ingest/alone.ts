/**
 * One slice at a time in an isolate, whose 128 MB are measured for one. Who waits asks again: a promise of one event must
 * not be awaited by another. An event that was killed leaves no trace, so the place is free after the longest time that
 * one may take.
 */
const LONGEST_MS = 15 * 60_000
const ASK_MS = 100

let holder: { readonly sinceMs: number } | null = null
const isTaken = (longestMs: number): boolean => holder !== null && Date.now() - holder.sinceMs < longestMs

export async function alone<T>(work: () => Promise<T>, longestMs = LONGEST_MS): Promise<T> {
  while (isTaken(longestMs)) await scheduler.wait(ASK_MS)
  const own = { sinceMs: Date.now() }
  holder = own
  try {
    return await work()
  } finally {
    if (holder === own) holder = null
  }
}
