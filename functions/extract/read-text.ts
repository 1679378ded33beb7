/**
 * A run of text between two tags → normalised text in the block table, with what the decision needs counted on the way:
 * words, punctuation, function words of both scripts, digits, capitals. White space (no-break and ideographic too) is
 * folded to one space except in `pre`; references are decoded; zero-width marks go. One look at each byte.
 */
import { C } from './block-table.ts'
import type { BlockTable } from './block-table.ts'
import { readReference } from './entities.ts'
import { EMPTY_HASH, HashMap, hashName } from './name-hash.ts'

/** Byte classes; a capital's number is what it adds to the capitals. */
const LETTER = 0
const UPPER = 1
const OTHER = 2
const SPACE = 3
const DIGIT = 4
const END = 5
const COMMA = 6
const BAR = 7
const WIDE = 8
const AMPERSAND = 9
const TAG = 10

const CLASS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte)
  if (byte >= 128) return WIDE
  if (byte <= 32) return SPACE
  if (/[a-z]/.test(char)) return LETTER
  if (/[A-Z]/.test(char)) return UPPER
  if (/\d/.test(char)) return DIGIT
  if (/[.!?]/.test(char)) return END
  if (/[,;:]/.test(char)) return COMMA
  if (/[|>]/.test(char)) return BAR
  if (char === '<') return TAG
  return char === '&' ? AMPERSAND : OTHER
})

const STOP_WORDS =
  'the of and to a in is that for it as was with on be by this are or from at an but not have which you we they can if will has their ' +
  'there more one all would what so about i my his her he she our your been were had do when who than its into out them no just'
const STOPS = new HashMap(STOP_WORDS.split(' ').map((word) => [hashName(word), 1]))
/** Kinds of ideographs and full-width marks that are counted apart. */
const WIDE_STOP = 1
const WIDE_END = 2
const WIDE_COMMA = 3
const STOP_CHARS = '的是在了和有不与也为我他这中就都而及对以你她它们吗呢吧啊着过被把让从到会這個們為與來說還對後'

/** The bytes of a character as the loop below folds them: the lead byte, then six bits of each that follows. */
function foldedBytes(char: string): number {
  const [lead = 0, ...rest] = new TextEncoder().encode(char)
  return rest.reduce((code, byte) => (code << 6) | (byte & 63), lead)
}
const MARKS = new HashMap([
  ...Array.from(STOP_CHARS, (char) => [foldedBytes(char), WIDE_STOP] as const),
  ...Array.from('。！？…', (char) => [foldedBytes(char), WIDE_END] as const),
  ...Array.from('，、；：', (char) => [foldedBytes(char), WIDE_COMMA] as const),
])

const LESS = 60
const SPACE_BYTE = 32
const NEWLINE = 10

export interface TextState {
  /** Inside `pre`: white space counts. */
  keepSpace: boolean
  /** White space was seen since the last character. */
  pendingSpace: boolean
  inLink: boolean
}

