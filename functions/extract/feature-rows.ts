/**
 * One row of numbers a block, in one matrix that both stages write into and ask. No number is negative, so the bits of the
 * floats sort as integers do: trees compare by a subtraction and a shift, without a branch. Empty rows before the first
 * and after the last block let a tree ask for a number of a neighbour as it asks for one of the block's own.
 */

/** The farthest neighbour that is asked for. */
export const MARGIN_ROWS = 4
/** The matrix is kept from page to page up to this size: some 5,000 blocks. */
const KEPT_BYTES = 1 << 21

let buffer = new ArrayBuffer(0)

export interface FeatureRows {
  readonly width: number
  readonly floats: Float32Array
  /** The same memory as integers. */
  readonly ints: Int32Array
}

/** Room for `count` rows, with garbage in it except in the margins; the next call takes it back. */
export function featureRows(count: number, width: number): FeatureRows {
  const margin = MARGIN_ROWS * width
  const length = count * width + 2 * margin
  if (buffer.byteLength < length * 4 || buffer.byteLength > Math.max(KEPT_BYTES, length * 16))
    buffer = new ArrayBuffer(length * 4)
  const floats = new Float32Array(buffer)
  floats.fill(0, 0, margin)
  floats.fill(0, length - margin, length)
  return { width, floats, ints: new Int32Array(buffer) }
}

/** Where a block's row begins. */
export const rowStart = (block: number, width: number): number => (block + MARGIN_ROWS) * width
