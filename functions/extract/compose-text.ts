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
  let item = -1
  for (let block = 0; block < blocks.count; block++) {
    if (isKept[block] !== 1) continue
    const text = tidyLines(blockText(scan, block))
    if (text === '') continue
    const element = blocks.elements[block] as number
    const cell = nearest(elements, element, T.td, T.th)
    const thisRow = cell >= 0 ? nearest(elements, elements.parents[cell] as number, T.tr, T.tr) : -1
    const isShort = (blocks.ends[block] as number) - (blocks.starts[block] as number) <= MAX_ROW_CELL_BYTES
    if (thisRow >= 0 && isShort) {
      if (thisRow === row) lines[lines.length - 1] += ` | ${text}`
      else lines.push(text)
      row = thisRow
      continue
    }
    row = -1
    const thisItem = nearest(elements, element, T.li, T.li)
    lines.push(thisItem >= 0 && thisItem !== item ? `- ${text}` : text)
    item = thisItem
  }
  return lines.join('\n')
}

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
