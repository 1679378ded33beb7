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
import { englishBits } from './english-likeness.ts'
import { CANTONESE, CANTONESE_SHARE, RARER_PROFILES, RELATIVE_SHARE, RELATIVES } from './language-relatives.ts'
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
/** Above these scores function words are believed without a look at the letters. */
const SURE_ENGLISH = 0.7
const SURE_OTHER = 0.4
/** English costs at most so many bits a letter (english-likeness.ts), and more is borne where function words speak for it. */
const MAX_ENGLISH_BITS = 3.5
const BITS_A_SCORE = 0.6
/** Text of so many bits a letter has the score 0, a bit less the score 1. */
const FULL_SCORE_BITS = 4.1
/** A relative's words, or Cantonese characters, that a text has at least before it is taken for one. */
const MIN_OWN = 3

const profiles = { ...PROFILES, ...RARER_PROFILES }
const languages = Object.keys(profiles)
/** Relatives have indices after the languages'. */
const allIndices = languages.length + RELATIVES.length

/** Profile words in an open-addressing table by a 32-bit hash; `wordLanguages` lists the languages of each. */
const TABLE_BITS = 13
const tableKeys = new Int32Array(1 << TABLE_BITS)
const tableWords = new Int16Array(1 << TABLE_BITS).fill(-1)
const wordLanguages: number[][] = []
/** What a word counts for each of its languages: 1/k where k share it, relatives not among them. */
const wordWeights: number[] = []
const letterLanguages = new Map<number, number[]>()

const hashUnit = (hash: number, unit: number): number => (Math.imul(hash, 0x01000193) + unit) | 0
const slotOf = (hash: number): number => Math.imul(hash, 0x9e3779b1) >>> (32 - TABLE_BITS)

languages.forEach((lang, index) => {
  const profile = profiles[lang]
  for (const word of new Set(profile?.words.split(' '))) addWord(word, index)
  for (const letter of profile?.letters ?? '') {
    const unit = letter.charCodeAt(0)
    letterLanguages.set(unit, [...(letterLanguages.get(unit) ?? []), index])
  }
})

RELATIVES.forEach(({ words }, i) => {
  for (const word of new Set(words.split(' '))) addWord(word, languages.length + i)
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
  const index = tableWords[slot] ?? 0
  const known = wordLanguages[index]
  known?.push(language)
  wordWeights[index] = 1 / Math.max(1, known?.filter((one) => one < languages.length).length ?? 0)
}

/** Index of the word with this hash, -1 for none. */
function wordOf(hash: number): number {
  let slot = slotOf(hash)
  for (let word = tableWords[slot] ?? -1; word >= 0; word = tableWords[slot] ?? -1) {
    if (tableKeys[slot] === hash) return word
    slot = (slot + 1) & ((1 << TABLE_BITS) - 1)
  }
  return -1
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
    sums: new Float64Array(allIndices),
    hits: new Int32Array(allIndices),
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
      if (unit === 58 && text.startsWith('//', i + 1)) i = addressEnd(text, i + 3, end) - 1
    }
  }
  if (isWord) countWord(hash, counts)
}

/** An address says nothing of the language around it; it ends before white space, a bracket, a quote or a character outside ASCII. */
function addressEnd(text: string, start: number, end: number): number {
  let i = start
  while (i < end && (addressUnits[text.charCodeAt(i)] ?? 0) === 1) i++
  return i
}

const addressUnits: Uint8Array = new Uint8Array(128).fill(1, 33)
for (const mark of '()[]<>"\'|') addressUnits[mark.charCodeAt(0)] = 0

function countWord(hash: number, counts: Counts): void {
  counts.latinWords++
  const word = wordOf(hash)
  if (word < 0) return
  const known = wordLanguages[word] ?? []
  const weight = wordWeights[word] ?? 0
  for (let i = 0; i < known.length; i++) {
    const language = known[i] ?? 0
    counts.sums[language] = (counts.sums[language] ?? 0) + weight
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
    if (isCantonese(text)) return { lang: 'yue', score: eastAsian / all }
    return { lang: 'zh', score: ((han - kana - hangul) / eastAsian) * (eastAsian / all) }
  }
  if (otherWords > latinWords) return { lang: languageOfScript(text, SCRIPTS[best] ?? 'none'), score: otherWords / all }
  return latinLanguage(text, counts, latinWords / all)
}

/** 1 for a character of written Cantonese, by unit. */
const cantonese: Uint8Array = new Uint8Array(65536)
for (const char of CANTONESE) cantonese[char.charCodeAt(0)] = 1
/** Written Cantonese has one of them in ten characters. */
const CANTONESE_UNITS = 1000

function isCantonese(text: string): boolean {
  let han = 0
  let own = 0
  const end = Math.min(text.length, CANTONESE_UNITS)
  for (let i = 0; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (scriptOf[unit] === HAN) han++
    own += cantonese[unit] ?? 0
  }
  return own >= MIN_OWN && own >= han * CANTONESE_SHARE
}

function languageOfScript(text: string, script: string): string {
  const sample = text.slice(0, WINDOWS * WINDOW_UNITS)
  for (const [lang, letters] of SCRIPT_LANGUAGES[script] ?? []) {
    if (letters === '' || Array.from(letters).some((letter) => sample.includes(letter))) return lang
  }
  return 'und'
}

function latinLanguage(text: string, counts: Counts, latinShare: number): Language {
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
  if (best === ENGLISH) best = closest(counts)
  const lang = languages[best] ?? RELATIVES[best - languages.length]?.lang ?? 'und'
  if (sum === 0) return settle({ lang: 'und', score: 0 }, text, latinShare)
  const margin = sum / (sum + (counts.sums[second] ?? 0))
  const coverage = Math.min(1, (counts.hits[best] ?? 0) / counts.latinWords / EXPECTED_COVERAGE)
  return settle({ lang, score: margin * coverage * latinShare }, text, latinShare)
}

/** What function words are unsure of, letters settle: whether it is English. */
function settle(detected: Language, text: string, latinShare: number): Language {
  const isEnglish = detected.lang === 'en'
  if (detected.score >= (isEnglish ? SURE_ENGLISH : SURE_OTHER)) return detected
  const bits = englishBits(text)
  if (bits === null) return detected
  if (bits > MAX_ENGLISH_BITS + (isEnglish ? BITS_A_SCORE * detected.score : 0)) {
    return isEnglish ? { lang: 'und', score: 0 } : detected
  }
  const score = Math.min(1, FULL_SCORE_BITS - bits) * latinShare
  return { lang: 'en', score: isEnglish ? Math.max(score, detected.score) : score }
}

const ENGLISH = languages.indexOf('en')

/** English, or the relative of it that enough of the words are peculiar to. */
function closest({ hits, latinWords }: Counts): number {
  for (let i = languages.length; i < allIndices; i++) {
    const own = hits[i] ?? 0
    if (own >= MIN_OWN && own >= latinWords * RELATIVE_SHARE) return i
  }
  return ENGLISH
}
