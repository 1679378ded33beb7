/**
 * Block-level elements as columns and the stack of those that are open; blocks as columns. AssemblyScript.
 *
 * End tags are matched in constant time: each tag's topmost place on the stack is kept, so tag soup of any depth costs time
 * linear in its size. Follows the WHATWG rules for implied end tags where they decide what text belongs together.
 */
import {
  A_ARIA_HIDDEN,
  A_CLASS,
  A_HIDDEN,
  A_ID,
  A_ITEMPROP,
  A_ROLE,
  A_STYLE,
  CLOSES_P,
  FULL_BLOCKS,
  FULL_ELEMENTS,
  FULL_WORDS,
  IS_BARRIER,
  IS_HEADING,
  N_DISPLAY,
  N_NONE,
  NUM_COUNTS,
  TAG_BODY,
  TAG_DD,
  TAG_DL,
  TAG_DT,
  TAG_HTML,
  TAG_LI,
  TAG_OL,
  TAG_OPTION,
  TAG_P,
  TAG_TABLE,
  TAG_TD,
  TAG_TH,
  TAG_TR,
  TAG_UL,
} from './scan-numbers'
import { endOf, has, isAtFolded, S, startOf } from './scan-state'
import { EMPTY_HASH, hashByte } from './scan-tag'

const HIDDEN: u8 = 1
const HAS_WORDS: u8 = 2
const MAX_WORDS = 24
const SMALL_T: u32 = 0x74

export function topmost(tag: i32): i32 {
  return load<i32>(S.topmost + ((<usize>tag) << 2))
}

function rules(tag: i32): i32 {
  return load<u8>(S.rules + <usize>tag)
}

export function current(): i32 {
  return load<i32>(S.stack + ((<usize>(S.depth - 1)) << 2))
}

/** Ends the open block; without text it was none, and its images are the next one's. */
export function flush(): void {
  if (S.out == S.start) return
  const block = S.numBlocks
  if (block == S.maxBlocks) {
    S.full |= FULL_BLOCKS
    return
  }
  const at = (<usize>block) << 2
  store<u32>(S.blockStarts + at, <u32>(S.start - S.text))
  store<u32>(S.blockEnds + at, <u32>(S.out - S.text))
  store<i32>(S.blockElements + at, S.blockElement)
  store<i32>(S.blockSources + at, S.blockSource)
  const counts = S.blockCounts + at * NUM_COUNTS
  for (let i: usize = 0; i < <usize>(NUM_COUNTS * 4); i += 16) {
    v128.store(counts + i, v128.load(S.counts + i))
    v128.store(S.counts + i, i32x4.splat(0))
  }
  S.numBlocks = block + 1
  S.start = S.out
}

/** Opens an element of the tag in hand. */
export function openElement(tag: i32): void {
  let flags: u8 = 0
  let first: i32 = 0
  const wordsBefore = S.numWords
  if (S.has != 0) {
    const hides = (S.has & ((1 << A_STYLE) | (1 << A_HIDDEN) | (1 << A_ARIA_HIDDEN))) != 0
    if (hides && isHidden()) flags |= HIDDEN
    if (has(A_CLASS)) pushWords(A_CLASS)
    if (has(A_ID)) pushWords(A_ID)
    if (has(A_ROLE)) pushWords(A_ROLE)
    if (has(A_ITEMPROP)) pushWords(A_ITEMPROP)
    if (S.numWords > wordsBefore) {
      flags |= HAS_WORDS
      first = load<i32>(S.words + ((<usize>wordsBefore) << 2))
    }
  }
  open(tag, flags, first)
}

/** Opens an element after closing what its start tag implies is over. The words pushed before belong to it. */
export function open(tag: i32, flags: u8, first: i32): void {
  closeImplied(tag)
  const element = S.numElements
  if (element == S.maxElements) {
    S.full |= FULL_ELEMENTS
    return
  }
  const depth = S.depth
  const at = (<usize>element) << 2
  const place = (<usize>depth) << 2
  store<u8>(S.elementTags + <usize>element, <u8>tag)
  store<u8>(S.flags + <usize>element, flags)
  store<i32>(S.parents + at, depth == 0 ? -1 : current())
  store<i32>(S.signatures + at, first * 31 + tag)
  store<i32>(S.wordStarts + at, S.numWords, 4)
  store<i32>(S.stack + place, element)
  store<i32>(S.below + place, topmost(tag))
  store<i32>(S.barrierBelow + place, S.barrier)
  store<i32>(S.topmost + ((<usize>tag) << 2), depth + 1)
  if ((rules(tag) & IS_BARRIER) != 0) S.barrier = depth + 1
  S.depth = depth + 1
  S.numElements = element + 1
}

