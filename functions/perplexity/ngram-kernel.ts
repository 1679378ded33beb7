/**
 * A quantised table in the memory of the compiled kernel that probes it (functions/kernel/wasm/ngrams.ts). The plain loops of
 * ngram-probe.ts give the same to the last bit, at half the speed. Memory: the table and 90 KB of work.
 */
import { instantiate, type Kernels } from '#kernels'
import { BLOCK_UNITS } from '../kernel/text-kernel.ts'
import { LINE_SLOTS, LINE_START } from './ngram-hash.ts'
import type { Section } from './ngram-hash.ts'

/** At most as long as the longest n-gram; see `MAX_ORDER`. */
const MAX_CARRIED = 6
// Every token may end a line, and then every second one starts one; plus the last end and the tokens carried over.
export const CAPACITY = 2 * (BLOCK_UNITS + 1) + MAX_CARRIED

/** Tokens that are probed at a time: nine arrays of them stay in the nearest cache. */
const STRETCH = 512
/** Of an array of theirs, with room for the context in front and for four numbers at a time. */
const STRIDE = STRETCH + MAX_CARRIED + 8

export interface NgramKernel {
  /** All of its memory. */
  readonly heldBytes: number
  /** The table. */
  readonly slots: Int32Array
  /** Room for `CAPACITY` tokens, the lines' starts among them. */
  readonly tokens: Int32Array
  /** `before` and log10 p of the tokens from `from` to `size`; those in front of them are their context. */
  score(from: number, size: number, before: number): number
}

export interface KernelModel {
  readonly order: number
  readonly sections: readonly Section[]
  readonly probabilities: Float32Array
  readonly backoffs: Float32Array
  readonly unknown: number
}

/** A file in the memory of a kernel, in which its table will stay: so a model is never in memory twice. */
export interface NgramSpace {
  /** The file's place. */
  readonly bytes: Uint8Array
  readonly kernels: Kernels
}

/** What a kernel needs beside a file: tokens, work. The file has sections, table and centroids. */
const BESIDE_FILE = 4 * CAPACITY + 4 * STRIDE * (3 + MAX_CARRIED)

export function ngramSpace(fileBytes: number): NgramSpace {
  const kernels = instantiate(fileBytes + BESIDE_FILE)
  return { bytes: new Uint8Array(kernels.memory.buffer, 0, fileBytes), kernels }
}

/** `table`: its bytes, which are copied, or moved where they lie in the kernel's memory: the file is gone then. */
export function openNgramKernel(
  table: Uint8Array,
  { order, sections, probabilities, backoffs, unknown }: KernelModel,
  space: NgramSpace | null = null,
): NgramKernel {
  const count = table.length / 4
  const sectionsAt = 4 * count
  const centroidsAt = sectionsAt + 8 * order
  const tokensAt = centroidsAt + 4 * (probabilities.length + backoffs.length)
  const workAt = tokensAt + 4 * CAPACITY
  const numBytes = workAt + 4 * STRIDE * (3 + order)
  const { memory, scoreNgrams } = space?.kernels ?? instantiate(numBytes)
  const slots = new Int32Array(memory.buffer, 0, count)
  new Uint8Array(memory.buffer).set(table)
  const lines = new Int32Array(memory.buffer, sectionsAt, 2 * order)
  for (const [k, section] of sections.entries()) lines.set([4 * section.first, section.count / LINE_SLOTS], 2 * k)
  const centroids = new Float32Array(memory.buffer, centroidsAt, probabilities.length + backoffs.length)
  centroids.set(probabilities)
  centroids.set(backoffs, probabilities.length)
  return {
    heldBytes: memory.buffer.byteLength,
    slots,
    tokens: new Int32Array(memory.buffer, tokensAt, CAPACITY),
    score(from, size, before) {
      let total = before
      for (let at = from; at < size; at += STRETCH) {
        const start = Math.max(0, at - order + 1)
        const length = Math.min(size, at + STRETCH) - start
        const first = tokensAt + 4 * start
        total = scoreNgrams(
          sectionsAt,
          first,
          LINE_START,
          at - start,
          length,
          order,
          workAt,
          STRIDE,
          centroidsAt,
          unknown,
          total,
        )
      }
      return total
    },
  }
}
