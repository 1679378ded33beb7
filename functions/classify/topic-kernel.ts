/**
 * A topic model's table in the memory of the compiled kernel that sums weights over a page's features (kernel/wasm/topics.ts).
 * Memory: the table, a byte a place, and the features of one page.
 */
import { instantiate } from '#kernels'
import { MAX_FEATURES } from './features.ts'

/** Places a set. */
export const WAYS = 2

/** A row: a weight a class, and how often the page has the feature; sixteen bytes are read at a time. */
const ROW_BYTES = 12
const BEHIND_ROWS = 4
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
  const places = WAYS * 2 ** setBits
  const sumsAt = 0
  const featuresAt = sumsAt + 4 * SUMS
  const fingerprintsAt = featuresAt + 4 * MAX_FEATURES
  const rowsAt = fingerprintsAt + fingerprints.length
  const numBytes = rowsAt + places * ROW_BYTES + BEHIND_ROWS
  const { memory, sumTopics } = instantiate(numBytes)
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(fingerprints, fingerprintsAt)
  for (let place = 0; place < places; place++) {
    const row = rowsAt + place * ROW_BYTES
    for (let c = 0; c < classes; c++) bytes[row + c] = weights[place * classes + c] as number
  }
  const list = new Int32Array(memory.buffer, featuresAt, MAX_FEATURES)
  return {
    heldBytes: memory.buffer.byteLength,
    sums: new Int32Array(memory.buffer, sumsAt, SUMS),
    sum(features) {
      list.set(features)
      return sumTopics(fingerprintsAt, setBits, rowsAt, featuresAt, features.length, Number(isOnce), sumsAt)
    },
  }
}
