/**
 * Chinese text as units, and an estimate of its words that needs no segmenter.
 *
 * A unit is a run of Latin letters and digits or any other character alone. The rules of FineWeb-2 count jieba's words; here a Han character
 * counts as a word by how often it begins one (han-word-starts.ts), every other unit as one word, as jieba has it. n-grams of words become
 * n-grams of units, 1.55 units a word (measured over 2,000 web texts, marks included).
 */
import { LEVELS, STARTS_OF_OTHERS } from './han-word-starts.ts'
import { classAt, classes, classOf, DIGIT, LETTER, SPACE, SURROGATE, SYMBOL } from './characters.ts'
import { SCRIPTS, scriptOf } from './scripts.ts'
import { pushHashed, pushWord, type WordTable } from './word-table.ts'

const LATIN = SCRIPTS.indexOf('latin')
const HAN = SCRIPTS.indexOf('han')

const starts = new Float32Array(65536).fill(STARTS_OF_OTHERS)
LEVELS.forEach((characters, level) => {
  for (const character of characters) starts[character.charCodeAt(0)] = level / (LEVELS.length - 1)
})

export interface HanCounts {
  /** Estimated words: all of them, those that are not marks alone, and those with a letter. */
  all: number
  counted: number
  alphabetic: number
  /** Code points in the words that are not marks alone. */
  countedChars: number
  /** Code points: Han, digits, and all but marks and white space. */
  han: number
  digits: number
  unmarked: number
  /** Where reading stopped: the text's end, or where the table was full. */
  end: number
}

/** Adds the text's units to the table and its counts together. */
export function countHanWords(text: string, units: WordTable): HanCounts {
  const counts: HanCounts = {
    all: 0,
    counted: 0,
    alphabetic: 0,
    countedChars: 0,
    han: 0,
    digits: 0,
    unmarked: 0,
    end: 0,
  }
  let i = 0
  while (i < text.length && !units.full) {
    const unit = text.charCodeAt(i)
    const bits = classes[unit] || classOf(unit)
    if ((bits & SPACE) !== 0) i++
    else if (isRunUnit(unit, bits)) i = addRun(text, i, units, counts)
    else {
      const length = (bits & SURROGATE) !== 0 && (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1
      if (length === 2) pushWord(units, text, i, i + 2)
      else pushHashed(units, unit + 1, unit + 1, 1, 1, 0)
      const isJoined = JOINING.has(unit) && i > 0 && JOINING.has(text.charCodeAt(i - 1))
      if (!isJoined) countCharacter(unit, length === 2 ? classAt(text, i) : bits, counts)
      i += length
    }
  }
  counts.end = i
  return counts
}

/** jieba takes a run of these for one word. */
const JOINING: ReadonlySet<number> = new Set(Array.from('+#&._%-', (char) => char.charCodeAt(0)))

const isDigit = (text: string, at: number): boolean => text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57

const isRunUnit = (unit: number, bits: number): boolean => scriptOf[unit] === LATIN || (bits & DIGIT) !== 0

function addRun(text: string, start: number, units: WordTable, counts: HanCounts): number {
  let i = start
  let hasLetter = false
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    // A decimal point or a percent sign inside or after a number is part of it.
    const isNumeric = (unit === 46 && isDigit(text, i + 1)) || unit === 37
    if (isNumeric && i > start && isDigit(text, i - 1)) continue
    if (!isRunUnit(unit, classes[unit] || classOf(unit))) break
    if (scriptOf[unit] === LATIN) hasLetter = true
    else counts.digits++
  }
  pushWord(units, text, start, i)
  counts.all++
  counts.counted++
  if (hasLetter) counts.alphabetic++
  counts.countedChars += i - start
  counts.unmarked += i - start
  return i
}

function countCharacter(unit: number, bits: number, counts: HanCounts): void {
  if ((bits & SYMBOL) !== 0) {
    counts.all++
    return
  }
  counts.unmarked++
  counts.countedChars++
  let weight = 1
  if (scriptOf[unit] === HAN) {
    counts.han++
    weight = starts[unit] ?? STARTS_OF_OTHERS
  }
  counts.all += weight
  counts.counted += weight
  if ((bits & LETTER) !== 0) counts.alphabetic += weight
}
