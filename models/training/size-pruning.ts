/**
 * Which n-grams a model of a given size keeps: those whose loss would cost most of the training text's probability.
 *
 * An n-gram's price is what pruning it alone adds to the relative entropy (Stolcke 1998, "Entropy-based pruning of backoff
 * language models", section 3, with back-off weights recomputed), at the events that reach its context: those that no longer
 * context takes for itself. Counts and not the product of lower orders say how many these are, since Kneser–Ney's
 * lower orders are no marginals (Chelba et al. 2010). One threshold serves all orders. Contexts and suffixes of what is kept are kept, so
 * an n-gram's price is at least that of every n-gram that needs it. What is pruned changes the counts of the orders below
 * and so all prices: the size falls by steps, and an n-gram may come back.
 */
import { estimate, openEstimate } from './pruned-kneser-ney.ts'
import type { Estimate } from './pruned-kneser-ney.ts'
import type { Candidates } from './sized-candidates.ts'

/** At most this many times fewer n-grams after a step. */
const STEP = 3
/** Steps at the wanted size: prices settle. */
const LAST_STEPS = 2

/** By candidate; of words 0. Memory: 8 bytes a candidate, with what sorts them. */
export function pricesOf(candidates: Candidates, known: Estimate): Float32Array {
  const { orders, contexts, suffixes } = candidates
  const { kept, p, own, events, freed, below } = known
  const prices = new Float32Array(kept.length)
  for (const places of orders.slice(1)) {
    for (const at of places) {
      const context = contexts[at] as number
      const reached = events[context] as number
      if (!(reached > 0)) continue
      const lower = p[suffixes[at] as number] as number
      const share = (own[at] as number) / reached
      const now = (freed[context] as number) / reached
      const isKept = kept[at] === 1
      const [gammaWith, gammaWithout] = isKept ? [now, now + share] : [now - share, now]
      if (!(gammaWith > 0)) continue
      const unseen = Math.max(0, 1 - (below[context] as number) - (isKept ? 0 : lower))
      const here = p[at] as number
      const saved = here * Math.log(here / (gammaWithout * lower))
      prices[at] = reached * (saved - gammaWith * unseen * Math.log(gammaWithout / gammaWith))
    }
  }
  return prices
}

/** Keeps at most `most` n-grams above the words. */
function keepDearest(
  { orders, contexts, suffixes }: Candidates,
  kept: Uint8Array,
  prices: Float32Array,
  most: number,
): void {
  for (const places of orders.slice(2).toReversed()) {
    for (const at of places) {
      const price = prices[at] as number
      for (const needed of [contexts[at] as number, suffixes[at] as number]) {
        if (price > (prices[needed] as number)) prices[needed] = price
      }
    }
  }
  const above = orders.slice(1)
  const sorted = new Float32Array(above.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const places of above) for (const at of places) sorted[filled++] = prices[at] as number
  sorted.sort()
  // What is below 0 saves nothing.
  const threshold = Math.max(0, sorted[sorted.length - 1 - most] ?? 0)
  for (const places of above) for (const at of places) kept[at] = (prices[at] as number) > threshold ? 1 : 0
}

export interface Pruned extends Estimate {
  /** By order less one. */
  readonly sizes: readonly number[]
}

export interface PruneOptions {
  /** n-grams, words among them. */
  readonly most: number
  readonly numUnknown: number
  readonly progress?: (kept: number) => void
}

const countKept = (places: Int32Array, kept: Uint8Array): number => {
  let sum = 0
  for (const at of places) sum += kept[at] as number
  return sum
}

export function pruneToSize(candidates: Candidates, { most, numUnknown, progress }: PruneOptions): Pruned {
  const { orders } = candidates
  const budget = most - (orders[0]?.length ?? 0)
  const known = openEstimate(candidates)
  const sizesOf = (): number[] => orders.map((places) => countKept(places, known.kept))
  estimate(candidates, known, { numUnknown })
  const all = orders.slice(1).reduce((sum, { length }) => sum + length, 0)
  if (all > budget) {
    for (let left = all, last = 0; last < LAST_STEPS;) {
      left = Math.max(budget, Math.floor(left / STEP))
      if (left === budget) last++
      keepDearest(candidates, known.kept, pricesOf(candidates, known), left)
      estimate(candidates, known, { numUnknown })
      progress?.(sizesOf().reduce((sum, size) => sum + size, 0))
    }
  }
  return { ...known, sizes: sizesOf() }
}
