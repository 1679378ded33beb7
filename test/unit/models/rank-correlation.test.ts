import { describe, expect, it } from 'vitest'
import { correlate, spearman } from '../../../models/training/rank-correlation.ts'
import { random } from '../../../models/training/softmax.ts'

const pairsOf = (x: readonly number[], y: readonly number[]) => x.map((value, i) => ({ x: value, y: y[i] ?? NaN }))

describe('rank correlation', () => {
  it('sees the order alone', () => {
    const x = [1, 2, 3, 4, 5]
    expect(spearman(pairsOf(x, x.map(Math.exp)))).toBeCloseTo(1, 12)
    expect(
      spearman(
        pairsOf(
          x,
          x.map((value) => -value),
        ),
      ),
    ).toBeCloseTo(-1, 12)
  })

  it('gives ties the mean of their ranks', () => {
    // Ranks 0, 1½, 1½, 3 and 0, 2, 1, 3: 4.5 / √(4.5 · 5).
    expect(spearman(pairsOf([1, 2, 2, 3], [10, 30, 20, 40]))).toBeCloseTo(Math.sqrt(4.5 / 5), 12)
    expect(spearman(pairsOf([7, 7, 7], [1, 2, 3]))).toBeNaN()
  })

  it('puts an interval around it, the same each time and narrower with more documents', () => {
    const next = random(3)
    const noisy = Array.from({ length: 450 }, (_, i) => ({ x: i, y: i + 600 * next() }))
    const all = correlate(noisy)
    const some = correlate(noisy.filter((_, i) => i % 9 === 0))
    const width = ({ interval }: typeof all) => interval[1] - interval[0]
    expect(correlate(noisy)).toEqual(all)
    expect(all.interval[0]).toBeLessThan(all.rho)
    expect(all.interval[1]).toBeGreaterThan(all.rho)
    expect(width(all)).toBeLessThan(width(some) / 2)
    // A bootstrap's width is about 4 standard errors, each (1 − ρ²) / √n and a little more.
    expect(width(all)).toBeLessThan((6 * (1 - all.rho ** 2)) / Math.sqrt(450))
  })

  it('refuses what says nothing', () => {
    expect(() => correlate([{ x: 1, y: 2 }])).toThrow(/of 1 documents says nothing/)
  })
})
