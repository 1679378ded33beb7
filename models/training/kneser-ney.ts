/**
 * Interpolated modified Kneser–Ney (Chen and Goodman 1998, section 3.6) of order 3, for a model that keeps a part of its
 * n-grams.
 *
 * Each level's probability of an n-gram is (c − D(c)) / den + γ · (the level below); γ takes what discounting frees and
 * all counts of the n-grams that are not kept, so every context sums to 1 whatever was pruned. The counts of a level
 * below are those that keep the marginals: Σ D(c) over the kept n-grams above it that end in it and Σ c over the others
 * (Siivola, Hirsimäki and Virpioja 2007, section III; with nothing pruned and one D this is Kneser–Ney's count of
 * contexts). Cost: a few passes over the distinct trigrams, 60 bytes each.
 */
import { BASE, START, UNKNOWN } from './ngram-counts.ts'
import type { Counts, NgramCounts } from './ngram-counts.ts'

/** One order above the unigrams, as parallel arrays over its distinct n-grams. */
export interface Level {
  readonly keys: Float64Array
  readonly counts: Float64Array
  /** Place of the context (the n-gram without its last token) and of the suffix (without its first) one order below. */
  readonly contexts: Int32Array
  readonly suffixes: Int32Array
  /** Whether it may be kept at all: nothing unknown in it. */
  readonly eligible: Uint8Array
}

/** D1, D2, D3+ from the counts of counts (Chen and Goodman, equation 26). */
export type Discounts = readonly [number, number, number]

export function discountsOf(counts: Float64Array): Discounts {
  const n = [0, 0, 0, 0, 0]
  for (const count of counts) {
    const c = Math.round(count)
    if (c >= 1 && c <= 4) n[c] = (n[c] as number) + 1
  }
  const [, n1 = 0, n2 = 0, n3 = 0, n4 = 0] = n
  // A corpus of a few lines has no counts of four: the usual values stand in.
  if (n1 === 0 || n2 === 0 || n3 === 0 || n4 === 0) return [0.5, 0.75, 0.9]
  const y = n1 / (n1 + 2 * n2)
  const clamp = (value: number, top: number): number => Math.min(Math.max(value, 0.1), top)
  return [clamp(1 - (2 * y * n2) / n1, 0.95), clamp(2 - (3 * y * n3) / n2, 1.9), clamp(3 - (4 * y * n4) / n3, 2.9)]
}

/** Counts of the levels below are fractions once something is pruned; never more than the count is taken. */
export const discount = (count: number, [d1, d2, d3]: Discounts): number =>
  Math.min(count, count < 1.5 ? d1 * Math.min(count, 1) : count < 2.5 ? d2 : d3)

/** The place of `key` in an ascending list that has it. */
export function placeOf(keys: Float64Array, key: number): number {
  let low = 0
  let high = keys.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle] as number) < key) low = middle + 1
    else high = middle
  }
  return low
}

export function bigramLevel({ keys, counts }: Counts): Level {
  const contexts = Int32Array.from(keys, (key) => Math.floor(key / BASE))
  const suffixes = Int32Array.from(keys, (key) => key % BASE)
  const eligible = Uint8Array.from(keys, (_, i) => Number(contexts[i] !== UNKNOWN && suffixes[i] !== UNKNOWN))
  return { keys, counts, contexts, suffixes, eligible }
}

export function trigramLevel({ keys, counts }: Counts, bigrams: Level): Level {
  const contexts = Int32Array.from(keys, (key) => placeOf(bigrams.keys, Math.floor(key / BASE)))
  const suffixes = Int32Array.from(keys, (key) => placeOf(bigrams.keys, key % (BASE * BASE)))
  const eligible = Uint8Array.from(keys, (_, i) =>
    Number(bigrams.eligible[contexts[i] as number] === 1 && bigrams.eligible[suffixes[i] as number] === 1),
  )
  return { keys, counts, contexts, suffixes, eligible }
}

export interface Smoothed {
  /** Probability of each n-gram, as it is or would be if it were kept. */
  readonly p: Float64Array
  /** Back-off weight γ of each context. */
  readonly gamma: Float64Array
}

/** What a smoothing needs of a level: which counts, and which n-grams are kept. */
export interface Smoothing {
  readonly counts: Float64Array
  readonly kept: Uint8Array
  readonly discounts: Discounts
  /** Probabilities one order below. */
  readonly below: Float64Array
}

export function smooth({ contexts, suffixes }: Level, { counts, kept, discounts, below }: Smoothing): Smoothed {
  const total = new Float64Array(below.length)
  const freed = new Float64Array(below.length)
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i] as number
    const context = contexts[i] as number
    total[context] = (total[context] as number) + count
    freed[context] = (freed[context] as number) + (kept[i] === 1 ? discount(count, discounts) : count)
  }
  const gamma = Float64Array.from(total, (sum, context) => (sum > 0 ? (freed[context] as number) / sum : 1))
  const p = Float64Array.from(counts, (count, i) => {
    const context = contexts[i] as number
    const own = (count - discount(count, discounts)) / Math.max(total[context] as number, Number.MIN_VALUE)
    return own + (gamma[context] as number) * (below[suffixes[i] as number] as number)
  })
  return { p, gamma }
}

/** The counts of the level below that keep this level's marginals. */
export function countsBelow(
  level: Level,
  { counts, kept, discounts }: Omit<Smoothing, 'below'>,
  size: number,
): Float64Array {
  const below = new Float64Array(size)
  for (let i = 0; i < counts.length; i++) {
    const suffix = level.suffixes[i] as number
    const count = counts[i] as number
    below[suffix] = (below[suffix] as number) + (kept[i] === 1 ? discount(count, discounts) : count)
  }
  return below
}

export interface Kept {
  readonly bigrams: Uint8Array
  readonly trigrams: Uint8Array
}

export interface Estimate {
  readonly unigrams: Float64Array
  readonly bigrams: Smoothed
  readonly trigrams: Smoothed
}

export interface Levels {
  readonly unigrams: Float64Array
  readonly bigrams: Level
  readonly trigrams: Level
}

export function levelsOf(counts: NgramCounts): Levels {
  const bigrams = bigramLevel(counts.bigrams)
  return { unigrams: counts.unigrams, bigrams, trigrams: trigramLevel(counts.trigrams, bigrams) }
}

export function estimate({ unigrams, bigrams, trigrams }: Levels, kept: Kept): Estimate {
  const top = { counts: trigrams.counts, kept: kept.trigrams, discounts: discountsOf(trigrams.counts) }
  const twoCounts = countsBelow(trigrams, top, bigrams.keys.length)
  // Nothing comes before a line's start: such a bigram is no trigram's suffix, and its own count is the marginal.
  bigrams.contexts.forEach((context, i) => {
    if (context === START) twoCounts[i] = bigrams.counts[i] as number
  })
  const middle = { counts: twoCounts, kept: kept.bigrams, discounts: discountsOf(twoCounts) }
  const oneCounts = countsBelow(bigrams, middle, unigrams.length)
  oneCounts[START] = 0
  const total = oneCounts.reduce((sum, count) => sum + count, 0)
  const one = oneCounts.map((count) => count / total)
  const two = smooth(bigrams, { ...middle, below: one })
  return { unigrams: one, bigrams: two, trigrams: smooth(trigrams, { ...top, below: two.p }) }
}
