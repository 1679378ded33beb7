/**
 * Finding the next gzip member after damage. Only here is a member's beginning guessed, and a guess is believed only if
 * it inflates with the right CRC (or inflates past the small-member limit, or to the object's end into what the format
 * begins with). Cost: one search, at most MAX_GUESSES inflations.
 */
import type { ByteWindow } from './byte-source.ts'
import { gzipHeaderLength, readMember, SMALL_MEMBER_WINDOW } from './gzip-member.ts'
import type { Member } from './gzip-member.ts'

// Three magic bytes and four checks let one position in 2^32 of random bytes through: more guesses than this are an attack.
const MAX_GUESSES = 4096
const HEADER_BYTES = 10

/** The member at the head of the window, reading on for as long as that may complete it. */
export async function memberAt(window: ByteWindow): Promise<Member> {
  // Most members of a crawl are below 256 KiB: a failed try inflates at most a third of what the next one does.
  for (let want = 1 << 18; ; want = Math.min(want * 4, SMALL_MEMBER_WINDOW)) {
    await window.fill(want)
    const member = readMember(window.unread.subarray(0, SMALL_MEMBER_WINDOW), window.ended)
    if (member.kind !== 'need-more') return member
  }
}

/**
 * Moves the window to the next member that is believed and says whether there is one; if not, the window is at the end, or
 * behind `until`.
 */
export async function seekMember(
  window: ByteWindow,
  looksRight: (decoded: Uint8Array) => boolean,
  until = Infinity,
): Promise<boolean> {
  for (let guesses = 0; guesses < MAX_GUESSES;) {
    if (window.position > until) return false
    await window.fill(1 << 18)
    const view = window.unread
    const at = findHeader(view)
    if (at < 0) {
      if (window.ended) break
      window.skip(Math.max(0, view.length - HEADER_BYTES))
      continue
    }
    window.skip(at)
    const member = await memberAt(window)
    if (member.kind === 'whole' || member.kind === 'large') return true
    if (member.kind === 'truncated' && looksRight(member.bytes)) return true
    window.skip(1)
    guesses++
  }
  await skipToEnd(window)
  return false
}

async function skipToEnd(window: ByteWindow): Promise<void> {
  do {
    window.skip(window.unread.length)
    await window.fill(1)
  } while (window.unread.length > 0)
}

/** A member may begin at the head of these bytes, as far as its first ten tell. */
export function plausibleHeader(view: Uint8Array): boolean {
  const level = view[8]
  const system = view[9] ?? 256
  if (view.length < HEADER_BYTES || gzipHeaderLength(view.subarray(0, 64)) < 0) return false
  return (level === 0 || level === 2 || level === 4) && (system <= 13 || system === 255)
}

function findHeader(view: Uint8Array): number {
  for (let at = view.indexOf(0x1f); at >= 0; at = view.indexOf(0x1f, at + 1))
    if (view[at + 1] === 0x8b && plausibleHeader(view.subarray(at, at + 64))) return at
  return -1
}
