/**
 * Writes a table of n-grams as a model file (docs/formats/ngram-model.md), quantised to 8 bits or as floats.
 * Memory beside the table: the file's own table, 6 or 15 bytes an n-gram.
 */
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { outputFile } from '../../cli/output-file.ts'
import {
  LINE_SLOTS,
  LINE_START,
  MARK_SEED,
  SLOT_SEED,
  fingerprint,
  homeSlot,
  markHash,
  slotHash,
  wholeMark,
} from '../../functions/perplexity/ngram-hash.ts'
import type { Section } from '../../functions/perplexity/ngram-hash.ts'
import {
  CENTROIDS,
  MAX_SLOTS,
  MAX_WIDE_SLOTS,
  NGRAM_FORMAT,
  READY,
  TOKENISATION,
} from '../../functions/perplexity/ngram-model.ts'
import { UNKNOWN_WORD } from '../../functions/perplexity/ready-tokens.ts'
import type { NgramTable } from './ngram-table.ts'

export interface TableFile {
  readonly name: string
  readonly lang: string
  readonly order: number
  readonly unknown: number
  /** `<unk>` stands in n-grams; else it is left out of the file's table. */
  readonly hasUnknown: boolean
  readonly isOwn: boolean
  readonly bits: 8 | 32
  readonly load?: number
}

/**
 * Share of the slots that is filled. A search for what is not there looks at 12 filled slots of 1.1 lines at .67, at 20.5 of 1.55 at .8,
 * and each is mistaken for it once in 65,536 where 16 bits of the hash are kept.
 */
const LOAD: Readonly<Record<8 | 32, number>> = { 8: 0.67, 32: 0.8 }

/** The most n-grams whose file is no larger than `maxBytes`. */
export function entriesWithin(
  maxBytes: number,
  { order, bits, load }: Pick<TableFile, 'order' | 'bits' | 'load'>,
): number {
  const head = HEAD_BYTES + 8 * order + (bits === 8 ? 4 * CENTROIDS * (2 * order - 1) : 0)
  const slots = Math.floor((maxBytes - head) / (bits === 8 ? 4 : 12))
  // Each order may leave a part of its last line.
  return Math.max(0, Math.floor((slots - LINE_SLOTS * order) * (load ?? LOAD[bits])))
}

/** All fields but sizes, centroids and table, the checksum among them. */
const HEAD_BYTES = 50

/** log10 p at or below this is ARPA's zero; it has the lowest index to itself, so that the scale serves the others. */
const ZERO = -90

/** The index of exactly 0: the back-off of every n-gram that is no context, which shall cost nothing. */
const NAUGHT = CENTROIDS - 1

/**
 * Equal steps between the extremes, and each index stands for the mean of what fell to it: an index's n-grams are no easier
 * or harder together than they were.
 */
class Range {
  #top = -Infinity
  #bottom = Infinity
  #hasZero = false
  #zero = 0
  readonly #sums = new Float64Array(CENTROIDS)
  readonly #counts = new Float64Array(CENTROIDS)

  add(value: number): void {
    if (value <= ZERO) {
      this.#hasZero = true
      this.#zero = Math.min(this.#zero, value)
    } else if (value !== 0) {
      this.#top = Math.max(this.#top, value)
      this.#bottom = Math.min(this.#bottom, value)
    }
  }

