/**
 * UTF-8 with single bytes of windows-1252 in it: a template in UTF-8 into which text was pasted. A byte that begins no
 * sequence is taken for windows-1252 where nothing else can be meant: not where it may be left of a sequence that was cut
 * (a lead byte before continuation bytes, a continuation byte beside another, a capital after a small letter: `Ã` is what
 * is left of an `à` whose second byte was taken for a blank), nor beside scripts that windows-1252 does not write.
 * Cost: one look at each byte, for pages only that are UTF-8 and not valid.
 */
import { sequenceLength } from '../kernel/utf8.ts'

const encoder = new TextEncoder()
const windows1252 = new TextDecoder('windows-1252')
/** What each byte from 0x80 on means, in UTF-8; null where windows-1252 has nothing there. */
const MEANING: readonly (Uint8Array | null)[] = Array.from({ length: 128 }, (_, i) => {
  const text = windows1252.decode(Uint8Array.of(i + 128))
  return /[\u0080-\u009f\ufffd]/.test(text) ? null : encoder.encode(text)
})
/** Šš Œœ Žž Ÿ stand among the signs. */
const LETTERS_BELOW = new Set([0x8a, 0x8c, 0x8e, 0x9a, 0x9c, 0x9e, 0x9f])
const CAPITALS_BELOW = new Set([0x8a, 0x8c, 0x8e, 0x9f])
/** Lead bytes of what stands at the end of a word and may be cut there: quotes and dashes, emoji. */
const LEADS_AT_WORD_END = new Set([0xe2, 0xf0])

const isLetter = (byte: number): boolean => (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
const isSmall = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a
const isContinuation = (byte: number): boolean => byte >= 0x80 && byte < 0xc0
/** Begins ASCII, a Latin letter or sign, or a mark such as a dash. */
const isNear = (lead: number): boolean => lead < 0xcb || lead === 0xe2

export interface Mended {
  readonly bytes: Uint8Array
  /** Single bytes that were taken for windows-1252. */
  readonly mended: number
  /** Sequences of more than one byte. */
  readonly sequences: number
}

export function mendUtf8(bytes: Uint8Array): Mended {
  const parts: Uint8Array[] = []
  let [from, mended, sequences] = [0, 0, 0]
  /** Where the sequence before begins; -1 where it is none. */
  let before = -1
  for (let at = 0; at < bytes.length;) {
    if ((bytes[at] ?? 0) < 0x80) {
      before = at++
      continue
    }
    const length = sequenceLength(bytes, at)
    if (length > 0) {
      sequences++
      before = at
      at += length
      continue
    }
    const meaning = at > 0 && before < 0 ? null : meaningAt(bytes, at, before < 0 ? 0x20 : (bytes[before] ?? 0))
    if (meaning !== null) {
      parts.push(bytes.subarray(from, at), meaning)
      from = at + 1
      mended++
    }
    before = -1
    at++
  }
  if (mended === 0) return { bytes, mended, sequences }
  return { bytes: new Uint8Array(Buffer.concat([...parts, bytes.subarray(from)])), mended, sequences }
}

/** The character that a byte stands for between what is before and after it; null where that is not certain. */
function meaningAt(bytes: Uint8Array, at: number, before: number): Uint8Array | null {
  const byte = bytes[at] ?? 0
  const after = bytes[at + 1] ?? 0x20
  const isAlone = after < 0x80 || (sequenceLength(bytes, at + 1) > 1 && isNear(after))
  if (!isAlone || !isNear(before)) return null
  const meaning = MEANING[byte - 128] ?? null
  if (isContinuation(byte) && !LETTERS_BELOW.has(byte)) return meaning
  const isCapital = (byte >= 0xc0 && byte < 0xdf) || CAPITALS_BELOW.has(byte)
  if (isCapital && isSmall(before)) return null
  if (isLetter(after)) return meaning
  return isLetter(before) && !LEADS_AT_WORD_END.has(byte) ? meaning : null
}
