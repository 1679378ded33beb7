/**
 * Sorted counts of the longest n-grams → Kneser–Ney's counts of every order, one file an order.
 *
 * The count of a shorter n-gram is the number of distinct words that it follows, and its own where it begins a sentence
 * (Chen and Goodman 1998, section 4.1.6; Heafield, Pouzyrevsky, Clark and Koehn 2013, section 3.2). Sorted by the last word
 * first, all n-grams that end alike stand together: one open n-gram an order is all that is held.
 * An n-gram is pruned when it occurs no more often than its order's threshold, as `lmplz --prune` has it.
 */
import { RecordFile } from './record-file.ts'
import type { SortedRuns } from './sorted-runs.ts'
import { BEGIN } from './word-numbers.ts'

/** On a record's count: the n-gram is pruned and only its count matters. */
const PRUNED = 2 ** 31

export interface OrderCounts {
  /** Distinct n-grams, and those that stay. */
  readonly all: number
  readonly kept: number
  /** How many have a count of 1, 2, 3 and 4. */
  readonly ofCounts: readonly [number, number, number, number]
}

export interface AdjustedCounts {
  readonly orders: readonly OrderCounts[]
  /** Every n-gram of an order above 1: its words, count, and whether it stays. */
  read(order: number, take: (words: Uint32Array, count: number, isKept: boolean) => void): void
  /** The counts above order 1 are gone. */
  close(): void
  /** By word number. */
  readonly unigrams: Float64Array
}

interface Tally {
  all: number
  kept: number
  readonly ofCounts: [number, number, number, number]
}

class Adjuster {
  readonly tallies: Tally[]
  readonly #files: readonly RecordFile[]
  readonly #order: number
  readonly #prune: readonly number[]
  readonly #unigrams: Float64Array
  readonly #records: Uint32Array[]
  readonly #last: Uint32Array
  /** By order less one, of the open n-gram: Kneser–Ney's count and how often it occurs. */
  readonly #counts: Float64Array
  readonly #uses: Float64Array
  #open = 0

  constructor(
    order: number,
    { prune, unigrams, files }: { prune: readonly number[]; unigrams: Float64Array; files: readonly RecordFile[] },
  ) {
    this.#order = order
    this.#prune = prune
    this.#unigrams = unigrams
    this.tallies = Array.from({ length: order }, () => ({ all: 0, kept: 0, ofCounts: [0, 0, 0, 0] }))
    this.#files = files
    this.#records = files.map((_, k) => new Uint32Array(k + 3))
    this.#last = new Uint32Array(order)
    this.#counts = new Float64Array(order)
    this.#uses = new Float64Array(order)
  }

  take(words: Uint32Array, count: number): void {
    const order = this.#order
    let same = 0
    while (same < this.#open && words[order - 1 - same] === this.#last[order - 1 - same]) same++
    this.#closeTo(same)
    for (let k = 0; k < same; k++) this.#uses[k] = (this.#uses[k] as number) + count
    if (same > 0) this.#counts[same - 1] = (this.#counts[same - 1] as number) + 1
    this.#last.set(words)
    for (let k = same; k < order; k++) {
      const isBegin = words[order - 1 - k] === BEGIN
      this.#counts[k] = isBegin || k === order - 1 ? count : 1
      this.#uses[k] = count
      this.#open = k + 1
      if (isBegin) break
    }
    if (this.#open === order) this.#closeTo(order - 1)
  }

  #closeTo(open: number): void {
    for (; this.#open > open; this.#open--) this.#emit(this.#open)
  }

  #emit(size: number): void {
    const count = this.#counts[size - 1] as number
    const isKept = size === 1 || (this.#uses[size - 1] as number) > (this.#prune[size - 1] as number)
    const tally = this.tallies[size - 1] as Tally
    tally.all++
    if (isKept) tally.kept++
    if (count >= 1 && count <= 4) tally.ofCounts[count - 1] = (tally.ofCounts[count - 1] as number) + 1
    if (size === 1) {
      this.#unigrams[this.#last[this.#order - 1] as number] = count
      return
    }
    const record = this.#records[size - 2] as Uint32Array
    for (let k = 0; k < size; k++) record[k] = this.#last[this.#order - size + k] as number
    record[size] = isKept ? count : count + PRUNED
    this.#files[size - 2]?.write(record)
  }

  end(): void {
    this.#closeTo(0)
    for (const file of this.#files) file.finish()
  }
}

export interface AdjustOptions {
  readonly order: number
  readonly words: number
  /** An n-gram of this order that occurs no more often goes; the first, of single words, is 0. */
  readonly prune: readonly number[]
  readonly folder: string
}

export function adjustCounts(runs: SortedRuns, { order, words, prune, folder }: AdjustOptions): AdjustedCounts {
  const files = Array.from({ length: order - 1 }, (_, k) => new RecordFile(folder, k + 3))
  const unigrams = new Float64Array(words)
  const adjuster = new Adjuster(order, { prune, unigrams, files })
  runs.merge((ngram, count) => adjuster.take(ngram, count))
  adjuster.end()
  return {
    orders: adjuster.tallies,
    unigrams,
    read(size, take) {
      const reader = (files[size - 2] as RecordFile).read()
      while (reader.next()) {
        const count = reader.record[size] as number
        take(reader.record, count >= PRUNED ? count - PRUNED : count, count < PRUNED)
      }
    },
    close() {
      for (const file of files) file.close()
    },
  }
}
