/**
 * Signals of an English document for the rules of Gopher, C4 and FineWeb, in FineWeb's order, and the text as C4's rules leave it.
 *
 * Sources: Rae et al. 2021 (A1), Raffel et al. 2020, Penedo et al. 2024, all in the reading of datatrove 0.10, quirks included: the shares of
 * Gopher divide by the code points of the whole text, blank lines count as lines that are neither bullets nor ellipses, FineWeb's rules see
 * the text that C4's edits left.
 * Cost: one pass over the text for words and lines, one pass over the words for each n-gram size.
 */
import { type C4Edit, editLine, phrasesOf } from './c4.ts'
import { classOf, SPACE, strip } from './characters.ts'
import { countOf, eachLine } from './lines.ts'
import { mayRepeat, type RangeHashes, rangeHashes, repeatedNgramChars, topNgrams } from './repetition.ts'
import { countDistinct, wordSet } from './stop-words.ts'
import {
  duplicateSignals,
  endsWithEllipsis,
  lengthOf,
  lineSignals,
  NO_DUPLICATES,
  share,
  type Signals,
  startsWithBullet,
} from './text-signals.ts'
import {
  clearWords,
  createWordTable,
  HAS_LETTER,
  MAX_WORDS,
  ONLY_SYMBOLS,
  tableOfWords,
  type WordTable,
} from './word-table.ts'
import { splitWords } from './words.ts'

const STOP_WORDS = wordSet(['the', 'be', 'to', 'of', 'and', 'that', 'have', 'with'])
const TOP_SIZES = [2, 3, 4]
const REPEATED_SIZES = [5, 6, 7, 8, 9, 10]

const ownWords = createWordTable()

/** Words counted elsewhere, in place of ours: those of the text, and how many words and sentences the text has that C4's rules leave. */
export interface EnglishWords {
  readonly words: readonly string[]
  readonly editedWords: number
  readonly sentences: number
}

export function englishSignals(text: string, given?: EnglishWords): { signals: Signals; text: string } {
  const words = ownWords
  clearWords(words)
  const phrases = phrasesOf(text)
  const edit: C4Edit = { lines: [], words: 0, sentences: 0, cited: false, stop: null }
  let readEnd = text.length
  let lines = 0
  let bullets = 0
  let ellipses = 0
  let hasSpaceLine = false
  const bounds: number[] = []
  const isPlain = eachLine(text, (lineStart, lineEnd) => {
    lines++
    let start = lineStart
    let end = lineEnd
    while (start < end && (classOf(text.charCodeAt(start)) & SPACE) !== 0) start++
    while (start < end && (classOf(text.charCodeAt(end - 1)) & SPACE) !== 0) end--
    if (start === end && lineEnd > lineStart) hasSpaceLine = true
    if (start === end || words.full) return
    if (startsWithBullet(text, start)) bullets++
    if (endsWithEllipsis(text, start, end)) ellipses++
    const firstWord = words.count
    bounds.push(firstWord)
    words.chunks = 0
    words.longestChunk = 0
    splitWords(text, words, start, end)
    if (words.full) readEnd = end
    editLine(text.slice(start, end), words, firstWord, phrases, edit)
  })
  const joined = edit.lines.join('\n')
  const edited = edit.cited ? strip(joined) : joined
  const keptLines = edit.cited ? edited.split('\n').filter((line) => strip(line) !== '') : edit.lines
  const read = text.slice(0, readEnd)
  const chars = lengthOf(read, words)
  const counted = given === undefined ? words : tableOfWords(given.words)
  const hashes = rangeHashes(counted)
  bounds.push(words.count)
  // Equal lines have equal words; what is no line of words could be equal unseen.
  const isFramed = text.startsWith('\n') && text.endsWith('\n')
  const areDistinct = given === undefined && isPlain && !hasSpaceLine && !isFramed && !mayRepeat(hashes, bounds)
  const signals = {
    ...(areDistinct ? NO_DUPLICATES : duplicateSignals(read, chars)),
    ...ngramSignals(counted, hashes, chars),
    ...wordSignals(read, counted),
    stopWords: countDistinct(counted, STOP_WORDS),
    bulletLines: share(bullets, lines),
    ellipsisLines: share(ellipses, lines),
    loremIpsum: edit.stop === 'lorem ipsum' ? 1 : 0,
    curlyBracket: edit.stop === 'curly bracket' ? 1 : 0,
    sentences: given?.sentences ?? edit.sentences,
    ...lineSignals(edited, {
      lines: keptLines,
      chars: lengthOf(edited, words),
      numWords: given?.editedWords ?? edit.words,
      areDistinct: areDistinct && !edit.cited,
    }),
  }
  return { signals, text: edited }
}

/** Shares of the text in its most frequent and in its repeated n-grams. */
function ngramSignals(words: WordTable, hashes: RangeHashes, chars: number): Signals {
  const signals: Signals = {}
  topNgrams(words, TOP_SIZES).forEach(({ chars: own, count }, i) => {
    const size = TOP_SIZES[i] ?? 0
    // Written with a space between its words.
    signals[`top${size}gram`] = share((own + size - 1) * count, chars)
  })
  repeatedNgramChars(hashes, REPEATED_SIZES).forEach(
    (repeated, i) => (signals[`repeated${REPEATED_SIZES[i]}gram`] = share(repeated, chars)),
  )
  return signals
}

/** Gopher's counts of words; `words` are those that hold more than punctuation and symbols. */
function wordSignals(text: string, words: WordTable): Signals {
  let counted = 0
  let chars = 0
  let alphabetic = 0
  for (let i = 0; i < words.count; i++) {
    const marks = words.marks[i] ?? 0
    if ((marks & HAS_LETTER) !== 0) alphabetic++
    if ((marks & ONLY_SYMBOLS) !== 0) continue
    counted++
    chars += words.chars[i] ?? 0
  }
  return {
    words: words.full ? MAX_WORDS : counted,
    meanWordLength: share(chars, counted),
    hashesPerWord: share(countOf(text, '#'), words.count),
    ellipsesPerWord: share(countOf(text, '...') + countOf(text, '…'), words.count),
    alphabeticWords: share(alphabetic, words.count),
  }
}
