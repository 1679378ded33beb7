/**
 * A topic model's table in the memory of the compiled kernel that sums weights over a page's features (kernel/wasm/topics.ts).
 * Memory: the table, a byte a place, and the features of one page.
 */
import { instantiate } from '#kernels'
import { MAX_FEATURES } from './features.ts'

const WASM_PAGE = 65_536
/** Weights are read sixteen at a time. */
const BEHIND_WEIGHTS = 16
const SUMS = 16

export interface TopicKernel {
  /** All of its memory. */
  readonly heldBytes: number
  /** Of each class, over the features that the table has, each as often as it counts; after `sum`, until it is called again. */
  readonly sums: Int32Array
  /** Returns the squared length of the vector of these counts. */
  sum(features: Int32Array): number
}

export interface TopicTable {
  /** Sets are found by this many high bits of a feature's hash. */
  readonly setBits: number
  readonly classes: number
  /** The last occurrence of a feature in a page that counts. */
  readonly lastCounted: number
  /** Numbers of 16 bits, two places a set: 0 where a place is empty. */
  readonly fingerprints: Uint8Array
  /** Signed, place × class. */
  readonly weights: Uint8Array
}

export function openTopicKernel({ setBits, classes, lastCounted, fingerprints, weights }: TopicTable): TopicKernel {
  const sumsAt = 0
  const featuresAt = sumsAt + 4 * SUMS
  const seenAt = featuresAt + 4 * MAX_FEATURES
  const fingerprintsAt = seenAt + 2 ** (setBits + 1)
  const weightsAt = fingerprintsAt + fingerprints.length
  const numBytes = weightsAt + weights.length + BEHIND_WEIGHTS
  const { memory, sumTopics } = instantiate(Math.ceil(numBytes / WASM_PAGE))
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(fingerprints, fingerprintsAt)
  bytes.set(weights, weightsAt)
  const list = new Int32Array(memory.buffer, featuresAt, MAX_FEATURES)
  return {
    heldBytes: memory.buffer.byteLength,
    sums: new Int32Array(memory.buffer, sumsAt, SUMS),
    sum(features) {
      list.set(features)
      return sumTopics(
        fingerprintsAt,
        setBits,
        weightsAt,
        classes,
        featuresAt,
        features.length,
        lastCounted,
        seenAt,
        sumsAt,
      )
    },
  }
}
