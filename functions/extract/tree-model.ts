/**
 * Boosted oblivious trees (Prokhorenkova et al., "CatBoost", NeurIPS 2018): each level of a tree asks one question of all
 * its nodes, so a tree is a few comparisons and one look-up, without branches. Cost: depth comparisons a tree and block.
 */
import { MARGIN } from './feature-columns.ts'
import type { FeatureColumns } from './feature-columns.ts'

export interface TreeModel {
  readonly depth: number
  readonly bias: number
  /** For each tree and level, the feature asked for and the border that it must exceed. */
  readonly features: Uint8Array
  readonly borders: Float32Array
  /** For each tree, a value for each of its 2^depth leaves. */
  readonly leaves: Float32Array
}

/** A model ready to be asked: for each question a column, which block of it, and its border's bits. */
export interface Predictor {
  readonly numTrees: number
  readonly bias: number
  readonly columns: Int32Array
  readonly steps: Int32Array
  readonly borders: Int32Array
  readonly leaves: Float32Array
}

export const DEPTH = 6

export function predictorOf(
  { depth, bias, features, borders, leaves }: TreeModel,
  asked: readonly { readonly column: number; readonly step: number }[],
): Predictor {
  if (depth !== DEPTH) throw new Error(`trees are ${depth} deep, expected ${DEPTH}`)
  return {
    numTrees: features.length / DEPTH,
    bias,
    columns: Int32Array.from(features, (feature) => asked[feature]?.column ?? 0),
    steps: Int32Array.from(features, (feature) => asked[feature]?.step ?? 0),
    borders: new Int32Array(borders.slice().buffer),
    leaves,
  }
}

/** Probabilities for `out.length` blocks. Tree by tree, so that each reads six columns from end to end. */
export function predict(model: Predictor, columns: FeatureColumns, out: Float32Array): void {
  const all = new Int32Array(out.length)
  for (let block = 0; block < out.length; block++) all[block] = block
  predictSome(model, columns, { blocks: all, out })
}

/** The same for some of the blocks; what `out` says of the others stays. */
export function predictSome(
  model: Predictor,
  { ints, stride }: FeatureColumns,
  { blocks, out }: { readonly blocks: Int32Array; readonly out: Float32Array },
): void {
  const { numTrees, bias, borders, leaves } = model
  const count = blocks.length
  const sums = new Float32Array(count).fill(bias)
  for (let tree = 0, q = 0; tree < numTrees; tree++, q += DEPTH) {
    const c0 = columnStart(model, q, stride)
    const c1 = columnStart(model, q + 1, stride)
    const c2 = columnStart(model, q + 2, stride)
    const c3 = columnStart(model, q + 3, stride)
    const c4 = columnStart(model, q + 4, stride)
    const c5 = columnStart(model, q + 5, stride)
    const b0 = borders[q] as number
    const b1 = borders[q + 1] as number
    const b2 = borders[q + 2] as number
    const b3 = borders[q + 3] as number
    const b4 = borders[q + 4] as number
    const b5 = borders[q + 5] as number
    const leafStart = tree << DEPTH
    for (let i = 0; i < count; i++) {
      const block = blocks[i] as number
      const leaf =
        leafStart |
        (((b0 - (ints[c0 + block] as number)) >>> 31) << 5) |
        (((b1 - (ints[c1 + block] as number)) >>> 31) << 4) |
        (((b2 - (ints[c2 + block] as number)) >>> 31) << 3) |
        (((b3 - (ints[c3 + block] as number)) >>> 31) << 2) |
        (((b4 - (ints[c4 + block] as number)) >>> 31) << 1) |
        ((b5 - (ints[c5 + block] as number)) >>> 31)
      sums[i] = (sums[i] as number) + (leaves[leaf] as number)
    }
  }
  for (let i = 0; i < count; i++) out[blocks[i] as number] = 1 / (1 + Math.exp(-(sums[i] as number)))
}

const columnStart = ({ columns, steps }: Predictor, q: number, stride: number): number =>
  (columns[q] as number) * stride + MARGIN + (steps[q] as number)
