/**
 * The first words of a block as hashes: runs of letters, small and capital ones alike; of ideographs each pair that stands
 * together. "Related", "Leave a comment", 相关阅读 say what a block is where its place and shape do not.
 */
import { EMPTY_HASH } from './name-hash.ts'

/** What a block is shows in its first words; so a long text costs no more than a short one. */
export const MAX_TEXT_WORDS = 16
const IS_LETTER = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || (byte >= 0xc3 && byte !== 0xe2) ? 1 : 0,
)

/** Writes at most MAX_TEXT_WORDS hashes of the text between `start` and `end`, and answers how many. */
export function textWords(text: Uint8Array, start: number, end: number, into: Int32Array): number {
  let count = 0
  let hash = EMPTY_HASH
  let letters = 0
  let before = 0
  for (let i = start; i < end && count < MAX_TEXT_WORDS; i++) {
    const byte = text[i] as number
    if (byte >= 0xe3 && byte <= 0xe9) {
      if (letters > 1) into[count++] = hash
      letters = 0
      hash = EMPTY_HASH
      const code = (byte << 16) | ((text[i + 1] as number) << 8) | (text[i + 2] as number)
      i += 2
      if (before !== 0 && count < MAX_TEXT_WORDS) into[count++] = (Math.imul(before, 31) + code) | 0
      before = code
      continue
    }
    before = 0
    if (IS_LETTER[byte] === 1 || (byte >= 128 && letters > 0)) {
      hash = (Math.imul(hash, 31) + (byte | 32)) | 0
      letters++
    } else if (letters > 0) {
      if (letters > 1) into[count++] = hash
      letters = 0
      hash = EMPTY_HASH
    }
  }
  if (letters > 1 && count < MAX_TEXT_WORDS) into[count++] = hash
  return count
}
