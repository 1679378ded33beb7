/** What the parts of the scan's kernel share while a page is read: addresses, the open block, the tag in hand. AssemblyScript. */
import {
  L_ANNOTATION,
  L_BARRIER_BELOW,
  L_BELOW,
  L_BLOCK_ELEMENTS,
  L_C1,
  L_CLASSES,
  L_ATTRIBUTES,
  L_ATTRIBUTES_MASK,
  L_COUNTS,
  L_ENDS,
  L_FLAGS,
  L_HTML,
  L_KINDS,
  L_LETTERS,
  L_MARKS,
  L_MARKS_MASK,
  L_MAX_BLOCKS,
  L_MAX_ELEMENTS,
  L_MAX_NOTES,
  L_MAX_WORDS,
  L_NEEDLES,
  L_NOTES,
  L_PARENTS,
  L_REFERENCES,
  L_REFERENCES_MASK,
  L_RULES,
  L_SCRATCH,
  L_SIGNATURES,
  L_SOURCES,
  L_SPAN,
  L_STACK,
  L_STARTS,
  L_STOPS,
  L_STOPS_MASK,
  L_TAGS,
  L_TAGS_MASK,
  L_TAG_COLUMN,
  L_TEXT,
  L_WORDS,
  L_WORD_STARTS,
  NUM_ATTRIBUTES,
  NUM_COUNTS,
  NEEDLE_BYTES,
  SCRATCH_BYTES,
} from './scan-numbers'

/** Addresses are absolute; `html` and `end` are those of the page. */
export class S {
  static html: usize = 0
  static end: usize = 0
  static text: usize = 0
  static classes: usize = 0
  static letters: usize = 0
  static kinds: usize = 0
  static rules: usize = 0
  static tags: usize = 0
  static tagsMask: u32 = 0
  static attributes: usize = 0
  static attributesMask: u32 = 0
  static stops: usize = 0
  static stopsMask: u32 = 0
  static marks: usize = 0
  static marksMask: u32 = 0
  static references: usize = 0
  static referencesMask: u32 = 0
  static c1: usize = 0
  static needles: usize = 0
  static annotation: i32 = 0
  static span: i32 = 0

  /** What there was no room for. */
  static full: i32 = 0

  static tagHash: i32 = 0
  static tagIsEnd: bool = false
  /** A name with a hyphen: an element of the page's own making. */
  static tagIsCustom: bool = false
  /** Which attributes it has, a bit each; where they begin and end, as addresses. */
  static has: i32 = 0
  static from: usize = 0
  static to: usize = 0

  /** Inside `pre`: white space counts. */
  static keepSpace: bool = false
  /** White space was seen since the last character. */
  static pendingSpace: bool = false
  static inLink: bool = false

  static numBlocks: i32 = 0
  static maxBlocks: i32 = 0
  /** Where the next byte of text goes, and where the open block's text begins. */
  static out: usize = 0
  static start: usize = 0
  static blockElement: i32 = 0
  static blockSource: i32 = 0
  static counts: usize = 0
  static blockStarts: usize = 0
  static blockEnds: usize = 0
  static blockElements: usize = 0
  static blockSources: usize = 0
  static blockCounts: usize = 0

  static numElements: i32 = 0
  static maxElements: i32 = 0
  static elementTags: usize = 0
  static parents: usize = 0
  static flags: usize = 0
  static signatures: usize = 0
  static wordStarts: usize = 0
  static words: usize = 0
  static numWords: i32 = 0
  static maxWords: i32 = 0
  static stack: usize = 0
  static below: usize = 0
  static barrierBelow: usize = 0
  static depth: i32 = 0
  static barrier: i32 = 0
  static topmost: usize = 0
  /** For each tag, 1 if no end tag of it follows. */
  static missing: usize = 0

  static notes: usize = 0
  static numNotes: i32 = 0
  static maxNotes: i32 = 0
}

function slot(at: i32): u32 {
  return load<u32>((<usize>at) << 2)
}

