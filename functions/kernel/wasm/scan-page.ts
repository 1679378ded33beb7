/**
 * The one pass over a page: markup → block-level elements, text blocks, and notes of the tags that metadata is read from, as
 * columns in the kernel's memory (functions/extract/scan.ts lays it out; scan-numbers.ts says where what is). AssemblyScript.
 *
 * Departs from the WHATWG parser where text extraction gains: `noscript` is read (forums serve their posts to crawlers there),
 * a missing end tag of a skipped element skips nothing. Cost: linear, whatever the markup. What sixteen bytes at once can be asked
 * for (the end of a value, of a script, of white space) is; behind the page there must be 64 zeros.
 */
import {
  A_CONTENT,
  A_DATETIME,
  A_HREF,
  A_LANG,
  A_REL,
  A_TYPE,
  A_XML_LANG,
  C_IMAGES,
  C_LINKS,
  FULL_NOTES,
  L_NUM_BLOCKS,
  L_NUM_ELEMENTS,
  L_NUM_NOTES,
  L_NUM_WORDS,
  L_TEXT_LENGTH,
  MAX_META_BYTES,
  NOTE_HEAD,
  NUM_ATTRIBUTES,
  TAG_A,
  TAG_BODY,
  TAG_BR,
  TAG_CUSTOM,
  TAG_HR,
  TAG_HTML,
  TAG_IMG,
  TAG_LINK,
  TAG_MATH,
  TAG_META,
  TAG_PRE,
  TAG_SCRIPT,
  TAG_SPAN,
  TAG_TIME,
  TAG_TITLE,
} from './scan-numbers'
import { close, current, flush, open, openElement, topmost } from './scan-elements'
import { endOfSpan, isDrawnFormula, mathFormula, scriptFormula, writeFormula } from './scan-formula'
import { add, endOf, findByte, has, isTagStart, lookUp, prepare, S, startOf } from './scan-state'
import { EMPTY_HASH, hashByte, readTag } from './scan-tag'
import { breakLine, readText } from './scan-text'

/** Kinds of tags, as tags.ts numbers them; 0 are inline. */
const BLOCK = 1
const VOID = 2
const RAW = 3
const SKIP = 4

const LESS: u32 = 0x3c
const CLOSE: u32 = 0x3e
const SLASH: u32 = 0x2f
const BANG: u32 = 0x21
const QUESTION: u32 = 0x3f
const DASH: u32 = 0x2d
/** `lice` and `crea`, little-endian. */
const LICE: u32 = 0x6563696c
const CREA: u32 = 0x61657263

/** Answers 0, or what there was no room for: then nothing of the answer counts. */
export function scanPage(htmlBytes: i32): i32 {
  prepare(htmlBytes)
  open(TAG_BODY, 0, 0)
  store<i32>(S.signatures, 0)
  const end = S.end
  let breaks = 0
  // A span that is not closed is looked for once: what follows it on such a page is read as it stands.
  let spansClose = true
  let i = S.html
  while (i < end && S.full == 0) {
    const next: u32 = load<u8>(i, 1)
    if (<u32>load<u8>(i) != LESS || !isTagStart(next)) {
      if (S.out == S.start) {
        S.blockElement = current()
        S.blockSource = <i32>(i - S.html)
      }
      const before = S.out
      i = readText(i)
      if (S.out > before) breaks = 0
      continue
    }
    if (next == BANG || next == QUESTION) {
      i = skipDeclaration(i)
      continue
    }
    i = readTag(i + 1)
    let id = lookUp(S.tags, S.tagsMask, S.tagHash)
    if (id < 0) {
      if (!S.tagIsCustom) continue
      id = TAG_CUSTOM
    }
    const kind: i32 = load<u8>(S.kinds + <usize>id)
    if (kind == BLOCK) {
      flush()
      S.pendingSpace = false
      breaks = 0
      if (S.tagIsEnd) {
        close(id)
        if (id == TAG_PRE) S.keepSpace = topmost(TAG_PRE) > 0
      } else {
        openElement(id)
        if (id == TAG_PRE) S.keepSpace = true
        if (id == TAG_HTML && (has(A_LANG) || has(A_XML_LANG))) note(id, i, i)
      }
    } else if (id == TAG_A) {
      S.inLink = !S.tagIsEnd && has(A_HREF)
      if (S.inLink) {
        add(C_LINKS, 1)
        if (mayLicense()) note(id, i, i)
      }
    } else if (kind == VOID) {
      if (id == TAG_BR) {
        // Two in a row are how old pages write paragraphs.
        if (++breaks == 2) flush()
        else breakLine()
      } else if (id == TAG_IMG) add(C_IMAGES, 1)
      else if (id == TAG_META) {
        if (has(A_CONTENT) && endOf(A_CONTENT) - startOf(A_CONTENT) <= <usize>MAX_META_BYTES) note(id, i, i)
      } else if (id == TAG_LINK) {
        if (has(A_REL) && has(A_HREF)) note(id, i, i)
      } else if (id == TAG_HR) flush()
    } else if (kind == RAW || kind == SKIP) {
      if (S.tagIsEnd) continue
      const closing = findEnd(id, S.tagHash, i)
      if (closing == 0) {
        // A script without end runs to the end of the page in browsers too; other elements are taken as if not there.
        if (kind == RAW) i = end
        continue
      }
      if (id == TAG_TITLE || (id == TAG_SCRIPT && has(A_TYPE))) note(id, i, closing)
      if (id == TAG_MATH ? mathFormula(i, closing) : id == TAG_SCRIPT && scriptFormula(i, closing)) {
        if (S.out == S.start) S.blockElement = current()
        writeFormula()
        breaks = 0
      }
      i = closing
    } else if (id == TAG_SPAN) {
      if (!spansClose || !isDrawnFormula()) continue
      const spanEnd = endOfSpan(i)
      spansClose = spanEnd != 0
      if (spansClose) i = spanEnd
    } else if (id == TAG_TIME && !S.tagIsEnd && has(A_DATETIME)) note(id, i, i)
  }
  flush()
  store<i32>(L_NUM_BLOCKS << 2, S.numBlocks)
  store<i32>(L_TEXT_LENGTH << 2, <i32>(S.out - S.text))
  store<i32>(L_NUM_ELEMENTS << 2, S.numElements)
  store<i32>(L_NUM_WORDS << 2, S.numWords)
  store<i32>(L_NUM_NOTES << 2, S.numNotes)
  return S.full
}

