/**
 * Which encoding bytes are in: a sample is decoded in each candidate, and what costs the fewest bits is the answer.
 *
 * The cost of a character is −log2 of about how often it is met: letters by the language that explains the sample best
 * (`charset-letters.ts`), Han characters and kana by class, replacement and control characters at a price that real text never
 * pays. Arrangement counts too: a capital after a small letter, a letter beside one of another alphabet, a sign inside a word.
 * What each costs was set by hand. The idea is that of chardetng (Sivonen 2020: one running score an encoding, penalties for
 * implausible neighbours); here letters need no trained pair tables. UTF-8 with some damage is a candidate like the others.
 * Cost: a decode of at most 16 KiB for each of 26 encodings, for pages only that are not valid UTF-8.
 */
import { eastAsianBits } from './charset-east-asian.ts'
import { type Alphabet, alphabetOf, LETTER_CODES, letterTables } from './charset-letters.ts'

const SAMPLE_BYTES = 1 << 14

/** Bits that an encoding costs before any byte is seen: how rare it is among pages. Of equals the first stands. */
const CANDIDATES: Readonly<Record<string, number>> = {
  'windows-1252': 0,
  'utf-8': 0,
  gb18030: 0,
  big5: 2,
  shift_jis: 2,
  'euc-jp': 3,
  'euc-kr': 2,
  'windows-1251': 2,
  'windows-1250': 5,
  'windows-1253': 4,
  'windows-1254': 5,
  'windows-1255': 4,
  'windows-1256': 4,
  'windows-1257': 6,
  'windows-1258': 8,
  'windows-874': 4,
  'iso-8859-2': 6,
  'iso-8859-7': 5,
  'koi8-r': 5,
  'koi8-u': 6,
  'iso-8859-4': 9,
  'iso-8859-5': 8,
  'iso-8859-6': 8,
  'iso-8859-13': 7,
  'iso-8859-15': 8,
  ibm866: 10,
  'x-mac-cyrillic': 12,
  macintosh: 12,
}

export interface Evidence {
  /** The encoding that costs least. */
  readonly charset: string
  /** How many bits less than the declared one, per byte that is not ASCII and in all; 0 where they are the same. */
  readonly bits: number
  readonly bitsPerByte: number
}

/** Weighs the candidates and the declared encoding against each other. */
export function weighCharsets(bytes: Uint8Array, declared: string | null): Evidence {
  const { sample, wide } = wideSample(bytes)
  let charset = 'windows-1252'
  let least = Infinity
  for (const candidate of Object.keys(CANDIDATES)) {
    const bits = costOf(candidate, sample)
    if (bits >= least) continue
    least = bits
    charset = candidate
  }
  const bits = declared === null || declared === charset ? 0 : costOf(declared, sample) - least
  return { charset, bits, bitsPerByte: bits / Math.max(1, wide) }
}

function costOf(charset: string, sample: Uint8Array): number {
  const text = new TextDecoder(charset).decode(sample)
  const prior = CANDIDATES[charset] ?? 10
  return prior + (charset === 'utf-8' ? utf8Bits(text) : (eastAsianBits(text, charset) ?? alphabeticBits(text)))
}

/** The stretches with bytes that are not ASCII: markup and scripts in between tell nothing. */
function wideSample(bytes: Uint8Array): { sample: Uint8Array; wide: number } {
  const sample = new Uint8Array(SAMPLE_BYTES)
  let filled = 0
  let wide = 0
  let lastWide = -Infinity
  for (let at = 0; at < bytes.length && filled < SAMPLE_BYTES - 2; at++) {
    const byte = bytes[at] ?? 0
    // Second bytes of Big5, GBK and Shift-JIS may be ASCII: four after a wide byte are kept, and the one before it.
    if (byte > 127) {
      if (at - lastWide > 5 && at > 0) sample[filled++] = bytes[at - 1] ?? 0
      lastWide = at
      wide++
    }
    if (at - lastWide <= 4) sample[filled++] = byte
    else if (at - lastWide === 5) sample[filled++] = 32
  }
  return { sample: sample.subarray(0, filled), wide }
}

