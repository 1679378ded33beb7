/**
 * The chosen blocks → text: one line a block, list items marked with `- `, the cells of a data row joined by ` | `,
 * preformatted text and line breaks as they stand; never an empty line.
 */
import { NUM_COUNTS } from './block-table.ts'
import type { Scan } from './scan.ts'
import { T } from './tags.ts'

const utf8 = new TextDecoder()
/** Cells longer than this are those of a layout table: their text is not a row. */
const MAX_ROW_CELL_BYTES = 200

export function blockText({ blocks }: Scan, block: number): string {
  return utf8.decode(blocks.text.subarray(blocks.starts[block], blocks.ends[block]))
}

export function composeText(scan: Scan, isKept: Uint8Array): string {
  const { blocks, elements } = scan
  const lines: string[] = []
  let row = -1
  let lastCell = -1
  let isLayout = false
  let item = -1
  for (let block = 0; block < blocks.count; block++) {
    if (isKept[block] !== 1) continue
    const text = tidyLines(blockText(scan, block))
    if (text === '') continue
    const element = blocks.elements[block] as number
    const thisItem = nearest(elements, element, T.li, T.li)
    const cell = nearest(elements, element, T.td, T.th)
    const thisRow = cell >= 0 ? nearest(elements, elements.parents[cell] as number, T.tr, T.tr) : -1
    const isShort = (blocks.ends[block] as number) - (blocks.starts[block] as number) <= MAX_ROW_CELL_BYTES
    if (thisRow >= 0 && isShort) {
      // Two blocks in one cell are no cell of data: the rest of that row is text like any other.
      if (thisRow === row && cell === lastCell) isLayout = true
      else if (thisRow !== row) isLayout = false
      if (thisRow === row && !isLayout) lines[lines.length - 1] += ` | ${text}`
      else lines.push(marked(thisItem, item, text))
      row = thisRow
      lastCell = cell
      item = thisItem
      continue
    }
    row = -1
    lines.push(marked(thisItem, item, text))
    item = thisItem
  }
  return lines.join('\n')
}

/** The first line of a list item has a mark. */
const marked = (item: number, last: number, text: string): string => (item >= 0 && item !== last ? `- ${text}` : text)

function tidyLines(text: string): string {
  if (!text.includes('\n')) return text.trimEnd()
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n')
}

/** The innermost element at or above `element` with one of two tags, within a few levels; -1 if there is none. */
export function nearest(elements: Scan['elements'], element: number, tagA: number, tagB: number): number {
  for (let at = element, levels = 0; at >= 0 && levels < 6; at = elements.parents[at] as number, levels++) {
    const tag = elements.tags[at]
    if (tag === tagA || tag === tagB) return at
  }
  return -1
}

export const countOf = ({ blocks }: Scan, block: number, count: number): number =>
  blocks.counts[block * NUM_COUNTS + count] as number
