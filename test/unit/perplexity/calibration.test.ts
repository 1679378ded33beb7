import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calibrate, quantileOf } from '../../../functions/perplexity/calibration.ts'

const HISTOGRAM = fc
  .array(fc.tuple(fc.integer({ min: -20, max: 200 }), fc.integer({ min: 0, max: 10_000 })), {
    minLength: 1,
    maxLength: 80,
  })
  .map((pairs) => new Map(pairs))
  .filter((histogram) => [...histogram.values()].some((bytes) => bytes > 0))

describe('calibrate', () => {
  it('cuts equal buckets into equal tenths', () => {
    const histogram = new Map(Array.from({ length: 20 }, (_, i) => [60 + i, 500]))
    expect(calibrate(histogram)).toEqual([62, 64, 66, 68, 70, 72, 74, 76, 78])
  })

  it('takes the lower of two borders that are equally near', () => {
    // The first tenth of 20 is 2: below bucket 1 lie 0 bytes, below bucket 2 lie 4.
    expect(calibrate(new Map(Array.from({ length: 5 }, (_, i) => [i + 1, 4])))[0]).toBe(1)
  })

  it('places each border where no other is nearer, in any order of the histogram', () => {
    fc.assert(
      fc.property(HISTOGRAM, (histogram) => {
        const borders = calibrate(histogram)
        const total = [...histogram.values()].reduce((sum, bytes) => sum + bytes, 0)
        const below = (border: number): number =>
          [...histogram].reduce((sum, [bucket, bytes]) => sum + (bucket < border ? bytes : 0), 0)
        const choices = Array.from({ length: 223 }, (_, i) => i - 21)
        expect(borders).toHaveLength(9)
        borders.forEach((border, i) => {
          const target = (total * (i + 1)) / 10
          const nearest = Math.min(...choices.map((choice) => Math.abs(below(choice) - target)))
          expect(Math.abs(below(border) - target)).toBeCloseTo(nearest, 6)
        })
        expect(borders).toEqual(borders.toSorted((a, b) => a - b))
        expect(calibrate(new Map([...histogram].toReversed()))).toEqual(borders)
      }),
    )
  })

  it('puts a bucket into the quantile of its border', () => {
    const borders = calibrate(new Map(Array.from({ length: 10 }, (_, i) => [i, 7])))
    expect(Array.from({ length: 10 }, (_, bucket) => quantileOf(bucket, borders))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ])
    expect(quantileOf(null, borders)).toBeNull()
  })

  it('says when there is nothing', () => {
    expect(() => calibrate(new Map([[3, 0]]))).toThrow(/nothing in any bucket/)
  })
})
