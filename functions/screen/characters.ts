/**
 * Classes of UTF-16 code units and code points, as the rules of this stage need them.
 *
 * The rules come from Python code (datatrove, spaCy), so "white space", "letter" and "line end" are Python's:
 * `str.isspace` knows U+001C–1F and U+0085 and not U+FEFF, `str.isalpha` is the general category L.
 * Cost: one table look-up a unit; the table (128 KiB) is filled a block of 256 at a time, when a block is first met.
 * Departure: spaCy lists its letters by range; here a cased or caseless letter is what Unicode says it is.
 */

export const SPACE = 1
export const LETTER = 2
/** Upper case or caseless: what spaCy's ALPHA_UPPER holds. */
export const UPPER = 4
/** Lower case or caseless. */
export const LOWER = 8
export const DIGIT = 16
/** Split off at the start of a chunk. */
export const PREFIX = 32
/** Split off at the end of a chunk. */
export const SUFFIX = 64
export const QUOTE = 128
/** A full stop after one of these is a token of its own (letters and digits have their own bits). */
export const BEFORE_STOP = 256
/** datatrove's PUNCTUATION_SET: a word of these alone is not counted. */
export const SYMBOL = 512
/** Ends a sentence or a line that was meant to end. */
export const TERMINAL = 1024
/** General category P. */
export const PUNCTUATION = 2048
/** Where Python's `str.splitlines` cuts. */
export const LINE_END = 4096
/** General category So: pictures and dingbats, each a token of its own. */
export const ICON = 8192
/** Half of a code point above U+FFFF: ask `classOfCodePoint`. */
export const SURROGATE = 16384
/** Set in the table once the unit's block is filled. */
export const KNOWN = 32768

/** Of spaCy's punctuation list; the full-width and other scripts' marks included. */
const MARKS = '…,:;!?¿؟¡()[]{}<>_#*&。？！，、；：～·।،۔؛٪'
const QUOTES = '\'"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉〈〉⟦⟧'
const CURRENCIES = '$£€¥฿₽﷼₴₠₡₢₣₤₥₦₧₨₩₪₫₭₮₯₰₱₲₳₵₶₷₸₹₺₻₼₾₿'

/** datatrove's PUNCTUATION without its control characters. The full-width one is in the list, the other digits are not: kept. */
const SYMBOLS = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~«´»–—’“”„…∶━►、。〈〉《》「」【】！％（），．１：；？～'

/**
 * Sentence_Terminal as datatrove lists it: Unicode 15's property with the Khmer marks 17D6, 17D9 and 17DA more.
 * Written out because the property grows with the engine's Unicode version and a rule must not.
 */
const TERMINAL_RANGES =
  '21 2e 3f 589 61d-61f 6d4 700-702 7f9 837 839 83d-83e 964-965 104a-104b 1362 1367-1368 166e 1735-1736 17d4-17d6 ' +
  '17d9-17da 1803 1809 1944-1945 1aa8-1aab 1b5a-1b5b 1b5e-1b5f 1b7d-1b7e 1c3b-1c3c 1c7e-1c7f 203c-203d 2047-2049 2e2e ' +
  '2e3c 2e53-2e54 3002 a4ff a60e-a60f a6f3 a6f7 a876-a877 a8ce-a8cf a92f a9c8-a9c9 aa5d-aa5f aaf0-aaf1 abeb fe52 ' +
  'fe56-fe57 ff01 ff0e ff1f ff61 10a56-10a57 10f55-10f59 10f86-10f89 11047-11048 110be-110c1 11141-11143 111c5-111c6 ' +
  '111cd 111de-111df 11238-11239 1123b-1123c 112a9 1144b-1144c 115c2-115c3 115c9-115d7 11641-11642 1173c-1173e 11944 ' +
  '11946 11a42-11a43 11a9b-11a9c 11c41-11c42 11ef7-11ef8 11f43-11f44 16a6e-16a6f 16af5 16b37-16b38 16b44 16e98 1bc9f 1da88'

const SPACE_RANGES = '9-d 1c-20 85 a0 1680 2000-200a 2028-2029 202f 205f 3000'
const LINE_END_RANGES = 'a-d 1c-1e 85 2028-2029'

const terminals = codePoints(TERMINAL_RANGES)
const spaces = codePoints(SPACE_RANGES)
const lineEnds = codePoints(LINE_END_RANGES)
const marks = new Set(MARKS)
const quotes = new Set(QUOTES)
export const currencies: ReadonlySet<string> = new Set(CURRENCIES)
const symbols = new Set(SYMBOLS)

