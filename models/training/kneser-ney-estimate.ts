/**
 * Interpolated modified Kneser–Ney (Chen and Goodman 1998, section 3.6) from adjusted counts: p and back-off of each
 * n-gram that stays, as `lmplz` estimates them.
 *
 * p = (c − D(c)) / Σ c + γ · (p one order below); γ takes what discounting frees and all counts of the pruned n-grams, so
 * every context sums to 1. Words are interpolated with the uniform 1 / (words + `</s>` + `<unk>`).
 * Contexts and suffixes are looked up in the table that becomes the model: no order is sorted a second time.
 * Memory: the table and 16 bytes a slot.
 */
import type { AdjustedCounts, OrderCounts } from './adjusted-counts.ts'
import { NgramTable, keyOf } from './ngram-table.ts'
import type { Key } from './ngram-table.ts'
import { BEGIN, UNKNOWN } from './word-numbers.ts'
import type { WordNumbers } from './word-numbers.ts'

/** D1, D2, D3+. */
export type Discounts = readonly [number, number, number]

export class NoDiscounts extends Error {
  override readonly name = 'NoDiscounts'
  readonly exitCode = 2
}

/** Chen and Goodman, equation 26; where the counts of counts do not allow it, the fallback, or an error without one. */
export function discountsOf({ ofCounts }: OrderCounts, order: number, fallback: Discounts | null): Discounts {
  const missing = ofCounts.slice(0, 3).indexOf(0)
  const y = ofCounts[0] / (ofCounts[0] + 2 * ofCounts[1])
  const found = [1, 2, 3].map((c) => c - ((c + 1) * y * (ofCounts[c] ?? 0)) / (ofCounts[c - 1] ?? 0))
  const odd = found.findIndex((value, i) => !(value >= 0 && value <= i + 1))
  const [d1 = 0, d2 = 0, d3 = 0] = found
  if (missing < 0 && odd < 0) return [d1, d2, d3]
  if (fallback !== null) return fallback
  const detail =
    missing >= 0
      ? `none of the ${order}-grams has an adjusted count of ${missing + 1}`
      : `the ${order}-grams' discount of count ${odd + 1} is ${found[odd]}, expected 0 to ${odd + 1}`
  throw new NoDiscounts(
    `${detail}: likely little text, or text that repeats itself. --discount-fallback takes .5, 1, 1.5`,
  )
}

export interface Estimated {
  /** log10 p and log10 back-off. */
  readonly table: NgramTable
  readonly discounts: readonly Discounts[]
  /** log10 p of a word that was not seen. */
  readonly unknown: number
}

export interface EstimateOptions {
  readonly order: number
  readonly isOwn: boolean
  readonly fallback: Discounts | null
  readonly progress?: (order: number) => void
}

class Estimator {
  readonly table: NgramTable
  /** By slot: the sum of counts after a context, and what of it is freed. */
  readonly #sums: Float64Array
  readonly #freed: Float64Array
  readonly #words: WordNumbers
  readonly #ngram = { tokens: new Int32Array(8), checks: new Int32Array(8) }
  readonly #key: Key = { slot: 0, mark: 0, ownMark: 0 }

  constructor(words: WordNumbers, { expected, isOwn }: { expected: number; isOwn: boolean }) {
    this.#words = words
    this.table = new NgramTable({ expected, isOwn })
    this.#sums = new Float64Array(this.table.slots.length)
    this.#freed = new Float64Array(this.table.slots.length)
  }

  #set(words: Uint32Array, size: number): void {
    const { tokens, checks } = this.#words
    for (let k = 0; k < size; k++) {
      const word = words[k] as number
      this.#ngram.tokens[k] = tokens[word] as number
      this.#ngram.checks[k] = checks[word] as number
    }
  }

  #find(from: number, to: number): number {
    return this.table.find(keyOf(this.#ngram, from, to, this.#key))
  }

  #add(size: number, p: number): void {
    const at = this.table.add(keyOf(this.#ngram, 0, size, this.#key), size)
    if (at < 0) throw new Error(`two ${size}-grams have the same 64 bits of hash`)
    this.table.probabilities[at] = p
  }

  unigrams(counts: Float64Array, discounts: Discounts): void {
    let sum = 0
    let freed = 0
    for (const count of counts) {
      sum += count
      freed += discountOf(count, discounts)
    }
    const uniform = freed / sum / (counts.length - 1)
    const word = new Uint32Array(1)
    for (let id = 0; id < counts.length; id++) {
      word[0] = id
      this.#set(word, 1)
      const count = counts[id] as number
      // The start is never predicted; 1 is what `lmplz` writes.
      this.#add(1, id === BEGIN ? 1 : (count - discountOf(count, discounts)) / sum + uniform)
    }
  }

  level(size: number, counts: AdjustedCounts, discounts: Discounts): void {
    counts.read(size, (words, count, isKept) => {
      this.#set(words, size)
      const context = this.#find(0, size - 1)
      // Its n-grams occur no more often than it does, and thresholds do not fall: they are pruned too.
      if (context < 0) return
      this.#sums[context] = (this.#sums[context] as number) + count
      this.#freed[context] = (this.#freed[context] as number) + (isKept ? discountOf(count, discounts) : count)
    })
    counts.read(size, (words, count, isKept) => {
      if (!isKept) return
      this.#set(words, size)
      const context = this.#find(0, size - 1)
      const suffix = this.#find(1, size)
      const sum = this.#sums[context] as number
      const gamma = (this.#freed[context] as number) / sum
      const below = this.table.probabilities[suffix] as number
      this.#add(size, (count - discountOf(count, discounts)) / sum + gamma * below)
    })
  }

  /** Turns p into its logarithm and sets the back-offs. */
  finish(): void {
    const { orders, probabilities, backoffs } = this.table
    for (let i = 0; i < orders.length; i++) {
      if (orders[i] === 0) continue
      probabilities[i] = Math.min(0, Math.log10(probabilities[i] as number))
      const sum = this.#sums[i] as number
      backoffs[i] = sum > 0 ? Math.max(-99, Math.log10((this.#freed[i] as number) / sum)) : 0
    }
  }

  unknown(): number {
    this.#set(Uint32Array.of(UNKNOWN), 1)
    return this.table.probabilities[this.#find(0, 1)] as number
  }
}

const discountOf = (count: number, [d1, d2, d3]: Discounts): number =>
  count === 0 ? 0 : count === 1 ? d1 : count === 2 ? d2 : d3

export function estimateModel(words: WordNumbers, counts: AdjustedCounts, options: EstimateOptions): Estimated {
  const { order, isOwn, fallback, progress } = options
  const discounts = counts.orders.map((one, k) => discountsOf(one, k + 1, fallback))
  const ngrams = counts.orders.slice(1).reduce((sum, { kept }) => sum + kept, 0)
  const estimator = new Estimator(words, { expected: words.size + ngrams, isOwn })
  discounts.forEach((one, k) => {
    if (k === 0) estimator.unigrams(counts.unigrams, one)
    else estimator.level(k + 1, counts, one)
    progress?.(k + 1)
  })
  if (order !== discounts.length) throw new Error(`${discounts.length} orders were counted, expected ${order}`)
  estimator.finish()
  return { table: estimator.table, discounts, unknown: estimator.unknown() }
}