/** Reads from `at` to the next tag (or the end) and answers where that is. */
export function readText(html: Uint8Array, at: number, blocks: BlockTable, state: TextState): number {
  const end = html.length
  let i = at
  if (!state.keepSpace) {
    // Most runs are the white space between two tags.
    while (i < end && (html[i] as number) <= SPACE_BYTE) i++
    if (i > at) state.pendingSpace = true
    if (i === end || (html[i] === LESS && isTagStart(html[i + 1] as number))) return i
  }
  const { text, open, start } = blocks
  const from = blocks.length
  let out = from
  let word = EMPTY_HASH
  let wordBytes = 0
  let words = 0
  let stops = 0
  let uppers = 0
  let digits = 0
  let ends = 0
  let commas = 0
  let wide = 0
  for (; i < end; i++) {
    const byte = html[i] as number
    const kind = CLASS[byte] as number
    if (kind <= UPPER) {
      if (state.pendingSpace) {
        if (out > start) text[out++] = SPACE_BYTE
        state.pendingSpace = false
      }
      uppers += kind
      word = (Math.imul(word, 31) + (byte | 32)) | 0
      wordBytes++
      text[out++] = byte
      continue
    }
    if (kind === SPACE) {
      if (wordBytes > 0) {
        words++
        if (wordBytes < 8 && STOPS.get(word) === 1) stops++
        word = EMPTY_HASH
        wordBytes = 0
      }
      if (state.keepSpace) text[out++] = byte === 13 ? SPACE_BYTE : byte
      else state.pendingSpace = true
      continue
    }
    if (kind === TAG && isTagStart(html[i + 1] as number)) break
    if (kind === WIDE) {
      const blank = blankLength(html, i, byte)
      if (blank > 0) {
        i += blank - 1
        if (html[i] !== 0x8b && html[i] !== 0xad && byte !== 0xef) state.pendingSpace = true
        continue
      }
    } else if (kind === AMPERSAND) {
      const reference = readReference(html, i)
      if (reference !== null) {
        i += reference.length - 1
        if (isBlankReference(reference.bytes)) {
          state.pendingSpace = true
          continue
        }
        if (state.pendingSpace && out > start) text[out++] = SPACE_BYTE
        state.pendingSpace = false
        text.set(reference.bytes, out)
        out += reference.bytes.length
        continue
      }
    }
    if (state.pendingSpace) {
      if (out > start) text[out++] = SPACE_BYTE
      state.pendingSpace = false
    }
    text[out++] = byte
    if (kind === WIDE) {
      let code = byte
      while (i + 1 < end && ((html[i + 1] as number) & 0xc0) === 0x80) {
        const next = html[++i] as number
        text[out++] = next
        code = (code << 6) | (next & 63)
      }
      if (byte < 0xe3) {
        // Other letters above ASCII are letters of words.
        wordBytes++
        word = EMPTY_HASH
        continue
      }
      const isMark = MARKS.get(code)
      if (isMark === WIDE_END) ends++
      else if (isMark === WIDE_COMMA) commas++
      else {
        wide++
        words++
        if (isMark === WIDE_STOP) stops++
      }
      continue
    }
    if (kind === DIGIT) {
      digits++
      wordBytes++
      continue
    }
    if (wordBytes > 0) {
      words++
      if (wordBytes < 8 && STOPS.get(word) === 1) stops++
      word = EMPTY_HASH
      wordBytes = 0
    }
    if (kind === END) ends++
    else if (kind === COMMA) commas++
    else if (kind === BAR) open[C.bars] = (open[C.bars] as number) + 1
  }
  if (out === from) return i
  if (wordBytes > 0) {
    words++
    if (wordBytes < 8 && STOPS.get(word) === 1) stops++
  }
  open[C.words] = (open[C.words] as number) + words
  open[C.stops] = (open[C.stops] as number) + stops
  open[C.uppers] = (open[C.uppers] as number) + uppers
  open[C.digits] = (open[C.digits] as number) + digits
  open[C.ends] = (open[C.ends] as number) + ends
  open[C.commas] = (open[C.commas] as number) + commas
  open[C.wide] = (open[C.wide] as number) + wide
  if (state.inLink) open[C.linkBytes] = (open[C.linkBytes] as number) + out - from
  blocks.length = out
  return i
}

/** What makes a `<` a tag: a letter, `/`, `!` or `?`. */
export const isTagStart = (byte: number): boolean =>
  ((byte | 32) >= 97 && (byte | 32) <= 122) || byte === 0x2f || byte === 0x21 || byte === 0x3f

/** A line break inside a block. */
export function breakLine(blocks: BlockTable, state: TextState): void {
  if (blocks.length === blocks.start) return
  blocks.text[blocks.length++] = NEWLINE
  blocks.open[C.breaks] = (blocks.open[C.breaks] as number) + 1
  state.pendingSpace = false
}

const isBlankReference = (bytes: Uint8Array): boolean =>
  (bytes.length === 1 && CLASS[bytes[0] ?? 0] === SPACE) ||
  (bytes[0] === 0xc2 && bytes[1] === 0xa0) ||
  (bytes[0] === 0xe3 && bytes[1] === 0x80 && bytes[2] === 0x80) ||
  (bytes[0] === 0xe2 && bytes[1] === 0x80 && (bytes[2] ?? 0) <= 0x8b)

/** Bytes of the no-break space, the soft hyphen, the ideographic space, the spaces U+2000 to U+200B or the mark U+FEFF at `i`; 0 if none. */
function blankLength(html: Uint8Array, i: number, byte: number): number {
  if (byte === 0xc2) return html[i + 1] === 0xa0 || html[i + 1] === 0xad ? 2 : 0
  if (byte === 0xe3) return html[i + 1] === 0x80 && html[i + 2] === 0x80 ? 3 : 0
  if (byte === 0xe2) return html[i + 1] === 0x80 && (html[i + 2] ?? 0) <= 0x8b ? 3 : 0
  if (byte === 0xef) return html[i + 1] === 0xbb && html[i + 2] === 0xbf ? 3 : 0
  return 0
}
