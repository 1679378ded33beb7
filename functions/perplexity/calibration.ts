/**
 * Borders between the ten quantiles of perplexity: ten runs of buckets with as nearly equal weight as buckets allow.
 *
 * Border k (the lowest bucket of quantile k + 1) is where the running sum comes nearest to k tenths of all; of two that
 * are equally near the lower one is taken. Each tenth is placed for itself, so an error at one border moves no other: each
 * is off by at most half of one bucket. Borders never descend; where one bucket holds more than a tenth, a quantile
 * between two equal borders is empty. Cost: one sort of the buckets, of which there are a few hundred.
 */
export { quantileOf } from '../kernel/quantile.ts'

export const QUANTILES = 10

/** Weight by bucket, tokens as a rule → the lowest buckets of q02 … q10. Buckets may be integers of any sign. */
export function calibrate(histogram: ReadonlyMap<number, number>): number[] {
  const buckets = [...histogram].filter(([, weight]) => weight > 0).sort(([a], [b]) => a - b)
  const total = buckets.reduce((sum, [, weight]) => sum + weight, 0)
  if (total === 0) throw new Error('nothing to calibrate on: the histogram holds nothing in any bucket')
  const borders: number[] = []
  let below = 0
  let at = 0
  for (let tenth = 1; tenth < QUANTILES; tenth++) {
    const target = (total * tenth) / QUANTILES
    while (at < buckets.length && Math.abs(below + weightAt(buckets, at) - target) < Math.abs(below - target)) {
      below += weightAt(buckets, at)
      at++
    }
    borders.push(bucketAt(buckets, at))
  }
  return borders
}

const weightAt = (buckets: readonly (readonly [number, number])[], at: number): number => buckets[at]?.[1] ?? 0

/** Behind the last bucket: the one after it, which is empty. */
function bucketAt(buckets: readonly (readonly [number, number])[], at: number): number {
  const last = buckets.at(-1)?.[0] ?? 0
  return buckets[at]?.[0] ?? last + 1
}
