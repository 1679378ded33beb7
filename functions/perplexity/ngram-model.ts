/**
 * An n-gram model as a flat hashed table, read from its file (docs/formats/ngram-model.md).
 *
 * One slot of 32 bits an n-gram: 16 bits of its hash to know it by, 8 bits of log-probability, 8 of back-off, each an
 * index into 256 centroids of its order. All orders share the table; a slot is found by a second hash and linear
 * probing (the "probing" layout of KenLM, Heafield 2011, section 3.1, with a fingerprint in place of the key).
 * The price: a lookup of what is not there answers wrongly with probability (slots walked) / 2^16; at a load of .8 it
 * walks 13 slots, so that is one in 5,000. Memory: the file's size.
 */
import { expectEnd, modelId, readModelFile } from '../kernel/model-file.ts'
import type { FieldReader } from '../kernel/model-file.ts'

export const NGRAM_FORMAT = { magic: 'MRNG', version: 1 } as const

/** What the tokens are: `millrace-norm-1` and the rule of kernel/tokens.ts. A file made under another is refused. */
export const TOKENISATION = 1

export const MAX_ORDER = 6
export const CENTROIDS = 256

export interface NgramModel {
  /** `name@` and 12 hex digits of the file's hash. */
  readonly id: string
  readonly lang: string
  readonly order: number
  readonly entries: number
  /** fingerprint << 16 | probability << 8 | back-off; 0 is empty. */
  readonly slots: Int32Array
  /** log10 of the probability of a word that the model does not have, spelling included. */
  readonly unknown: number
  /** log10 probabilities, 256 an order. */
  readonly probabilities: Float32Array
  /** log10 back-offs, 256 an order below the highest. */
  readonly backoffs: Float32Array
}

/** Linear probing ends at an empty slot: a table without one would never end. */
const MAX_LOAD = 0.95

function readSizes(reader: FieldReader): { entries: number; count: number } {
  const entriesAt = reader.at
  const entries = reader.u32('entries')
  const slotsAt = reader.at
  const count = reader.u32('slots')
  if (entries > count * MAX_LOAD) {
    reader.fail('entries', entriesAt, `${entries} entries in ${count} slots, expected at most ${MAX_LOAD} of them`)
  }
  // 64 MiB: more than an isolate may hold of models.
  if (count < 1 || count > 2 ** 24) reader.fail('slots', slotsAt, `found ${count}, expected 1 to 2^24`)
  return { entries, count }
}

export function loadNgramModel(bytes: Uint8Array): NgramModel {
  const reader = readModelFile('n-gram model', bytes, NGRAM_FORMAT)
  const orderAt = reader.at
  const order = reader.u8('order')
  if (order < 1 || order > MAX_ORDER) reader.fail('order', orderAt, `found ${order}, expected 1 to ${MAX_ORDER}`)
  const tokenisationAt = reader.at
  const tokenisation = reader.u8('tokenisation')
  if (tokenisation !== TOKENISATION) {
    reader.fail('tokenisation', tokenisationAt, `found ${tokenisation}, this code reads text by ${TOKENISATION}`)
  }
  const name = reader.label('name', 24)
  const lang = reader.label('lang', 8)
  const unknownAt = reader.at
  const unknown = reader.f32('unknown')
  if (unknown >= 0) reader.fail('unknown', unknownAt, `expected a log10 probability below 0, found ${unknown}`)
  const { entries, count } = readSizes(reader)
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
  const slotsAt = reader.at
  const slots = new Int32Array(reader.u32s('table', count).buffer)
  const used = slots.reduce((sum, slot) => sum + (slot === 0 ? 0 : 1), 0)
  if (used !== entries) reader.fail('table', slotsAt, `${used} slots are filled, the head says ${entries}`)
  expectEnd(reader, bytes)
  return { id: modelId(name, bytes), lang, order, entries, slots, unknown, probabilities, backoffs }
}
