/**
 * The plain twin of the scan's kernel: one pass over a page, markup → block-level elements and text blocks, as columns. No tree, no strings for tags.
 * Departs from the WHATWG parser where text extraction gains: `noscript` is read (forums serve their posts to crawlers
 * there), a missing end tag of a skipped element skips nothing. Cost: linear, whatever the markup.
 */
import { C } from '../../../functions/extract/block-table.ts'
import { HAS_WORDS, HIDDEN } from '../../../functions/extract/element-table.ts'
import { BlockTable } from './block-table.ts'
import { ElementTable } from './element-table.ts'
import { EMPTY_HASH, hashByte } from '../../../functions/extract/name-hash.ts'
import { LETTERS } from '../../../functions/extract/scan-tables.ts'
import type { MetadataSink } from '../../../functions/extract/scan.ts'
import { A } from '../../../functions/extract/tag.ts'
import { isDisplayNone, readTag, Tag } from './read-tag.ts'
import { endOfSpan, isDrawnFormula, mathFormula, scriptFormula, writeFormula } from './read-formula.ts'
import { breakLine, readText } from './read-text.ts'
import { BLOCK, RAW, SKIP, T, tagOfHash, TAG_KINDS, TAG_NAMES, VOID } from '../../../functions/extract/tags.ts'

interface Scan {
  readonly elements: ElementTable
  readonly blocks: BlockTable
}

const NO_SINK: MetadataSink = () => undefined
const BANG = 0x21
const QUESTION = 0x3f
const DASH = 0x2d
const CLOSE = 0x3e
const MAX_WORDS = 24

/** Reuses its columns from page to page; what it answers is good until the next call. */
export function createPlainScanner(): (html: Uint8Array, sink?: MetadataSink) => Scan {
  const elements = new ElementTable()
  const blocks = new BlockTable()
  const tag = new Tag()
  return (html, sink = NO_SINK) => {
    elements.reset()
    blocks.reset(html.length)
    scan(html, { elements, blocks, tag, sink })
    return { elements, blocks }
  }
}

interface Pass extends Scan {
  readonly tag: Tag
  readonly sink: MetadataSink
}

function scan(html: Uint8Array, pass: Pass): void {
  const { blocks, elements, tag } = pass
  const state = { keepSpace: false, pendingSpace: false, inLink: false }
  const closers = new Closers(html)
  let breaks = 0
  // A span that is not closed is looked for once: what follows it on such a page is read as it stands.
  let spansClose = true
  let i = 0
  while (i < html.length) {
    const textEnd = html[i] === 0x3c ? i : -1
    if (textEnd < 0 || !isMarkup(html, i)) {
      if (blocks.length === blocks.start) {
        blocks.element = elements.current
        blocks.source = i
      }
      const before = blocks.length
      i = readText(html, i, blocks, state)
      if (blocks.length > before) breaks = 0
      continue
    }
    const next = html[i + 1] as number
    if (next === BANG || next === QUESTION) {
      i = skipDeclaration(html, i)
      continue
    }
    i = readTag(html, i + 1, tag)
    const known = tagOfHash(tag.hash)
    const id = known < 0 && tag.isCustom ? T.custom : known
    if (id < 0) continue
    const kind = TAG_KINDS[id] as number
    if (kind === BLOCK) {
      blocks.flush()
      state.pendingSpace = false
      breaks = 0
      if (tag.isEnd) {
        elements.close(id)
        if (id === T.pre) state.keepSpace = elements.isOpen(T.pre)
      } else {
        openElement(html, id, pass)
        if (id === T.pre) state.keepSpace = true
        if (id === T.html) pass.sink(id, tag, i, i, html)
      }
    } else if (id === T.a) {
      state.inLink = !tag.isEnd && (tag.has & (1 << A.href)) !== 0
      if (state.inLink) {
        blocks.open[C.links] = (blocks.open[C.links] as number) + 1
        pass.sink(id, tag, i, i, html)
      }
    } else if (kind === VOID) {
      if (id === T.br) {
        // Two in a row are how old pages write paragraphs.
        if (++breaks === 2) blocks.flush()
        else breakLine(blocks, state)
      } else if (id === T.img) blocks.open[C.images] = (blocks.open[C.images] as number) + 1
      else if (id === T.meta || id === T.link) pass.sink(id, tag, i, i, html)
      else if (TAG_NAMES[id] === 'hr') blocks.flush()
    } else if (kind === RAW || kind === SKIP) {
      if (tag.isEnd) continue
      const close = closers.find(tag.hash, i)
      if (close < 0) {
        // A script without end runs to the end of the page in browsers too; other elements are taken as if not there.
        if (kind === RAW) i = html.length
        continue
      }
      if (id === T.title || id === T.script) pass.sink(id, tag, i, close, html)
      if (id === T.math || id === T.script) {
        const formula = id === T.math ? mathFormula(html, tag, [i, close]) : scriptFormula(html, tag, [i, close])
        if (formula !== null) {
          if (blocks.length === blocks.start) blocks.element = elements.current
          writeFormula(html, formula, { blocks, state })
          breaks = 0
        }
      }
      i = close
    } else if (id === T.span) {
      if (!spansClose || !isDrawnFormula(html, tag)) continue
      const end = endOfSpan(html, i)
      spansClose = end >= 0
      if (spansClose) i = end
    } else if (id === T.time && !tag.isEnd) pass.sink(id, tag, i, i, html)
  }
  blocks.flush()
}