/** Comments end at `-->` (unclosed ones at the end, as in browsers), everything else of the kind at `>`. */
function skipDeclaration(at: usize): usize {
  const end = S.end
  if (<u32>load<u8>(at, 1) == BANG && <u32>load<u8>(at, 2) == DASH && <u32>load<u8>(at, 3) == DASH) {
    for (let i = findByte(at + 4, end, <u8>CLOSE); i < end; i = findByte(i + 1, end, <u8>CLOSE))
      if (<u32>load<u8>(i - 1) == DASH && <u32>load<u8>(i - 2) == DASH) return i + 1
    return end
  }
  const i = findByte(at + 2, end, <u8>CLOSE)
  return i < end ? i + 1 : end
}

/**
 * Where the end tag of a skipped element is, 0 if there is none. A search that failed once from here on fails for ever: the answer
 * is kept, or a page of unclosed tags would cost the square of its length.
 */
function findEnd(id: i32, hash: i32, from: usize): usize {
  if (load<u8>(S.missing + <usize>id) != 0) return 0
  const end = S.end
  for (let at = findByte(from, end, <u8>LESS); at < end; at = findByte(at + 1, end, <u8>LESS)) {
    if (<u32>load<u8>(at, 1) != SLASH) continue
    let name = EMPTY_HASH
    for (let i = at + 2; i < end; i++) {
      const byte: u32 = load<u8>(i)
      if (byte <= 32 || byte == CLOSE || byte == SLASH) break
      name = hashByte(name, byte)
      if (i - at > 12) break
    }
    if (name == hash) return at
  }
  store<u8>(S.missing + <usize>id, 1)
  return 0
}

/** Links are many: only those whose first look says that they may lead to a licence are noted. */
function mayLicense(): bool {
  if (has(A_REL)) for (let i = startOf(A_REL); i + 5 <= endOf(A_REL); i++) if (load<u32>(i) == LICE) return true
  const href = startOf(A_HREF)
  // http://, https://, //, with or without www.
  return (
    load<u32>(href, 7) == CREA ||
    load<u32>(href, 8) == CREA ||
    load<u32>(href, 2) == CREA ||
    load<u32>(href, 11) == CREA ||
    load<u32>(href, 12) == CREA
  )
}

/** Notes the tag in hand: numbers, see scan-numbers.ts. */
function note(id: i32, from: usize, to: usize): void {
  const present = id == TAG_TITLE ? 0 : S.has
  const length = NOTE_HEAD + 2 * popcnt(present)
  if (S.numNotes + length > S.maxNotes) {
    S.full |= FULL_NOTES
    return
  }
  let at = S.notes + ((<usize>S.numNotes) << 2)
  store<i32>(at, id)
  store<i32>(at, <i32>(from - S.html), 4)
  store<i32>(at, <i32>(to - S.html), 8)
  store<i32>(at, present, 12)
  at += NOTE_HEAD * 4
  for (let attribute = 0; attribute < NUM_ATTRIBUTES; attribute++) {
    if ((present & (1 << attribute)) == 0) continue
    store<i32>(at, <i32>(startOf(attribute) - S.html))
    store<i32>(at, <i32>(endOf(attribute) - S.html), 4)
    at += 8
  }
  S.numNotes += length
}
