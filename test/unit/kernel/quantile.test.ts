import { describe, expect, it } from 'vitest'
import { quantileName, quantileOf } from '../../../functions/kernel/quantile.ts'

const BORDERS = [60, 64, 68, 70, 72, 75, 80, 86, 95]

describe('quantileOf', () => {
  it.each([
    [-3, 1],
    [59, 1],
    [60, 2],
    [63, 2],
    [64, 3],
    [94, 9],
    [95, 10],
    [400, 10],
    [null, null],
  ])('bucket %s is in quantile %s', (bucket, quantile) => {
    expect(quantileOf(bucket, BORDERS)).toBe(quantile)
  })

  it('skips a quantile that is empty because two borders fall on one bucket', () => {
    expect([59, 60, 61].map((bucket) => quantileOf(bucket, [60, 60, 61, 70, 71, 72, 73, 74, 75]))).toEqual([1, 3, 4])
  })

  it('is written with two digits', () => {
    expect([1, 10].map(quantileName)).toEqual(['q01', 'q10'])
  })
})
