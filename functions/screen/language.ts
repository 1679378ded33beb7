/**
 * The language of a document: by script, then among Latin-script languages by function words and letters.
 *
 * Scripts are counted over letters; kana makes Han Japanese and hangul makes it Korean. Chinese full of Latin terms stays Chinese: a Han
 * character weighs as much as a Latin word. In the Latin script each word of a profile (language-profiles.ts) counts for its languages,
 * 1/k each where k share it, and so does each letter peculiar to some; the largest sum wins. After the stop-word method of Grefenstette
 * (1995) and Cavnar and Trenkle's ranking (1994), without a trained table, since no corpus with labels may train a shipped one here.
 * The score is the winner's share of the winner's and the runner-up's sums, times how much of the text speaks for it at all.
 * Cost: one pass over at most 20,000 units, read in four windows of a longer text; no strings.
 */
import { PROFILES, SCRIPT_LANGUAGES } from './language-profiles.ts'
import { lowerLatin, SCRIPTS, scriptOf } from './scripts.ts'

export interface Language {
  /** ISO 639-1, or `und` when nothing speaks for any. */
  readonly lang: string
  /** 0 to 1. */
  readonly score: number
}

const WINDOWS = 4
const WINDOW_UNITS = 5000

const LATIN = SCRIPTS.indexOf('latin')
const HAN = SCRIPTS.indexOf('han')
const KANA = SCRIPTS.indexOf('kana')
const HANGUL = SCRIPTS.indexOf('hangul')

/** Japanese text has more kana than Han; a Chinese text that quotes Japanese stays under this share of both. */
const KANA_SHARE = 0.2
const HANGUL_SHARE = 0.2
/** Share of words that are function words in running text of a well-covered language; less makes the score smaller. */
const EXPECTED_COVERAGE = 0.2
const LETTER_WEIGHT = 0.5

const languages = Object.keys(PROFILES)

/** Profile words in an open-addressing table by a 32-bit hash; `wordLanguages` lists the languages of each. */
const TABLE_BITS = 13
const tableKeys = new Int32Array(1 << TABLE_BITS)
const tableWords = new Int16Array(1 << TABLE_BITS).fill(-1)
const wordLanguages: number[][] = []
const letterLanguages = new Map<number, number[]>()

const hashUnit = (hash: number, unit: number): number => (Math.imul(hash, 0x01000193) + unit) | 0
const slotOf = (hash: number): number => Math.imul(hash, 0x9e3779b1) >>> (32 - TABLE_BITS)

languages.forEach((lang, index) => {
  const profile = PROFILES[lang]
  for (const word of new Set(profile?.words.split(' '))) addWord(word, index)
  for (const letter of profile?.letters ?? '') {
    const unit = letter.charCodeAt(0)
    letterLanguages.set(unit, [...(letterLanguages.get(unit) ?? []), index])
  }
})

function addWord(word: string, language: number): void {
  let hash = 0
  for (let i = 0; i < word.length; i++) hash = hashUnit(hash, word.charCodeAt(i))
  let slot = slotOf(hash)
  while ((tableWords[slot] ?? -1) >= 0 && tableKeys[slot] !== hash) slot = (slot + 1) & ((1 << TABLE_BITS) - 1)
  if ((tableWords[slot] ?? -1) < 0) {
    tableKeys[slot] = hash
    tableWords[slot] = wordLanguages.length
    wordLanguages.push([])
  }
  wordLanguages[tableWords[slot] ?? 0]?.push(language)
}

function languagesOfWord(hash: number): readonly number[] | undefined {
  let slot = slotOf(hash)
  for (let word = tableWords[slot] ?? -1; word >= 0; word = tableWords[slot] ?? -1) {
    if (tableKeys[slot] === hash) return wordLanguages[word]
    slot = (slot + 1) & ((1 << TABLE_BITS) - 1)
  }
  return undefined
}

interface Counts {
  readonly scripts: Int32Array
  /** By index into `languages`: sums of shared evidence, and words in the profile. */
  readonly sums: Float64Array
  readonly hits: Int32Array
  latinWords: number
}

