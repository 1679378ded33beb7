/**
 * The candidates of a model of a given size as parallel arrays by their slot in a table: counts, and where the context (the
 * n-gram without its last word) and the suffix (without its first) lie.
 * Memory: 37 to 41 bytes a slot, four in five of them filled.
 */
import { NgramTable, keyOf } from './ngram-table.ts'
import type { Key } from './ngram-table.ts'
import type { RawCounts } from './raw-counts.ts'
import type { WordNumbers } from './word-numbers.ts'

export interface Candidates {
  readonly table: NgramTable
  /** Slots by order less one; of words, by their number. */
  readonly orders: readonly Int32Array[]
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
  const slots = table.slots.length
  const counts = new Uint32Array(slots)
  const weights = new Float32Array(slots)
  const contexts = new Int32Array(slots).fill(-1)
  const suffixes = new Int32Array(slots).fill(-1)
  const ngram = { tokens: new Int32Array(8), checks: new Int32Array(8) }
  const key: Key = { slot: 0, mark: 0, ownMark: 0 }
  const set = (at: number, word: number): void => {
    ngram.tokens[at] = words.tokens[word] as number
    ngram.checks[at] = words.checks[word] as number
  }
  const add = (length: number, count: number, weight: number): number => {
    const at = table.add(keyOf(ngram, 0, length, key), length)
    if (at < 0) throw new Error(`two ${length}-grams have the same 64 bits of hash`)
    counts[at] = count
    weights[at] = weight
    return at
  }
  const unigrams = new Int32Array(size)
  for (let word = 0; word < size; word++) {
    set(0, word)
    unigrams[word] = add(1, raw.unigrams[word] as number, raw.weights[word] as number)
  }
  const orders = [unigrams]
  for (let length = 2; length <= raw.orders.length; length++) {
    const places = new Int32Array(raw.orders[length - 1]?.kept ?? 0)
    let filled = 0
    raw.read(length, (record, count, weight) => {
      for (let k = 0; k < length; k++) set(k, record[k] as number)
      // Both occur as often at least, and thresholds do not fall: they are there.
      const context = table.find(keyOf(ngram, 0, length - 1, key))
      const suffix = table.find(keyOf(ngram, 1, length, key))
      const at = add(length, count, weight)
      contexts[at] = context
      suffixes[at] = suffix
      places[filled++] = at
    })
    orders.push(places)
  }
  const ofCounts = raw.orders.map((tally) => tally.ofCounts)
  return { table, orders, counts, weights, contexts, suffixes, ofCounts }
}
