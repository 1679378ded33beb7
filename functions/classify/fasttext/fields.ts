/**
 * Fields of a fastText file, read in order and checked one by one. fastText itself checks nothing past the version: what
 * it would read as numbers of another place is refused here with the field, its offset, what was found and expected.
 *
 * Little-endian, without padding and without a checksum (fastText 0.9.2, `FastText::saveModel`), so arrays lie where the
 * words before them end. Floats whose place is a multiple of four are read where they are; else they are copied, or with
 * `inPlace` moved back by the one to three bytes: over the end of the numbers before them, which have been read.
 */
import { DamagedModel } from '../../kernel/model-file.ts'

export interface Fields {
  fail(field: string, offset: number, detail: string): never
  /** A byte that is 0 or 1. */
  flag(field: string): boolean
  i32(field: string, low: number, high: number, hint?: string): number
  /** Exact: more than 2^53 is refused, which no count of a file that can be read is. */
  i64(field: string, low: number, high: number, hint?: string): number
  /** Passes over what only training uses. */
  skip(field: string, size: number): void
  f32s(field: string, count: number): Float32Array
  /** A view, never a copy. */
  raw(field: string, size: number): Uint8Array
  /** Where the next field begins. */
  readonly at: number
  readonly left: number
  /** Bytes that lay askew and were copied. */
  readonly copiedBytes: number
}

export interface FieldOptions {
  /** The bytes are the model's to keep: what lies askew is moved within them. */
  readonly inPlace: boolean
  /** Called with a number of bytes before they are allocated. */
  readonly allow: (bytes: number) => void
}

const ASKEW = 4

export function readFields(bytes: Uint8Array, { inPlace, allow }: FieldOptions): Fields {
  const { buffer, byteOffset, byteLength } = bytes
  const view = new DataView(buffer, byteOffset, byteLength)
  let at = 0
  let copiedBytes = 0
  const fail = (field: string, offset: number, detail: string): never => {
    throw new DamagedModel(`fastText model: field ${field} at byte ${offset}: ${detail}`)
  }
  const take = (field: string, size: number): number => {
    if (at + size > byteLength) {
      const left = byteLength - at
      fail(field, at, `needs ${size} bytes, the file has ${left} left: it is cut short, or a count before is damaged`)
    }
    at += size
    return at - size
  }
  const within = (field: string, from: number, value: number, [low, high]: Range, hint: string): number => {
    if (value >= low && value <= high) return value
    const expected = low === high ? `${low}` : `${low} to ${high}`
    return fail(field, from, `found ${value}, expected ${expected}${hint === '' ? '' : `: ${hint}`}`)
  }
  return {
    fail,
    flag(field) {
      const from = take(field, 1)
      return within(field, from, view.getUint8(from), [0, 1], LIKELY_SHIFTED) === 1
    },
    i32(field, low, high, hint = LIKELY_SHIFTED) {
      const from = take(field, 4)
      return within(field, from, view.getInt32(from, true), [low, high], hint)
    },
    i64(field, low, high, hint = LIKELY_SHIFTED) {
      const from = take(field, 8)
      const value = view.getInt32(from + 4, true) * 2 ** 32 + view.getUint32(from, true)
      return within(field, from, value, [low, Math.min(high, Number.MAX_SAFE_INTEGER)], hint)
    },
    skip: (field, size) => void take(field, size),
    f32s(field, count) {
      const size = 4 * count
      const from = take(field, size)
      const askew = (byteOffset + from) % ASKEW
      if (askew === 0) return new Float32Array(buffer, byteOffset + from, count)
      if (inPlace) {
        bytes.copyWithin(from - askew, from, from + size)
        return new Float32Array(buffer, byteOffset + from - askew, count)
      }
      allow(size)
      copiedBytes += size
      return new Float32Array(bytes.slice(from, from + size).buffer)
    },
    raw(field, size) {
      const from = take(field, size)
      return bytes.subarray(from, from + size)
    },
    get at() {
      return at
    },
    get left() {
      return byteLength - at
    },
    get copiedBytes() {
      return copiedBytes
    },
  }
}

type Range = readonly [low: number, high: number]

const LIKELY_SHIFTED = 'the file is damaged, or bytes of it are lost before this place'
