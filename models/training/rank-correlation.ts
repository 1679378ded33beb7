/** Spearman's rank correlation, ties with the mean of their ranks, and how far it may be off by the choice of documents. */
import { random } from './softmax.ts'

export interface Pair {
  readonly x: number
  readonly y: number
}

export interface Correlation {
  readonly rho: number
  /** 95 % of the resampled ρ lie between. */
  readonly interval: readonly [number, number]
  readonly pairs: number
}

/** From a fixed seed: the same interval each time. */
const RESAMPLES = 2000

function ranksOf(values: readonly number[]): Float64Array {
  const order = values.map((_, i) => i).toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const ranks = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from
    while (to < order.length && values[order[to] ?? 0] === values[order[from] ?? 0]) to++
    for (let i = from; i < to; i++) ranks[order[i] ?? 0] = (from + to - 1) / 2
    from = to
  }
  return ranks
}

/** NaN where one side does not vary: such a correlation is not defined. */
export function spearman(pairs: readonly Pair[]): number {
  const x = ranksOf(pairs.map((pair) => pair.x))
  const y = ranksOf(pairs.map((pair) => pair.y))
  const mean = (pairs.length - 1) / 2
  let xx = 0
  let yy = 0
  let xy = 0
  for (let i = 0; i < pairs.length; i++) {
    const dx = (x[i] ?? 0) - mean
    const dy = (y[i] ?? 0) - mean
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  return xy / Math.sqrt(xx * yy)
}

/** The percentile bootstrap over documents (Efron 1979). */
export function correlate(pairs: readonly Pair[]): Correlation {
  if (pairs.length < 3)
    throw new Error(`a correlation of ${pairs.length} documents says nothing: expected three or more`)
  const next = random(1)
  const draw = (): Pair[] => pairs.map(() => pairs[Math.floor(next() * pairs.length)] as Pair)
  const rhos = Float64Array.from({ length: RESAMPLES }, () => spearman(draw())).toSorted()
  const at = (share: number): number => rhos[Math.round(share * (RESAMPLES - 1))] ?? NaN
  return { rho: spearman(pairs), interval: [at(0.025), at(0.975)], pairs: pairs.length }
}
