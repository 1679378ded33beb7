import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { project, type Bounds } from '../../../functions/manifest/simplex.ts'

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
const distance = (a: readonly number[], b: readonly number[]): number =>
  sum(a.map((value, i) => (value - (b[i] ?? 0)) ** 2))

/** Tries every way of putting coordinates on a bound and spreading the rest evenly: 3^k, slow and plain. */
function byEnumeration(point: readonly number[], { lower, upper, total }: Bounds): number[] {
  let best: number[] = []
  let least = Number.POSITIVE_INFINITY
  for (let code = 0; code < 3 ** point.length; code++) {
    const sides = point.map((_, i) => Math.floor(code / 3 ** i) % 3)
    const fixed = point.map((_, i) => (sides[i] === 0 ? (lower[i] ?? 0) : sides[i] === 1 ? (upper[i] ?? 0) : 0))
    const free = sides.filter((side) => side === 2).length
    const rest = total - sum(fixed) - sum(point.filter((_, i) => sides[i] === 2))
    if (free === 0 && Math.abs(total - sum(fixed)) > 1e-9) continue
    const candidate = point.map((value, i) => (sides[i] === 2 ? value + rest / free : (fixed[i] ?? 0)))
    const isInside = candidate.every((value, i) => value >= (lower[i] ?? 0) - 1e-9 && value <= (upper[i] ?? 0) + 1e-9)
    const far = distance(candidate, point)
    if (isInside && far < least) [best, least] = [candidate, far]
  }
  return best
}

/** Halves an interval of shifts until it cannot be halved. */
function byBisection(point: readonly number[], { lower, upper, total }: Bounds): number[] {
  const at = (shift: number): number[] =>
    point.map((value, i) => Math.min(upper[i] ?? 0, Math.max(lower[i] ?? 0, value - shift)))
  let [low, high] = [-10, 10]
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (sum(at(middle)) >= total) low = middle
    else high = middle
  }
  return at(low)
}

/** A share, its bounds around it as the feedback has them, and a point that was pushed away from it. */
const coordinate = fc.record({
  old: fc.integer({ min: 0, max: 1000 }),
  push: fc.double({ min: -1, max: 1, noNaN: true }),
  reach: fc.integer({ min: 0, max: 100 }),
})
const problemOf = (all: readonly { old: number; push: number; reach: number }[]) => {
  const mass = Math.max(1, sum(all.map(({ old }) => old)))
  const shares = all.map(({ old }) => old / mass)
  const bounds: Bounds = {
    lower: shares.map((share, i) => Math.max(0, share - (all[i]?.reach ?? 0) / 1000)),
    upper: shares.map((share, i) => share + (all[i]?.reach ?? 0) / 1000),
    total: sum(shares),
  }
  return { point: shares.map((share, i) => share + (all[i]?.push ?? 0)), bounds }
}

describe('project', () => {
  it.each([
    ['a point inside stays', [0.2, 0.8], [0, 0], [1, 1], [0.2, 0.8]],
    ['the excess is taken evenly', [0.6, 0.6, 0.1], [0, 0, 0], [1, 1, 1], [0.5, 0.5, 0]],
    ['a bound holds and the rest moves', [0.9, 0.1, 0.1], [0, 0, 0], [0.4, 1, 1], [0.4, 0.3, 0.3]],
    ['no room at all', [9, -9], [0.3, 0.7], [0.3, 0.7], [0.3, 0.7]],
  ])('%s', (_, point, lower, upper, expected) => {
    const result = project(point, { lower, upper, total: 1 })
    for (const [i, value] of expected.entries()) expect(result[i]).toBeCloseTo(value, 12)
  })

  it('refuses bounds that leave no point', () => {
    expect(() => project([0, 0], { lower: [0.6, 0.6], upper: [1, 1], total: 1 })).toThrow(RangeError)
    expect(() => project([0, 0], { lower: [0, 0], upper: [0.2, 0.2], total: 1 })).toThrow(RangeError)
  })

  it('keeps the bounds and the sum, and is what bisection and what trying everything give', () => {
    fc.assert(
      fc.property(fc.array(coordinate, { minLength: 1, maxLength: 6 }), (all) => {
        const { point, bounds } = problemOf(all)
        const result = project(point, bounds)
        expect(Math.abs(sum(result) - bounds.total)).toBeLessThan(1e-12)
        for (const [i, value] of result.entries()) {
          expect(value).toBeGreaterThanOrEqual(bounds.lower[i] ?? 0)
          expect(value).toBeLessThanOrEqual(bounds.upper[i] ?? 0)
        }
        expect(Math.sqrt(distance(result, byBisection(point, bounds)))).toBeLessThan(1e-9)
        // Nearness is compared, not the points: where bounds meet, rounding lets several candidates pass.
        const slow = distance(byEnumeration(point, bounds), point)
        expect(Math.abs(Math.sqrt(distance(result, point)) - Math.sqrt(slow))).toBeLessThan(1e-7)
      }),
      { numRuns: 300 },
    )
  })
})
