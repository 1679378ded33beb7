/**
 * A run of text between two tags → normalised text, with what the decision needs counted on the way: words, punctuation,
 * function words of both scripts, digits, capitals. White space (no-break and ideographic too) is folded to one space except in
 * `pre`; references are decoded; zero-width marks go. One look at each byte. AssemblyScript.
 */
import {
  AMPERSAND,
  BAR,
  C_BARS,
  C_BREAKS,
  C_COMMAS,
  C_DIGITS,
  C_ENDS,
  C_LINK_BYTES,
  C_STOPS,
  C_UPPERS,
  C_WIDE,
  C_WORDS,
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
} from './scan-numbers'
import { isBlank, readReference, Reference, writeCharacter } from './scan-references'
import { add, isTagStart, lookUp, S, skipSpace } from './scan-state'
import { EMPTY_HASH } from './scan-tag'

const LESS: u32 = 60
const BLANK: u8 = 32
const NEWLINE: u8 = 10
/** Longer words are no function words. */
const MAX_STOP_BYTES = 7

function isStop(word: i32, wordBytes: i32): i32 {
  return wordBytes <= MAX_STOP_BYTES && lookUp(S.stops, S.stopsMask, word) == 1 ? 1 : 0
}

/** Reads from `at` to the next tag (or the end) and answers where that is. */
export function readText(at: usize): usize {
  const end = S.end
  let i = at
  if (!S.keepSpace) {
    // Most runs are the white space between two tags.
    i = skipSpace(i, end)
    if (i > at) S.pendingSpace = true
    if (i == end || (<u32>load<u8>(i) == LESS && isTagStart(load<u8>(i, 1)))) return i
  }
  const start = S.start
  const from = S.out
  const classes = S.classes
  const keepSpace = S.keepSpace
  let pending = S.pendingSpace
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
  let bars = 0
  for (; i < end; i++) {
    let byte: u32 = load<u8>(i)
    let kind: i32 = load<u8>(classes + <usize>byte)
    if (kind <= UPPER) {
      if (pending) {
        if (out > start) store<u8>(out++, BLANK)
        pending = false
      }
      // The zero behind the page is no letter.
      const first = out
      do {
        uppers += kind
        word = word * 31 + <i32>(byte | 32)
        store<u8>(out++, <u8>byte)
        byte = load<u8>(++i)
        kind = load<u8>(classes + <usize>byte)
      } while (kind <= UPPER)
      wordBytes += <i32>(out - first)
      if (i >= end) break
    }
    if (kind == SPACE) {
      if (wordBytes > 0) {
        words++
        stops += isStop(word, wordBytes)
        word = EMPTY_HASH
        wordBytes = 0
      }
      if (keepSpace) store<u8>(out++, byte == 13 ? BLANK : <u8>byte)
      else pending = true
      continue
    }
    if (kind == TAG && isTagStart(load<u8>(i, 1))) break
    if (kind == WIDE) {
      const blank = blankLength(i, byte)
      if (blank > 0) {
        i += blank - 1
        const last: u32 = load<u8>(i)
        if (last != 0x8b && last != 0xad && byte != 0xef) pending = true
        continue
      }
    } else if (kind == AMPERSAND && readReference(i)) {
      i += Reference.length - 1
      if (isBlank(Reference.character)) {
        pending = true
        continue
      }
      if (pending && out > start) store<u8>(out++, BLANK)
      pending = false
      out = writeCharacter(Reference.character, out)
      continue
    }
    if (pending) {
      if (out > start) store<u8>(out++, BLANK)
      pending = false
    }
    store<u8>(out++, <u8>byte)
    if (kind == WIDE) {
      let code = <i32>byte
      // The zero behind the page continues no character.
      let next: u32 = load<u8>(i, 1)
      while ((next & 0xc0) == 0x80) {
        store<u8>(out++, <u8>next)
        code = (code << 6) | <i32>(next & 63)
        next = load<u8>(++i, 1)
      }
      if (byte < 0xe3) {
        // Other letters above ASCII are letters of words.
        wordBytes++
        word = EMPTY_HASH
        continue
      }
      const mark = lookUp(S.marks, S.marksMask, code)
      if (mark == WIDE_END) ends++
      else if (mark == WIDE_COMMA) commas++
      else {
        wide++
        words++
        if (mark == WIDE_STOP) stops++
      }
      continue
    }
    if (kind == DIGIT) {
      digits++
      wordBytes++
      continue
    }
    if (wordBytes > 0) {
      words++
      stops += isStop(word, wordBytes)
      word = EMPTY_HASH
      wordBytes = 0
    }
    if (kind == END) ends++
    else if (kind == COMMA) commas++
    else if (kind == BAR) bars++
  }
  S.pendingSpace = pending
  add(C_BARS, bars)
  if (out == from) return i
  if (wordBytes > 0) {
    words++
    stops += isStop(word, wordBytes)
  }
  add(C_WORDS, words)
  add(C_STOPS, stops)
  add(C_UPPERS, uppers)
  add(C_DIGITS, digits)
  add(C_ENDS, ends)
  add(C_COMMAS, commas)
  add(C_WIDE, wide)
  if (S.inLink) add(C_LINK_BYTES, <i32>(out - from))
  S.out = out
  return i
}

/** A line break inside a block. */
export function breakLine(): void {
  if (S.out == S.start) return
  store<u8>(S.out++, NEWLINE)
  add(C_BREAKS, 1)
  S.pendingSpace = false
}

/** Bytes of the no-break space, the soft hyphen, the ideographic space, the spaces U+2000 to U+200B or the mark U+FEFF at `i`; 0 if none. */
function blankLength(i: usize, byte: u32): usize {
  const second: u32 = load<u8>(i, 1)
  if (byte == 0xc2) return second == 0xa0 || second == 0xad ? 2 : 0
  if (byte == 0xe3) return second == 0x80 && <u32>load<u8>(i, 2) == 0x80 ? 3 : 0
  if (byte == 0xe2) return second == 0x80 && <u32>load<u8>(i, 2) <= 0x8b ? 3 : 0
  if (byte == 0xef) return second == 0xbb && <u32>load<u8>(i, 2) == 0xbf ? 3 : 0
  return 0
}
