/** Rules for headings and links, which are decided badly one by one. */
import { C, NUM_COUNTS } from './block-table.ts'
import type { Scan } from './scan.ts'
import { tagSet } from './tags.ts'

/** What a heading must reach, and how far before it there must be main text. */
const MIN_HEADING = 0.05
const HEADING_REACH = 4
const MAX_HEADING_BYTES = 200
const IS_HEADING = tagSet('h1 h2 h3 h4 h5 h6')

/** A heading is a short block in a heading element: an end tag that is missing puts a whole page into one. */
function isHeading({ blocks, elements }: Scan, block: number): boolean {
  if ((blocks.ends[block] as number) - (blocks.starts[block] as number) > MAX_HEADING_BYTES) return false
  for (
    let at = blocks.elements[block] as number, level = 0;
    at >= 0 && level < 4;
    at = elements.parents[at] as number, level++
  )
    if (IS_HEADING[elements.tags[at] as number] === 1) return true
  return false
}

/** Headings are decided badly alone: one between main text and the text that it heads stays. */
export function keepHeadings(scan: Scan, { p, isKept }: { p: Float32Array; isKept: Uint8Array }): void {
  for (let block = scan.blocks.count - 2; block > 0; block--) {
    if (isKept[block] === 1 || isKept[block + 1] !== 1 || (p[block] as number) < MIN_HEADING) continue
    if (isHeading(scan, block) && isKept.subarray(Math.max(0, block - HEADING_REACH), block).includes(1))
      isKept[block] = 1
  }
}

/** Above this share a block is a link, and below this one a text is no list of links. */
const LINK_BLOCK = 0.8
const LINK_TEXT = 0.25

/** Links that stand before or after a text that is not made of links lead elsewhere. */
export function trimLinks(scan: Scan, isKept: Uint8Array): void {
  const { blocks } = scan
  const linkBytes = (block: number): number => blocks.counts[block * NUM_COUNTS + C.linkBytes] as number
  const bytes = (block: number): number => (blocks.ends[block] as number) - (blocks.starts[block] as number)
  let [links, total] = [0, 0]
  for (let block = 0; block < blocks.count; block++) {
    if (isKept[block] === 0) continue
    links += linkBytes(block)
    total += bytes(block)
  }
  if (links > LINK_TEXT * total) return
  const trim = (from: number, step: 1 | -1): void => {
    for (let block = from; block >= 0 && block < blocks.count; block += step) {
      if (isKept[block] === 0) continue
      const isLink = linkBytes(block) > LINK_BLOCK * bytes(block)
      // The title stays where it heads the text; a heading after which nothing is left heads nothing.
      if (!isLink && !isHeading(scan, block)) return
      if (isLink || step === -1) isKept[block] = 0
    }
  }
  trim(0, 1)
  trim(blocks.count - 1, -1)
}