export function prepare(htmlBytes: i32): void {
  S.html = slot(L_HTML)
  S.end = S.html + <usize>htmlBytes
  S.text = slot(L_TEXT)
  S.classes = slot(L_CLASSES)
  S.letters = slot(L_LETTERS)
  S.kinds = slot(L_KINDS)
  S.rules = slot(L_RULES)
  S.tags = slot(L_TAGS)
  S.tagsMask = slot(L_TAGS_MASK)
  S.attributes = slot(L_ATTRIBUTES)
  S.attributesMask = slot(L_ATTRIBUTES_MASK)
  S.stops = slot(L_STOPS)
  S.stopsMask = slot(L_STOPS_MASK)
  S.marks = slot(L_MARKS)
  S.marksMask = slot(L_MARKS_MASK)
  S.references = slot(L_REFERENCES)
  S.referencesMask = slot(L_REFERENCES_MASK)
  S.c1 = slot(L_C1)
  S.needles = slot(L_NEEDLES)
  S.annotation = slot(L_ANNOTATION)
  S.span = slot(L_SPAN)
  const scratch: usize = slot(L_SCRATCH)
  memory.fill(scratch, 0, SCRATCH_BYTES)
  S.from = scratch
  S.to = S.from + NUM_ATTRIBUTES * 4
  S.counts = S.to + NUM_ATTRIBUTES * 4
  S.topmost = S.counts + NUM_COUNTS * 4
  S.missing = S.topmost + 128 * 4
  S.full = 0
  S.keepSpace = S.pendingSpace = S.inLink = false
  S.numBlocks = 0
  S.maxBlocks = slot(L_MAX_BLOCKS)
  S.out = S.start = S.text
  S.blockStarts = slot(L_STARTS)
  S.blockEnds = slot(L_ENDS)
  S.blockElements = slot(L_BLOCK_ELEMENTS)
  S.blockSources = slot(L_SOURCES)
  S.blockCounts = slot(L_COUNTS)
  S.numElements = S.numWords = S.numNotes = S.depth = S.barrier = 0
  S.maxElements = slot(L_MAX_ELEMENTS)
  S.elementTags = slot(L_TAG_COLUMN)
  S.parents = slot(L_PARENTS)
  S.flags = slot(L_FLAGS)
  S.signatures = slot(L_SIGNATURES)
  S.wordStarts = slot(L_WORD_STARTS)
  store<i32>(S.wordStarts, 0)
  S.words = slot(L_WORDS)
  S.maxWords = slot(L_MAX_WORDS)
  S.stack = slot(L_STACK)
  S.below = slot(L_BELOW)
  S.barrierBelow = slot(L_BARRIER_BELOW)
  S.notes = slot(L_NOTES)
  S.maxNotes = slot(L_MAX_NOTES)
}

/** The value of a hash in a table of pairs, -1 if it is not there. */
export function lookUp(table: usize, mask: u32, hash: i32): i32 {
  let at = (<u32>(hash * <i32>0x9e3779b1) >> 8) & mask
  let pair = table + ((<usize>at) << 3)
  while (load<i32>(pair, 4) != 0 && load<i32>(pair) != hash) {
    at = (at + 1) & mask
    pair = table + ((<usize>at) << 3)
  }
  return load<i32>(pair, 4) - 1
}

/** The first `byte` between `from` and `end`, `end` if there is none. May look at fifteen bytes beyond. */
export function findByte(from: usize, end: usize, byte: u8): usize {
  const wanted = i8x16.splat(byte)
  while (from < end) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(from), wanted))
    if (mask != 0) {
      const at = from + <usize>ctz(mask)
      return at < end ? at : end
    }
    from += 16
  }
  return end
}

/** The first byte above 32 between `from` and `end`, `end` if there is none. */
export function skipSpace(from: usize, end: usize): usize {
  if (from < end && load<u8>(from) > 32) return from
  const space = i8x16.splat(32)
  while (from < end) {
    const mask = i8x16.bitmask(i8x16.gt_u(v128.load(from), space))
    if (mask != 0) {
      const at = from + <usize>ctz(mask)
      return at < end ? at : end
    }
    from += 16
  }
  return end
}

export function isLetter(byte: u32): bool {
  return (byte | 32) - 97 < 26
}

/** What makes a `<` a tag: a letter, `/`, `!` or `?`. */
export function isTagStart(byte: u32): bool {
  return isLetter(byte) || byte == 0x2f || byte == 0x21 || byte == 0x3f
}

export function add(count: i32, value: i32): void {
  const at = S.counts + ((<usize>count) << 2)
  store<i32>(at, load<i32>(at) + value)
}

export function isAt(at: usize, needle: i32): bool {
  const place = S.needles + <usize>(needle * NEEDLE_BYTES)
  const length = <usize>load<u8>(place)
  for (let i: usize = 0; i < length; i++) if (load<u8>(at + i) != load<u8>(place + 1 + i)) return false
  return true
}

export function isAtFolded(at: usize, needle: i32): bool {
  const place = S.needles + <usize>(needle * NEEDLE_BYTES)
  const length = <usize>load<u8>(place)
  for (let i: usize = 0; i < length; i++) if ((load<u8>(at + i) | 32) != load<u8>(place + 1 + i)) return false
  return true
}

export function has(attribute: i32): bool {
  return (S.has & (1 << attribute)) != 0
}

export function startOf(attribute: i32): usize {
  return load<u32>(S.from + ((<usize>attribute) << 2))
}

export function endOf(attribute: i32): usize {
  return load<u32>(S.to + ((<usize>attribute) << 2))
}
