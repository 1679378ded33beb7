/**
 * C4's edits of a document, line by line, without the terminal punctuation rule, as FineWeb uses them (Raffel et al. 2020; datatrove 0.10).
 *
 * A line is dropped for a stretch of over 1,000 characters without white space, for fewer than 3 such stretches, and for the notices of a
 * web page (javascript, terms of use, cookies); citation marks are taken out of the others. The document goes at "lorem ipsum" or a "{" in
 * a line that none of these dropped before. Quirks kept: the 3 words are counted before the citations go, and a citation at a line's end
 * leaves its space. Cost: the notices are looked for once in the whole text, line by line only where it has one.
 */
import { classOf, codePointLength, SPACE } from './characters.ts'
import { countSentences } from './sentences.ts'
import { clearWords, createWordTable, type WordTable } from './word-table.ts'
import { splitWords } from './words.ts'

const CITATION = /\[\p{Nd}*\]|\[edit\]|\[citation needed\]/gu
const JAVASCRIPT = 'javascript'
const LOREM_IPSUM = 'lorem ipsum'
const POLICIES = ['terms of use', 'privacy policy', 'cookie policy', 'uses cookies', 'use of cookies', 'use cookies']
/** A line with one of the phrases has one of these. */
const HINTS = [JAVASCRIPT, LOREM_IPSUM, 'terms of use', 'privacy policy', 'cookie']
const MAX_CHUNK_CHARS = 1000
const MIN_CHUNKS = 3

export interface C4Edit {
  readonly lines: string[]
  words: number
  sentences: number
  /** A citation was taken out of some line, which may leave white space at its ends. */
  cited: boolean
  /** The document is dropped: what its first offending line held. */
  stop: 'lorem ipsum' | 'curly bracket' | null
}

/** What of C4's phrases the text has at all, so that its lines are searched only for these. */
export interface Phrases {
  readonly any: boolean
  readonly curly: boolean
}

export function phrasesOf(text: string): Phrases {
  const lower = text.toLowerCase()
  return {
    any: HINTS.some((phrase) => lower.includes(phrase)),
    curly: text.includes('{'),
  }
}

const editedWords = createWordTable()

/**
 * Applies the rules to one stripped line whose words are `table` from `firstWord` on. `table.chunks` and `table.longestChunk` are this line's.
 */
export function editLine(line: string, table: WordTable, firstWord: number, phrases: Phrases, edit: C4Edit): void {
  if (table.longestChunk > MAX_CHUNK_CHARS && hasLongChunk(line)) return
  const kept = line.includes('[') ? line.replace(CITATION, '') : line
  if (table.chunks < MIN_CHUNKS) return
  const isCited = kept.length !== line.length
  // Taking a citation out can join the halves of a phrase.
  if (phrases.any || isCited) {
    const lower = kept.toLowerCase()
    if (lower.includes(LOREM_IPSUM)) edit.stop ??= 'lorem ipsum'
    if (lower.includes(JAVASCRIPT)) return
    if (phrases.curly && kept.includes('{')) edit.stop ??= 'curly bracket'
    if (POLICIES.some((policy) => lower.includes(policy))) return
  } else if (phrases.curly && kept.includes('{')) edit.stop ??= 'curly bracket'
  edit.lines.push(kept)
  if (isCited) {
    edit.cited = true
    clearWords(editedWords)
    splitWords(kept, editedWords)
    edit.words += editedWords.count
    edit.sentences += countSentences(editedWords, 0, endsWithGap(kept))
  } else {
    edit.words += table.count - firstWord
    edit.sentences += countSentences(table, firstWord)
  }
}

const isSpace = (line: string, at: number): boolean => (classOf(line.charCodeAt(at)) & SPACE) !== 0

/** `table.longestChunk` counts UTF-16 units; the rule counts code points. */
function hasLongChunk(line: string): boolean {
  let start = 0
  for (let i = 0; i <= line.length; i++) {
    if (i < line.length && !isSpace(line, i)) continue
    if (codePointLength(line, start, i) > MAX_CHUNK_CHARS) return true
    start = i + 1
  }
  return false
}

/** Whether white space other than a single space ends the line, which the sentence rule takes for a word. */
function endsWithGap(line: string): boolean {
  const last = line.length - 1
  return last >= 0 && isSpace(line, last) && (line.charAt(last) !== ' ' || (last > 0 && isSpace(line, last - 1)))
}
