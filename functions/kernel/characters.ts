/**
 * What each UTF-16 code unit is to the models (its kind) and what it is read as (its fold).
 *
 * The fold is CCNet's idea (Wenzek et al. 2020, arXiv 1911.00359, section 3): case, accents, width and the shape of
 * punctuation carry no meaning for a perplexity, every digit counts as 0. It departs in one place on purpose: CCNet's
 * table reads the fullwidth digit one as a quotation mark; here fullwidth forms fold by their code points.
 * Kinds are ranges written out rather than Unicode properties, so that two engines with different Unicode tables agree.
 * Cost: about 4 ms once per isolate, 256 KiB, of which a text of one script touches a few.
 */

/** Ends a token, is not one. */
export const BLANK = 0
/** Part of a word: letters, digits and marks of scripts that write words. */
export const WORD = 1
/** A token of its own: Han, kana. */
export const SINGLE = 2
/** Punctuation and symbols: a token of its own, of no meaning to a topic. */
export const MARK = 3
/** Ends a line, which is the models' sentence. */
export const LINE = 4
/** Left out without ending a token: soft hyphens, joiners, variation selectors, combining accents. */
export const DROPPED = 5
/** First half of a pair. */
export const HIGH = 6

/** [first, last, kind]; units in no range are WORD, later ranges win. */
const RANGES: readonly (readonly [number, number, number])[] = [
  [0x0000, 0x0020, BLANK],
  [0x000a, 0x000d, LINE],
  [0x0021, 0x002f, MARK],
  [0x003a, 0x0040, MARK],
  [0x005b, 0x0060, MARK],
  [0x007b, 0x007e, MARK],
  [0x007f, 0x00a0, BLANK],
  [0x0085, 0x0085, LINE],
  [0x00a1, 0x00bf, MARK],
  [0x00aa, 0x00aa, WORD],
  [0x00ad, 0x00ad, DROPPED],
  [0x00b5, 0x00b5, WORD],
  [0x00ba, 0x00ba, WORD],
  [0x00d7, 0x00d7, MARK],
  [0x00f7, 0x00f7, MARK],
  [0x02b0, 0x02ff, MARK],
  [0x0300, 0x036f, DROPPED],
  [0x2000, 0x200a, BLANK],
  [0x200b, 0x200f, DROPPED],
  [0x2010, 0x2027, MARK],
  [0x2028, 0x2029, LINE],
  [0x202a, 0x202e, DROPPED],
  [0x202f, 0x202f, BLANK],
  [0x2030, 0x205e, MARK],
  [0x205f, 0x205f, BLANK],
  [0x2060, 0x206f, DROPPED],
  [0x2070, 0x2bff, MARK],
  [0x2e00, 0x303f, MARK],
  [0x3000, 0x3000, BLANK],
  [0x3005, 0x3007, SINGLE],
  [0x3040, 0x312f, SINGLE],
  [0x30fb, 0x30fb, MARK],
  [0x3190, 0x31ff, SINGLE],
  [0x3200, 0x33ff, MARK],
  [0x3400, 0x4dbf, SINGLE],
  [0x4dc0, 0x4dff, MARK],
  [0x4e00, 0x9fff, SINGLE],
  [0xd800, 0xdbff, HIGH],
  // A low half without its first half, and private use: symbols that nobody can read.
  [0xdc00, 0xf8ff, MARK],
  [0xf900, 0xfaff, SINGLE],
  [0xfe00, 0xfe0f, DROPPED],
  [0xfe10, 0xfe6f, MARK],
  [0xfe70, 0xfefc, WORD],
  [0xfeff, 0xfeff, DROPPED],
  [0xff00, 0xff65, MARK],
  [0xff66, 0xff9f, SINGLE],
  [0xfff0, 0xffff, MARK],
]

/** Shapes of one mark that compatibility decomposition keeps apart: [the mark, what folds into it]. */
const MARK_SHAPES: readonly (readonly [string, string])[] = [
  ["'", '‘’‚‛′´`ʹʻʼʽˈ'],
  ['"', '“”„‟″«»「」『』｢｣《》〈〉〝〞'],
  ['-', '‐‑‒–—―−─━'],
  ['.', '。｡…⋯'],
  [',', '、､'],
  ['*', '•‣·・●■◆★☆○□◇※▪'],
  ['[', '【〔〖'],
  [']', '】〕〗'],
  ['~', '〜～'],
]

/** Ranges whose letters fold: Latin, Greek and Cyrillic with their accents, width and compatibility forms. */
const FOLDED: readonly (readonly [number, number])[] = [
  [0x0041, 0x0587],
  [0x1e00, 0x1fff],
  [0x2000, 0x206f],
  [0x2100, 0x214f],
  [0x2460, 0x24ff],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff9f],
]

/** `kind << 16 | fold` of each unit: one load a unit. */
export type Characters = Int32Array

function rangesOfKinds(): Uint8Array {
  const kind = new Uint8Array(65_536).fill(WORD)
  for (const [first, last, value] of RANGES) kind.fill(value, first, last + 1)
  return kind
}

/** One unit read as one unit, or itself where it would become several. */
function foldUnit(unit: number): number {
  const plain = String.fromCharCode(unit).normalize('NFKD').replaceAll(ACCENTS, '').toLowerCase()
  const folded = plain.normalize('NFD').replaceAll(ACCENTS, '')
  return folded.length === 1 ? folded.charCodeAt(0) : unit
}

const ACCENTS = /[\u0300-\u036f]/g
const ZERO = 0x30

let cached: Characters | undefined

/** Built at the first call, not at start-up: a Worker that only takes bytes in never pays for it. */
export function characters(): Characters {
  if (cached) return cached
  const kinds = rangesOfKinds()
  const fold = Uint16Array.from({ length: 65_536 }, (_, unit) => unit)
  for (const [first, last] of FOLDED) {
    for (let unit = first; unit <= last; unit++) if (kinds[unit] !== DROPPED) fold[unit] = foldUnit(unit)
  }
  const shapes = new Map(
    MARK_SHAPES.flatMap(([mark, all]) => all.split('').map((shape) => [shape.charCodeAt(0), mark])),
  )
  cached = Int32Array.from(fold, (once, unit) => {
    const shaped = (shapes.get(once) ?? shapes.get(unit))?.charCodeAt(0) ?? once
    const to = shaped >= ZERO && shaped <= ZERO + 9 ? ZERO : shaped
    // A folded unit is of its new self's kind: a fullwidth letter is part of a word, a half-width kana stands alone.
    return ((kinds[to] ?? MARK) << 16) | to
  })
  return cached
}
