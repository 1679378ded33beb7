/**
 * A topic model's table in the memory of the compiled kernel that sums weights over a page's features (kernel/wasm/topics.ts).
 * Memory: 32 bytes a set, of which the table has 26, and the features of one page.
 */
import { instantiate } from '#kernels'
import { MAX_FEATURES } from './features.ts'

/** Places a set. */
export const WAYS = 2

/** The fingerprints of two places, then their rows: a weight a class, and how often the page has the feature. */
const SET_BYTES = 32
const FINGERPRINTS_BYTES = 4
const ROW_BYTES = 12
const SUMS = 16

export interface TopicKernel {
  /** All of its memory. */
  readonly heldBytes: number
  /** Of each class, over the features that the table has, each as often as it counts; after `sum`, until it is called again. */
  readonly sums: Int32Array
  /** Returns the sum of squares of how much each of those features counts. */
  sum(features: Int32Array): number
}

export interface TopicTable {
  /** Sets are found by this many high bits of a feature's hash. */
  readonly setBits: number
  /** At most eleven. */
  readonly classes: number
  /** Whether a feature counts once however often it stands in a page. */
  readonly isOnce: boolean
  /** Numbers of 16 bits, two places a set: 0 where a place is empty. */
  readonly fingerprints: Uint8Array
  /** Signed, place × class. */
  readonly weights: Uint8Array
}

export function openTopicKernel({ setBits, classes, isOnce, fingerprints, weights }: TopicTable): TopicKernel {
  if (classes >= ROW_BYTES) throw new Error(`${classes} classes, a row of the kernel has room for ${ROW_BYTES - 1}`)
  const numSets = 2 ** setBits
  const sumsAt = 0
  const featuresAt = sumsAt + 4 * SUMS
  const setsAt = SET_BYTES * Math.ceil((featuresAt + 4 * (MAX_FEATURES + 1)) / SET_BYTES)
  const { memory, sumTopics } = instantiate(setsAt + numSets * SET_BYTES)
  const bytes = new Uint8Array(memory.buffer)
  for (let set = 0; set < numSets; set++) {
    const to = setsAt + set * SET_BYTES
    for (let i = 0; i < FINGERPRINTS_BYTES; i++) bytes[to + i] = fingerprints[set * FINGERPRINTS_BYTES + i] as number
    for (let way = 0; way < WAYS; way++) {
      const from = (set * WAYS + way) * classes
      const row = to + FINGERPRINTS_BYTES + way * ROW_BYTES
      for (let c = 0; c < classes; c++) bytes[row + c] = weights[from + c] as number
    }
  }
  const list = new Int32Array(memory.buffer, featuresAt, MAX_FEATURES)
  return {
    heldBytes: memory.buffer.byteLength,
    sums: new Int32Array(memory.buffer, sumsAt, SUMS),
    sum(features) {
      list.set(features)
      return sumTopics(setsAt, setBits, featuresAt, features.length, Number(isOnce), sumsAt)
    },
  }
}
