/**
 * Word vectors from elsewhere, in the text form of GloVe and of word2vec: a word and its numbers a line, a first line of
 * two numbers (words, dimensions) allowed, and then held to. Only words of one token whose feature is wanted are kept, so the memory is
 * that of the features: four bytes a number.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { PRESENCE_FEATURES, collectFeatures } from '../../functions/classify/features.ts'

/** The file holds no word vectors, or not all of them; the message names it and says why. */
export class BadVectors extends Error {
  override readonly name = 'BadVectors'
  readonly exitCode = 2
}

export interface WordVectors {
  readonly dimensions: number
  /** Row of a feature, or -1. */
  readonly rows: Int32Array
  /** row × dimension. */
  readonly values: Float32Array
  readonly words: number
}

/** The word itself: its stem is another feature, and in a head it is one more. */
const WORD_ONLY = { longestRun: 1, maxUnits: 64, version: PRESENCE_FEATURES }

/** The hash of the one feature that a word is in a text, or null. */
function hashOf(word: string): number | null {
  const hashes = collectFeatures({ text: word }, WORD_ONLY)
  return hashes.length === 1 ? (hashes[0] as number) >>> 0 : null
}

class VectorReader {
  readonly #numberOf: (hash: number) => number
  readonly #rows: Int32Array
  #values = new Float32Array(0)
  #dimensions = 0
  #words = 0
  /** What the first line says and how many lines came, where it says something. */
  #expected: number | null = null
  #lines = 0

  constructor(features: number, numberOf: (hash: number) => number) {
    this.#numberOf = numberOf
    this.#rows = new Int32Array(features).fill(-1)
  }

  /** A line without its end, and its number from 1. */
  add(line: string, number: number): void {
    const fields = line.trimEnd().split(' ')
    if (number === 1 && fields.length === 2 && fields.every((field) => /^\d+$/.test(field))) {
      const [words, dimensions] = fields.map(Number)
      this.#expected = words ?? 0
      this.#dimensions = dimensions ?? 0
      return
    }
    this.#lines++
    if (this.#dimensions === 0) this.#dimensions = fields.length - 1
    if (fields.length - 1 !== this.#dimensions || this.#dimensions < 1) {
      throw new BadVectors(
        `line ${number}: found ${fields.length - 1} numbers behind the word, expected ${Math.max(1, this.#dimensions)}: ` +
          'a word and its numbers a line, parted by single spaces',
      )
    }
    const hash = hashOf(fields[0] ?? '')
    const feature = hash === null ? -1 : this.#numberOf(hash)
    // Of spellings that are one feature the first, which is the most frequent in files of the usual order.
    if (feature < 0 || this.#rows[feature] !== -1) return
    const at = this.#words * this.#dimensions
    if (at + this.#dimensions > this.#values.length) this.#grow()
    for (let d = 0; d < this.#dimensions; d++) {
      const value = Number(fields[d + 1])
      if (!Number.isFinite(value) || fields[d + 1] === '')
        throw new BadVectors(`line ${number}: "${fields[d + 1]}" is no number`)
      this.#values[at + d] = value
    }
    this.#rows[feature] = this.#words++
  }

  #grow(): void {
    const larger = new Float32Array(Math.max(1024 * this.#dimensions, 2 * this.#values.length))
    larger.set(this.#values)
    this.#values = larger
  }

  finish(): WordVectors {
    if (this.#expected !== null && this.#lines < this.#expected) {
      throw new BadVectors(
        `found ${this.#lines} words, expected the ${this.#expected} that line 1 names: the file was likely cut short`,
      )
    }
    if (this.#words === 0) {
      throw new BadVectors(
        'no word of the file stands in the texts: is it of another language, or no file of word vectors?',
      )
    }
    const dimensions = this.#dimensions
    return {
      dimensions,
      rows: this.#rows,
      values: this.#values.subarray(0, this.#words * dimensions),
      words: this.#words,
    }
  }
}

const CHUNK_BYTES = 1 << 20
/** How gzip, zip and zstd files begin, read as UTF-8. */
const PACKED = ['\u001f\ufffd', 'PK\u0003\u0004', '(\ufffd/\ufffd']

function* linesOf(file: string): Generator<string> {
  const fd = openSync(file, 'r')
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES)
    let rest = Buffer.alloc(0)
    for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)])
      let from = 0
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        yield bytes.toString('utf8', from, end)
        from = end + 1
      }
      rest = bytes.subarray(from)
    }
    if (rest.length > 0) yield rest.toString('utf8')
  } finally {
    closeSync(fd)
  }
}

/** Vectors of the `features` that `numberOf` knows by hash. Throws `BadVectors`. */
export function readVectors(file: string, features: number, numberOf: (hash: number) => number): WordVectors {
  const reader = new VectorReader(features, numberOf)
  let number = 0
  try {
    for (const line of linesOf(file)) {
      if (++number === 1 && PACKED.some((start) => line.startsWith(start))) {
        throw new BadVectors('line 1: the file is packed: unpack it first')
      }
      reader.add(line, number)
    }
    return reader.finish()
  } catch (error) {
    // The lines do not know whose they are.
    if (error instanceof BadVectors) throw new BadVectors(`${file}: ${error.message}`)
    throw error
  }
}
