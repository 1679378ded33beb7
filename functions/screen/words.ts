/**
 * English words as datatrove counts them, which is as spaCy's rule-based tokenizer splits them (3.8, `spacy.blank("en")`).
 *
 * Chunks between white space lose known prefixes and suffixes one at a time, are looked up among the exceptions before each step, are
 * left whole when they are an address, and are cut at infixes otherwise; known sequences (emoticons) are then joined again.
 * The rules are restated as tests on character classes: no regular expression, no string per word, time linear in the text.
 * Departures: letters are Unicode's, not spaCy's list; suffixed units are those of the Latin script; look-around at an infix sees UTF-16
 * units, so a letter above U+FFFF beside a hyphen does not count as one; a chunk of over 65,536 units is taken in parts.
 */
import {
  BEFORE_STOP,
  classAt,
  classBefore,
  classes,
  classOf,
  currencies,
  DIGIT,
  ICON,
  KNOWN,
  LETTER,
  LOWER,
  PREFIX,
  QUOTE,
  SPACE,
  SUFFIX,
  UPPER,
} from './characters.ts'
import { isAddress } from './address.ts'
import { exceptionByHash, LONGEST_EXCEPTION } from './word-exceptions.ts'
import { FIRST_MULTIPLIER, SECOND_MULTIPLIER } from './word-hash.ts'
import { AFTER_GAP, HAS_LETTER, marksOf, pushHashed, pushWord, type WordTable } from './word-table.ts'

const PLAIN = LETTER | UPPER | LOWER | DIGIT | KNOWN

const DOT = 46
const ELLIPSIS = 0x2026
const UNITS = new Set(
  (
    'km km² km³ m m² m³ dm dm² dm³ cm cm² cm³ mm mm² mm³ ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa mbar mb MB kb KB ' +
    'gb GB tb TB T G M K %'
  ).split(' '),
)
const LONGEST_UNIT = 4
/** A longer chunk is split in parts of this many units, so that the lists of starts stay small. */
const LONG_CHUNK = 65_536

function exceptionAt(text: string, start: number, end: number): number {
  if (end - start > LONGEST_EXCEPTION) return 0
  let first = 0
  let second = 0
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i) + 1
    first = (Math.imul(first, FIRST_MULTIPLIER) + unit) | 0
    second = (Math.imul(second, SECOND_MULTIPLIER) + unit) | 0
  }
  return exceptionByHash(first, second)
}

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57

function prefixLength(text: string, start: number, end: number): number {
  const unit = text.charCodeAt(start)
  const bits = classAt(text, start)
  if ((bits & PREFIX) !== 0) return text.charCodeAt(start) >= 0xd800 && text.charCodeAt(start) < 0xdc00 ? 2 : 1
  if (unit === DOT) {
    let i = start + 1
    while (i < end && text.charCodeAt(i) === DOT) i++
    return i - start >= 2 ? i - start : 0
  }
  if (unit === 43) return start + 1 < end && isDigit(text.charCodeAt(start + 1)) ? 0 : 1
  if (text.startsWith('US$', start) && start + 3 <= end) return 3
  if ((unit === 65 || unit === 67) && start + 2 <= end && text.charCodeAt(start + 1) === 36) return 2
  return 0
}

function suffixLength(text: string, start: number, end: number): number {
  if (start >= end) return 0
  const unit = text.charCodeAt(end - 1)
  const before = end - 2 >= start ? text.charCodeAt(end - 2) : -1
  if (unit === DOT) {
    if (before !== DOT) return before >= 0 && stopIsWord(text, start, end - 1) ? 1 : 0
    let i = end - 2
    while (i > start && text.charCodeAt(i - 1) === DOT) i--
    return end - i
  }
  if ((unit === 115 || unit === 83) && (before === 39 || before === 0x2019)) return 2
  if (unit === ELLIPSIS) return before === ELLIPSIS ? 2 : 1
  const bits = classBefore(text, end)
  if ((bits & SUFFIX) !== 0) return unit >= 0xdc00 && unit < 0xe000 ? 2 : 1
  if (unit === 43 && isDigit(before)) return 1
  if (isDigit(before) && currencies.has(text.charAt(end - 1))) return 1
  for (let length = LONGEST_UNIT; length >= 1; length--) {
    const at = end - length
    if (at > start && isDigit(text.charCodeAt(at - 1)) && UNITS.has(text.slice(at, end))) return length
  }
  return 0
}

/** Whether the full stop at `stop` is split off: after a lower-case letter, digit or mark, or after two capitals, but not after one. */
function stopIsWord(text: string, start: number, stop: number): boolean {
  const bits = classBefore(text, stop)
  if ((bits & (LOWER | DIGIT | BEFORE_STOP)) !== 0) return true
  if (stop - 2 < start) return false
  const unit = text.charCodeAt(stop - 1)
  const before = text.charCodeAt(stop - 2)
  if ((bits & UPPER) !== 0 && (classOf(before) & UPPER) !== 0) return true
  return before === 0xb0 && (unit === 67 || unit === 70 || unit === 75)
}

