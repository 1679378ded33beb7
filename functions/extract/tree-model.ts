/**
 * Boosted oblivious trees (Prokhorenkova et al., "CatBoost", NeurIPS 2018): each level of a tree asks one question of all
 * its nodes, so a tree is a few comparisons and one look-up, without branches. Cost: depth comparisons a tree and block.
 */

import { rowStart } from './feature-rows.ts'
import type { FeatureRows } from './feature-rows.ts'

export interface TreeModel {
  readonly depth: number
  readonly bias: number
  /** For each tree and level, the feature asked for and the border that it must exceed. */
  readonly features: Uint8Array
  readonly borders: Float32Array
  /** For each tree, a value for each of its 2^depth leaves. */
  readonly leaves: Float32Array
}

/** A model ready to be asked: for each question an offset from the row's start, and its border's bits. */
export interface Predictor {
  readonly numTrees: number
  readonly bias: number
  readonly offsets: Int32Array
  readonly borders: Int32Array
  readonly leaves: Float32Array
}

export const DEPTH = 6

export function predictorOf(
  { depth, bias, features, borders, leaves }: TreeModel,
  offsets: readonly number[],
): Predictor {
  if (depth !== DEPTH) throw new Error(`trees are ${depth} deep, expected ${DEPTH}`)
  return {
    numTrees: features.length / DEPTH,
    bias,
    offsets: Int32Array.from(features, (feature) => offsets[feature] ?? 0),
    borders: new Int32Array(borders.slice().buffer),
    leaves,
  }
}

/** Probabilities for `out.length` rows. */
export function predict(model: Predictor, { ints, width }: FeatureRows, out: Float32Array): void {
  const { numTrees, bias, offsets, borders, leaves } = model
  for (let row = 0; row < out.length; row++) {
    const at = rowStart(row, width)
    let score = bias
    let q = 0
    for (let tree = 0; tree < numTrees; tree++, q += DEPTH) {
      const leaf =
        ((((borders[q] as number) - (ints[at + (offsets[q] as number)] as number)) >>> 31) << 5) |
        ((((borders[q + 1] as number) - (ints[at + (offsets[q + 1] as number)] as number)) >>> 31) << 4) |
        ((((borders[q + 2] as number) - (ints[at + (offsets[q + 2] as number)] as number)) >>> 31) << 3) |
        ((((borders[q + 3] as number) - (ints[at + (offsets[q + 3] as number)] as number)) >>> 31) << 2) |
        ((((borders[q + 4] as number) - (ints[at + (offsets[q + 4] as number)] as number)) >>> 31) << 1) |
        (((borders[q + 5] as number) - (ints[at + (offsets[q + 5] as number)] as number)) >>> 31)
      score += leaves[(tree << DEPTH) + leaf] as number
    }
    out[row] = 1 / (1 + Math.exp(-score))
  }
}
