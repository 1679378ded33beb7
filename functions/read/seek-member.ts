/**
 * Finding the next member after damage. Only here is a member's beginning guessed, and a guess is believed only if it
 * decodes with the right check (or decodes past the small-member limit, or to the object's end into what the format begins
 * with). Cost: one search, at most MAX_GUESSES decodings.
 */
import type { ByteWindow } from './byte-source.ts'
import type { Codec } from './member-codec.ts'

// Three magic bytes and four checks let one position in 2^32 of random bytes through: more guesses than this are an attack.
const MAX_GUESSES = 4096
const HEADER_BYTES = 10

/**
 * Moves the window to the next member that is believed and says whether there is one; if not, the window is at the end, or
 * behind `until`.
 */
export async function seekMember(
  window: ByteWindow,
  codec: Codec,
  { looksRight, until = Infinity }: { looksRight: (decoded: Uint8Array) => boolean; until?: number },
): Promise<boolean> {
  for (let guesses = 0; guesses < MAX_GUESSES;) {
    if (window.position > until) return false
    await window.fill(1 << 18)
    const view = window.unread
    const at = codec.find(view)
    if (at < 0) {
      if (window.ended) break
      window.skip(Math.max(0, view.length - HEADER_BYTES))
      continue
    }
    window.skip(at)
    const member = await codec.memberAt(window)
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
