/**
 * The quality rules as data: which signal, which limit, and whose rule it is. A document is kept when every rule of its language holds;
 * the first that fails, in this order, names the reason. docs/formats/rules.md describes the signals and where a count departs from its source.
 */
import { createHash } from 'node:crypto'

export interface Rule {
  readonly id: string
  readonly lang: string
  readonly source: string
  readonly signal: string
  /** The document is kept when `signal op limit` holds. */
  readonly op: '<=' | '>='
  readonly limit: number
}

const GOPHER = 'Gopher (Rae et al. 2021, A1) as datatrove 0.10'
const C4 = 'C4 (Raffel et al. 2020) as datatrove 0.10, without the terminal punctuation rule, as FineWeb uses it'
const FINEWEB = 'FineWeb (Penedo et al. 2024) as datatrove 0.10'
const FINEWEB_2 = 'FineWeb-2 (Penedo et al. 2025), configuration cmn_Hani'
const EVALWEB = 'ChineseWebText, EvalWeb (Chen et al. 2023)'
const MAP_NEO = 'MAP-NEO (Zhang et al. 2024), Matrix filters'

type Row = readonly [id: string, signal: string, op: Rule['op'], limit: number]
const rules = (lang: string, source: string, rows: readonly Row[]): Rule[] =>
  rows.map(([id, signal, op, limit]) => ({ id, lang, source, signal, op, limit }))

