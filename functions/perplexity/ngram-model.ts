/**
 * An n-gram model as a flat hashed table, read from its file (docs/formats/ngram-model.md).
 *
 * One slot of 32 bits an n-gram: 16 bits of its hash to know it by, 8 bits of log-probability, 8 of back-off, each an
 * index into 256 centroids of its order. Each order has a section of the table, so that words, which every token asks for, lie near
 * one another; there a second hash names a line of the cache, in which, or in the next if it is full, the n-gram is
 * (the "probing" layout of KenLM, Heafield 2011, section 3.1, with a fingerprint in place of the key, line by line).
 * The price: a lookup of what is not there answers wrongly with probability (filled slots of the lines it looks at) / 2^16; at a load
 * of .8 these are 20.5 slots of 1.55 lines, so that is one in 3,200. Memory: the file's size.
 * The unquantised kind has 32 bits of hash a slot and two floats: three times the memory, and no wrong answer in 10^8.
 */
import { expectEnd, modelId, readModelFile } from '../kernel/model-file.ts'
import type { FieldReader } from '../kernel/model-file.ts'
import { LINE_SLOTS, hasRoom } from './ngram-hash.ts'
import type { Section } from './ngram-hash.ts'
import { openNgramKernel } from './ngram-kernel.ts'
import type { NgramKernel, NgramSpace } from './ngram-kernel.ts'

export const NGRAM_FORMAT = { magic: 'MRNG', version: 3 } as const

/** What the tokens are: `millrace-norm-1` and the rule of kernel/tokens.ts. */
export const TOKENISATION = 1
/** Words as another tool made them, known by two hashes; such a model scores sentences of ready words and no text. */
export const READY = 2
const TOKENISATIONS: readonly number[] = [TOKENISATION, READY]

export const MAX_ORDER = 6
export const CENTROIDS = 256

export interface NgramModel {
  /** `name@` and 12 hex digits of the file's hash. */
  readonly id: string
  readonly lang: string
  readonly order: number
  readonly tokenisation: number
  /** Whether `<unk>` is in the table, and in n-grams: a word that the model lacks is read as that. */
  readonly hasUnknown: boolean
  /** fingerprint << 16 | probability << 8 | back-off; 0 is empty. Unquantised: the mark. */
  readonly slots: Int32Array
  /** Of the table, by order. */
  readonly sections: readonly Section[]
  /** Unquantised: log10 probability and back-off of each slot; else null. */
  readonly values: Float32Array | null
  /** What scores blocks of our tokens fast; null where the plain loops do. */
  readonly kernel: NgramKernel | null
  /** What it takes in memory once its file is gone. */
  readonly heldBytes: number
  /** log10 of the probability of a word that the model does not have, spelling included. */
  readonly unknown: number
  /** log10 probabilities, 256 an order. */
  readonly probabilities: Float32Array
  /** log10 back-offs, 256 an order below the highest. */
  readonly backoffs: Float32Array
}

/** A search ends where a line has room. */
const MAX_LOAD = 0.95

/** Quantised: 64 MiB, more than an isolate may hold of models. Unquantised: 1.5 GiB, less than Node reads at once. */
export const MAX_SLOTS = 2 ** 24
export const MAX_WIDE_SLOTS = 2 ** 27
/** Head, centroids and checksum take less than 16 KiB. */
export const MAX_NGRAM_BYTES = 2 ** 14 + 12 * MAX_WIDE_SLOTS

interface Sizes {
  readonly entries: readonly number[]
  readonly sections: readonly Section[]
}

/** Entries and slots of each order. */
function readSizes(reader: FieldReader, order: number, maxSlots: number): Sizes {
  const all: number[] = []
  const sections: Section[] = []
  let first = 0
  for (let k = 0; k < order; k++) {
    const entriesAt = reader.at
    const entries = reader.u32('entries')
    const slotsAt = reader.at
    const count = reader.u32('slots')
    if (entries > count * MAX_LOAD) {
      reader.fail('entries', entriesAt, `${entries} entries in ${count} slots, expected at most ${MAX_LOAD} of them`)
    }
    if (count < LINE_SLOTS || count % LINE_SLOTS !== 0) {
      reader.fail('slots', slotsAt, `found ${count}, expected a multiple of ${LINE_SLOTS} above 0`)
    }
    if (first + count > maxSlots) {
      reader.fail('slots', slotsAt, `found ${first + count} with those of lower orders, expected ${maxSlots} at most`)
    }
    all.push(entries)
    sections.push({ first, count })
    first += count
  }
  return { entries: all, sections }
}

/** Bits a value and whether `<unk>` is in the table. */
function readKind(reader: FieldReader): { bits: number; hasUnknown: boolean } {
  const bitsAt = reader.at
  const bits = reader.u8('bits')
  if (bits !== 8 && bits !== 32) reader.fail('bits', bitsAt, `found ${bits}, expected 8 (quantised) or 32 (float)`)
  const flagsAt = reader.at
  const flags = reader.u8('flags')
  if (flags > 1) reader.fail('flags', flagsAt, `found ${flags}, expected 0 or 1`)
  return { bits, hasUnknown: flags === 1 }
}

