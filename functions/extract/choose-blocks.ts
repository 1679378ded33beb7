/**
 * Which blocks are main text: two stages of boosted trees, the second of which sees what the first said of the blocks
 * around, above and alike. Trained by models/extract/train.ts; the card there says on what and how it scores.
 * Cost: (NUM_FEATURES + NUM_CONTEXT) numbers and about 700 comparisons a block.
 */
import { Buffer } from 'node:buffer'
import { blockFeatures, NUM_FEATURES } from './block-features.ts'
import { BLOCK_MODEL } from './block-model.ts'
import { contextFeatures, NUM_CONTEXT } from './context-features.ts'
import { ElementSums } from './element-sums.ts'
import type { Scan } from './scan.ts'
import { predict } from './tree-model.ts'
import type { TreeModel } from './tree-model.ts'
import { WordWeights } from './word-weights.ts'

/** Best on all development sets together; what wants article bodies only does better a little higher. */
export const THRESHOLD = 0.45

const words = new WordWeights(
  new Int32Array(bufferOf(BLOCK_MODEL.words)),
  Float32Array.from(new Int8Array(bufferOf(BLOCK_MODEL.weights)), (weight) => weight / 16),
)
const first: TreeModel = {
  depth: BLOCK_MODEL.firstDepth,
  bias: BLOCK_MODEL.firstBias,
  features: new Uint8Array(bufferOf(BLOCK_MODEL.firstFeatures)),
  borders: new Float32Array(bufferOf(BLOCK_MODEL.firstBorders)),
  leaves: Float32Array.from(new Int16Array(bufferOf(BLOCK_MODEL.firstLeaves)), (leaf) => leaf / 1000),
}
const second: TreeModel = {
  depth: BLOCK_MODEL.secondDepth,
  bias: BLOCK_MODEL.secondBias,
  features: new Uint8Array(bufferOf(BLOCK_MODEL.secondFeatures)),
  borders: new Float32Array(bufferOf(BLOCK_MODEL.secondBorders)),
  leaves: Float32Array.from(new Int16Array(bufferOf(BLOCK_MODEL.secondLeaves)), (leaf) => leaf / 1000),
}
const sums = new ElementSums()

/** 1 for each block that is main text. */
export function chooseBlocks(scan: Scan): Uint8Array {
  const { count } = scan.blocks
  sums.sum(scan, words)
  const p = new Float32Array(count)
  const left = blockFeatures(scan, sums)
  predict(first, { left, leftWidth: NUM_FEATURES, right: null, rightWidth: 0 }, count, p)
  const right = contextFeatures(scan, sums, p)
  predict(second, { left, leftWidth: NUM_FEATURES, right, rightWidth: NUM_CONTEXT }, count, p)
  return Uint8Array.from(p, (value) => (value >= THRESHOLD ? 1 : 0))
}

/** A copy: the pooled memory behind a Buffer is not aligned for wider numbers. */
function bufferOf(base64: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(base64, 'base64')).buffer
}
