/**
 * A run of text between two tags → normalised text in the block table, with what the decision needs counted on the way:
 * words, punctuation, function words of both scripts, digits, capitals. White space (no-break and ideographic too) is
 * folded to one space except in `pre`; references are decoded; zero-width marks go. One look at each byte.
 */
import { C } from '../../../functions/extract/block-table.ts'
import type { BlockTable } from './block-table.ts'
import { readReference } from '../../../functions/extract/entities.ts'
import { EMPTY_HASH, HashMap } from '../../../functions/extract/name-hash.ts'
import { CLASSES, MARKS, STOPS } from '../../../functions/extract/scan-tables.ts'
import {
  AMPERSAND,
  BAR,
  COMMA,
  DIGIT,
  END,
  SPACE,
  TAG,
  UPPER,
  WIDE,
  WIDE_COMMA,
  WIDE_END,
  WIDE_STOP,
} from '../../../functions/kernel/wasm/scan-numbers.ts'

const STOP_HASHES = new HashMap(STOPS)
const MARK_HASHES = new HashMap(MARKS)

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
    const kind = CLASSES[byte] as number
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
        if (wordBytes < 8 && STOP_HASHES.get(word) === 1) stops++
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
      const isMark = MARK_HASHES.get(code)
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
      if (wordBytes < 8 && STOP_HASHES.get(word) === 1) stops++
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
    if (wordBytes < 8 && STOP_HASHES.get(word) === 1) stops++
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
  (bytes.length === 1 && CLASSES[bytes[0] ?? 0] === SPACE) ||
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
