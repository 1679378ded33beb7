import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addCounts,
  bucketSums,
  histogramDifference,
  sumsOf,
  type CountedRow,
} from '../../../functions/kernel/histogram.ts'
import type { BucketCount } from '../../../schema/shard.ts'

const ROW = fc.record({
  bucket: fc.option(fc.integer({ min: -5, max: 30 })),
  bytes: fc.integer({ min: 1, max: 2 ** 24 }),
  pplTokens: fc.integer({ min: 0, max: 2 ** 22 }),
})

function countsOf(rows: readonly CountedRow[]): BucketCount[] {
  const sums = bucketSums()
  for (const row of rows) sums.addRow(row)
  return sums.counts()
}

describe('bucket histograms', () => {
  it('add up to the same whatever the split and the order', () => {
    const property = fc.property(
      fc.array(ROW, { maxLength: 200 }),
      fc.array(fc.nat(6), { minLength: 200, maxLength: 200 }),
      fc.boolean(),
      (rows, places, isReversed) => {
        const parts = [...Map.groupBy(rows, (row) => places[rows.indexOf(row)] ?? 0).values()].map(countsOf)
        expect(addCounts(isReversed ? parts.toReversed() : parts)).toEqual(countsOf(rows))
      },
    )
    fc.assert(property)
  })

  it('count documents, bytes and tokens, in the order of buckets with null last', () => {
    const rows = [
      { bucket: null, bytes: 5, pplTokens: 1 },
      { bucket: 60, bytes: 300, pplTokens: 100 },
      { bucket: -3, bytes: 40, pplTokens: 120 },
      { bucket: 60, bytes: 200, pplTokens: 105 },
    ]
    const counts = countsOf(rows)
    expect(counts).toEqual([
      [-3, 1, 40, 120],
      [60, 2, 500, 205],
      [null, 1, 5, 1],
    ])
    expect(sumsOf(counts)).toEqual({ documents: 4, bytes: 545, tokens: 326 })
  })

  it('name what differs between two', () => {
    const a: BucketCount[] = [
      [60, 2, 20, 6],
      [null, 1, 4, 1],
    ]
    expect(histogramDifference(a, a.toReversed())).toBeNull()
    expect(histogramDifference(a, [[60, 2, 20, 6]])).toBe('bucket null differs by 1 documents, 4 bytes and 1 tokens')
    expect(histogramDifference([[60, 2, 20, 6]], [[60, 2, 20, 7]])).toMatch(/^bucket 60 differs by 0 .* -1 tokens$/)
  })
})