/** Closes the innermost open element of this tag and all inside it; a stray end tag does nothing. */
export function close(tag: i32): void {
  const place = topmost(tag)
  if (place == 0 || (place < S.barrier && (rules(tag) & IS_BARRIER) == 0 && tag != TAG_TR)) return
  // The body is the bottom of the stack: text after its end tag still belongs to the page.
  if (tag != TAG_BODY && tag != TAG_HTML) popTo(place)
}

function closeImplied(tag: i32): void {
  if (S.depth == 0) return
  const rule = rules(tag)
  if ((rule & CLOSES_P) != 0) {
    const p = topmost(TAG_P)
    if (p > S.barrier) popTo(p)
  }
  if ((rule & IS_HEADING) != 0) {
    const above = <i32>load<u8>(S.elementTags + <usize>current())
    if ((rules(above) & IS_HEADING) != 0) popTo(S.depth)
  }
  if (tag == TAG_LI) closeWithin(TAG_LI, max(topmost(TAG_UL), topmost(TAG_OL)))
  else if (tag == TAG_DT || tag == TAG_DD) {
    closeWithin(TAG_DT, topmost(TAG_DL))
    closeWithin(TAG_DD, topmost(TAG_DL))
  } else if (tag == TAG_TD || tag == TAG_TH) {
    closeWithin(TAG_TD, topmost(TAG_TR))
    closeWithin(TAG_TH, topmost(TAG_TR))
  } else if (tag == TAG_TR) closeWithin(TAG_TR, topmost(TAG_TABLE))
  else if (tag == TAG_OPTION) closeWithin(TAG_OPTION, 0)
}

/** Closes an open `tag` that lies above the place of its container. */
function closeWithin(tag: i32, container: i32): void {
  const place = topmost(tag)
  if (place > container && (place > S.barrier || (rules(tag) & IS_BARRIER) != 0 || tag == TAG_TR)) popTo(place)
}

function popTo(place: i32): void {
  while (S.depth >= place) {
    const at = (<usize>--S.depth) << 2
    const tag = <usize>load<u8>(S.elementTags + <usize>load<i32>(S.stack + at))
    store<i32>(S.topmost + (tag << 2), load<i32>(S.below + at))
    S.barrier = load<i32>(S.barrierBelow + at)
  }
}

function isHidden(): bool {
  if (has(A_HIDDEN)) return true
  if (has(A_ARIA_HIDDEN) && (<u32>load<u8>(startOf(A_ARIA_HIDDEN)) | 32) == SMALL_T) return true
  return has(A_STYLE) && isDisplayNone()
}

/** `display: none` in the style attribute. */
function isDisplayNone(): bool {
  const end = endOf(A_STYLE)
  for (let i = startOf(A_STYLE); i + 11 < end; i++) {
    if ((load<u8>(i) | 32) != 0x64 || !isAtFolded(i, N_DISPLAY)) continue
    let j = i + 7
    while (j < end && (<u32>load<u8>(j) <= 32 || <u32>load<u8>(j) == 58)) j++
    return isAtFolded(j, N_NONE)
  }
  return false
}

/** The words of a value: runs of letters, cut where a capital follows a small letter. */
function pushWords(attribute: i32): void {
  const end = endOf(attribute)
  const limit = S.numWords + MAX_WORDS
  const letters = S.letters
  let i = startOf(attribute)
  while (i < end) {
    let byte: u32 = load<u8>(i++)
    let kind = load<u8>(letters + <usize>byte)
    if (kind == 0) continue
    let hash = hashByte(EMPTY_HASH, byte)
    const second = i
    while (i < end) {
      byte = load<u8>(i)
      const next = load<u8>(letters + <usize>byte)
      if (next == 0 || next > kind) break
      hash = hashByte(hash, byte)
      kind = next
      i++
    }
    if (i == second) continue
    if (S.numWords == S.maxWords) {
      S.full |= FULL_WORDS
      return
    }
    store<i32>(S.words + ((<usize>S.numWords) << 2), hash)
    if (++S.numWords == limit) return
  }
}