const REPLACED_BITS = 20
const CONTROL_BITS = 18
const SIGN_BITS = 9
/** Marks that pages of any language use: quotes, dashes, the no-break space, currency and copyright. */
const COMMON_SIGNS = new Set(Array.from('\u00a0–—‘’“”„…«»•·§©®™°€£½', (char) => char.charCodeAt(0)))
const COMMON_SIGN_BITS = 6

/** Valid UTF-8 sequences are no accident, whatever they say. */
function utf8Bits(text: string): number {
  let bits = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 127) bits += code === 0xfffd ? REPLACED_BITS : 5
  }
  return bits
}

const SMALL_THEN_CAPITAL_BITS = 7
const CAPITAL_BITS = 3
const OTHER_ALPHABET_BITS = 5
const SIGN_IN_WORD_BITS = 6
/** A letter after another outside ASCII, in the Latin script. */
const WIDE_PAIR_BITS = 2

const counts = new Uint16Array(LETTER_CODES)

type Kind = 'none' | 'small' | 'capital'

function alphabeticBits(text: string): number {
  let bits = 0
  const met: number[] = []
  let kind: Kind = 'none'
  let alphabet: Alphabet | null = null
  let wasWide = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const own = code < 128 ? (isAsciiLetter(code) ? 'latin' : null) : code < LETTER_CODES ? alphabetOf(code) : null
    const lower = own === null ? code : code < 128 ? code | 32 : (text.charAt(i).toLowerCase().codePointAt(0) ?? code)
    const ownKind: Kind = own === null ? 'none' : lower === code ? 'small' : 'capital'
    if (own !== null && code > 127) {
      if (counts[lower] === 0) met.push(lower)
      counts[lower] = (counts[lower] ?? 0) + 1
      if (ownKind === 'capital') bits += kind === 'small' ? SMALL_THEN_CAPITAL_BITS : CAPITAL_BITS
      if (wasWide && own === 'latin') bits += WIDE_PAIR_BITS
    } else if (code > 127) {
      const isInWord = alphabet !== null && code !== 0x2019 && code !== 0xb7 && isLetterAt(text, i + 1)
      bits += signBits(code) + (isInWord ? SIGN_IN_WORD_BITS : 0)
    } else if (own !== null && wasWide && ownKind === 'capital' && kind === 'small') bits += SMALL_THEN_CAPITAL_BITS
    if (own !== null && alphabet !== null && own !== alphabet) bits += OTHER_ALPHABET_BITS
    wasWide = own !== null && code > 127
    kind = ownKind
    alphabet = own
  }
  return bits + letterBits(met)
}

/** Of each alphabet the language that explains its letters best; clears the counts. */
function letterBits(met: readonly number[]): number {
  const least = new Map<Alphabet, number>()
  for (const table of letterTables()) {
    let bits = 0
    for (const code of met) if (alphabetOf(code) === table.alphabet) bits += (counts[code] ?? 0) * (table.bits[code] ?? 0)
    least.set(table.alphabet, Math.min(least.get(table.alphabet) ?? Infinity, bits))
  }
  for (const code of met) counts[code] = 0
  return [...least.values()].reduce((sum, bits) => sum + bits, 0)
}

function signBits(code: number): number {
  if (code === 0xfffd) return REPLACED_BITS
  if (code < 0xa0 || (code >= 0xe000 && code < 0xf900)) return CONTROL_BITS
  return COMMON_SIGNS.has(code) ? COMMON_SIGN_BITS : SIGN_BITS
}

const isAsciiLetter = (code: number): boolean => (code | 32) >= 97 && (code | 32) <= 122

function isLetterAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code < 128 ? isAsciiLetter(code) : code < LETTER_CODES && alphabetOf(code) !== null
}
