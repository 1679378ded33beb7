/**
 * One tag: its name as a number, and of its attributes what extraction uses. Names are hashed, values are ranges of the
 * markup: no string is made. Quotes are honoured, so `>` inside a value ends nothing; cost is one look at each byte.
 */
import { EMPTY_HASH, hashByte, HashMap, hashName } from '../../../functions/extract/name-hash.ts'
import { A, ATTRIBUTES } from '../../../functions/extract/tag.ts'

const BY_HASH = new HashMap(ATTRIBUTES.map((name, i) => [hashName(name), i]))

/** The tag that was read last: one object, filled again for each tag. */
export class Tag {
  hash = 0
  isEnd = false
  /** A name with a hyphen: an element of the page's own making. */
  isCustom = false
  /** Which attributes it has, a bit each. */
  has = 0
  readonly starts = new Int32Array(ATTRIBUTES.length)
  readonly ends = new Int32Array(ATTRIBUTES.length)
}

/** MathJax's own elements stand in a line, unlike those that pages are laid out with. */
const DRAWN = hashName('mjx')
const QUOTE = 34
const APOSTROPHE = 39
const SLASH = 47
const EQUALS = 61
const CLOSE = 62

/** Reads the tag whose name begins at `at` and answers where the markup goes on. */
export function readTag(html: Uint8Array, at: number, tag: Tag): number {
  const end = html.length
  let i = at
  let byte = html[i] as number
  tag.has = 0
  tag.isCustom = false
  tag.isEnd = byte === SLASH
  if (tag.isEnd) byte = html[++i] as number
  let hash = EMPTY_HASH
  while (i < end && byte > 32 && byte !== CLOSE && byte !== SLASH) {
    if (byte === 45 && hash !== DRAWN) tag.isCustom = true
    hash = hashByte(hash, byte)
    byte = html[++i] as number
  }
  tag.hash = hash
  while (i < end) {
    byte = html[i] as number
    if (byte === CLOSE) return i + 1
    if (byte <= 32 || byte === SLASH) i++
    else i = readAttribute(html, i, tag)
  }
  return end
}

function readAttribute(html: Uint8Array, at: number, tag: Tag): number {
  const end = html.length
  let i = at
  let byte = html[i] as number
  let hash = EMPTY_HASH
  do {
    hash = hashByte(hash, byte)
    byte = html[++i] as number
  } while (i < end && byte > 32 && byte !== EQUALS && byte !== CLOSE && byte !== SLASH)
  const attribute = BY_HASH.get(hash)
  let j = i
  while (j < end && (html[j] as number) <= 32) j++
  if (html[j] !== EQUALS) {
    if (attribute >= 0) note(tag, attribute, i, i)
    return i
  }
  j++
  while (j < end && (html[j] as number) <= 32) j++
  const quote = html[j] as number
  let from = j
  let to: number
  if (quote === QUOTE || quote === APOSTROPHE) {
    from = j + 1
    to = from
    while (to < end && html[to] !== quote) to++
    i = to + 1
  } else {
    to = from
    while (to < end && (html[to] as number) > 32 && html[to] !== CLOSE) to++
    i = to
  }
  if (attribute >= 0) note(tag, attribute, from, to)
  return Math.min(i, end)
}

/** The first of two equal attributes counts, as in browsers. */
function note(tag: Tag, attribute: number, from: number, to: number): void {
  const bit = 1 << attribute
  if ((tag.has & bit) !== 0) return
  tag.has |= bit
  tag.starts[attribute] = from
  tag.ends[attribute] = to
}

const DISPLAY = new TextEncoder().encode('display')
const NONE = new TextEncoder().encode('none')

/** `display: none` in the style attribute. */
export function isDisplayNone(html: Uint8Array, tag: Tag): boolean {
  const end = tag.ends[A.style] as number
  for (let i = tag.starts[A.style] as number; i < end - 11; i++) {
    if (!matches(html, i, DISPLAY)) continue
    let j = i + DISPLAY.length
    while (j < end && ((html[j] as number) <= 32 || html[j] === 58)) j++
    return matches(html, j, NONE)
  }
  return false
}

function matches(html: Uint8Array, at: number, lower: Uint8Array): boolean {
  for (let i = 0; i < lower.length; i++) if (((html[at + i] ?? 0) | 32) !== lower[i]) return false
  return true
}
