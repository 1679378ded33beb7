/** Signals that both languages' rules read: lines and their marks, and shares of duplicated text. */
import { classBefore, codePointLength, strip, TERMINAL } from './characters.ts'
import { countOf, duplicates } from './lines.ts'
import type { WordTable } from './word-table.ts'

export type Signals = Record<string, number>

const SHORT_LINE_CHARS = 30

/** `of / all`, and 0 of nothing. */
export const share = (of: number, all: number): number => (all === 0 ? 0 : of / all)

/** A bullet in Gopher's sense; `start` is the first unit that is not white space. */
export const startsWithBullet = (text: string, start: number): boolean => {
  const unit = text.charCodeAt(start)
  return unit === 0x2022 || unit === 45
}

export const endsWithEllipsis = (text: string, start: number, end: number): boolean =>
  text.charCodeAt(end - 1) === 0x2026 || (end - start >= 3 && text.startsWith('...', end - 3))

/** Code points of a text whose words are in the table. */
export const lengthOf = (text: string, table: WordTable): number =>
  table.astral || table.full ? codePointLength(text) : text.length

export interface TextLines {
  /** Those that are not blank. */
  readonly lines: readonly string[]
  /** Code points of the whole text. */
  readonly chars: number
  readonly numWords: number
  /** No two lines are equal, which spares comparing them. */
  readonly areDistinct: boolean
}

/** FineWeb's own signals. */
export function lineSignals(text: string, { lines, chars, numWords, areDistinct }: TextLines): Signals {
  let terminal = 0
  let short = 0
  for (const line of lines) {
    if ((classBefore(line, line.length) & TERMINAL) !== 0) terminal++
    if (line.length <= SHORT_LINE_CHARS || isShort(line)) short++
  }
  const newlines = countOf(text, '\n')
  return {
    terminalLines: share(terminal, lines.length),
    shortLines: share(short, lines.length),
    duplicateKeptLineChars: areDistinct ? 0 : share(duplicates(lines).chars, chars - newlines),
    newlinesPerWord: share(newlines, numWords),
  }
}

/** A line of at most twice as many units may still be short in code points. */
const isShort = (line: string): boolean =>
  line.length <= 2 * SHORT_LINE_CHARS && codePointLength(line) <= SHORT_LINE_CHARS

/** What `duplicateSignals` gives where no two lines are equal. */
export const NO_DUPLICATES: Signals = {
  duplicateParagraphs: 0,
  duplicateParagraphChars: 0,
  duplicateLines: 0,
  duplicateLineChars: 0,
}

/** Shares of paragraphs and lines of the text as it came that were there before. */
export function duplicateSignals(text: string, chars: number): Signals {
  const paragraphs = strip(text).split(/\n{2,}/)
  const lines = text.split(/\n+/)
  const paragraphsAgain = duplicates(paragraphs)
  const linesAgain = duplicates(lines)
  return {
    duplicateParagraphs: paragraphsAgain.count / paragraphs.length,
    duplicateParagraphChars: share(paragraphsAgain.chars, chars),
    duplicateLines: linesAgain.count / lines.length,
    duplicateLineChars: share(linesAgain.chars, chars),
  }
}
