/** Chunks of one step: 8 of at most 8 MiB are read in seconds, and a seal of 10,000 chunks stays within 10,000 steps. */
export const CHUNKS_PER_STEP = 8

/** Half-open ranges [from, to) over `count` items. */
export function groupsOf(count: number, size = CHUNKS_PER_STEP): [from: number, to: number][] {
  const groups: [number, number][] = []
  for (let from = 0; from < count; from += size) groups.push([from, Math.min(from + size, count)])
  return groups
}

/** Rows of which the index is told or asked at once: 70,000 bands, 7 MB on the way, also where a chunk is all short texts. */
export const ROWS_PER_CALL = 5000
