/**
 * Counts of word runs by external sort: a buffer of records is sorted, counted and written to disk as a run; the runs are
 * merged as a stream. A record is `order` word numbers, sorted by its last word first, then the one before, and so on.
 * Memory: the buffer with its two index arrays, `bufferBytes` in all; in merging, as much again over all runs.
 */
import { RecordFile } from './record-file.ts'
import type { RecordReader } from './record-file.ts'

const RADIX_BITS = 11
const RADIX = 2 ** RADIX_BITS

export type Take = (words: Uint32Array, count: number) => void

export class SortedRuns {
  readonly #order: number
  readonly #folder: string
  readonly #bufferBytes: number
  readonly #records: Uint32Array
  readonly #capacity: number
  readonly #places: Uint32Array
  readonly #others: Uint32Array
  readonly #runs: RecordFile[] = []
  #size = 0
  #highest = 0

  constructor({ order, folder, bufferBytes }: { order: number; folder: string; bufferBytes: number }) {
    this.#order = order
    this.#folder = folder
    this.#bufferBytes = bufferBytes
    this.#capacity = Math.max(16, Math.floor(bufferBytes / (4 * order + 8)))
    this.#records = new Uint32Array(this.#capacity * order)
    this.#places = new Uint32Array(this.#capacity)
    this.#others = new Uint32Array(this.#capacity)
  }

  get runs(): number {
    return this.#runs.length
  }

  /** The `order` words of `ids` that end before `end`. */
  add(ids: Uint32Array, end: number): void {
    if (this.#size === this.#capacity) this.#flush()
    const from = this.#size++ * this.#order
    for (let k = 0; k < this.#order; k++) {
      const id = ids[end - this.#order + k] as number
      if (id > this.#highest) this.#highest = id
      this.#records[from + k] = id
    }
  }

  /** Least significant digit first (Knuth, The Art of Computer Programming 3, section 5.2.5): stable, no comparisons. */
  #sort(): Uint32Array {
    const order = this.#order
    const records = this.#records
    const size = this.#size
    let places = this.#places
    let others = this.#others
    for (let i = 0; i < size; i++) places[i] = i
    const starts = new Uint32Array(RADIX)
    for (let word = 0; word < order; word++) {
      for (let shift = 0; this.#highest >>> shift > 0; shift += RADIX_BITS) {
        starts.fill(0)
        for (let i = 0; i < size; i++) {
          const digit = ((records[i * order + word] as number) >>> shift) & (RADIX - 1)
          starts[digit] = (starts[digit] as number) + 1
        }
        let sum = 0
        for (let digit = 0; digit < RADIX; digit++) {
          const count = starts[digit] as number
          starts[digit] = sum
          sum += count
        }
        for (let i = 0; i < size; i++) {
          const place = places[i] as number
          const digit = ((records[place * order + word] as number) >>> shift) & (RADIX - 1)
          const at = starts[digit] as number
          starts[digit] = at + 1
          others[at] = place
        }
        ;[places, others] = [others, places]
      }
    }
    return places
  }

  #flush(): void {
    if (this.#size === 0) return
    const order = this.#order
    const places = this.#sort()
    const run = new RecordFile(this.#folder, order + 1)
    this.#runs.push(run)
    const record = new Uint32Array(order + 1)
    for (let i = 0; i < this.#size;) {
      const from = (places[i] as number) * order
      let next = i + 1
      while (next < this.#size && this.#isSame(from, (places[next] as number) * order)) next++
      for (let k = 0; k < order; k++) record[k] = this.#records[from + k] as number
      record[order] = next - i
      run.write(record)
      i = next
    }
    run.finish()
    this.#size = 0
  }

  #isSame(a: number, b: number): boolean {
    for (let k = 0; k < this.#order; k++) if (this.#records[a + k] !== this.#records[b + k]) return false
    return true
  }

  /** Every distinct record with its count, in order; the runs are gone afterwards. */
  merge(take: Take): void {
    this.#flush()
    const order = this.#order
    const share = Math.floor(this.#bufferBytes / Math.max(1, this.#runs.length))
    const heap = new Heap(order)
    for (const run of this.#runs) heap.push(run.read(share))
    const words = new Uint32Array(order)
    while (heap.top !== undefined) {
      words.set(heap.top.record.subarray(0, order))
      let count = 0
      while (heap.top !== undefined && compare(heap.top.record, words, order) === 0) {
        count += heap.top.record[order] as number
        heap.advance()
      }
      take(words, count)
    }
    this.close()
  }

  /** Frees the disk: for who ends before the merge. */
  close(): void {
    for (const run of this.#runs.splice(0)) run.close()
  }
}

function compare(a: Uint32Array, b: Uint32Array, order: number): number {
  for (let k = order - 1; k >= 0; k--) {
    const difference = (a[k] as number) - (b[k] as number)
    if (difference !== 0) return difference
  }
  return 0
}

/** Readers by their next record, smallest on top. */
class Heap {
  readonly #order: number
  readonly #readers: RecordReader[] = []

  constructor(order: number) {
    this.#order = order
  }

  get top(): RecordReader | undefined {
    return this.#readers[0]
  }

  push(reader: RecordReader): void {
    if (!reader.next()) return
    const readers = this.#readers
    readers.push(reader)
    for (let at = readers.length - 1; at > 0;) {
      const above = (at - 1) >>> 1
      if (!this.#isBefore(at, above)) return
      this.#swap(at, above)
      at = above
    }
  }

  /** Goes to the top reader's next record. */
  advance(): void {
    const readers = this.#readers
    if (readers[0]?.next() !== true) {
      const last = readers.pop()
      if (readers.length === 0 || last === undefined) return
      readers[0] = last
    }
    for (let at = 0; ;) {
      const left = 2 * at + 1
      const right = left + 1
      let least = left < readers.length && this.#isBefore(left, at) ? left : at
      if (right < readers.length && this.#isBefore(right, least)) least = right
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #isBefore(a: number, b: number): boolean {
    return (
      compare((this.#readers[a] as RecordReader).record, (this.#readers[b] as RecordReader).record, this.#order) < 0
    )
  }

  #swap(a: number, b: number): void {
    const { [a]: first, [b]: second } = this.#readers
    if (first === undefined || second === undefined) return
    this.#readers[a] = second
    this.#readers[b] = first
  }
}
