/**
 * A line as fastText sees it (0.9.2, `Dictionary::getLine`): the rows of the input matrix for its words, for the runs of
 * characters inside each word, and for runs of words, in fastText's order, since sums of floats depend on it.
 *
 * One pass over the UTF-8 bytes without a string: a word's hash grows with its bytes. A word is what stands between the
 * blanks that fastText knows: space, tab, line feed, vertical tab, form feed, carriage return and U+0000; U+00A0 and
 * U+3000 are none. Runs of characters of a known word are kept after its first time, as fastText has them from the start.
 * Departure: fastText's line ends at the first line feed; here a text is a line, and `</s>` stands at its end alone.
 */
import type { Dictionary } from './dictionary.ts'
import { FNV_PRIME, FNV_START, hashOf, modulusOf, runsFrom, runsWithin } from './hash.ts'
import type { Settings } from './settings.ts'

export interface LineReader {
  /** Hands on the rows of `text`, some at a time; returns how many they were. `rows` is overwritten after each call. */
  read(text: string | Uint8Array, add: (rows: Int32Array, count: number) => void): number
}

/** Rows that are handed on together: few enough for the first cache, enough that the call costs nothing. */
const ROWS = 2048
const KEPT_TEXT = 1 << 20
const MAX_CACHE = 1 << 20
const RUNS_PER_WORD = 32

const BOW = 60
const EOW = 62
const ascii = (text: string): Int8Array => Int8Array.from(text, (unit) => unit.charCodeAt(0))
const EOS = ascii('</s>')
const EOS_HASH = hashOf(EOS, 0, EOS.length)
/** The prefix of training is not in the file, and fastText takes this one for all. */
const LABEL = ascii('__label__')

const startsWith = (signed: Int8Array, from: number, start: Int8Array): boolean =>
  start.every((byte, i) => signed[from + i] === byte)

/** Numbers that the runs of characters of known words may take: none where there are no such runs. */
export const cacheLength = (numWords: number, { maxn }: Settings): number =>
  maxn === 0 ? 0 : Math.min(MAX_CACHE, RUNS_PER_WORD * numWords)

