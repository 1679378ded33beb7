/**
 * Sorted runs of words, each with its source in front → how often every n-gram of every order occurs: as it is, and with
 * its sources' weights. One file an order, of the candidates: n-grams that occur more often than their order's threshold.
 * Memory: one open n-gram an order, and 16 bytes a word.
 */
import { RecordFile } from './record-file.ts'
import type { SortedRuns } from './sorted-runs.ts'
import { BEGIN, END, UNKNOWN } from './word-numbers.ts'

export interface RawCounts {
  readonly orders: readonly RawTally[]
  /** By word number; the start has the number of sentences. */
  readonly unigrams: Uint32Array
  readonly weights: Float64Array
  /** The candidates of an order above 1. */
  read(order: number, take: (words: Uint32Array, count: number, weight: number) => void): void
  /** The candidates are gone. */
  close(): void
}

export interface RawTally {
  all: number
  kept: number
  /** How many n-grams occur once, twice, three and four times, candidates or not. */
  readonly ofCounts: [number, number, number, number]
}

export interface RawOptions {
  readonly order: number
  readonly words: number
  /** An n-gram of this order that occurs no more often is no candidate; the first, of single words, is 0. */
  readonly prune: readonly number[]
  /** By source. */
  readonly weights: readonly number[]
  readonly folder: string
}

class Counter {
  readonly tallies: RawTally[]
  readonly unigrams: Uint32Array
  readonly weights: Float64Array
  readonly #options: RawOptions
  /** From order 2 on. */
  readonly files: readonly RecordFile[]
  readonly #records: Uint32Array[]
  /** The same bytes: the weight of a record is a float. */
  readonly #floats: Float32Array[]
  readonly #last: Uint32Array
  /** By order less one, of the open n-gram. */
  readonly #counts: Float64Array
  readonly #sums: Float64Array
  #open = 0

  constructor(options: RawOptions) {
    const { order, words, folder } = options
    this.#options = options
    this.tallies = Array.from({ length: order }, () => ({ all: 0, kept: 0, ofCounts: [0, 0, 0, 0] }))
    this.unigrams = new Uint32Array(words)
    this.weights = new Float64Array(words)
    this.files = Array.from({ length: order - 1 }, (_, k) => new RecordFile(folder, k + 4))
    this.#records = this.files.map((_, k) => new Uint32Array(k + 4))
    this.#floats = this.#records.map(({ buffer }) => new Float32Array(buffer))
    this.#last = new Uint32Array(order)
    this.#counts = new Float64Array(order)
    this.#sums = new Float64Array(order)
  }

  /** `words`: the source, and then as many words as the highest order. */
  take(words: Uint32Array, count: number): void {
    const { order, weights } = this.#options
    const weight = count * (weights[words[0] as number] ?? 1)
    let same = 0
    while (same < this.#open && words[order - same] === this.#last[order - 1 - same]) same++
    this.#closeTo(same)
    for (let k = 0; k < same; k++) {
      this.#counts[k] = (this.#counts[k] as number) + count
      this.#sums[k] = (this.#sums[k] as number) + weight
    }
    this.#last.set(words.subarray(1))
    for (let k = same; k < order; k++) {
      // Nothing comes before a sentence's start.
      if (k > 0 && words[order + 1 - k] === BEGIN) break
      this.#counts[k] = count
      this.#sums[k] = weight
      this.#open = k + 1
    }
  }

  #closeTo(open: number): void {
    for (; this.#open > open; this.#open--) this.#emit(this.#open)
  }

  #emit(size: number): void {
    const { order, prune } = this.#options
    const count = this.#counts[size - 1] as number
    const weight = this.#sums[size - 1] as number
    const tally = this.tallies[size - 1] as RawTally
    tally.all++
    if (count <= 4) tally.ofCounts[count - 1] = (tally.ofCounts[count - 1] as number) + 1
    if (size === 1) {
      const word = this.#last[order - 1] as number
      this.unigrams[word] = count
      this.weights[word] = weight
      tally.kept++
      return
    }
    if (count <= (prune[size - 1] as number) || !this.#isEligible(size)) return
    tally.kept++
    const record = this.#records[size - 2] as Uint32Array
    for (let k = 0; k < size; k++) record[k] = this.#last[order - size + k] as number
    record[size] = count
    const floats = this.#floats[size - 2] as Float32Array
    floats[size + 1] = weight
    this.files[size - 2]?.write(record)
  }

  /** An unknown word is no context, and what it is in is not in the model. */
  #isEligible(size: number): boolean {
    return !this.#last.subarray(this.#options.order - size).includes(UNKNOWN)
  }

  end(): void {
    this.#closeTo(0)
    for (const file of this.files) file.finish()
    this.unigrams[BEGIN] = this.unigrams[END] as number
    this.weights[BEGIN] = this.weights[END] as number
  }
}

/** `runs` of one word more than the highest order. */
export function countRaw(runs: SortedRuns, options: RawOptions): RawCounts {
  const counter = new Counter(options)
  runs.merge((words, count) => counter.take(words, count))
  counter.end()
  const { tallies, unigrams, weights, files } = counter
  return {
    orders: tallies,
    unigrams,
    weights,
    read(size, take) {
      const reader = (files[size - 2] as RecordFile).read()
      const floats = new Float32Array(reader.record.buffer)
      while (reader.next()) take(reader.record, reader.record[size] as number, floats[size + 1] as number)
    },
    close() {
      for (const file of files) file.close()
    },
  }
}
