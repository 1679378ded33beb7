import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { interleave } from '../../../functions/manifest/order.ts'

const lanes = fc.array(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 }), {
  minLength: 1,
  maxLength: 12,
})

/** Largest and smallest distance of a lane from its share after each segment, in tokens. */
function distances(sizes: readonly (readonly number[])[], sequence: Iterable<number>) {
  const totals = sizes.map((lane) => lane.reduce((a, b) => a + b, 0))
  const total = totals.reduce((a, b) => a + b, 0)
  const next = sizes.map(() => 0)
  const given = sizes.map(() => 0)
  let read = 0
  let behind = 0
  let ahead = 0
  for (const lane of sequence) {
    const size = sizes[lane]?.[next[lane] ?? 0] ?? Number.NaN
    next[lane] = (next[lane] ?? 0) + 1
    given[lane] = (given[lane] ?? 0) + size
    read += size
    for (const [i, had] of given.entries()) {
      const owed = ((totals[i] ?? 0) * read) / total - had
      behind = Math.max(behind, owed)
      ahead = Math.max(ahead, -owed)
    }
  }
  return { behind, ahead, next }
}

describe('interleave', () => {
  it.each([
    ['one lane as it is', [[5, 5, 5]], [0, 0, 0]],
    [
      'equal lanes in turn',
      [
        [4, 4],
        [4, 4],
        [4, 4],
      ],
      [0, 1, 2, 0, 1, 2],
    ],
    [
      'a lane of a third once in three',
      [
        [1, 1],
        [1, 1, 1, 1],
      ],
      [1, 0, 1, 1, 0, 1],
    ],
    ['an empty lane never', [[], [2, 2]], [1, 1]],
    ['nothing', [], []],
  ])('reads %s', (_, sizes, order) => {
    expect([...interleave(sizes)]).toEqual(order)
  })

  it('reads every segment once and is never a segment off at any prefix', () => {
    fc.assert(
      fc.property(lanes, (sizes) => {
        const { behind, ahead, next } = distances(sizes, interleave(sizes))
        const largest = Math.max(...sizes.flat())
        expect(next).toEqual(sizes.map((lane) => lane.length))
        expect(behind).toBeLessThanOrEqual(largest + 1e-6)
        expect(ahead).toBeLessThan(largest + 1e-6)
      }),
      { numRuns: 500 },
    )
  })

  it('keeps the bound with skewed lanes of many segments', () => {
    const sizes = Array.from({ length: 60 }, (_, i) =>
      Array.from({ length: Math.ceil(4000 / (i + 1)) }, (__, k) => 1 + ((k * 7919 + i * 104729) % 997)),
    )
    const { behind, ahead } = distances(sizes, interleave(sizes))
    expect(Math.max(behind, ahead)).toBeLessThanOrEqual(997)
  })

  it('puts segments without tokens somewhere, none lost', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 }), { maxLength: 5 }), (sizes) => {
        const counts = sizes.map(() => 0)
        for (const lane of interleave(sizes)) counts[lane] = (counts[lane] ?? 0) + 1
        expect(counts).toEqual(sizes.map((lane) => lane.length))
      }),
    )
  })
})
