/**
 * Formulas as TeX, in the delimiters that readers of text know: `$…$` in a line, `$$…$$` where one stands alone. TeX is where
 * the page has it: MathML's `annotation` of `application/x-tex` or `alttext`, `script` of `math/tex` (MathJax 2). What KaTeX
 * and MathJax drew from it is a copy in glyphs, and is passed over. MathML without TeX stays out.
 */
import { C } from '../../../functions/extract/block-table.ts'
import type { BlockTable } from './block-table.ts'
import { readReference } from '../../../functions/extract/entities.ts'
import { hashName } from '../../../functions/extract/name-hash.ts'
import { A } from '../../../functions/extract/tag.ts'
import { readTag, Tag } from './read-tag.ts'
import type { TextState } from './read-text.ts'

const LESS = 0x3c
const AMPERSAND = 0x26
const DOLLAR = 0x24
const SPACE = 0x20
const ANNOTATION = hashName('annotation')
const SPAN = hashName('span')
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const TEX = bytesOf('application/x-tex')
const MATH_TEX = bytesOf('math/tex')
const DISPLAY_MODE = bytesOf('mode=display')
const BLOCK = bytesOf('block')
/** MediaWiki wraps each formula in this and a closing brace. */
const DISPLAY_STYLE = bytesOf('{\\displaystyle ')
/** Classes of what is drawn: the first word of the attribute. */
const DRAWN = ['katex-html', 'MathJax', 'MJX_Assistive_MathML', 'MathJax_Preview', 'MathJax_SVG', 'MathJax_CHTML'].map(
  bytesOf,
)

export interface Formula {
  readonly start: number
  readonly end: number
  readonly isDisplay: boolean
  /** Character references stand for characters: in markup, not in a script. */
  readonly isMarkup: boolean
}

const inner = new Tag()

/** The TeX of a `math` element, whose start tag is `tag` and whose content lies between `from` and `to`. */
export function mathFormula(html: Uint8Array, tag: Tag, [from, to]: readonly [number, number]): Formula | null {
  const isDisplay = (tag.has & (1 << A.display)) !== 0 && isAt(html, tag.starts[A.display] as number, BLOCK)
  const alternative =
    (tag.has & (1 << A.alttext)) === 0
      ? null
      : { start: tag.starts[A.alttext] as number, end: tag.ends[A.alttext] as number, isDisplay, isMarkup: true }
  for (let at = html.indexOf(LESS, from); at >= 0 && at < to; at = html.indexOf(LESS, at + 1)) {
    // Most tags inside are of glyphs: their first letter turns them away.
    if (((html[at + 1] as number) | SPACE) !== 0x61) continue
    const start = readTag(html, at + 1, inner)
    if (inner.hash !== ANNOTATION || (inner.has & (1 << A.encoding)) === 0) continue
    if (!isAt(html, inner.starts[A.encoding] as number, TEX)) continue
    const end = html.indexOf(LESS, start)
    return { start, end: end < 0 || end > to ? to : end, isDisplay, isMarkup: true }
  }
  return alternative
}

/** The TeX of a `script`, null if it is one of another kind. */
export function scriptFormula(html: Uint8Array, tag: Tag, [from, to]: readonly [number, number]): Formula | null {
  const type = tag.starts[A.type] as number
  if ((tag.has & (1 << A.type)) === 0 || !isAt(html, type, MATH_TEX)) return null
  const mode = html.subarray(type + MATH_TEX.length, tag.ends[A.type])
  let isDisplay = false
  for (let i = 0; i < mode.length; i++) isDisplay ||= isAt(mode, i, DISPLAY_MODE)
  return { start: from, end: to, isDisplay, isMarkup: false }
}

/** Writes the formula into the open block. Shorter than the markup that it came from, so there is room. */
export function writeFormula(
  html: Uint8Array,
  { start, end, isDisplay, isMarkup }: Formula,
  { blocks, state }: { readonly blocks: BlockTable; readonly state: TextState },
): void {
  let [from, to] = trimmed(html, start, end)
  if (isAt(html, from, DISPLAY_STYLE) && html[to - 1] === 0x7d)
    [from, to] = trimmed(html, from + DISPLAY_STYLE.length, to - 1)
  if (from >= to) return
  const { text } = blocks
  let out = blocks.length
  if (state.pendingSpace && out > blocks.start) text[out++] = SPACE
  state.pendingSpace = false
  text[out++] = DOLLAR
  if (isDisplay) text[out++] = DOLLAR
  for (let i = from; i < to; i++) {
    const byte = html[i] as number
    const reference = byte === AMPERSAND && isMarkup ? readReference(html, i) : null
    if (reference !== null) {
      text.set(reference.bytes, out)
      out += reference.bytes.length
      i += reference.length - 1
    } else if (byte > SPACE) text[out++] = byte
    else if (text[out - 1] !== SPACE) text[out++] = SPACE
  }
  text[out++] = DOLLAR
  if (isDisplay) text[out++] = DOLLAR
  blocks.length = out
  blocks.open[C.words] = (blocks.open[C.words] as number) + 1
}

/** Whether a `span` holds what a script drew. */
export function isDrawnFormula(html: Uint8Array, tag: Tag): boolean {
  if (tag.isEnd || (tag.has & (1 << A.class)) === 0) return false
  const first = html[tag.starts[A.class] as number]
  if (first !== 0x6b && first !== 0x4d) return false
  const [start, end] = [tag.starts[A.class] as number, tag.ends[A.class] as number]
  return DRAWN.some((name) => {
    const after = html[start + name.length] as number
    return isAt(html, start, name) && (start + name.length >= end || after <= SPACE)
  })
}

/** Where the span whose content begins at `from` is over; -1 if it is not closed. */
export function endOfSpan(html: Uint8Array, from: number): number {
  let depth = 1
  for (let at = html.indexOf(LESS, from); at >= 0; at = html.indexOf(LESS, at + 1)) {
    const letter = (html[at + 1] as number) === 0x2f ? (html[at + 2] as number) : (html[at + 1] as number)
    if ((letter | SPACE) !== 0x73) continue
    const next = readTag(html, at + 1, inner)
    if (inner.hash !== SPAN) continue
    depth += inner.isEnd ? -1 : 1
    if (depth === 0) return next
  }
  return -1
}

function trimmed(html: Uint8Array, start: number, end: number): [number, number] {
  let [from, to] = [start, end]
  while (from < to && (html[from] as number) <= SPACE) from++
  while (to > from && (html[to - 1] as number) <= SPACE) to--
  return [from, to]
}

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}