/** Length of the infix that starts at `at` inside [start, end), 0 for none. */
function infixLength(text: string, start: number, at: number, end: number): number {
  const unit = text.charCodeAt(at)
  const bits = classAt(text, at)
  if (unit === ELLIPSIS) return 1
  if ((bits & ICON) !== 0) return unit >= 0xd800 && unit < 0xdc00 ? 2 : 1
  if (unit === DOT && at + 1 < end && text.charCodeAt(at + 1) === DOT) {
    let i = at + 2
    while (i < end && text.charCodeAt(i) === DOT) i++
    return i - at
  }
  if (at === start || at + 1 >= end) return 0
  const before = classOf(text.charCodeAt(at - 1))
  const after = classOf(text.charCodeAt(at + 1))
  if (unit === DOT) return (before & (LOWER | QUOTE)) !== 0 && (after & (UPPER | QUOTE)) !== 0 ? 1 : 0
  if (unit === 44) return (before & after & LETTER) !== 0 ? 1 : 0
  const isSign = unit === 43 || unit === 45 || unit === 42 || unit === 94
  if (isSign && (before & DIGIT) !== 0 && ((after & DIGIT) !== 0 || text.charCodeAt(at + 1) === 45)) return 1
  if ((before & (LETTER | DIGIT)) === 0) return 0
  const isHyphen = unit === 45 || unit === 0x2013 || unit === 0x2014 || unit === 126
  const isJoint = unit === 58 || unit === 60 || unit === 62 || unit === 61 || unit === 47
  if (!isHyphen && !isJoint) return 0
  if ((after & LETTER) !== 0) return 1
  if (unit !== 45 && unit !== 0x2014) return 0
  // Two or three hyphens, or two dashes, before a letter.
  for (let i = at + 1; i < end && i < at + (unit === 45 ? 3 : 2); i++) {
    if (text.charCodeAt(i) !== unit) return 0
    if (i + 1 < end && (classOf(text.charCodeAt(i + 1)) & LETTER) !== 0) return i + 1 - at
  }
  return 0
}

/** Starts of the chunk's words, ascending; suffixes are met from the right and wait in `tails`. */
let starts = new Int32Array(256)
let numStarts = 0
let tails = new Int32Array(256)
let numTails = 0

function doubled(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(column.length * 2)
  longer.set(column)
  return longer
}

function addTail(at: number): void {
  if (numTails === tails.length) tails = doubled(tails)
  tails[numTails++] = at
}

function addStart(at: number): void {
  if (numStarts === starts.length) starts = doubled(starts)
  starts[numStarts++] = at
}

function splitChunk(text: string, chunkStart: number, chunkEnd: number, table: WordTable, mark: number): void {
  numStarts = 0
  numTails = 0
  let start = chunkStart
  let end = chunkEnd
  let exception = 0
  while (start < end) {
    exception = exceptionAt(text, start, end)
    if (exception !== 0) break
    const prefix = prefixLength(text, start, end)
    if (prefix > 0 && start + prefix < end) {
      exception = exceptionAt(text, start + prefix, end)
      if (exception !== 0) {
        addStart(start)
        start += prefix
        break
      }
    }
    const suffix = suffixLength(text, start + prefix, end)
    if (suffix > 0 && end - suffix > start) {
      exception = exceptionAt(text, start, end - suffix)
      if (exception !== 0) {
        end -= suffix
        addTail(end)
        break
      }
    }
    if (prefix === 0 && suffix === 0) break
    if (prefix > 0) {
      addStart(start)
      start += prefix
    }
    if (suffix > 0) {
      end -= suffix
      addTail(end)
    }
  }
  if (start < end) {
    if (exception === 0) splitInfixes(text, start, end)
    else addWordsOf(exception, start)
  }
  for (let i = numTails - 1; i >= 0; i--) addStart(tails[i] ?? 0)
  if (numStarts > 2) joinSequences(text, chunkEnd)
  for (let i = 0; i < numStarts; i++) {
    const to = i + 1 < numStarts ? (starts[i + 1] ?? 0) : chunkEnd
    pushWord(table, text, starts[i] ?? 0, to, i === 0 ? mark : 0)
  }
}

function addWordsOf(exception: number, start: number): void {
  let at = start
  for (let rest = exception; rest !== 0; rest >>>= 4) {
    addStart(at)
    at += rest & 15
  }
}

function splitInfixes(text: string, start: number, end: number): void {
  addStart(start)
  const firstCut = numStarts
  let from = start
  for (let at = start; at < end;) {
    const unit = text.charCodeAt(at)
    if (((classes[unit] || classOf(unit)) & (LETTER | DIGIT)) !== 0) {
      at++
      continue
    }
    const length = infixLength(text, start, at, end)
    if (length === 0) {
      at++
      continue
    }
    if (at !== start) {
      if (at !== from) addStart(at)
      if (at + length < end) addStart(at + length)
      from = at + length
    }
    at += length
  }
  if (numStarts > firstCut && isAddress(text, start, end)) numStarts = firstCut
}

