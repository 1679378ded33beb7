/** The kernel of the trees beside the same trees walked one block and one question at a time. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { featureColumns, MARGIN } from '../../../functions/extract/feature-columns.ts'
import { DEPTH, predict, predictorOf, type TreeModel } from '../../../functions/extract/tree-model.ts'

const NUM_COLUMNS = 5
/** Columns, and one of them asked of the neighbours. */
const ASKED = [0, 1, 2, 3, 4].flatMap((column) =>
  (column === 4 ? [-4, -1, 0, 1, 4] : [0]).map((step) => ({ column, step })),
)
const NUM_TREES = 7
/** Zeros and equal numbers are what borders are most easily wrong about. */
const number = fc.oneof(fc.constantFrom(0, 1, 2), fc.float({ min: 0, max: 1000, noNaN: true, noDefaultInfinity: true }))

const models: fc.Arbitrary<TreeModel> = fc
  .record({
    bias: fc.float({ min: -2, max: 2, noNaN: true }),
    features: fc.array(fc.nat(ASKED.length - 1), { minLength: NUM_TREES * DEPTH, maxLength: NUM_TREES * DEPTH }),
    borders: fc.array(number, { minLength: NUM_TREES * DEPTH, maxLength: NUM_TREES * DEPTH }),
    leaf: fc.float({ min: Math.fround(0.01), max: 1, noNaN: true }),
  })
  .map(({ bias, features, borders, leaf }) => ({
    depth: DEPTH,
    bias,
    features: Uint8Array.from(features),
    borders: Float32Array.from(borders),
    leaves: Float32Array.from({ length: NUM_TREES << DEPTH }, (_, i) => Math.sin(i * leaf)),
  }))

function slowly({ bias, features, borders, leaves }: TreeModel, valueOf: (column: number, block: number) => number) {
  return (block: number): number => {
    let sum = Math.fround(bias)
    for (let tree = 0; tree < NUM_TREES; tree++) {
      let leaf = 0
      for (let level = 0; level < DEPTH; level++) {
        const q = tree * DEPTH + level
        const asked = ASKED[features[q] ?? 0] ?? { column: 0, step: 0 }
        const exceeds = Math.fround(valueOf(asked.column, block + asked.step)) > (borders[q] ?? 0)
        leaf = leaf * 2 + (exceeds ? 1 : 0)
      }
      sum = Math.fround(sum + (leaves[(tree << DEPTH) + leaf] ?? 0))
    }
    return 1 / (1 + Math.exp(-sum))
  }
}

test('any number of blocks gets what the trees say', () => {
  const blocks = fc.array(fc.tuple(number, number, number, number, number), { maxLength: 23 })
  fc.assert(
    fc.property(models, blocks, (model, rows) => {
      const columns = featureColumns(rows.length, NUM_COLUMNS)
      for (const [block, row] of rows.entries())
        for (const [column, value] of row.entries()) columns.floats[column * columns.stride + MARGIN + block] = value
      const probabilities = new Float32Array(rows.length)
      predict(predictorOf(model, ASKED), columns, { probabilities })
      const bySteps = slowly(model, (column, block) => rows[block]?.[column] ?? 0)
      expect([...probabilities]).toEqual(rows.map((_, block) => Math.fround(bySteps(block))))
    }),
  )
})

test('blocks that were said to be below the least are left as they are', () => {
  const said = fc.array(fc.tuple(number, fc.constantFrom(0, 0, 0, 0, 0, 0.5)), { maxLength: 120 })
  fc.assert(
    fc.property(models, said, (model, rows) => {
      const columns = featureColumns(rows.length, NUM_COLUMNS)
      for (const [block, [value]] of rows.entries()) columns.floats[4 * columns.stride + MARGIN + block] = value
      const probabilities = Float32Array.from(rows, ([, p]) => p)
      predict(predictorOf(model, ASKED), columns, { probabilities, least: 0.25 })
      const bySteps = slowly(model, (column, block) => (column === 4 ? (rows[block]?.[0] ?? 0) : 0))
      expect([...probabilities]).toEqual(rows.map(([, p], block) => (p === 0 ? 0 : Math.fround(bySteps(block)))))
    }),
  )
})

test('a page of a hundred thousand blocks needs no more memory after it', () => {
  const large = featureColumns(100_000, 80)
  expect(large.floats.buffer.byteLength).toBeGreaterThan(32e6)
  expect(featureColumns(500, 80).floats.buffer.byteLength).toBe(4 << 20)
})
