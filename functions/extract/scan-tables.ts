/** What the scan knows of bytes, words and marks, and the same as the kernel is given it: tables in its memory. */
import { C1, LEGACY, NAMED } from './entities.ts'
import { hashName, spread } from './name-hash.ts'
import * as N from '../kernel/wasm/scan-numbers.ts'
import { ATTRIBUTES } from './tag.ts'
import { TAG_KINDS, TAG_NAMES, tagSet } from './tags.ts'

export const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte)
  if (byte >= 128) return N.WIDE
  if (byte <= 32) return N.SPACE
  if (/[a-z]/.test(char)) return N.LETTER
  if (/[A-Z]/.test(char)) return N.UPPER
  if (/\d/.test(char)) return N.DIGIT
  if (/[.!?]/.test(char)) return N.END
  if (/[,;:]/.test(char)) return N.COMMA
  if (/[|>]/.test(char)) return N.BAR
  if (char === '<') return N.TAG
  return char === '&' ? N.AMPERSAND : N.OTHER
})

const SMALL = 1
const CAPITAL = 2
/** Small letters 1, capitals 2: a class word ends before what is not a letter, and before a greater number. */
export const LETTERS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 97 && byte <= 122 ? SMALL : byte >= 65 && byte <= 90 ? CAPITAL : 0,
)

type Entry = readonly [hash: number, value: number]

const STOP_WORDS =
  'the of and to a in is that for it as was with on be by this are or from at an but not have which you we they can if will has their ' +
  'there more one all would what so about i my his her he she our your been were had do when who than its into out them no just'
export const STOPS: readonly Entry[] = STOP_WORDS.split(' ').map((word) => [hashName(word), 1])
const STOP_CHARS = '的是在了和有不与也为我他这中就都而及对以你她它们吗呢吧啊着过被把让从到会這個們為與來說還對後'

/** The bytes of a character as the scan folds them: the lead byte, then six bits of each that follows. */
function foldedBytes(char: string): number {
  const [lead = 0, ...rest] = new TextEncoder().encode(char)
  return rest.reduce((code, byte) => (code << 6) | (byte & 63), lead)
}
export const MARKS: readonly Entry[] = [
  ...Array.from(STOP_CHARS, (char) => [foldedBytes(char), N.WIDE_STOP] as const),
  ...Array.from('。！？…', (char) => [foldedBytes(char), N.WIDE_END] as const),
  ...Array.from('，、；：', (char) => [foldedBytes(char), N.WIDE_COMMA] as const),
]

const P_CLOSERS = tagSet(
  'p div section article main header footer nav aside h1 h2 h3 h4 h5 h6 ul ol dl table pre blockquote figure figcaption form fieldset ' +
    'details summary dialog address center menu hgroup',
)
const HEADINGS = tagSet('h1 h2 h3 h4 h5 h6')
/** A stray end tag of something outside does not close these. */
const BARRIERS = tagSet('td th caption table')
export const TAG_RULES = Uint8Array.from(
  TAG_NAMES,
  (_, tag) =>
    (P_CLOSERS[tag] === 1 ? N.CLOSES_P : 0) |
    (HEADINGS[tag] === 1 ? N.IS_HEADING : 0) |
    (BARRIERS[tag] === 1 ? N.IS_BARRIER : 0),
)

/** In the order of their numbers. MediaWiki wraps each formula in the display style and a closing brace. */
export const NEEDLES: readonly string[] = [
  'application/x-tex',
  'math/tex',
  'mode=display',
  'block',
  '{\\displaystyle ',
  'display',
  'none',
  'katex-html',
  'MathJax',
  'MJX_Assistive_MathML',
  'MathJax_Preview',
  'MathJax_SVG',
  'MathJax_CHTML',
]

/** Where each table begins, by its slot, and the bytes from address 0 on. */
export interface Tables {
  readonly slots: ReadonlyMap<number, number>
  readonly bytes: Uint8Array
}

let cached: Tables | undefined