export function lineReader(dictionary: Dictionary, settings: Settings): LineReader {
  const { numWords, pruned, find } = dictionary
  const { bucket, maxn, wordNgrams } = settings
  const modulus = modulusOf(bucket)
  const rows = new Int32Array(ROWS)
  let count = 0
  let handedOn = 0
  let add: (rows: Int32Array, count: number) => void = () => {}

  /** Where a word's runs stand in `cache`, 0 before its first time: how many, then the runs. */
  const cachedAt = new Int32Array(maxn === 0 ? 0 : numWords)
  const cache = new Int32Array(cacheLength(numWords, settings))
  let cached = 1

  let hashes = new Int32Array(wordNgrams > 1 ? 1024 : 0)
  let numHashes = 0

  let bytes = new Uint8Array(1 << 16)
  let signed = new Int8Array(bytes.buffer)

  const handOn = (): void => {
    add(rows, count)
    handedOn += count
    count = 0
  }
  const pushRow = (row: number): void => {
    if (count === ROWS) handOn()
    rows[count++] = row
  }
  const pushBucket = (place: number): void => {
    if (pruned === null) return pushRow(numWords + place)
    const row = pruned.rowOf(place)
    if (row >= 0) pushRow(numWords + row)
  }

  /** What stands around the word is put back. */
  const pushRuns = (from: number, to: number, push: (place: number) => void): void => {
    const before = signed[from - 1] as number
    const behind = signed[to] as number
    signed[from - 1] = BOW
    signed[to] = EOW
    runsWithin(signed, from - 1, to + 1, settings, push)
    signed[from - 1] = before
    signed[to] = behind
  }
  const keepRow = (row: number): void => {
    if (cached < cache.length) cache[cached] = row
    cached++
    pushRow(row)
  }
  const keepBucket = (place: number): void => {
    if (pruned === null) return keepRow(numWords + place)
    const row = pruned.rowOf(place)
    if (row >= 0) keepRow(numWords + row)
  }
  const pushKnown = (word: number, from: number, to: number): void => {
    pushRow(word)
    let at = cachedAt[word] as number
    if (at > 0) {
      const end = at + 1 + (cache[at] as number)
      if (count + end - at > ROWS) handOn()
      let n = count
      while (++at < end) rows[n++] = cache[at] as number
      count = n
      return
    }
    if (cached >= cache.length) return pushRuns(from, to, pushBucket)
    at = cached++
    pushRuns(from, to, keepBucket)
    const length = cached - at - 1
    if (cached <= cache.length && length < ROWS) {
      cache[at] = length
      cachedAt[word] = at
    } else cached = at
  }
  const pushHash = (hash: number): void => {
    if (wordNgrams < 2) return
    if (numHashes === hashes.length) {
      const longer = new Int32Array(2 * numHashes)
      longer.set(hashes)
      hashes = longer
    }
    hashes[numHashes++] = hash
  }

  /** False where the line ends. */
  const pushWord = (hash: number, from: number, to: number): boolean => {
    const isEos = hash === EOS_HASH && to - from === EOS.length && startsWith(signed, from, EOS)
    const entry = find(hash, signed, from, to)
    if (entry >= numWords) return !isEos
    if (entry < 0) {
      if (to - from >= LABEL.length && startsWith(signed, from, LABEL)) return true
      if (maxn > 0 && !isEos) pushRuns(from, to, pushBucket)
    } else if (maxn === 0 || isEos) pushRow(entry)
    else pushKnown(entry, from, to)
    pushHash(hash)
    return !isEos
  }

  /** Bytes 1 … n of the buffer; two more are free, the line's end behind them. */
  const place = (text: string | Uint8Array): number => {
    const need = typeof text === 'string' ? roomFor(text, bytes.length - 8) : text.length
    if (need + 8 > bytes.length) {
      bytes = new Uint8Array(need + 8)
      signed = new Int8Array(bytes.buffer)
    }
    if (typeof text === 'string') return utf8.encodeInto(text, bytes.subarray(1)).written
    bytes.set(text, 1)
    return text.length
  }

  return {
    read(text, onto) {
      add = onto
      count = handedOn = numHashes = 0
      const end = 1 + place(text)
      let isOpen = true
      for (let at = 1; isOpen && at < end;) {
        const from = at
        let h = FNV_START
        for (; at < end; at++) {
          const byte = signed[at] as number
          if (byte <= 32 && byte >= 0 && (byte === 32 || (byte <= 13 && byte >= 9) || byte === 0)) break
          h = Math.imul(h ^ byte, FNV_PRIME)
        }
        if (at > from) isOpen = pushWord(h, from, at)
        at++
      }
      if (isOpen) {
        signed.set(EOS, 1)
        pushWord(EOS_HASH, 1, 1 + EOS.length)
      }
      if (pruned === null || pruned.size > 0) {
        for (let i = 0; i < numHashes; i++) {
          runsFrom(hashes, i, Math.min(numHashes, i + wordNgrams), modulus, pushBucket)
        }
      }
      if (count > 0) handOn()
      if (bytes.length > KEPT_TEXT) {
        bytes = new Uint8Array(1 << 16)
        signed = new Int8Array(bytes.buffer)
      }
      if (4 * hashes.length > KEPT_TEXT) hashes = new Int32Array(1024)
      return handedOn
    },
  }
}

const utf8 = new TextEncoder()

/** Bytes of a text in UTF-8, or a bound above them that `room` holds. */
function roomFor(text: string, room: number): number {
  if (3 * text.length <= room) return 3 * text.length
  let size = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // A surrogate is half of four bytes, or alone and replaced by three.
    size += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3
  }
  return size
}
