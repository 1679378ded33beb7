import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cappedRemainder,
  hierarchicalQuotas,
  largestRemainder,
  type QuotaNode,
} from '../../../functions/manifest/quota.ts'

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)

const leaf = (cell: string, weight: number): QuotaNode => ({ cell, weight })

describe('largestRemainder', () => {
  it.each([
    ['the paper stages', 100_000_000_000, [0.925, 0.075], [92_500_000_000, 7_500_000_000]],
    ['2 : 8', 18, [0.2, 0.8], [4, 14]],
    ['1 : 7 : 2', 1_000_003, [0.1, 0.7, 0.2], [100_000, 700_002, 200_001]],
    ['ties to the lower index', 5, [0.3, 0.3, 0.4], [2, 1, 2]],
    ['ties that binary fractions would break', 3, [0.1, 0.1, 0.1, 0.1, 0.1, 0.1], [1, 1, 1, 0, 0, 0]],
    ['weights that do not sum to 1', 10, [1, 3], [3, 7]],
    ['weights written with exponents', 7, [1e-7, 3e-7, 3e-7], [1, 3, 3]],
    ['nothing', 0, [0, 0], [0, 0]],
    ['more than a double counts to the unit', 2 ** 53 - 1, [1, 1], [2 ** 52, 2 ** 52 - 1]],
  ])('splits %s', (_, total, weights, parts) => {
    expect(largestRemainder(total, weights)).toEqual(parts)
  })

  it.each([
    [-1, [1]],
    [1.5, [1]],
    [1, [0, 0]],
    [1, [-1, 2]],
    [1, [Number.NaN]],
  ])('refuses %s over %s', (total, weights) => {
    expect(() => largestRemainder(total, weights)).toThrow(RangeError)
  })

  it('sums to the total, each part within one of its share, and more weight never gets less', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), weights, (total, all) => {
        fc.pre(sum(all) > 0)
        const parts = largestRemainder(total, all)
        expect(sum(parts)).toBe(total)
        for (const [i, part] of parts.entries()) {
          const [weight, exact] = [all[i] ?? 0, (total * (all[i] ?? 0)) / sum(all)]
          expect(Math.abs(part - exact)).toBeLessThan(1.001)
          for (const [k, other] of parts.entries()) if (weight > (all[k] ?? 0)) expect(part >= other).toBe(true)
        }
      }),
    )
  })
})

describe('cappedRemainder', () => {
  it('gives what one part cannot take to the others in proportion', () => {
    expect(cappedRemainder(100, [1, 1, 2], [10, 1000, 1000])).toEqual([10, 30, 60])
    expect(cappedRemainder(100, [1, 1, 2], [10, 20, 1000])).toEqual([10, 20, 70])
    expect(cappedRemainder(100, [1, 0, 2], [10, 20, 30])).toEqual([10, 0, 30])
  })

  it('never passes a cap and sums to the total or to the caps', () => {
    const part = fc.record({ weight: fc.integer({ min: 0, max: 50 }), cap: fc.integer({ min: 0, max: 500 }) })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), fc.array(part, { minLength: 1, maxLength: 9 }), (total, all) => {
        const weights = all.map(({ weight }) => weight)
        const caps = all.map(({ cap }) => cap)
        const parts = cappedRemainder(total, weights, caps)
        for (const [i, one] of parts.entries()) expect(one).toBeLessThanOrEqual(caps[i] ?? 0)
        expect(sum(parts)).toBe(Math.min(total, sum(all.map(({ weight, cap }) => (weight > 0 ? cap : 0)))))
      }),
    )
  })
})

describe('hierarchicalQuotas', () => {
  const tree: QuotaNode[] = [
    { weight: 0.2, children: [{ weight: 0.7, children: [leaf('a', 1), leaf('b', 1), leaf('c', 1)] }, leaf('d', 0.3)] },
    { weight: 0.8, children: [leaf('e', 0.5), leaf('f', 0.5)] },
  ]

  it('is exact at every node', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (total) => {
        const quotas = hierarchicalQuotas(total, tree)
        const of = (...cells: string[]): number => sum(cells.map((cell) => quotas.get(cell) ?? 0))
        const [first = 0, second = 0] = largestRemainder(total, [2, 8])
        expect([of('a', 'b', 'c', 'd'), of('e', 'f')]).toEqual([first, second])
        expect(of('a', 'b', 'c')).toBe(largestRemainder(first, [7, 3])[0])
      }),
    )
  })

  it('fills a capped cell from its nearest relatives first', () => {
    const quotas = hierarchicalQuotas(1000, tree, (cell) => (cell === 'a' ? 5 : cell === 'd' ? 0 : Infinity))
    expect(Object.fromEntries(quotas)).toEqual({ a: 5, b: 98, c: 97, e: 400, f: 400 })
  })

  it('leaves out cells of 0 tokens', () => {
    expect([...hierarchicalQuotas(1, tree).keys()]).toEqual(['e'])
  })
})
