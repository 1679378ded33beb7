/**
 * Words and labels of a fastText file, found by their bytes: an open-addressed table of (hash, entry) beside the offsets
 * of the words, which stay where the file has them. Entries 0 … numWords − 1 are words, the rest labels.
 *
 * Memory: 8 bytes a slot, at most 2.9 slots an entry, and 4 bytes an entry. A lookup reads one cache line as a rule.
 */
import type { Fields } from './fields.ts'
import { hashOf } from './hash.ts'

export interface Dictionary {
  readonly numWords: number
  readonly labels: readonly string[]
  /** How often training saw each label. */
  readonly labelCounts: readonly number[]
  /** Rows by bucket in a pruned model; null where all are there. */
  readonly pruned: PrunedIndex | null
  /** The entry that is signed[from … to), -1 if there is none. `hash` is its `hashOf`. */
  readonly find: (hash: number, signed: Int8Array, from: number, to: number) => number
}

export interface PrunedIndex {
  readonly size: number
  /** Row of a bucket behind those of the words, -1 if it was pruned. */
  rowOf(bucket: number): number
}

/** Word of one byte, its end, count (i64), type (i8). */
const SMALLEST_ENTRY = 1 + 1 + 8 + 1
/** fastText takes this count for a node of its tree that is not built yet. */
export const COUNT_LIMIT = 1e15
const EMPTY = -1
const MAX_ENTRIES = 2 ** 28

export function readDictionary(
  fields: Fields,
  bytes: Uint8Array,
  { bucket, allow }: { readonly bucket: number; readonly allow: (bytes: number) => void },
): Dictionary {
  const sizeAt = fields.at
  const size = fields.i32('entries', 1, MAX_ENTRIES)
  const numWords = fields.i32('words', 0, size, 'words are some of the entries')
  const labelsAt = fields.at
  const numLabels = fields.i32('labels', 0, size, 'labels are some of the entries')
  if (numLabels === 0) fields.fail('labels', labelsAt, 'found 0, expected 1 or more: a model that was never trained')
  if (numWords + numLabels !== size) {
    fields.fail(
      'entries',
      sizeAt,
      `found ${size}, expected ${numWords} words + ${numLabels} labels: a count is damaged`,
    )
  }
  fields.i64('tokens', 0, Number.MAX_SAFE_INTEGER)
  const prunedAt = fields.at
  const numPruned = fields.i64('pruned index', -1, bucket)
  const needs = size * SMALLEST_ENTRY + Math.max(0, numPruned) * 8
  if (needs > fields.left) {
    const says = `says ${size} entries and ${Math.max(0, numPruned)} pruned buckets, which take ${needs} bytes or more`
    const detail = `${says}; the file has ${fields.left} left: it is cut short, or the count is damaged`
    if (size * SMALLEST_ENTRY > fields.left) fields.fail('entries', sizeAt, detail)
    fields.fail('pruned index', prunedAt, detail)
  }
  const slots = 2 ** Math.ceil(Math.log2(size / 0.7))
  allow(8 * slots + 4 * (size + 1) + 8 * slotsFor(numPruned) + filterBits(numPruned) / 8)
  const { starts, labelCounts } = readEntries(fields, bytes, { size, numWords })
  const find = openTable(bytes, starts, slots)
  return {
    numWords,
    labels: readLabels(fields, bytes, starts, numWords),
    labelCounts,
    pruned: numPruned < 0 ? null : readPrunedIndex(fields, numPruned, bucket),
    find,
  }
}

function readEntries(
  fields: Fields,
  bytes: Uint8Array,
  { size, numWords }: { readonly size: number; readonly numWords: number },
): { starts: Uint32Array; labelCounts: number[] } {
  const starts = new Uint32Array(size + 1)
  const labelCounts: number[] = []
  for (let i = 0; i < size; i++) {
    const from = fields.at
    starts[i] = from
    const end = bytes.indexOf(0, from)
    const length = (end < 0 ? bytes.length : end) - from
    const name = i < numWords ? `word ${i}` : `label ${i - numWords}`
    if (end < 0) fields.fail(name, from, `has no end in the ${length} bytes that are left: the file is cut short`)
    if (length === 0) fields.fail(name, from, 'is empty, expected a byte or more: bytes are lost before this place')
    fields.skip(name, length + 1)
    const count = fields.i64(`count of ${name}`, 0, COUNT_LIMIT - 1)
    const typeAt = fields.at
    const isLabel = fields.flag(`type of ${name}`)
    if (isLabel !== i >= numWords) {
      const [found, expected] = isLabel ? ['1 (label)', '0 (word)'] : ['0 (word)', '1 (label)']
      fields.fail(`type of ${name}`, typeAt, `found ${found}, expected ${expected}: the number of words is damaged`)
    }
    if (isLabel) labelCounts.push(count)
  }
  starts[size] = fields.at
  if (fields.at >= 2 ** 32) fields.fail('entries', 0, 'words of more than 4 GiB: a count is damaged')
  return { starts, labelCounts }
}

