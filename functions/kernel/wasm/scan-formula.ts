/** Formulas as TeX (see functions/extract/read-formula.ts): where they are, and into the open block. AssemblyScript. */
import {
  A_ALTTEXT,
  A_CLASS,
  A_DISPLAY,
  A_ENCODING,
  A_TYPE,
  C_WORDS,
  N_BLOCK,
  N_DISPLAY_MODE,
  N_DISPLAY_STYLE,
  N_DRAWN,
  N_MATH_TEX,
  N_TEX,
  NEEDLE_BYTES,
  NUM_NEEDLES,
} from './scan-numbers'
import { readReference, Reference, writeCharacter } from './scan-references'
import { add, endOf, findByte, has, isAt, S, startOf } from './scan-state'
import { readTag } from './scan-tag'

const LESS: u8 = 0x3c
const SPACE: u8 = 0x20
const DOLLAR: u8 = 0x24
const AMPERSAND: u32 = 0x26

/** The formula found last. */
class Found {
  static start: usize = 0
  static end: usize = 0
  static isDisplay: bool = false
  /** Character references stand for characters: in markup, not in a script. */
  static isMarkup: bool = false
}

/** Finds the TeX of the `math` element in hand, whose content lies between `from` and `to`. */
export function mathFormula(from: usize, to: usize): bool {
  Found.isDisplay = has(A_DISPLAY) && isAt(startOf(A_DISPLAY), N_BLOCK)
  Found.isMarkup = true
  const hasAlternative = has(A_ALTTEXT)
  const alternative = startOf(A_ALTTEXT)
  const alternativeEnd = endOf(A_ALTTEXT)
  for (let at = findByte(from, to, LESS); at < to; at = findByte(at + 1, to, LESS)) {
    // Most tags inside are of glyphs: their first letter turns them away.
    if ((<u32>load<u8>(at, 1) | 32) != 0x61) continue
    const start = readTag(at + 1)
    if (S.tagHash != S.annotation || !has(A_ENCODING) || !isAt(startOf(A_ENCODING), N_TEX)) continue
    Found.start = start
    Found.end = start < to ? findByte(start, to, LESS) : to
    return true
  }
  Found.start = alternative
  Found.end = alternativeEnd
  return hasAlternative
}

/** Finds the TeX of the `script` in hand; false if it is one of another kind. */
export function scriptFormula(from: usize, to: usize): bool {
  if (!has(A_TYPE) || !isAt(startOf(A_TYPE), N_MATH_TEX)) return false
  Found.isDisplay = false
  const modeBytes = <usize>load<u8>(S.needles + N_DISPLAY_MODE * NEEDLE_BYTES)
  const mathBytes = <usize>load<u8>(S.needles + N_MATH_TEX * NEEDLE_BYTES)
  for (let i = startOf(A_TYPE) + mathBytes; i + modeBytes <= endOf(A_TYPE); i++)
    if (isAt(i, N_DISPLAY_MODE)) Found.isDisplay = true
  Found.start = from
  Found.end = to
  Found.isMarkup = false
  return true
}

/** Writes the formula found last into the open block. Shorter than the markup that it came from, so there is room. */
export function writeFormula(): void {
  let from = trimStart(Found.start, Found.end)
  let to = trimEnd(from, Found.end)
  if (isAt(from, N_DISPLAY_STYLE) && <u32>load<u8>(to - 1) == 0x7d) {
    from = trimStart(from + <usize>load<u8>(S.needles + N_DISPLAY_STYLE * NEEDLE_BYTES), to - 1)
    to = trimEnd(from, to - 1)
  }
  if (from >= to) return
  let out = S.out
  if (S.pendingSpace && out > S.start) store<u8>(out++, SPACE)
  S.pendingSpace = false
  store<u8>(out++, DOLLAR)
  if (Found.isDisplay) store<u8>(out++, DOLLAR)
  for (let i = from; i < to; i++) {
    const byte: u32 = load<u8>(i)
    if (byte == AMPERSAND && Found.isMarkup && readReference(i)) {
      out = writeCharacter(Reference.character, out)
      i += Reference.length - 1
    } else if (byte > 32) store<u8>(out++, <u8>byte)
    else if (load<u8>(out - 1) != SPACE) store<u8>(out++, SPACE)
  }
  store<u8>(out++, DOLLAR)
  if (Found.isDisplay) store<u8>(out++, DOLLAR)
  S.out = out
  add(C_WORDS, 1)
}

/** Whether the `span` in hand holds what a script drew. */
export function isDrawnFormula(): bool {
  if (S.tagIsEnd || !has(A_CLASS)) return false
  const start = startOf(A_CLASS)
  const first: u32 = load<u8>(start)
  if (first != 0x6b && first != 0x4d) return false
  for (let needle = N_DRAWN; needle < NUM_NEEDLES; needle++) {
    if (!isAt(start, needle)) continue
    const after = start + <usize>load<u8>(S.needles + <usize>(needle * NEEDLE_BYTES))
    if (after >= endOf(A_CLASS) || <u32>load<u8>(after) <= 32) return true
  }
  return false
}

/** Where the span whose content begins at `from` is over; 0 if it is not closed. */
export function endOfSpan(from: usize): usize {
  let depth = 1
  const end = S.end
  for (let at = findByte(from, end, LESS); at < end; at = findByte(at + 1, end, LESS)) {
    const letter: u32 = <u32>load<u8>(at, 1) == 0x2f ? load<u8>(at, 2) : load<u8>(at, 1)
    if ((letter | 32) != 0x73) continue
    const next = readTag(at + 1)
    if (S.tagHash != S.span) continue
    depth += S.tagIsEnd ? -1 : 1
    if (depth == 0) return next
  }
  return 0
}

function trimStart(from: usize, to: usize): usize {
  while (from < to && <u32>load<u8>(from) <= 32) from++
  return from
}

function trimEnd(from: usize, to: usize): usize {
  while (to > from && <u32>load<u8>(to - 1) <= 32) to--
  return to
}
