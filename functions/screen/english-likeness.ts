/**
 * How much a text's letters follow one another as in English: bits a letter under a trigram model. It settles what function words leave
 * open: an English list of products has few of them, and a language without a profile has some by chance.
 *
 * Letters are a–z without case; a run of anything else is one mark between words. English documents cost 3.0 bits at the median
 * and 99 % of them less than 3.5; the other languages of the Latin script, text by text, 99 % more than 3.5 (models/language/card.md).
 * Cost: one pass over 5,000 units at most, for unsure texts only.
 */
import { ENGLISH_TRIGRAMS } from './english-trigrams.ts'

const SYMBOLS = 27
const CONTEXTS = SYMBOLS * SYMBOLS
const WINDOWS = 4
const WINDOW_UNITS = 1250
/** Fewer letters tell nothing. */
const MIN_LETTERS = 40
/** Costs are in steps of a quarter bit, each written as one of 64 characters. */
export const STEPS_PER_BIT = 4
export const STEP_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-'

let steps: Uint8Array | undefined

function table(): Uint8Array {
  steps ??= Uint8Array.from(ENGLISH_TRIGRAMS, (char) => STEP_CHARACTERS.indexOf(char))
  return steps
}

/** Calls `visit` with each trigram of letters and gaps as a number below 27³: the last symbol, over 27 times the two before it. */
export function eachTrigram(text: string, start: number, end: number, visit: (trigram: number) => void): void {
  let context = 0
  let last = 0
  for (let i = start; i < end; i++) {
    const letter = (text.charCodeAt(i) | 32) - 96
    const symbol = letter >= 1 && letter <= 26 ? letter : 0
    if (symbol === 0 && last === 0) continue
    visit(context * SYMBOLS + symbol)
    context = (context * SYMBOLS + symbol) % CONTEXTS
    last = symbol
  }
}

/** Mean bits a symbol in the most English of the text's windows; null for too little text. */
export function englishBits(text: string): number | null {
  if (text.length <= WINDOWS * WINDOW_UNITS) return windowBits(text, 0, text.length)
  const step = Math.floor((text.length - WINDOW_UNITS) / (WINDOWS - 1))
  const all = Array.from({ length: WINDOWS }, (_, i) => windowBits(text, i * step, i * step + WINDOW_UNITS) ?? Infinity)
  const least = Math.min(...all)
  return least === Infinity ? null : least
}

function windowBits(text: string, start: number, end: number): number | null {
  const costs = table()
  let sum = 0
  let symbols = 0
  eachTrigram(text, start, end, (trigram) => {
    sum += costs[trigram] ?? 0
    symbols++
  })
  return symbols < MIN_LETTERS ? null : sum / STEPS_PER_BIT / symbols
}
