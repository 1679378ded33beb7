/**
 * Interpolated modified Kneser–Ney for a model that keeps a part of its n-grams.
 *
 * p of an n-gram = (c − D(c)) / Σ c + γ · (p one order below); γ takes what discounting frees and all counts of the n-grams
 * that are not kept, so every context sums to 1 whatever is kept. The counts of an order below are those that keep the
 * marginals (Siivola, Hirsimäki and Virpioja 2007, "On growing and pruning Kneser–Ney smoothed n-gram models", section III):
 * of an n-gram's uses, what the kept n-grams one word longer do not take for themselves. With nothing pruned and one
 * discount of 1 this is Kneser–Ney's count of contexts; pruned hard, it comes near to the plain counts that backing off needs.
 * Sources are weighted: an n-gram is discounted by how often it occurs, and what is left has its sources' weights.
 * Memory: 41 bytes a candidate.
 */
import type { Candidates } from './sized-candidates.ts'
import { BEGIN, UNKNOWN } from './word-numbers.ts'

export type Discounts = readonly [number, number, number]

/** The lowest count, 1 to 4, that no n-gram has: the discounts cannot be estimated then. */
export function missingCount(ofCounts: readonly number[]): number | null {
  const found = ofCounts.slice(0, 4).findIndex((one) => one <= 0)
  return found < 0 ? null : found + 1
}

/** Chen and Goodman 1998, equation 26, within bounds; where a count of counts is missing, what `lmplz` falls back to. */
export function boundedDiscounts(ofCounts: readonly number[]): Discounts {
  if (missingCount(ofCounts) !== null) return [0.5, 1, 1.5]
  const [n1 = 0, n2 = 0, n3 = 0, n4 = 0] = ofCounts
  const y = n1 / (n1 + 2 * n2)
  const bounded = (value: number, top: number): number => Math.min(Math.max(value, 0.1), top)
  return [
    bounded(1 - (2 * y * n2) / n1, 0.95),
    bounded(2 - (3 * y * n3) / n2, 1.9),
    bounded(3 - (4 * y * n4) / n3, 2.9),
  ]
}

/** The share of a count that is taken from it; counts are fractions below the highest order. */
export function takenShare(count: number, [d1, d2, d3]: Discounts): number {
  if (count < 1) return d1
  return Math.min(1, (count < 1.5 ? d1 : count < 2.5 ? d2 : d3) / count)
}

export interface Estimate {
  /** Whether the model has it, by candidate as all that follows. */
  readonly kept: Uint8Array
  /** p as it is, or would be if it alone were kept beside what is kept. */
  readonly p: Float64Array
  /** What it has of its context's events for itself. */
  readonly own: Float64Array
  /** Of a context: its events that reach this order, and what of them is freed for the order below. */
  readonly events: Float64Array
  readonly freed: Float64Array
  /** Σ over the kept n-grams of a context of p one order below. */
  readonly below: Float64Array
  discounts: Discounts[]
  /** By order less one: the count whose lack made its discounts those to fall back to, or null. */
  missing: (number | null)[]
  /** p of one unknown word. */
  unknown: number
}

/** As if all were kept. */
export function openEstimate({ counts: { length } }: Candidates): Estimate {
  const floats = (): Float64Array => new Float64Array(length)
  return {
    kept: new Uint8Array(length).fill(1),
    p: floats(),
    own: floats(),
    events: floats(),
    freed: floats(),
    below: floats(),
    discounts: [],
    missing: [],
    unknown: 0,
  }
}

/** `numUnknown`: the words that `<unk>` stands for, which share its probability. */
export function estimate(candidates: Candidates, into: Estimate, { numUnknown }: { numUnknown: number }): void {
  const total = shareCounts(candidates, into)
  const { orders, contexts, suffixes } = candidates
  const { kept, p, own, events, freed, below } = into
  setWords(candidates, into, { total, numUnknown })
  below.fill(0)
  for (const places of orders.slice(1)) {
    for (const at of places) {
      const context = contexts[at] as number
      const lower = p[suffixes[at] as number] as number
      const free = kept[at] === 1 ? (freed[context] as number) : (freed[context] as number) - (own[at] as number)
      p[at] = ((own[at] as number) + free * lower) / (events[context] as number)
      if (kept[at] === 1) below[context] = (below[context] as number) + lower
    }
  }
}