/** Bytes behind a word: its end, count, type. */
const BEHIND = 1 + 8 + 1

function openTable(bytes: Uint8Array, starts: Uint32Array, slots: number): Dictionary['find'] {
  const words = new Int8Array(bytes.buffer, bytes.byteOffset, starts.at(-1))
  const mask = slots - 1
  /** Hash and entry, by turns. */
  const table = new Int32Array(2 * slots).fill(EMPTY)
  const isSame = (entry: number, signed: Int8Array, from: number, to: number): boolean => {
    let at = starts[entry] as number
    if ((starts[entry + 1] as number) - at - BEHIND !== to - from) return false
    for (let i = from; i < to; i++) if (words[at++] !== signed[i]) return false
    return true
  }
  const slotOf = (hash: number, signed: Int8Array, from: number, to: number): number => {
    let slot = (hash ^ (hash >>> 15)) & mask
    for (;;) {
      const entry = table[2 * slot + 1] as number
      if (entry === EMPTY || (table[2 * slot] === hash && isSame(entry, signed, from, to))) return slot
      slot = (slot + 1) & mask
    }
  }
  for (let i = 0; i < starts.length - 1; i++) {
    const from = starts[i] as number
    const to = (starts[i + 1] as number) - BEHIND
    const hash = hashOf(words, from, to)
    // A word that stands twice is its last entry, as in fastText.
    const slot = slotOf(hash, words, from, to)
    table[2 * slot] = hash
    table[2 * slot + 1] = i
  }
  return (hash, signed, from, to) => table[2 * slotOf(hash, signed, from, to) + 1] as number
}

function readLabels(fields: Fields, bytes: Uint8Array, starts: Uint32Array, numWords: number): string[] {
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const labels: string[] = []
  for (let i = numWords; i < starts.length - 1; i++) {
    const from = starts[i] as number
    try {
      labels.push(utf8.decode(bytes.subarray(from, (starts[i + 1] as number) - BEHIND)))
    } catch {
      fields.fail(`label ${i - numWords}`, from, 'is not UTF-8: damaged, or training data in another encoding')
    }
  }
  return labels
}

const slotsFor = (count: number): number => (count <= 0 ? 1 : 2 ** Math.ceil(Math.log2(2 * count)))
/** 64 bits or more a bucket, nearly all of them 0: what was pruned is seldom looked up in the table. */
const filterBits = (count: number): number => Math.min(2 ** 30, 32 * slotsFor(count))

function readPrunedIndex(fields: Fields, size: number, bucket: number): PrunedIndex {
  const mask = slotsFor(size) - 1
  /** Bucket and row, by turns. */
  const table = new Int32Array(2 * (mask + 1)).fill(EMPTY)
  const slotOf = (key: number): number => {
    let slot = (Math.imul(key, 0x9e3779b1) >>> 7) & mask
    while (table[2 * slot] !== EMPTY && table[2 * slot] !== key) slot = (slot + 1) & mask
    return slot
  }
  const filter = new Int32Array(filterBits(size) / 32)
  const filterMask = filterBits(size) - 1
  for (let i = 0; i < size; i++) {
    const at = fields.at
    const key = fields.i32(`bucket ${i} of the pruned index`, 0, bucket - 1)
    const row = fields.i32(`row ${i} of the pruned index`, 0, size - 1)
    const slot = slotOf(key)
    if (table[2 * slot] === key) {
      fields.fail(`bucket ${i} of the pruned index`, at, `found ${key} a second time: the file is damaged`)
    }
    filter[(key & filterMask) >>> 5] = (filter[(key & filterMask) >>> 5] as number) | (1 << key)
    table[2 * slot] = key
    table[2 * slot + 1] = row
  }
  return {
    size,
    rowOf(key) {
      const bits = filter[(key & filterMask) >>> 5] as number
      return (bits & (1 << key)) === 0 ? EMPTY : (table[2 * slotOf(key) + 1] as number)
    },
  }
}
