/**
 * Signals of a Chinese document: FineWeb-2's rules for cmn_Hani on words that come near jieba's (han-words.ts), and those of
 * EvalWeb and MAP-NEO that need no list of bad words. The text is not edited: FineWeb-2 has C4's edits switched off.
 *
 * Sources: Penedo et al. 2025; Chen et al. 2023; Zhang et al. 2024. Departures: words are not jieba's own; EvalWeb's test
 * that a page has no traditional character is left out, and so are MAP-NEO's length cap and share of distinct characters, which turn away
 * long clean documents, and its n-gram rules, which its released script never applies.
 * Cost: a pass for words, a pass for characters without white space, a pass a size of n-gram.
 */
import { classes, classOf, LETTER, SPACE } from './characters.ts'
import { countHanWords, type HanCounts } from './han-words.ts'
import { countOf, eachLine } from './lines.ts'
import { repeatedRunShare } from './repeated-characters.ts'
import { rangeHashes, repeatedNgramChars, repeatedUnitChars, topNgrams } from './repetition.ts'
import { countDistinct, wordSet } from './stop-words.ts'
import {
  duplicateSignals,
  endsWithEllipsis,
  lengthOf,
  lineSignals,
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

/** FineWeb-2's list: the commonest words of Chinese Wikipedia in both scripts, all of one character. */
const STOP_WORDS = wordSet('的 年 在 月 是 和 日 了 於 · 為 有 被 人 中 为 他 與 後 也 而 由'.split(' '))
const MORE = /(?:展开|展開|更多|阅读全文|閱讀全文|查看更多|点击|點擊|。。。|read ?more)$/i

const TOP_SIZES = [2, 3, 4]
const REPEATED_SIZES = [5, 6, 7, 8, 9, 10]
const EVALWEB_SIZE = 13

const ownWords = createWordTable()

/** `words` are a segmenter's, in place of ours; the rules that count none of them stay as they are. */
export function chineseSignals(text: string, words?: readonly string[]): { signals: Signals; text: string } {
  clearWords(ownWords)
  const segmented = words === undefined ? null : tableOfWords(words)
  const own = countHanWords(text, ownWords)
  const counts = segmented === null ? own : { ...own, ...countSegmented(segmented) }
  const read = text.slice(0, counts.end)
  const chars = lengthOf(read, ownWords)
  const lines = lineCounts(read)
  const signals = {
    ...duplicateSignals(read, chars),
    ...ngramSignals(segmented ?? ownWords, chars),
    ...wordSignals(read, counts),
    stopWords: countDistinct(segmented ?? ownWords, STOP_WORDS),
    bulletLines: share(lines.bullets, lines.all),
    ellipsisLines: share(lines.ellipses, lines.all),
    ...lineSignals(read, { lines: lines.filled, chars, numWords: counts.all, areDistinct: false }),
    ...characterSignals(read),
    hanShare: share(counts.han, chars),
    bracketShare: share(bracketedUnits(read), read.length),
    digitShare: share(counts.digits, counts.unmarked),
    moreLines: share(lines.more, lines.filled.length),
  }
  return { signals, text }
}

function lineCounts(text: string): { all: number; bullets: number; ellipses: number; more: number; filled: string[] } {
  const counts = { all: 0, bullets: 0, ellipses: 0, more: 0, filled: [] as string[] }
  eachLine(text, (lineStart, lineEnd) => {
    counts.all++
    let start = lineStart
    let end = lineEnd
    while (start < end && (classOf(text.charCodeAt(start)) & SPACE) !== 0) start++
    while (start < end && (classOf(text.charCodeAt(end - 1)) & SPACE) !== 0) end--
    if (start === end) return
    if (startsWithBullet(text, start)) counts.bullets++
    if (endsWithEllipsis(text, start, end)) counts.ellipses++
    counts.filled.push(text.slice(lineStart, lineEnd))
    // The longest of the endings has nine characters.
    if (MORE.test(text.slice(Math.max(start, end - 9), end))) counts.more++
  })
  return counts
}

function ngramSignals(table: WordTable, chars: number): Signals {
  const signals: Signals = {}
  topNgrams(table, TOP_SIZES).forEach(({ chars: own, count }, i) => {
    const size = TOP_SIZES[i] ?? 0
    // The source writes a space between its words, Chinese ones too.
    signals[`top${size}gram`] = share((own + size - 1) * count, chars)
  })
  const repeated = table === ownWords ? repeatedUnitChars : repeatedNgramChars
  repeated(rangeHashes(table), REPEATED_SIZES).forEach(
    (own, i) => (signals[`repeated${REPEATED_SIZES[i]}gram`] = share(own, chars)),
  )
  return signals
}

function countSegmented(words: WordTable): Pick<HanCounts, 'all' | 'counted' | 'countedChars' | 'alphabetic'> {
  const counts = { all: words.count, counted: 0, countedChars: 0, alphabetic: 0 }
  for (let i = 0; i < words.count; i++) {
    const marks = words.marks[i] ?? 0
    if ((marks & HAS_LETTER) !== 0) counts.alphabetic++
    if ((marks & ONLY_SYMBOLS) !== 0) continue
    counts.counted++
    counts.countedChars += words.chars[i] ?? 0
  }
  return counts
}

function wordSignals(text: string, counts: HanCounts): Signals {
  return {
    words: ownWords.full ? MAX_WORDS : counts.counted,
    meanWordLength: share(counts.countedChars, counts.counted),
    hashesPerWord: share(countOf(text, '#'), counts.all),
    ellipsesPerWord: share(countOf(text, '...') + countOf(text, '…'), counts.all),
    alphabeticWords: share(counts.alphabetic, counts.all),
  }
}

const unitCounts = new Int32Array(65536)
/** The units that `unitCounts` has, so that only these are read and cleared. */
const met = new Uint16Array(65536)
/** Units without white space, letters in lower case. */
let characters = new Uint16Array(4096)

/** EvalWeb's repetition and the entropy of single characters in nats, both without white space, letters in lower case. */
function characterSignals(text: string): Signals {
  const room = Math.min(text.length, MAX_WORDS)
  if (characters.length < room) characters = new Uint16Array(Math.min(2 * room, MAX_WORDS))
  const units = characters
  let all = 0
  let numMet = 0
  for (let i = 0; i < text.length; i++) {
    let unit = text.charCodeAt(i)
    const bits = classes[unit] || classOf(unit)
    if ((bits & SPACE) !== 0) continue
    if (unit < 128 && (bits & LETTER) !== 0) unit |= 32
    const count = (unitCounts[unit] ?? 0) + 1
    if (count === 1) met[numMet++] = unit
    unitCounts[unit] = count
    // As with words, what comes after is not read.
    if (all === MAX_WORDS) break
    units[all++] = unit
  }
  let entropy = 0
  for (let i = 0; i < numMet; i++) {
    const unit = met[i] ?? 0
    const part = (unitCounts[unit] ?? 0) / all
    entropy -= part * Math.log(part)
    unitCounts[unit] = 0
  }
  return { repeated13chars: repeatedRunShare(units, all, EVALWEB_SIZE), charEntropy: entropy }
}

/** UTF-16 units between 【 and 】, both counted; an open bracket that is never closed holds nothing. */
function bracketedUnits(text: string): number {
  let inside = 0
  for (let open = text.indexOf('【'); open >= 0;) {
    const close = text.indexOf('】', open)
    if (close < 0) break
    inside += close + 1 - open
    open = text.indexOf('【', close)
  }
  return inside
}
