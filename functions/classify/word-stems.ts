/**
 * The beginnings of long words: `elections`, `electoral` and `elected` share one, and a page tells its topic by words that the
 * labelled pages hold in another form. Five letters do as well as four or six, and better than runs of letters inside words.
 * A walk of its own over the units that a block was read from, by the rules of kernel/tokens.ts. Cost: 2 ns a unit.
 */
import { DROPPED, WORD, characters } from '../kernel/characters.ts'
import { FNV_OFFSET, FNV_PRIME, mix } from '../kernel/hash.ts'

/** Folded units; a word has a stem where it is longer. */
export const STEM_UNITS = 5

/**
 * Writes for each word of `units[0 … size)` the hash of its first letters, as if they were a word, or 0 where it has no more
 * than those; returns how many words there are.
 */
export function readStems(units: Uint16Array, size: number, stems: Int32Array): number {
  const table = characters()
  let words = 0
  let i = 0
  while (i < size) {
    const entry = table[units[i++] as number] as number
    if (entry >>> 16 !== WORD) continue
    let h = Math.imul(FNV_OFFSET ^ (entry & 0xffff), FNV_PRIME)
    let stem = 0
    let length = 1
    while (i < size) {
      const next = table[units[i] as number] as number
      const is = next >>> 16
      if (is === WORD) {
        if (length === STEM_UNITS) stem = mix(h)
        h = Math.imul(h ^ (next & 0xffff), FNV_PRIME)
        length++
      } else if (is !== DROPPED) break
      i++
    }
    stems[words++] = stem
  }
  return words
}
