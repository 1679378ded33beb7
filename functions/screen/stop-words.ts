/** How many different words of a short list a text has; one small table look-up a word. */
import { hashesOf } from './word-hash.ts'
import type { WordTable } from './word-table.ts'

const SLOTS = 256

export interface WordSet {
  readonly slots: Int8Array
  readonly first: Int32Array
  readonly second: Int32Array
}

/** A set of at most 64 words. */
export function wordSet(words: readonly string[]): WordSet {
  const slots = new Int8Array(SLOTS).fill(-1)
  const first = new Int32Array(words.length)
  const second = new Int32Array(words.length)
  words.forEach((word, i) => {
    const [a, b] = hashesOf(word)
    first[i] = a
    second[i] = b
    let slot = slotOf(a)
    while ((slots[slot] ?? -1) >= 0) slot = (slot + 1) & (SLOTS - 1)
    slots[slot] = i
  })
  return { slots, first, second }
}

const slotOf = (first: number): number => Math.imul(first, 0x9e3779b1) >>> 24

export function countDistinct(table: WordTable, set: WordSet): number {
  const seen = new Uint8Array(set.first.length)
  let distinct = 0
  for (let i = 0; i < table.count; i++) {
    const a = table.first[i] ?? 0
    let slot = slotOf(a)
    for (let at = set.slots[slot] ?? -1; at >= 0; at = set.slots[slot] ?? -1) {
      if (set.first[at] === a && set.second[at] === table.second[i]) {
        if (seen[at] === 0) distinct++
        seen[at] = 1
        break
      }
      slot = (slot + 1) & (SLOTS - 1)
    }
  }
  return distinct
}
