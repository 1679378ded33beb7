/**
 * Which features stand in enough documents to be learnt, in bounded memory whatever the number of distinct ones: first a
 * count a cell of 2^26 (features that share a cell are counted together, so a count is never too low: one row of the
 * sketch of Cormode and Muthukrishnan 2005), which gives the threshold; then exact counts of those whose cell is over it.
 * Memory: 128 MiB while texts are read, then 8 MiB and 32 bytes a candidate.
 */
import type { RecordCache } from './record-cache.ts'
import { COUNT, HEADER_WORDS, featuresOf, isAgain, recordEnd } from './topic-record.ts'
import type { Words } from './topic-record.ts'

const CELL_BITS = 26
const MOST = 2 ** 16 - 1
/** Slots a candidate: half are filled where no rare feature shares a candidate's cell. */
const SLOTS_EACH = 2
const NONE = 2 ** 32 - 1

export class CellCounts {
  #cells = new Uint16Array(2 ** CELL_BITS)

  /** The features of the record that begins at `at`. */
  add(words: Uint32Array, at: number): void {
    const cells = this.#cells
    const span = featuresOf(words, at)
    for (let i = span.from; i < span.to; i++) {
      if (isAgain(words, i, span)) continue
      const cell = (words[i] as number) >>> (32 - CELL_BITS)
      const count = cells[cell] as number
      if (count < MOST) cells[cell] = count + 1
    }
  }

  /** A bit a cell: whether it reaches the threshold. It stays near, which the counts do not. */
  reached(threshold: number): Uint32Array {
    const cells = this.#cells
    const bits = new Uint32Array(cells.length / 32)
    for (let i = 0; i < cells.length; i++) {
      if ((cells[i] as number) >= threshold) bits[i >>> 5] = (bits[i >>> 5] as number) | (1 << (i & 31))
    }
    return bits
  }

  /** The lowest threshold, `least` or above, that no more than `limit` cells reach. */
  threshold(least: number, limit: number): number {
    const cellsWith = new Float64Array(MOST + 1)
    const cells = this.#cells
    for (let i = 0; i < cells.length; i++) {
      const count = cells[i] as number
      cellsWith[count] = (cellsWith[count] as number) + 1
    }
    let over = 0
    let threshold = MOST
    while (threshold > least && over + (cellsWith[threshold] as number) <= limit)
      over += cellsWith[threshold--] as number
    return over + (cellsWith[threshold] as number) <= limit ? threshold : threshold + 1
  }

  free(): void {
    this.#cells = new Uint16Array(0)
  }
}

/** Features by number: the most frequent first, so that what is used most lies together. */
export interface FeatureNumbers {
  /** Hash by number. */
  readonly hashes: Uint32Array
  readonly documents: Uint32Array
  /** Fewest documents that a feature stands in. */
  readonly threshold: number
  /** The number of a hash, or -1. */
  readonly numberOf: (hash: number) => number
}

/** Hashes with a number each, 0 where a slot is empty, side by side: a look-up costs one miss of the cache. */
class HashSlots {
  readonly capacity: number
  readonly pairs: Uint32Array
  #filled = 0
  readonly #mask: number

  constructor(limit: number) {
    this.capacity = 2 ** Math.ceil(Math.log2(Math.max(1024, SLOTS_EACH * limit)))
    this.pairs = new Uint32Array(2 * this.capacity)
    this.#mask = this.capacity - 1
  }

  /** Where the hash's pair is, or the empty one where it would be. */
  find(hash: number): number {
    const { pairs } = this
    let slot = (Math.imul(hash, 0x9e3779b1) >>> 7) & this.#mask
    while (pairs[2 * slot + 1] !== 0 && pairs[2 * slot] !== hash) slot = (slot + 1) & this.#mask
    return 2 * slot
  }

  count(hash: number): void {
    const { pairs } = this
    const at = this.find(hash)
    if (pairs[at + 1] === 0) {
      // What comes first is what is frequent: by now the table has nearly all that will be kept.
      if (this.#filled > 0.9 * this.capacity) return
      this.#filled++
      pairs[at] = hash
    }
    pairs[at + 1] = (pairs[at + 1] as number) + 1
  }
}

export interface NumberOptions {
  readonly leastDocuments: number
  readonly mostFeatures: number
  /** Whether a record is counted: it was for the cells. */
  readonly counts: (words: Uint32Array, at: number) => boolean
}

export function numberFeatures(cache: RecordCache, cells: CellCounts, options: NumberOptions): FeatureNumbers {
  const { leastDocuments, mostFeatures } = options
  const threshold = cells.threshold(leastDocuments, mostFeatures)
  const reached = cells.reached(threshold)
  cells.free()
  const isCandidate = (hash: number): boolean => {
    const cell = hash >>> (32 - CELL_BITS)
    return ((reached[cell >>> 5] as number) & (1 << (cell & 31))) !== 0
  }
  const slots = new HashSlots(mostFeatures)
  for (const { words, starts } of cache.read()) {
    for (const at of starts) {
      if (!options.counts(words, at)) continue
      const span = featuresOf(words, at)
      for (let i = span.from; i < span.to; i++) {
        const hash = words[i] as number
        if (!isAgain(words, i, span) && isCandidate(hash)) slots.count(hash)
      }
    }
  }
  return rank(slots, { threshold, isCandidate })
}

interface Candidates {
  readonly threshold: number
  readonly isCandidate: (hash: number) => boolean
}

function rank(slots: HashSlots, { threshold, isCandidate }: Candidates): FeatureNumbers {
  const { pairs, capacity } = slots
  const isKept = (slot: number): boolean => (pairs[2 * slot + 1] as number) >= threshold
  let size = 0
  for (let slot = 0; slot < capacity; slot++) size += Number(isKept(slot))
  const kept = new Uint32Array(size)
  for (let slot = 0, at = 0; slot < capacity; slot++) if (isKept(slot)) kept[at++] = slot
  const hashOf = (slot: number): number => pairs[2 * slot] as number
  const countOf = (slot: number): number => pairs[2 * slot + 1] as number
  kept.sort((a, b) => countOf(b) - countOf(a) || hashOf(a) - hashOf(b))
  const hashes = kept.map(hashOf)
  const documents = kept.map(countOf)
  // From here on a pair's number is that of the feature: 1 and more for those that stay, NONE for the rest.
  for (let slot = 0; slot < capacity; slot++) if (countOf(slot) > 0) pairs[2 * slot + 1] = NONE
  kept.forEach((slot, number) => {
    pairs[2 * slot + 1] = number + 1
  })
  const numberOf = (hash: number): number => {
    if (!isCandidate(hash)) return -1
    const number = pairs[slots.find(hash) + 1] as number
    return number === NONE ? -1 : number - 1
  }
  return { hashes, documents, threshold, numberOf }
}

/** Leaves of a record's features those that `numberOf` knows, as numbers. */
export function renumber({ words }: Words, at: number, numberOf: (feature: number) => number): void {
  const end = recordEnd(words, at)
  let to = at + HEADER_WORDS
  for (let i = to; i < end; i++) {
    const number = numberOf(words[i] as number)
    if (number >= 0) words[to++] = number
  }
  words[at + COUNT] = to - at - HEADER_WORDS
}