function checkEntries(
  reader: FieldReader,
  at: number,
  { entries, sections, slots, isWide }: Sizes & { slots: Int32Array; isWide: boolean },
): void {
  for (const [k, { first, count }] of sections.entries()) {
    let used = 0
    for (let i = first; i < first + count; i++) if (slots[i] !== 0) used++
    const place = at + 4 * first
    if (used !== entries[k])
      reader.fail('table', place, `${used} slots of order ${k + 1} are filled, the head says ${entries[k]}`)
    if (!hasRoom(slots, { first, count }))
      reader.fail('table', place, `no line of order ${k + 1} has an empty last slot, expected one at least`)
  }
  if (isWide) return
  const unmarked = slots.findIndex((slot) => slot !== 0 && slot >>> 16 === 0)
  if (unmarked >= 0)
    reader.fail('table', at + 4 * unmarked, 'found a filled slot of fingerprint 0, expected 1 to 65535')
}

function readCentroids(reader: FieldReader, order: number): { probabilities: Float32Array; backoffs: Float32Array } {
  const probabilitiesAt = reader.at
  const probabilities = reader.f32s('probabilities', order * CENTROIDS)
  const worst = probabilities.findIndex((value) => !(value <= 0 && value >= -99))
  if (worst >= 0) {
    reader.fail('probabilities', probabilitiesAt + 4 * worst, `expected -99 to 0, found ${probabilities[worst]}`)
  }
  const backoffsAt = reader.at
  const backoffs = reader.f32s('backoffs', (order - 1) * CENTROIDS)
  const odd = backoffs.findIndex((value) => !(Math.abs(value) <= 99))
  if (odd >= 0) reader.fail('backoffs', backoffsAt + 4 * odd, `expected -99 to 99, found ${backoffs[odd]}`)
  return { probabilities, backoffs }
}

function readValues(reader: FieldReader, count: number): Float32Array {
  const valuesAt = reader.at
  const values = reader.f32s('values', 2 * count)
  const worst = values.findIndex((value, i) => !(i % 2 === 0 ? value <= 0 && value >= -99 : Math.abs(value) <= 99))
  if (worst >= 0) {
    const range = worst % 2 === 0 ? 'a log10 probability of -99 to 0' : 'a back-off of -99 to 99'
    reader.fail('values', valuesAt + 4 * worst, `expected ${range}, found ${values[worst]}`)
  }
  return values
}

/** `space`: where the bytes lie if they lie in a kernel's memory; they are gone afterwards. */
export function loadNgramModel(bytes: Uint8Array, space: NgramSpace | null = null): NgramModel {
  const reader = readModelFile('n-gram model', bytes, NGRAM_FORMAT)
  const orderAt = reader.at
  const order = reader.u8('order')
  if (order < 1 || order > MAX_ORDER) reader.fail('order', orderAt, `found ${order}, expected 1 to ${MAX_ORDER}`)
  const tokenisationAt = reader.at
  const tokenisation = reader.u8('tokenisation')
  if (!TOKENISATIONS.includes(tokenisation)) {
    reader.fail('tokenisation', tokenisationAt, `found ${tokenisation}, this code reads ${TOKENISATIONS.join(' and ')}`)
  }
  const name = reader.label('name', 24)
  const lang = reader.label('lang', 8)
  const unknownAt = reader.at
  const unknown = reader.f32('unknown')
  if (unknown >= 0) reader.fail('unknown', unknownAt, `expected a log10 probability below 0, found ${unknown}`)
  const { bits, hasUnknown } = readKind(reader)
  const isWide = bits === 32
  const { entries, sections } = readSizes(reader, order, isWide ? MAX_WIDE_SLOTS : MAX_SLOTS)
  const none = new Float32Array(0)
  const { probabilities, backoffs } = isWide ? { probabilities: none, backoffs: none } : readCentroids(reader, order)
  const count = sections.reduce((sum, section) => sum + section.count, 0)
  const tableAt = reader.at
  const model = { order, sections, probabilities, backoffs, unknown }
  const isCompiled = !isWide && !hasUnknown && tokenisation === TOKENISATION
  const id = modelId(name, bytes)
  // Into the kernel's memory at once: a model is in memory once beside its file, or once where the file lies there.
  const kernel = isCompiled ? openNgramKernel(reader.view('table', 4 * count), model, space) : null
  const slots = kernel?.slots ?? new Int32Array(reader.u32s('table', count).buffer)
  checkEntries(reader, tableAt, { entries, sections, slots, isWide })
  const values = isWide ? readValues(reader, count) : null
  expectEnd(reader, bytes)
  const heldBytes = kernel?.heldBytes ?? slots.byteLength + (values?.byteLength ?? 0)
  return { id, lang, tokenisation, hasUnknown, slots, values, kernel, heldBytes, ...model }
}