/** Built at the first page, not at start-up. */
export function scanTables(): Tables {
  if (cached !== undefined) return cached
  const slots = new Map<number, number>([
    [N.L_ANNOTATION, hashName('annotation')],
    [N.L_SPAN, hashName('span')],
    [N.L_SCRATCH, N.NUM_SLOTS * 4],
  ])
  let bytes = new Uint8Array(N.NUM_SLOTS * 4 + N.SCRATCH_BYTES)
  const put = (slot: number, table: Uint8Array | Int32Array): void => {
    slots.set(slot, bytes.length)
    const added = new Uint8Array(table.buffer, table.byteOffset, table.byteLength)
    const longer = new Uint8Array((bytes.length + added.length + 15) & ~15)
    longer.set(bytes)
    longer.set(added, bytes.length)
    bytes = longer
  }
  const putPairs = (slot: number, entries: readonly Entry[]): void => {
    const pairs = pairsOf(entries)
    put(slot, pairs)
    slots.set(slot + 1, pairs.length / 2 - 1)
  }
  put(N.L_CLASSES, CLASSES)
  put(N.L_LETTERS, LETTERS)
  put(N.L_KINDS, TAG_KINDS)
  put(N.L_RULES, TAG_RULES)
  putPairs(
    N.L_TAGS,
    TAG_NAMES.map((name, id) => [hashName(name), id]),
  )
  putPairs(
    N.L_ATTRIBUTES,
    ATTRIBUTES.map((name, id) => [hashName(name), id]),
  )
  putPairs(N.L_STOPS, STOPS)
  putPairs(N.L_MARKS, MARKS)
  const references = referenceTable()
  put(N.L_REFERENCES, references)
  slots.set(N.L_REFERENCES_MASK, references.length / 4 - 1)
  put(
    N.L_C1,
    Int32Array.from(C1, (char) => char.charCodeAt(0)),
  )
  put(N.L_NEEDLES, needleTable())
  cached = { slots, bytes }
  return cached
}

/** Open addressing, a quarter full: hash, value + 1; 0 where there is none. */
function pairsOf(entries: readonly Entry[]): Int32Array {
  const size = tableSize(entries.length)
  const pairs = new Int32Array(size * 2)
  for (const [hash, value] of entries) {
    let slot = spread(hash) & (size - 1)
    while (pairs[slot * 2 + 1] !== 0 && pairs[slot * 2] !== hash) slot = (slot + 1) & (size - 1)
    pairs.set([hash, value + 1], slot * 2)
  }
  return pairs
}

/** Names of at most ten letters and digits are numbers of sixty bits: no two are the same. */
function referenceTable(): Int32Array {
  const size = tableSize(NAMED.size)
  const table = new Int32Array(size * 4)
  const keys = new BigUint64Array(table.buffer)
  for (const [name, text] of NAMED) {
    if (!/^[0-9A-Za-z]{1,10}$/.test(name) || text.length > 1)
      throw new Error(`reference ${name}: a name too long, or two characters`)
    let key = 0n
    for (let i = 0; i < name.length; i++) key = (key << 6n) | BigInt(ALPHABET.indexOf(name.charAt(i)) + 1)
    let slot = Number((BigInt.asUintN(64, key * 0x9e3779b97f4a7c15n) >> 40n) & BigInt(size - 1))
    while (keys[slot * 2] !== 0n) slot = (slot + 1) & (size - 1)
    keys[slot * 2] = key
    table[slot * 4 + 2] = text === '' ? N.NO_CHARACTER : text.charCodeAt(0)
    table[slot * 4 + 3] = LEGACY.has(name) ? 1 : 0
  }
  return table
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function tableSize(numEntries: number): number {
  let size = 16
  while (size < numEntries * 4) size *= 2
  return size
}

function needleTable(): Uint8Array {
  const table = new Uint8Array(N.NUM_NEEDLES * N.NEEDLE_BYTES)
  for (const [i, needle] of NEEDLES.entries()) {
    table[i * N.NEEDLE_BYTES] = needle.length
    table.set(new TextEncoder().encode(needle), i * N.NEEDLE_BYTES + 1)
  }
  return table
}
