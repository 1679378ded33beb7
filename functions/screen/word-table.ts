/** The words of one text as columns: hashes, lengths and marks, without a string a word. Buffers are kept from text to text. */
import { FIRST_MULTIPLIER, SECOND_MULTIPLIER } from './word-hash.ts'
import {
  classAt,
  classes,
  classOf,
  codePointLength,
  LETTER,
  PUNCTUATION,
  SURROGATE,
  SYMBOL,
  TERMINAL,
} from './characters.ts'

/**
 * Where reading stops. A longer document counts this many words and so breaks Gopher's limit of 100,000; datatrove turns it away too: either
 * more than 100,000 of these words hold more than symbols, or fewer than 100,000 / 2¹⁸ = .38 of them hold a letter, below every threshold
 * in use. 2¹⁸ words keep the columns at 17 bytes × 2¹⁸ = 4.3 MiB, and the lists of lines as short.
 */
export const MAX_WORDS = 2 ** 18

/** Marks of a word. */
export const HAS_LETTER = 1
/** Nothing but punctuation and symbols: no word to Gopher's counts. */
export const ONLY_SYMBOLS = 2
/** One mark that ends a sentence. */
export const ENDS_SENTENCE = 4
export const ONLY_PUNCTUATION = 8
/** White space other than a single space lies before it, which spaCy makes a word of: the sentence rule sees that word. */
export const AFTER_GAP = 16

export interface WordTable {
  count: number
  /** Stretches without white space, and the units of the longest of them. */
  chunks: number
  longestChunk: number
  /** Some word has a surrogate: lengths in units and in code points may differ. */
  astral: boolean
  /** True when the text had more than MAX_WORDS words and was left there. */
  full: boolean
  first: Int32Array
  second: Int32Array
  /** UTF-16 units and code points. */
  units: Int32Array
  chars: Int32Array
  marks: Uint8Array
}

const START_CAPACITY = 4096

export function createWordTable(): WordTable {
  return {
    count: 0,
    chunks: 0,
    longestChunk: 0,
    astral: false,
    full: false,
    first: new Int32Array(START_CAPACITY),
    second: new Int32Array(START_CAPACITY),
    units: new Int32Array(START_CAPACITY),
    chars: new Int32Array(START_CAPACITY),
    marks: new Uint8Array(START_CAPACITY),
  }
}

export function clearWords(table: WordTable): void {
  table.count = 0
  table.chunks = 0
  table.longestChunk = 0
  table.astral = false
  table.full = false
}

function grow(table: WordTable): void {
  const longer = (column: Int32Array): Int32Array => {
    const wide = new Int32Array(column.length * 2)
    wide.set(column)
    return wide
  }
  const marks = new Uint8Array(table.marks.length * 2)
  marks.set(table.marks)
  table.first = longer(table.first)
  table.second = longer(table.second)
  table.units = longer(table.units)
  table.chars = longer(table.chars)
  table.marks = marks
}

export function pushHashed(
  table: WordTable,
  first: number,
  second: number,
  units: number,
  chars: number,
  marks: number,
): void {
  const at = table.count
  if (at >= MAX_WORDS) {
    table.full = true
    return
  }
  if (at === table.first.length) grow(table)
  table.first[at] = first
  table.second[at] = second
  table.units[at] = units
  table.chars[at] = chars
  table.marks[at] = marks
  table.count = at + 1
}

/** Adds text[start, end) as one word. */
export function pushWord(table: WordTable, text: string, start: number, end: number, marks = 0): void {
  let first = 0
  let second = 0
  let any = 0
  let all = 0xffff
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    let bits = classes[unit] ?? 0
    if (bits === 0) bits = classOf(unit)
    any |= bits
    all &= bits
    first = (Math.imul(first, FIRST_MULTIPLIER) + unit + 1) | 0
    second = (Math.imul(second, SECOND_MULTIPLIER) + unit + 1) | 0
  }
  let chars = end - start
  if ((any & SURROGATE) !== 0) {
    table.astral = true
    chars = codePointLength(text, start, end)
    any = 0
    all = 0xffff
    for (let i = start; i < end; i++) {
      const bits = classAt(text, i)
      if ((text.codePointAt(i) ?? 0) > 0xffff) i++
      any |= bits
      all &= bits
    }
  }
  const ofAll = chars === 1 ? all : all & ~TERMINAL
  pushHashed(table, first, second, end - start, chars, marks | marksOf((ofAll & ~LETTER) | (any & LETTER)))
}

/** Marks of a word of one code point, from its classes. */
export function marksOf(bits: number): number {
  let marks = 0
  if ((bits & LETTER) !== 0) marks |= HAS_LETTER
  if ((bits & SYMBOL) !== 0) marks |= ONLY_SYMBOLS
  if ((bits & PUNCTUATION) !== 0) marks |= ONLY_PUNCTUATION
  if ((bits & TERMINAL) !== 0) marks |= ENDS_SENTENCE
  return marks
}

/** A table of words that were split elsewhere. */
export function tableOfWords(words: readonly string[]): WordTable {
  const table = createWordTable()
  for (const word of words) pushWord(table, word, 0, word.length)
  return table
}
