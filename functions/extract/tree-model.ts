/**
 * Boosted oblivious trees (Prokhorenkova et al., "CatBoost", NeurIPS 2018): each level of a tree asks one question of all
 * its nodes, so a tree is a few comparisons and one look-up, without branches. Cost: depth comparisons a tree and four blocks.
 */
import { MARGIN } from './feature-columns.ts'
import { treeKernel } from './tree-kernel.ts'
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

/** A model ready to be asked. */
export interface Predictor {
  readonly numTrees: number
  readonly bias: number
  /** For each question its column, and which block of it. */
  readonly columns: Int32Array
  readonly steps: Int32Array
  /** For each question its border, as the bits of a float. */
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

/**
 * Probabilities for the blocks of a matrix that `featureColumns` gave last; what is below `least` before stays. The kernel goes
 * tree by tree over the columns.
 */
export function predict(
  model: Predictor,
  { floats, stride }: FeatureColumns,
  { probabilities, least = 0 }: { readonly probabilities: Float32Array; readonly least?: number },
): void {
  const { numTrees, leaves, bias } = model
  const count = probabilities.length
  // After the matrix: the sums, then the questions and leaves, which are few beside it.
  const outAt = align(floats.byteLength)
  const questionsAt = outAt + align(count * 4)
  const leavesAt = questionsAt + numTrees * DEPTH * 8
  const { memory, addTrees } = treeKernel(leavesAt + leaves.byteLength)
  const out = new Float32Array(memory.buffer, outAt, count).fill(bias)
  writeQuestions(model, stride, new Int32Array(memory.buffer, questionsAt, numTrees * DEPTH * 2))
  new Float32Array(memory.buffer, leavesAt, leaves.length).set(leaves)
  for (let from = 0, to = 0; from < count; from = to) {
    ;({ from, to } = nextRun(probabilities, least, to))
    if (from < to) addTrees(numTrees, questionsAt, leavesAt, from * 4, to - from, outAt + from * 4)
  }
  for (let block = 0; block < count; block++)
    if ((probabilities[block] as number) >= least) probabilities[block] = 1 / (1 + Math.exp(-(out[block] as number)))
}

/** A shorter stretch of blocks that need not be asked costs less than another walk through the trees. */
const MIN_GAP = 16

/** The next blocks to ask, by whole fours; `from` is `to` where there are none. */
function nextRun(p: Float32Array, least: number, start: number): { from: number; to: number } {
  let from = start
  while (from < p.length && (p[from] as number) < least) from++
  from = Math.max(start, from & ~3)
  let last = from
  for (let i = from; i < p.length && i - last <= MIN_GAP; i++) if ((p[i] as number) >= least) last = i
  return { from, to: from < p.length ? Math.min(p.length, (last | 3) + 1) : p.length }
}

/** Tree by tree: six places of columns in bytes, six borders. */
function writeQuestions({ numTrees, columns, steps, borders }: Predictor, stride: number, into: Int32Array): void {
  for (let tree = 0, at = 0, q = 0; tree < numTrees; tree++, at += DEPTH * 2)
    for (let level = 0; level < DEPTH; level++, q++) {
      into[at + level] = 4 * ((columns[q] as number) * stride + MARGIN + (steps[q] as number))
      into[at + DEPTH + level] = borders[q] as number
    }
}

const align = (numBytes: number): number => (numBytes + 15) & ~15