function codePoints(ranges: string): ReadonlySet<number> {
  const all = new Set<number>()
  for (const range of ranges.split(' ')) {
    const [first = '', last = first] = range.split('-')
    for (let c = Number.parseInt(first, 16); c <= Number.parseInt(last, 16); c++) all.add(c)
  }
  return all
}

/** Every class of one code point. Slow: the table below remembers the answers for the units it meets. */
export function classOfCodePoint(code: number): number {
  if (code >= 0xd800 && code < 0xe000) return SURROGATE
  const char = String.fromCodePoint(code)
  let bits = 0
  if (spaces.has(code)) bits |= SPACE
  if (lineEnds.has(code)) bits |= LINE_END
  if (/\p{L}/u.test(char)) {
    bits |= LETTER
    if (/\p{Lu}/u.test(char)) bits |= UPPER
    else if (/\p{Ll}/u.test(char)) bits |= LOWER
    else if (/\p{Lo}/u.test(char)) bits |= UPPER | LOWER
  }
  if (code >= 0x30 && code <= 0x39) bits |= DIGIT
  if (/\p{So}/u.test(char)) bits |= ICON | PREFIX | SUFFIX
  if (/\p{P}/u.test(char)) bits |= PUNCTUATION
  if (quotes.has(char)) bits |= QUOTE | PREFIX | SUFFIX | BEFORE_STOP
  if (marks.has(char)) bits |= PREFIX | SUFFIX | BEFORE_STOP
  if (currencies.has(char)) bits |= PREFIX
  if (char === '—' || char === '–') bits |= PREFIX | SUFFIX
  if (char === '§' || char === '%' || char === '=') bits |= PREFIX
  if (char === '%' || char === '²' || char === '-' || char === '+' || char === '|') bits |= BEFORE_STOP
  if (terminals.has(code)) bits |= TERMINAL | SYMBOL
  if (symbols.has(char) || isControlSymbol(code)) bits |= SYMBOL
  return bits
}

/** Control characters that datatrove's punctuation holds: all but the tab (9) and the line feed (10). */
function isControlSymbol(code: number): boolean {
  return code < 9 || (code > 10 && code < 32) || (code >= 127 && code < 160)
}

/** Classes by UTF-16 unit; 0 where the block was not met yet: then ask `classOf`. Bit 15 is always set where it was. */
export const classes: Uint16Array = new Uint16Array(65536)

function fillBlock(code: number): void {
  const first = code & 0xff00
  for (let c = first; c < first + 256; c++) classes[c] = classOfCodePoint(c) | KNOWN
}
fillBlock(0)

/** Classes of one UTF-16 code unit; a half of a surrogate pair is `SURROGATE` and nothing else. */
export function classOf(unit: number): number {
  const bits = classes[unit] ?? 0
  if (bits !== 0) return bits & ~KNOWN
  fillBlock(unit)
  return (classes[unit] ?? 0) & ~KNOWN
}

/** Blocks of 256 code points above U+FFFF, filled when first met. No letter, mark or picture lies above plane 3. */
const astralBlocks: (Uint16Array | undefined)[] = []
const ASTRAL_END = 0x40000

function classOfAstral(code: number): number {
  if (code >= ASTRAL_END) return 0
  const block = (astralBlocks[code >> 8] ??= Uint16Array.from({ length: 256 }, (_, i) =>
    classOfCodePoint((code & ~0xff) + i),
  ))
  return block[code & 0xff] ?? 0
}

/** Classes of the code point at `index`, which may take two units. */
export function classAt(text: string, index: number): number {
  const unit = text.charCodeAt(index)
  const bits = classOf(unit)
  if (bits !== SURROGATE) return bits
  const code = text.codePointAt(index) ?? unit
  return code > 0xffff ? classOfAstral(code) : SURROGATE
}

/** Classes of the code point that ends before `end`. */
export function classBefore(text: string, end: number): number {
  const unit = text.charCodeAt(end - 1)
  if (unit >= 0xdc00 && unit < 0xe000 && end >= 2) {
    const code = text.codePointAt(end - 2) ?? unit
    if (code > 0xffff) return classOfAstral(code)
  }
  return classOf(unit)
}

const HIGH_SURROGATE = /[\ud800-\udbff]/

/** Number of code points in [start, end): Python's `len`. */
export function codePointLength(text: string, start = 0, end = text.length): number {
  let length = end - start
  if (length === text.length && !HIGH_SURROGATE.test(text)) return length
  for (let i = start; i < end - 1; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length--
      i++
    }
  }
  return length
}

/** Python's `str.strip()`. */
export function strip(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && (classOf(text.charCodeAt(start)) & SPACE) !== 0) start++
  while (end > start && (classOf(text.charCodeAt(end - 1)) & SPACE) !== 0) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}
