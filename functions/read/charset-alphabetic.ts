/**
 * What text of an alphabet costs in bits: letters outside ASCII by how frequent they are in the language that explains all of them
 * best, signs by whether pages use them, and what real text avoids: a capital after a small letter, a letter beside one of another
 * alphabet, a sign inside a word.
 */
import { alphabetOf, COMBINING, LETTER_CODES, letterTables, lowerOf } from './charset-letters.ts'

export const REPLACED_BITS = 20
const CONTROL_BITS = 18
const SIGN_BITS = 9
/** Marks that pages of any language use: quotes, dashes, the no-break space, currency and copyright. */
const COMMON_SIGNS = new Set(Array.from('\u00a0–—‘’“”„…«»•·§©®™°€£½', (char) => char.charCodeAt(0)))
const COMMON_SIGN_BITS = 6
/** What may stand right before a word. */
const OPENING = new Set(Array.from('\u00a0–—‘“„«»•·§©€£¿¡', (char) => char.charCodeAt(0)))

const SMALL_THEN_CAPITAL_BITS = 7
const CAPITAL_BITS = 3
const OTHER_ALPHABET_BITS = 5
const SIGN_IN_WORD_BITS = 6
const APOSTROPHE = 0x2019
/** Catalan writes it between letters. */
const MIDDLE_DOT = 0xb7
/** A letter after another outside ASCII, in the Latin script. */
const WIDE_PAIR_BITS = 2

const counts = new Uint16Array(LETTER_CODES)

const NO_LETTER = 0
const SMALL = 1
const CAPITAL = 2

export function alphabeticBits(text: string): number {
  let bits = 0
  const met: number[] = []
  let before = NO_LETTER
  let alphabetBefore = 0
  let wasWide = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const alphabet = code < LETTER_CODES ? (alphabetOf[code] ?? 0) : 0
    const isWide = code > 127 && alphabet !== 0
    let kind = NO_LETTER
    if (alphabet !== 0) {
      const lower = lowerOf[code] ?? code
      kind = lower === code ? SMALL : CAPITAL
      if (isWide) {
        if (counts[lower] === 0) met.push(lower)
        counts[lower] = (counts[lower] ?? 0) + 1
      }
      if (kind === CAPITAL && (isWide || wasWide))
        bits += before === SMALL ? SMALL_THEN_CAPITAL_BITS : isWide ? CAPITAL_BITS : 0
      if (isWide && wasWide && alphabet === LATIN && !(code >= COMBINING.from && code <= COMBINING.to))
        bits += WIDE_PAIR_BITS
      if (alphabetBefore !== 0 && alphabet !== alphabetBefore) bits += OTHER_ALPHABET_BITS
    } else if (code > 127) {
      bits += signBits(code)
      // An apostrophe stands in a word or ends it, an opening mark begins one, other signs stand apart.
      const isOdd =
        code === APOSTROPHE ? alphabetBefore === 0 : code !== MIDDLE_DOT && (alphabetBefore !== 0 || !OPENING.has(code))
      if (isOdd && isLetterAt(text, i + 1)) bits += SIGN_IN_WORD_BITS
    }
    wasWide = isWide
    before = kind
    alphabetBefore = alphabet
  }
  return bits + letterBits(met)
}

const LATIN = alphabetOf[97] ?? 0

/** Of each alphabet that is met, the language that explains its letters best; clears the counts. */
function letterBits(met: readonly number[]): number {
  const least: number[] = []
  const own = new Set(met.map((code) => alphabetOf[code]))
  for (const table of letterTables()) {
    if (!own.has(table.alphabet)) continue
    let bits = table.prior
    for (const code of met)
      if (alphabetOf[code] === table.alphabet) bits += (counts[code] ?? 0) * (table.bits[code] ?? 0)
    least[table.alphabet] = Math.min(least[table.alphabet] ?? Infinity, bits)
  }
  for (const code of met) counts[code] = 0
  return least.reduce((sum, bits) => sum + bits, 0)
}

function signBits(code: number): number {
  if (code === 0xfffd) return REPLACED_BITS
  if (code < 0xa0 || (code >= 0xe000 && code < 0xf900)) return CONTROL_BITS
  return COMMON_SIGNS.has(code) ? COMMON_SIGN_BITS : SIGN_BITS
}

const isLetterAt = (text: string, at: number): boolean => (alphabetOf[text.charCodeAt(at)] ?? 0) !== 0
