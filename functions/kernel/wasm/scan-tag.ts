/** One tag: its name's hash and where the values of its known attributes are. Quotes are honoured. AssemblyScript. */
import { findByte, lookUp, S } from './scan-state'

/** As name-hash.ts hashes. */
export const EMPTY_HASH: i32 = 17
/** Hash of `mjx`: MathJax's own elements stand in a line, unlike those that pages are laid out with. */
const DRAWN: i32 = ((17 * 31 + 109) * 31 + 106) * 31 + 120
const QUOTE: u32 = 34
const APOSTROPHE: u32 = 39
const SLASH: u32 = 47
const EQUALS: u32 = 61
const CLOSE: u32 = 62

export function hashByte(hash: i32, byte: u32): i32 {
  return hash * 31 + <i32>(byte | 32)
}

/** Reads the tag whose name begins at `at` and answers where the markup goes on. */
export function readTag(at: usize): usize {
  const end = S.end
  let i = at
  let byte: u32 = load<u8>(i)
  S.has = 0
  let isCustom = false
  S.tagIsEnd = byte == SLASH
  if (byte == SLASH) byte = load<u8>(++i)
  let hash = EMPTY_HASH
  while (i < end && byte > 32 && byte != CLOSE && byte != SLASH) {
    if (byte == 45 && hash != DRAWN) isCustom = true
    hash = hashByte(hash, byte)
    byte = load<u8>(++i)
  }
  S.tagHash = hash
  S.tagIsCustom = isCustom
  while (i < end) {
    byte = load<u8>(i)
    if (byte == CLOSE) return i + 1
    if (byte <= 32 || byte == SLASH) i++
    else i = readAttribute(i)
  }
  return end
}

function readAttribute(at: usize): usize {
  const end = S.end
  let i = at
  let byte: u32 = load<u8>(i)
  let hash = EMPTY_HASH
  do {
    hash = hashByte(hash, byte)
    byte = load<u8>(++i)
  } while (i < end && byte > 32 && byte != EQUALS && byte != CLOSE && byte != SLASH)
  const attribute = lookUp(S.attributes, S.attributesMask, hash)
  let j = i
  while (j < end && <u32>load<u8>(j) <= 32) j++
  if (j >= end || <u32>load<u8>(j) != EQUALS) {
    if (attribute >= 0) note(attribute, i, i)
    return i
  }
  j++
  while (j < end && <u32>load<u8>(j) <= 32) j++
  const quote: u32 = j < end ? load<u8>(j) : 0
  let from = j
  let to: usize
  if (quote == QUOTE || quote == APOSTROPHE) {
    from = j + 1
    to = findByte(from, end, <u8>quote)
    i = to + 1
  } else {
    to = from
    while (to < end && <u32>load<u8>(to) > 32 && <u32>load<u8>(to) != CLOSE) to++
    i = to
  }
  if (attribute >= 0) note(attribute, from, to)
  return i < end ? i : end
}

/** The first of two equal attributes counts, as in browsers. */
function note(attribute: i32, from: usize, to: usize): void {
  const bit = 1 << attribute
  if ((S.has & bit) != 0) return
  S.has |= bit
  store<u32>(S.from + ((<usize>attribute) << 2), <u32>from)
  store<u32>(S.to + ((<usize>attribute) << 2), <u32>to)
}
