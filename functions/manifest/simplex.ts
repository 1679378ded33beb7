/**
 * The point nearest to `point` (Euclidean) among those that sum to `total` and lie between `lower` and `upper`. It is
 * clip(point - shift, lower, upper) for the one shift that makes the sum right; the sum is piecewise linear in the
 * shift and falls, with a bend where a coordinate meets a bound, so the shift is found exactly between two bends (the
 * projection of Held, Wolfe and Crowder, 1974, with upper bounds too). O(k log k) for k coordinates.
 */
export interface Bounds {
  readonly lower: readonly number[]
  readonly upper: readonly number[]
  readonly total: number
}

const clip = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

export function project(point: readonly number[], { lower, upper, total }: Bounds): number[] {
  // Rounding of the caller's sums is forgiven; bounds that leave no point are the caller's mistake.
  const slack = 1e-9 * Math.max(1, Math.abs(total))
  if (sum(lower) > total + slack || sum(upper) < total - slack) {
    throw new RangeError(`no point between the bounds sums to ${total}`)
  }
  const at = (shift: number): number[] =>
    point.map((value, i) => clip(value - shift, lower[i] ?? 0, upper[i] ?? Number.POSITIVE_INFINITY))
  const bends = point.flatMap((value, i) => [value - (upper[i] ?? 0), value - (lower[i] ?? 0)]).sort((a, b) => a - b)

  // The last bend whose sum is still at least the total; between it and the next the free coordinates are the same.
  let [low, high] = [0, bends.length]
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (sum(at(bends[middle] ?? 0)) >= total) low = middle
    else high = middle
  }
  const left = bends[low] ?? 0
  const right = bends[low + 1] ?? left
  const [first, last] = [sum(at(left)), sum(at(right))]
  if (first <= total || first === last) return at(left)
  return at(left + ((first - total) * (right - left)) / (first - last))
}
