/** Character references (see functions/extract/entities.ts, whose names the kernel is given). AssemblyScript. */
import { NO_CHARACTER } from './scan-numbers'
import { isLetter, S } from './scan-state'

const MAX_NAME = 10
const SEMICOLON: u32 = 0x3b

/** The reference read last: its character, and how many bytes of markup it takes. */
export class Reference {
  static character: u32 = 0
  static length: usize = 0
}

/** Reads the reference at the ampersand at `at`; false if it is none. */
export function readReference(at: usize): bool {
  if (load<u8>(at, 1) == 0x23) return numeric(at)
  let end = at + 1
  let key: u64 = 0
  for (let shift = 0; shift < MAX_NAME; shift++) {
    const code = codeOf(load<u8>(end))
    if (code == 0) break
    key = (key << 6) | <u64>code
    end++
  }
  if (key == 0) return false
  const isClosed = <u32>load<u8>(end) == SEMICOLON
  let slot = <u32>((key * 0x9e3779b97f4a7c15) >> 40) & S.referencesMask
  for (;;) {
    const entry = S.references + ((<usize>slot) << 4)
    const found = load<u64>(entry)
    if (found == 0) return false
    if (found == key) {
      // Without a semicolon only what HTML 2 knew counts, else the parameters of a URL would.
      if (!isClosed && load<u32>(entry, 12) == 0) return false
      Reference.character = load<u32>(entry, 8)
      break
    }
    slot = (slot + 1) & S.referencesMask
  }
  Reference.length = end - at + (isClosed ? 1 : 0)
  return true
}

/** 1 to 62 for digits and letters, 0 for what is neither. */
function codeOf(byte: u32): u32 {
  if (byte - 48 < 10) return byte - 47
  if (byte - 65 < 26) return byte - 54
  return byte - 97 < 26 ? byte - 60 : 0
}

function numeric(at: usize): bool {
  const isHex = (<u32>load<u8>(at, 2) | 32) == 0x78
  const from = at + (isHex ? 3 : 2)
  let end = from
  let code: u32 = 0
  for (; end < from + 8; end++) {
    const digit = digitOf(load<u8>(end))
    if (digit > (isHex ? <u32>15 : <u32>9)) break
    code = code * (isHex ? 16 : 10) + digit
  }
  if (end == from) return false
  Reference.length = end - at + (<u32>load<u8>(end) == SEMICOLON ? 1 : 0)
  if (code - 0x80 < 32) code = load<u32>(S.c1 + ((<usize>(code - 0x80)) << 2))
  else if (code == 0 || code > 0x10ffff || code - 0xd800 < 0x800) code = 0xfffd
  Reference.character = code
  return true
}

/** 16 for what is no digit. */
function digitOf(byte: u32): u32 {
  if (byte - 48 < 10) return byte - 48
  const letter = (byte | 32) - 87
  return isLetter(byte) && letter < 16 ? letter : 16
}

/** White space, spaces of other widths and what has none. */
export function isBlank(character: u32): bool {
  return character <= 32 || character == 0xa0 || character == 0x3000 || character - 0x2000 <= 0xb
}

/** Writes a character in UTF-8 and answers where the next one goes. */
export function writeCharacter(character: u32, out: usize): usize {
  if (character == NO_CHARACTER) return out
  if (character < 0x80) {
    store<u8>(out, <u8>character)
    return out + 1
  }
  if (character < 0x800) {
    store<u8>(out, <u8>(0xc0 | (character >> 6)))
    store<u8>(out, <u8>(0x80 | (character & 63)), 1)
    return out + 2
  }
  if (character < 0x10000) {
    store<u8>(out, <u8>(0xe0 | (character >> 12)))
    store<u8>(out, <u8>(0x80 | ((character >> 6) & 63)), 1)
    store<u8>(out, <u8>(0x80 | (character & 63)), 2)
    return out + 3
  }
  store<u8>(out, <u8>(0xf0 | (character >> 18)))
  store<u8>(out, <u8>(0x80 | ((character >> 12) & 63)), 1)
  store<u8>(out, <u8>(0x80 | ((character >> 6) & 63)), 2)
  store<u8>(out, <u8>(0x80 | (character & 63)), 3)
  return out + 4
}
