/**
 * Which n-grams a model of a given size keeps: those that save most bits of the training text.
 *
 * An n-gram's gain is (how often it is used) · log(its probability / that of backing off), the weighted difference of
 * Seymore and Rosenfeld (1996, section 3.2). A bigram is used where no kept trigram covers it. Kept n-grams keep their
 * context and their suffix, so a lookup may stop at the first order it misses. One threshold serves both orders, found
 * by bisection; the gains are measured on the estimate before and once more on the pruned one.
 */
import { estimate } from './kneser-ney.ts'
import type { Estimate, Kept, Level, Levels, Smoothed } from './kneser-ney.ts'

function gains(level: Level, uses: Float64Array, { p, gamma }: Smoothed, below: Float64Array): Float64Array {
  return Float64Array.from(uses, (use, i) => {
    if (level.eligible[i] === 0) return -Infinity
    const backedOff = (gamma[level.contexts[i] as number] as number) * (below[level.suffixes[i] as number] as number)
    return use * Math.log((p[i] as number) / backedOff)
  })
}

function keepAbove(
  { trigrams }: Levels,
  trigramGains: Float64Array,
  bigramGains: Float64Array,
  threshold: number,
): Kept {
  const keptTrigrams = Uint8Array.from(trigramGains, (gain) => Number(gain > threshold))
  const keptBigrams = Uint8Array.from(bigramGains, (gain) => Number(gain > threshold))
  for (let i = 0; i < keptTrigrams.length; i++) {
    if (keptTrigrams[i] === 0) continue
    keptBigrams[trigrams.contexts[i] as number] = 1
    keptBigrams[trigrams.suffixes[i] as number] = 1
  }
  return { bigrams: keptBigrams, trigrams: keptTrigrams }
}

const sizeOf = ({ bigrams, trigrams }: Kept): number =>
  bigrams.reduce((sum, kept) => sum + kept, 0) + trigrams.reduce((sum, kept) => sum + kept, 0)

/** Uses of each bigram that no kept trigram takes. */
function bigramUses({ bigrams, trigrams }: Levels, kept: Uint8Array): Float64Array {
  const uses = Float64Array.from(bigrams.counts)
  for (let i = 0; i < kept.length; i++) {
    const suffix = trigrams.suffixes[i] as number
    if (kept[i] === 1) uses[suffix] = (uses[suffix] as number) - (trigrams.counts[i] as number)
  }
  return uses
}

function select(levels: Levels, model: Estimate, budget: number): Kept {
  const trigramGains = gains(levels.trigrams, levels.trigrams.counts, model.trigrams, model.bigrams.p)
  let low = 0
  let high = 1e4
  let best: Kept = {
    bigrams: new Uint8Array(levels.bigrams.keys.length),
    trigrams: new Uint8Array(trigramGains.length),
  }
  for (let step = 0; step < 20; step++) {
    const threshold = (low + high) / 2
    const covered = Uint8Array.from(trigramGains, (gain) => Number(gain > threshold))
    const bigramGains = gains(levels.bigrams, bigramUses(levels, covered), model.bigrams, model.unigrams)
    const kept = keepAbove(levels, trigramGains, bigramGains, threshold)
    if (sizeOf(kept) > budget) low = threshold
    else {
      high = threshold
      best = kept
    }
  }
  return best
}

/** Keeps at most `budget` bigrams and trigrams together. */
export function prune(levels: Levels, budget: number): { kept: Kept; model: Estimate } {
  const everything: Kept = { bigrams: levels.bigrams.eligible, trigrams: levels.trigrams.eligible }
  let kept = select(levels, estimate(levels, everything), budget)
  kept = select(levels, estimate(levels, kept), budget)
  return { kept, model: estimate(levels, kept) }
}