export const RULES: readonly Rule[] = [
  ...rules('en', GOPHER, [
    ['gopher-repetition/duplicate-paragraphs', 'duplicateParagraphs', '<=', 0.3],
    ['gopher-repetition/duplicate-paragraph-chars', 'duplicateParagraphChars', '<=', 0.2],
    ['gopher-repetition/duplicate-lines', 'duplicateLines', '<=', 0.3],
    ['gopher-repetition/duplicate-line-chars', 'duplicateLineChars', '<=', 0.2],
    ['gopher-repetition/top-2-gram', 'top2gram', '<=', 0.2],
    ['gopher-repetition/top-3-gram', 'top3gram', '<=', 0.18],
    ['gopher-repetition/top-4-gram', 'top4gram', '<=', 0.16],
    ['gopher-repetition/repeated-5-gram', 'repeated5gram', '<=', 0.15],
    ['gopher-repetition/repeated-6-gram', 'repeated6gram', '<=', 0.14],
    ['gopher-repetition/repeated-7-gram', 'repeated7gram', '<=', 0.13],
    ['gopher-repetition/repeated-8-gram', 'repeated8gram', '<=', 0.12],
    ['gopher-repetition/repeated-9-gram', 'repeated9gram', '<=', 0.11],
    ['gopher-repetition/repeated-10-gram', 'repeated10gram', '<=', 0.1],
    ['gopher-quality/min-words', 'words', '>=', 50],
    ['gopher-quality/max-words', 'words', '<=', 100_000],
    ['gopher-quality/min-mean-word-length', 'meanWordLength', '>=', 3],
    ['gopher-quality/max-mean-word-length', 'meanWordLength', '<=', 10],
    ['gopher-quality/hashes', 'hashesPerWord', '<=', 0.1],
    ['gopher-quality/ellipses', 'ellipsesPerWord', '<=', 0.1],
    ['gopher-quality/bullet-lines', 'bulletLines', '<=', 0.9],
    ['gopher-quality/ellipsis-lines', 'ellipsisLines', '<=', 0.3],
    ['gopher-quality/alphabetic-words', 'alphabeticWords', '>=', 0.8],
    ['gopher-quality/stop-words', 'stopWords', '>=', 2],
  ]),
  ...rules('en', C4, [
    ['c4/lorem-ipsum', 'loremIpsum', '<=', 0],
    ['c4/curly-bracket', 'curlyBracket', '<=', 0],
    ['c4/sentences', 'sentences', '>=', 5],
  ]),
  ...rules('en', FINEWEB, [
    ['fineweb/terminal-lines', 'terminalLines', '>=', 0.12],
    ['fineweb/short-lines', 'shortLines', '<=', 0.67],
    ['fineweb/duplicate-line-chars', 'duplicateKeptLineChars', '<=', 0.01],
    ['fineweb/newlines', 'newlinesPerWord', '<=', 0.3],
  ]),
  ...rules('zh', FINEWEB_2, [
    ['fineweb-2/duplicate-lines', 'duplicateLines', '<=', 0.287],
    ['fineweb-2/top-2-gram', 'top2gram', '<=', 0.256],
    ['fineweb-2/top-3-gram', 'top3gram', '<=', 0.201],
    ['fineweb-2/top-4-gram', 'top4gram', '<=', 0.171],
    ['fineweb-2/repeated-5-gram', 'repeated5gram', '<=', 0.198],
    ['fineweb-2/repeated-6-gram', 'repeated6gram', '<=', 0.182],
    ['fineweb-2/repeated-7-gram', 'repeated7gram', '<=', 0.167],
    ['fineweb-2/repeated-8-gram', 'repeated8gram', '<=', 0.154],
    ['fineweb-2/repeated-9-gram', 'repeated9gram', '<=', 0.14],
    ['fineweb-2/repeated-10-gram', 'repeated10gram', '<=', 0.127],
    ['fineweb-2/terminal-lines', 'terminalLines', '>=', 0.106],
    ['fineweb-2/duplicate-line-chars', 'duplicateKeptLineChars', '<=', 0.1],
    ['fineweb-2/newlines', 'newlinesPerWord', '<=', 0.178],
    ['fineweb-2/min-words', 'words', '>=', 50],
    ['fineweb-2/max-words', 'words', '<=', 100_000],
    ['fineweb-2/min-mean-word-length', 'meanWordLength', '>=', 1],
    ['fineweb-2/max-mean-word-length', 'meanWordLength', '<=', 5],
    ['fineweb-2/hashes', 'hashesPerWord', '<=', 0.1],
    ['fineweb-2/ellipses', 'ellipsesPerWord', '<=', 0.1],
    ['fineweb-2/bullet-lines', 'bulletLines', '<=', 0.9],
    ['fineweb-2/ellipsis-lines', 'ellipsisLines', '<=', 0.3],
    ['fineweb-2/alphabetic-words', 'alphabeticWords', '>=', 0.735],
    ['fineweb-2/stop-words', 'stopWords', '>=', 2],
  ]),
  ...rules('zh', EVALWEB, [
    ['evalweb/han-share', 'hanShare', '>=', 0.3],
    ['evalweb/repeated-13-chars', 'repeated13chars', '<=', 0.5],
  ]),
  ...rules('zh', MAP_NEO, [
    ['map-neo/brackets', 'bracketShare', '<=', 0.1],
    ['map-neo/digits', 'digitShare', '<=', 0.3],
    ['map-neo/more-lines', 'moreLines', '<=', 0.3],
    ['map-neo/entropy', 'charEntropy', '>=', 3],
  ]),
]

const rulesByLanguage: ReadonlyMap<string, readonly Rule[]> = Map.groupBy(RULES, (rule) => rule.lang)

export const rulesOf = (lang: string): readonly Rule[] => rulesByLanguage.get(lang) ?? []

/** Names of all signals, in the order of the first rule that reads each. */
export const QUALITY_SIGNALS: readonly string[] = [...new Set(RULES.map((rule) => rule.signal))]

export interface Violation {
  readonly rule: string
  readonly value: number
  readonly limit: number
}

/** The first rule of the language that the signals break, null when all hold. */
export function firstViolation(lang: string, signals: Readonly<Record<string, number>>): Violation | null {
  for (const { id, signal, op, limit } of rulesOf(lang)) {
    const value = signals[signal] ?? 0
    if (op === '<=' ? value > limit : value < limit) return { rule: id, value, limit }
  }
  return null
}

/** sha-256 of the rules as JSON: fields in alphabetical order, rules in the order that decides. */
export function ruleSetHash(): string {
  const rows = RULES.map(({ id, lang, limit, op, signal, source }) => ({ id, lang, limit, op, signal, source }))
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex')
}
