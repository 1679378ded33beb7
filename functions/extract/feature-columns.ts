/**
 * What the trees ask for, one column a feature and one entry a block, in one matrix that both stages write into. No number is
 * negative, so the bits of the floats sort as integers do, and trees compare those. Zeros before the first and after the
 * last block let a tree ask for a neighbour's number as for the block's own.
 */
import { treeKernel } from './tree-kernel.ts'

/** The farthest neighbour that is asked for. */
export const MARGIN = 4

/** A distance in blocks beyond this is all the same; it is also what keeps distances from being negative. */
export const FAR = 1000
/** Log-odds are raised by this, for the same reason. */
export const RAISED = 64

/** From FAR before (0) to FAR after (2 FAR). */
export const distance = (blocks: number): number => Math.max(0, Math.min(2 * FAR, blocks + FAR))
export const raised = (logOdds: number): number => Math.max(0, Math.min(2 * RAISED, logOdds + RAISED))

export interface FeatureColumns {
  /** Entries a column: block b of column c lies at c * stride + MARGIN + b. */
  readonly stride: number
  readonly floats: Float32Array
}

/** Room for `count` blocks, all zero, at the beginning of the kernel's memory; the next call takes it back. */
export function featureColumns(count: number, numColumns: number): FeatureColumns {
  const stride = count + 2 * MARGIN
  const length = stride * numColumns
  const { memory } = treeKernel(length * 4)
  return { stride, floats: new Float32Array(memory.buffer, 0, length).fill(0) }
}