export function detectLanguage(text: string): Language {
  const counts: Counts = {
    scripts: new Int32Array(SCRIPTS.length),
    sums: new Float64Array(languages.length),
    hits: new Int32Array(languages.length),
    latinWords: 0,
  }
  const step = Math.floor((text.length - WINDOW_UNITS) / (WINDOWS - 1))
  if (text.length <= WINDOWS * WINDOW_UNITS) countWindow(text, 0, text.length, counts)
  else for (let i = 0; i < WINDOWS; i++) countWindow(text, i * step, i * step + WINDOW_UNITS, counts)
  return decide(text, counts)
}

function countWindow(text: string, start: number, end: number, counts: Counts): void {
  const { scripts } = counts
  let hash = 0
  let isWord = false
  for (let i = start; i < end; i++) {
    const unit = text.charCodeAt(i)
    const script = scriptOf[unit] ?? 0
    scripts[script] = (scripts[script] ?? 0) + 1
    if (script === LATIN) {
      const lower = lowerLatin[unit] ?? unit
      hash = hashUnit(hash, lower)
      isWord = true
      if (lower > 127) countLetter(lower, counts)
    } else if (isWord) {
      countWord(hash, counts)
      hash = 0
      isWord = false
    }
  }
  if (isWord) countWord(hash, counts)
}

function countWord(hash: number, counts: Counts): void {
  counts.latinWords++
  const known = languagesOfWord(hash)
  if (known === undefined) return
  for (const language of known) {
    counts.sums[language] = (counts.sums[language] ?? 0) + 1 / known.length
    counts.hits[language] = (counts.hits[language] ?? 0) + 1
  }
}

function countLetter(unit: number, counts: Counts): void {
  const known = letterLanguages.get(unit)
  if (known === undefined) return
  for (const language of known) {
    counts.sums[language] = (counts.sums[language] ?? 0) + LETTER_WEIGHT / known.length
  }
}

function decide(text: string, counts: Counts): Language {
  const { scripts, latinWords } = counts
  const han = scripts[HAN] ?? 0
  const kana = scripts[KANA] ?? 0
  const hangul = scripts[HANGUL] ?? 0
  const eastAsian = han + kana + hangul
  let other = 0
  let best = LATIN
  for (let script = 1; script < SCRIPTS.length; script++) {
    if (script === LATIN || script === HAN || script === KANA || script === HANGUL) continue
    const count = scripts[script] ?? 0
    other += count
    if (count > (scripts[best] ?? 0) || best === LATIN) best = script
  }
  // Words of five letters stand for the other alphabets, as one Han character stands for a word.
  const otherWords = other / 5
  const all = eastAsian + latinWords + otherWords
  if (all === 0) return { lang: 'und', score: 0 }
  if (eastAsian >= latinWords && eastAsian >= otherWords) {
    if (hangul / eastAsian >= HANGUL_SHARE && hangul >= kana) return { lang: 'ko', score: eastAsian / all }
    if (kana / eastAsian >= KANA_SHARE) return { lang: 'ja', score: eastAsian / all }
    return { lang: 'zh', score: ((han - kana - hangul) / eastAsian) * (eastAsian / all) }
  }
  if (otherWords > latinWords) return { lang: languageOfScript(text, SCRIPTS[best] ?? 'none'), score: otherWords / all }
  return latinLanguage(counts, latinWords / all)
}

function languageOfScript(text: string, script: string): string {
  const sample = text.slice(0, WINDOWS * WINDOW_UNITS)
  for (const [lang, letters] of SCRIPT_LANGUAGES[script] ?? []) {
    if (letters === '' || Array.from(letters).some((letter) => sample.includes(letter))) return lang
  }
  return 'und'
}

function latinLanguage(counts: Counts, latinShare: number): Language {
  let best = 0
  let second = -1
  for (let i = 1; i < languages.length; i++) {
    const sum = counts.sums[i] ?? 0
    if (sum > (counts.sums[best] ?? 0)) {
      second = best
      best = i
    } else if (second < 0 || sum > (counts.sums[second] ?? 0)) second = i
  }
  const sum = counts.sums[best] ?? 0
  if (sum === 0) return { lang: 'und', score: 0 }
  const margin = sum / (sum + (counts.sums[second] ?? 0))
  const coverage = Math.min(1, (counts.hits[best] ?? 0) / counts.latinWords / EXPECTED_COVERAGE)
  return { lang: languages[best] ?? 'und', score: margin * coverage * latinShare }
}