const isMarkup = (html: Uint8Array, at: number): boolean => {
  const byte = html[at + 1] ?? 0
  return ((byte | 32) >= 97 && (byte | 32) <= 122) || byte === 0x2f || byte === BANG || byte === QUESTION
}

/** Comments end at `-->` (unclosed ones at the end, as in browsers), everything else of the kind at `>`. */
function skipDeclaration(html: Uint8Array, at: number): number {
  if (html[at + 1] === BANG && html[at + 2] === DASH && html[at + 3] === DASH) {
    for (let close = html.indexOf(CLOSE, at + 4); close >= 0; close = html.indexOf(CLOSE, close + 1))
      if (html[close - 1] === DASH && html[close - 2] === DASH) return close + 1
    return html.length
  }
  const close = html.indexOf(CLOSE, at + 2)
  return close < 0 ? html.length : close + 1
}

function openElement(html: Uint8Array, id: number, { elements, tag }: Pass): void {
  const { has } = tag
  let flags = 0
  let first = 0
  const wordsBefore = elements.wordCount
  if (has !== 0) {
    const hides = (has & ((1 << A.style) | (1 << A.hidden) | (1 << A['aria-hidden']))) !== 0
    if (hides && isHidden(html, tag)) flags |= HIDDEN
    for (const attribute of WORD_ATTRIBUTES)
      if ((has & (1 << attribute)) !== 0) pushWords(html, tag, attribute, elements)
    if (elements.wordCount > wordsBefore) {
      flags |= HAS_WORDS
      first = elements.words[wordsBefore] as number
    }
  }
  const element = elements.open(id, flags)
  elements.signatures[element] = Math.imul(first, 31) + id
}

const WORD_ATTRIBUTES = [A.class, A.id, A.role, A.itemprop] as const

function isHidden(html: Uint8Array, tag: Tag): boolean {
  if ((tag.has & (1 << A.hidden)) !== 0) return true
  const ariaStart = tag.starts[A['aria-hidden']] as number
  if ((tag.has & (1 << A['aria-hidden'])) !== 0 && ((html[ariaStart] ?? 0) | 32) === 0x74) return true
  return (tag.has & (1 << A.style)) !== 0 && isDisplayNone(html, tag)
}

/** The words of a value: runs of letters, cut where a capital follows a small letter. */
function pushWords(html: Uint8Array, tag: Tag, attribute: number, elements: ElementTable): void {
  const end = tag.ends[attribute] as number
  const limit = elements.wordCount + MAX_WORDS
  let i = tag.starts[attribute] as number
  while (i < end) {
    let byte = html[i++] as number
    let kind = LETTERS[byte] as number
    if (kind === 0) continue
    let hash = hashByte(EMPTY_HASH, byte)
    const second = i
    while (i < end) {
      byte = html[i] as number
      const next = LETTERS[byte] as number
      if (next === 0 || next > kind) break
      hash = hashByte(hash, byte)
      kind = next
      i++
    }
    if (i === second) continue
    elements.pushWord(hash)
    if (elements.wordCount === limit) return
  }
}

/**
 * Where the end tag of a skipped element is. A search that failed once from here on fails for ever: the answer is kept, or
 * a page of unclosed tags would cost the square of its length.
 */
class Closers {
  private readonly html: Uint8Array
  private readonly missing = new Set<number>()

  constructor(html: Uint8Array) {
    this.html = html
  }

  find(hash: number, from: number): number {
    if (this.missing.has(hash)) return -1
    const { html } = this
    for (let at = html.indexOf(0x3c, from); at >= 0; at = html.indexOf(0x3c, at + 1)) {
      if (html[at + 1] !== 0x2f) continue
      let name = EMPTY_HASH
      let i = at + 2
      for (; i < html.length; i++) {
        const byte = html[i] as number
        if (byte <= 32 || byte === CLOSE || byte === 0x2f) break
        name = hashByte(name, byte)
        if (i - at > 12) break
      }
      if (name === hash) return at
    }
    this.missing.add(hash)
    return -1
  }
}
