/**
 * Documents' records on disk, in bins of random documents: an epoch reads the bins in random order and each bin in
 * random order, which is as good as a shuffle of all, whatever order the input had.
 *
 * One file without a name holds all bins as extents. Memory: a write buffer of 128 KiB a bin while it grows, the largest bin
 * while it is read.
 */
import { NamelessFile } from './nameless-file.ts'
import { random, shuffle } from './softmax.ts'
import { recordEnd, wordsOver } from './topic-record.ts'
import type { Words } from './topic-record.ts'

const BUFFER_WORDS = 2 ** 15

export interface Bin extends Words {
  /** Where each record begins, in the order in which they are to be read. */
  readonly starts: Uint32Array
}

interface Extent {
  readonly at: number
  readonly bytes: number
}

export class RecordCache {
  readonly bins: number
  readonly #file: NamelessFile
  readonly #extents: Extent[][]
  readonly #records: number[]
  readonly #buffers: (Uint32Array | undefined)[]
  readonly #used: number[]
  readonly #folder: string
  #memory = wordsOver(new ArrayBuffer(0))

  constructor(folder: string, bins: number) {
    this.#file = new NamelessFile(folder)
    this.#folder = folder
    this.bins = bins
    this.#extents = Array.from({ length: bins }, () => [])
    this.#records = Array.from({ length: bins }, () => 0)
    this.#buffers = Array.from({ length: bins }, () => undefined)
    this.#used = Array.from({ length: bins }, () => 0)
  }

  get records(): number {
    return this.#records.reduce((sum, count) => sum + count, 0)
  }

  /** The record that begins at `at`. */
  add(bin: number, words: Uint32Array, at: number): void {
    const end = recordEnd(words, at)
    let buffer = this.#buffers[bin]
    let used = this.#used[bin] ?? 0
    if (buffer === undefined || used + end - at > buffer.length) {
      this.#flush(bin)
      used = 0
      if (buffer === undefined || end - at > buffer.length) {
        buffer = new Uint32Array(Math.max(BUFFER_WORDS, end - at))
        this.#buffers[bin] = buffer
      }
    }
    buffer.set(words.subarray(at, end), used)
    this.#used[bin] = used + end - at
    this.#records[bin] = (this.#records[bin] ?? 0) + 1
  }

  #flush(bin: number): void {
    const buffer = this.#buffers[bin]
    const bytes = 4 * (this.#used[bin] ?? 0)
    if (buffer === undefined || bytes === 0) return
    this.#extents[bin]?.push({ at: this.#file.size, bytes })
    this.#file.append(new Uint8Array(buffer.buffer, 0, bytes))
    this.#used[bin] = 0
  }

  /** Writes what is in the buffers, and frees them. */
  finish(): this {
    for (let bin = 0; bin < this.bins; bin++) this.#flush(bin)
    this.#buffers.fill(undefined)
    return this
  }

  /** Bins one by one, in an order of the seed's, or in that of their writing; each holds until the next is asked for. */
  *read(seed?: number): Generator<Bin & { readonly number: number }> {
    const next = seed === undefined ? null : random(seed)
    const order = Uint32Array.from({ length: this.bins }, (_, bin) => bin)
    if (next) shuffle(order, next)
    for (const number of order) {
      const bin = this.#load(number)
      if (next) shuffle(bin.starts, next)
      yield { ...bin, number }
    }
  }

  #load(bin: number): Bin {
    const extents = this.#extents[bin] ?? []
    const bytes = extents.reduce((sum, extent) => sum + extent.bytes, 0)
    if (this.#memory.words.byteLength < bytes) this.#memory = wordsOver(new ArrayBuffer(Math.ceil(bytes * 1.1) & ~3))
    const { words, floats } = this.#memory
    const raw = new Uint8Array(words.buffer)
    let filled = 0
    for (const extent of extents) {
      filled += this.#file.read(raw.subarray(filled, filled + extent.bytes), extent.at)
    }
    const starts = new Uint32Array(this.#records[bin] ?? 0)
    for (let i = 0, at = 0; i < starts.length; i++, at = recordEnd(words, at)) starts[i] = at
    return { words, floats, starts }
  }

  /** A cache of the same bins with what `change` leaves of each record, which it may write over; false leaves it out. */
  map(change: (words: Words, at: number) => boolean): RecordCache {
    const [made, none] = this.split((words, at) => (change(words, at) ? 0 : null))
    none.close()
    return made
  }

  /** The same into two; null leaves a record out. */
  split(change: (words: Words, at: number) => 0 | 1 | null): [RecordCache, RecordCache] {
    const made: [RecordCache, RecordCache] = [this.#another(), this.#another()]
    for (const bin of this.read()) {
      for (const at of bin.starts) {
        const which = change(bin, at)
        if (which !== null) made[which].add(bin.number, bin.words, at)
      }
    }
    for (const cache of made) cache.finish()
    return made
  }

  #another(): RecordCache {
    return new RecordCache(this.#folder, this.bins)
  }

  close(): void {
    this.#file.close()
    this.#memory = wordsOver(new ArrayBuffer(0))
  }
}
