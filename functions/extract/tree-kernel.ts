/** The trees' Wasm kernel and its memory: the matrix of a page, then what `predict` puts after it. */
import { instantiate, type Kernels } from '#kernels'

/** 4 MiB. */
const KEPT_BYTES = 1 << 22

let kernel = instantiate(KEPT_BYTES)

/**
 * The kernel with at least `numBytes` of memory; the next call takes the memory back. What a huge page needs is thrown away
 * after it. Memory is made anew instead of grown: growing detaches the old buffer, and after the first detached buffer
 * engines check every typed array on every access.
 */
export function treeKernel(numBytes: number): Kernels {
  const { byteLength } = kernel.memory.buffer
  if (byteLength < numBytes || (byteLength > KEPT_BYTES && numBytes <= KEPT_BYTES))
    kernel = instantiate(Math.max(KEPT_BYTES, numBytes))
  return kernel
}
