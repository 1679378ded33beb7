/**
 * The candidates of a model of a given size as parallel arrays, numbered order by order as they were counted: by the last
 * word first, so that suffixes (the n-gram without its first word) lie near each other; contexts (without its last) do not.
 * Memory: 24 bytes a candidate, and 27 to 31 of table.
 */
import { NgramTable, keyOf } from './ngram-table.ts'
import type { Key } from './ngram-table.ts'
import type { RawCounts } from './raw-counts.ts'
import type { WordNumbers } from './word-numbers.ts'

export interface Candidates {
  readonly table: NgramTable
  /** Numbers of the candidates by order less one: ascending, words by their own number. */
  readonly orders: readonly Int32Array[]
  /** The place in the table; by candidate, as all that follows. */
  readonly slots: Int32Array
  readonly counts: Uint32Array
  readonly weights: Float32Array
  readonly contexts: Int32Array
  readonly suffixes: Int32Array
  /** By order less one: how many n-grams occur once, twice, three and four times, candidates or not. */
  readonly ofCounts: readonly (readonly number[])[]
}

/** `words`: by number, so that a word's hashes are found. */
export function collectCandidates(
  raw: RawCounts,
  words: Pick<WordNumbers, 'tokens' | 'checks'>,
  { isOwn }: { readonly isOwn: boolean },
): Candidates {
  const size = raw.unigrams.length
  const expected = raw.orders.slice(1).reduce((sum, { kept }) => sum + kept, size)
  const table = new NgramTable({ expected, isOwn })
  const slots = new Int32Array(expected)
  const counts = new Uint32Array(expected)
  const weights = new Float32Array(expected)
  const contexts = new Int32Array(expected).fill(-1)
  const suffixes = new Int32Array(expected).fill(-1)
  const numbers = new Int32Array(table.slots.length)
  const ngram = { tokens: new Int32Array(8), checks: new Int32Array(8) }
  const key: Key = { slot: 0, mark: 0, ownMark: 0 }
  const set = (at: number, word: number): void => {
    ngram.tokens[at] = words.tokens[word] as number
    ngram.checks[at] = words.checks[word] as number
  }
  let filled = 0
  const add = (length: number, count: number, weight: number): void => {
    const slot = table.add(keyOf(ngram, 0, length, key), length)
    if (slot < 0) throw new Error(`two ${length}-grams have the same 64 bits of hash`)
    slots[filled] = slot
    counts[filled] = count
    weights[filled] = weight
    numbers[slot] = filled++
  }
  const find = (from: number, to: number): number => numbers[table.find(keyOf(ngram, from, to, key))] as number
  for (let word = 0; word < size; word++) {
    set(0, word)
    add(1, raw.unigrams[word] as number, raw.weights[word] as number)
  }
  const orders = [numbered(0, size)]
  for (let length = 2; length <= raw.orders.length; length++) {
    const first = filled
    raw.read(length, (record, count, weight) => {
      for (let k = 0; k < length; k++) set(k, record[k] as number)
      // Both occur as often at least, and thresholds do not fall: they are there.
      contexts[filled] = find(0, length - 1)
      suffixes[filled] = find(1, length)
      add(length, count, weight)
    })
    orders.push(numbered(first, filled))
  }
  const ofCounts = raw.orders.map((tally) => tally.ofCounts)
  return { table, orders, slots, counts, weights, contexts, suffixes, ofCounts }
}

const numbered = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i)