  indexOf(value: number): number {
    if (value <= ZERO) return 0
    if (value === 0) return NAUGHT
    const first = this.#hasZero ? 1 : 0
    const width = this.#top - this.#bottom
    return width === 0 ? first : first + Math.round(((value - this.#bottom) / width) * (NAUGHT - 1 - first))
  }

  /** Call for every value, once all have been added. */
  tally(value: number): void {
    const index = this.indexOf(value)
    this.#sums[index] = (this.#sums[index] as number) + value
    this.#counts[index] = (this.#counts[index] as number) + 1
  }

  get centroids(): Float32Array {
    const centroids = Float32Array.from(this.#sums, (sum, i) => sum / Math.max(1, this.#counts[i] as number))
    if (this.#hasZero) centroids[0] = this.#zero
    return centroids
  }
}

const totalOf = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

const slotOf = (token: number): number => slotHash(SLOT_SEED, token)

/** The start is never predicted, and its place-holder shall not widen the scale. */
const isPredicted = (table: NgramTable, i: number): boolean =>
  table.orders[i] !== 1 || table.slots[i] !== slotOf(LINE_START)

interface Scales {
  readonly probabilities: readonly Range[]
  readonly backoffs: readonly Range[]
}

function scalesOf(table: NgramTable, order: number): Scales {
  const probabilities = Array.from({ length: order }, () => new Range())
  const backoffs = Array.from({ length: order - 1 }, () => new Range())
  for (const step of ['add', 'tally'] as const) {
    for (let i = 0; i < table.orders.length; i++) {
      const k = (table.orders[i] as number) - 1
      if (k < 0) continue
      if (isPredicted(table, i)) probabilities[k]?.[step](table.probabilities[i] as number)
      backoffs[k]?.[step](table.backoffs[i] as number)
    }
  }
  return { probabilities, backoffs }
}

interface Placed {
  readonly slots: Int32Array
  readonly sections: readonly Section[]
  readonly values: Float32Array
  /** By order. */
  readonly entries: readonly number[]
  readonly shadowed: number
}

/** Lines enough for each order at the wanted load. */
function sectionsOf(table: NgramTable, { bits, order, load = LOAD[bits] }: TableFile): Section[] {
  const sizes = Array<number>(order).fill(0)
  for (const one of table.orders) if (one > 0) sizes[one - 1] = (sizes[one - 1] as number) + 1
  const sections: Section[] = []
  let first = 0
  for (const size of sizes) {
    const count = LINE_SLOTS * Math.max(1, Math.ceil(size / load / LINE_SLOTS))
    sections.push({ first, count })
    first += count
  }
  const most = bits === 8 ? MAX_SLOTS : MAX_WIDE_SLOTS
  if (first > most) {
    throw new RangeError(
      `${table.entries} n-grams need ${first} slots, a file of ${bits} bits a value has at most ${most}: prune the model`,
    )
  }
  return sections
}

function place(table: NgramTable, meta: TableFile, scales: Scales): Placed {
  const { bits, hasUnknown } = meta
  const sections = sectionsOf(table, meta)
  const count = totalOf(sections.map((section) => section.count))
  const slots = new Int32Array(count)
  const values = new Float32Array(bits === 8 ? 0 : 2 * count)
  const unknown = slotOf(UNKNOWN_WORD)
  const unknownMark = markHash(MARK_SEED, UNKNOWN_WORD) | 0
  const entries = sections.map(() => 0)
  let shadowed = 0
  for (let i = 0; i < table.orders.length; i++) {
    const k = (table.orders[i] as number) - 1
    if (k < 0) continue
    const section = sections[k] as Section
    const slot = table.slots[i] as number
    const mark = table.fileMarks[i] as number
    if (!hasUnknown && k === 0 && slot === unknown && mark === unknownMark) continue
    const known = bits === 8 ? fingerprint(mark) : wholeMark(mark)
    let at = homeSlot(slot, section)
    while (slots[at] !== 0 && (bits === 8 ? (slots[at] as number) >>> 16 : slots[at]) !== known) {
      at = at + 1 === section.first + section.count ? section.first : at + 1
    }
    if (slots[at] !== 0) {
      shadowed++
      continue
    }
    const p = table.probabilities[i] as number
    const backoff = table.backoffs[i] as number
    if (bits === 8) {
      const q = isPredicted(table, i) ? (scales.probabilities[k]?.indexOf(p) ?? 0) : 0
      slots[at] = (known << 16) | (q << 8) | (scales.backoffs[k]?.indexOf(backoff) ?? 0)
    } else {
      slots[at] = known
      values[2 * at] = p
      values[2 * at + 1] = backoff
    }
    entries[k] = (entries[k] as number) + 1
  }
  return { slots, sections, values, entries, shadowed }
}

/** Writes beside the place and renames, so that a cut-off run leaves no file that looks whole. */
function writeParts(file: string, parts: readonly ArrayBufferView[]): { size: number; sha256: string } {
  const target = outputFile(file)
  const own = `${target}.${randomUUID()}`
  const descriptor = openSync(own, 'wx')
  let size = 0
  let sum = 0
  const hash = createHash('sha256')
  const write = (part: ArrayBufferView): void => {
    const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
    for (let from = 0; from < bytes.length;) {
      from += writeSync(descriptor, bytes, from, Math.min(bytes.length - from, 2 ** 26))
    }
    sum = crc32(bytes, sum)
    hash.update(bytes)
    size += bytes.length
  }
  try {
    for (const part of parts) write(part)
    write(Uint32Array.of(sum))
    closeSync(descriptor)
    renameSync(own, target)
  } catch (error) {
    rmSync(own, { force: true })
    throw error
  }
  return { size, sha256: hash.digest('hex') }
}

const label = (text: string, size: number): Uint8Array => {
  if (text.length > size || !/^[a-z0-9-]+$/.test(text)) {
    throw new RangeError(`"${text}": expected 1 to ${size} lower-case letters, digits and hyphens`)
  }
  return Buffer.from(text.padEnd(size, '\0'), 'latin1')
}

export interface Written {
  /** What `modelId` gives for the file. */
  readonly id: string
  readonly bytes: number
  readonly entries: number
  /** n-grams that found their place taken by another with the same mark. */
  readonly shadowed: number
}

export function writeTableFile(file: string, table: NgramTable, meta: TableFile): Written {
  const { name, lang, order, unknown, hasUnknown, isOwn, bits } = meta
  const head = [label(name, 24), label(lang, 8)]
  const scales = bits === 8 ? scalesOf(table, order) : { probabilities: [], backoffs: [] }
  const { slots, sections, values, entries, shadowed } = place(table, meta, scales)
  const { size, sha256 } = writeParts(file, [
    Buffer.from(NGRAM_FORMAT.magic, 'latin1'),
    Uint16Array.of(NGRAM_FORMAT.version),
    Uint8Array.of(order, isOwn ? TOKENISATION : READY),
    ...head,
    Float32Array.of(unknown),
    Uint8Array.of(bits, hasUnknown ? 1 : 0),
    Uint32Array.from(sections.flatMap(({ count }, k) => [entries[k] as number, count])),
    ...scales.probabilities.map(({ centroids }) => centroids),
    ...scales.backoffs.map(({ centroids }) => centroids),
    slots,
    values,
  ])
  return { id: `${name}@${sha256.slice(0, 12)}`, bytes: size, entries: totalOf(entries), shadowed }
}