/**
 * From the highest order down: what n-grams have for themselves, and what they leave to their suffixes. Returns the events
 * that reach the words.
 */
function shareCounts(candidates: Candidates, into: Estimate): number {
  const { orders, counts, weights, contexts, suffixes } = candidates
  const { kept, p, own, events, freed } = into
  // Until p is known, its place holds how often the n-gram is used at its order.
  const uses = p
  for (let at = 0; at < uses.length; at++) {
    uses[at] = counts[at] as number
    own[at] = weights[at] as number
    // Each but a sentence's end is followed by a word.
    events[at] = weights[at] as number
  }
  into.discounts = []
  into.missing = []
  const start = orders[0]?.[BEGIN]
  let total = 0
  for (let k = orders.length - 1; k >= 0; k--) {
    const places = orders[k] as Int32Array
    const ofCounts = countsOfCounts(candidates, k, uses)
    const found = boundedDiscounts(ofCounts)
    into.discounts[k] = found
    into.missing[k] = missingCount(ofCounts)
    for (const at of places) {
      const use = Math.max(0, uses[at] as number)
      const before = Math.max(0, own[at] as number)
      const left = 1 - takenShare(use, found)
      own[at] = before * left
      if (k === 0 && at !== start) total += before
      if (kept[at] === 0 || k === 0) continue
      // What it takes, and what longer ones have taken of it, does not reach the orders below.
      const numTaken = (counts[at] as number) - use * (1 - left)
      const taken = (weights[at] as number) - before * (1 - left)
      const suffix = suffixes[at] as number
      uses[suffix] = (uses[suffix] as number) - numTaken
      own[suffix] = (own[suffix] as number) - taken
      if (k === 1) continue
      const context = contexts[suffix] as number
      events[context] = (events[context] as number) - taken
    }
  }
  freed.set(events)
  for (const places of orders.slice(1)) {
    for (const at of places) {
      if (kept[at] === 0) continue
      const context = contexts[at] as number
      freed[context] = (freed[context] as number) - (own[at] as number)
    }
  }
  return total
}

/** Of all n-grams of the order: those that are no candidates are used as often as they occur. */
function countsOfCounts({ orders, counts, ofCounts }: Candidates, k: number, uses: Float64Array): number[] {
  const found = [...(ofCounts[k] ?? [])]
  for (const at of orders[k] ?? []) {
    const before = counts[at] as number
    if (before >= 1 && before <= 4) found[before - 1] = (found[before - 1] ?? 0) - 1
    const now = Math.round(uses[at] as number)
    if (now >= 1 && now <= 4) found[now - 1] = (found[now - 1] ?? 0) + 1
  }
  return found
}

/**
 * Words, interpolated with the uniform distribution over all words that were met and one that was not; the start is never
 * predicted, and `<unk>` stands for `numUnknown` of them.
 */
function setWords(
  { orders }: Candidates,
  into: Estimate,
  { total, numUnknown }: { total: number; numUnknown: number },
): void {
  const { p, own } = into
  const words = orders[0] as Int32Array
  let left = 0
  for (let word = 0; word < words.length; word++) if (word !== BEGIN) left += own[words[word] as number] as number
  const uniform = (total - left) / (words.length - 2 + numUnknown)
  for (let word = 0; word < words.length; word++) {
    const at = words[word] as number
    p[at] = ((own[at] as number) + (word === UNKNOWN ? numUnknown : 1) * uniform) / total
  }
  into.unknown = (p[words[UNKNOWN] as number] as number) / numUnknown
}