const FREE = 0
/** Part of a sequence that was found; `INNER` also is not its first word. */
const TAKEN = 1
const INNER = 2
let states = new Uint8Array(256)

/** Joins neighbours that together are a known word, such as `:` and `)`; longer sequences first, then the earlier. */
function joinSequences(text: string, chunkEnd: number): void {
  if (states.length < numStarts) states = new Uint8Array(numStarts * 2)
  states.fill(FREE, 0, numStarts)
  for (let size = Math.min(numStarts - 1, LONGEST_EXCEPTION); size >= 2; size--) {
    for (let i = 0; i + size <= numStarts; i++) {
      const from = starts[i] ?? 0
      const to = i + size < numStarts ? (starts[i + size] ?? 0) : chunkEnd
      if (to - from > LONGEST_EXCEPTION || states[i] !== FREE || states[i + size - 1] !== FREE) continue
      // Packed lengths that equal the length say: one word.
      if (exceptionAt(text, from, to) !== to - from) continue
      states[i] = TAKEN
      states.fill(INNER, i + 1, i + size)
    }
  }
  let kept = 0
  for (let i = 0; i < numStarts; i++) {
    if (states[i] !== INNER) starts[kept++] = starts[i] ?? 0
  }
  numStarts = kept
}

/** Adds the words of text[start, end) to the table. */
export function splitWords(text: string, table: WordTable, start = 0, end = text.length): void {
  let i = start
  let chunks = 0
  while (i < end && !table.full) {
    const gapStart = i
    while (i < end && ((classes[text.charCodeAt(i)] || classOf(text.charCodeAt(i))) & SPACE) !== 0) i++
    if (i === end) break
    chunks++
    const mark = i - gapStart === 0 || (i - gapStart === 1 && text.charCodeAt(gapStart) === 32) ? 0 : AFTER_GAP
    const chunkStart = i
    let first = 0
    let second = 0
    let any = 0
    let bits = 0
    // The chunk's letters and digits up to the first other unit.
    while (i < end) {
      const unit = text.charCodeAt(i)
      bits = classes[unit] || classOf(unit)
      if ((bits & ~PLAIN) !== 0) break
      any |= bits
      first = (Math.imul(first, FIRST_MULTIPLIER) + unit + 1) | 0
      second = (Math.imul(second, SECOND_MULTIPLIER) + unit + 1) | 0
      i++
    }
    const plainEnd = i
    const plainLength = plainEnd - chunkStart
    if (plainLength > table.longestChunk) table.longestChunk = plainLength
    const isMixed = (any & (DIGIT | LETTER)) === (DIGIT | LETTER)
    const isWhole = i === end || (bits & SPACE) !== 0
    if (!isMixed && plainLength > 0) {
      const letterMark = mark | ((any & LETTER) === 0 ? 0 : HAS_LETTER)
      if (isWhole) {
        // Letters alone, or digits alone, cannot be split but for an exception.
        if (exceptionByHash(first, second) === 0) {
          pushHashed(table, first, second, plainLength, plainLength, letterMark)
          continue
        }
      } else if (isLastOfChunk(text, i, end) && isPlainSuffix(text, chunkStart, i, bits)) {
        const tail = text.charCodeAt(i) + 1
        const wholeFirst = (Math.imul(first, FIRST_MULTIPLIER) + tail) | 0
        const wholeSecond = (Math.imul(second, SECOND_MULTIPLIER) + tail) | 0
        if (exceptionByHash(wholeFirst, wholeSecond) === 0 && exceptionByHash(first, second) === 0) {
          pushHashed(table, first, second, plainLength, plainLength, letterMark)
          pushHashed(table, tail, tail, 1, 1, marksOf(bits))
          i++
          continue
        }
      }
    }
    while (i < end && ((classes[text.charCodeAt(i)] || classOf(text.charCodeAt(i))) & SPACE) === 0) i++
    if (i - chunkStart > table.longestChunk) table.longestChunk = i - chunkStart
    for (let from = chunkStart; from < i; from += LONG_CHUNK) {
      splitChunk(text, from, Math.min(i, from + LONG_CHUNK), table, from === chunkStart ? mark : 0)
    }
  }
  table.chunks += chunks
}

const isLastOfChunk = (text: string, at: number, end: number): boolean =>
  at + 1 === end || (classOf(text.charCodeAt(at + 1)) & SPACE) !== 0

/** Whether the one mark that ends the chunk, such as a comma, is split off by the suffix rules. */
const isPlainSuffix = (text: string, start: number, at: number, bits: number): boolean =>
  (bits & SUFFIX) !== 0 || (text.charCodeAt(at) === DOT && stopIsWord(text, start, at))
