/**
 * Which blocks are main text: two stages of boosted trees, the second of which sees what the first said of the blocks
 * around, above and alike. Trained by models/extract/train.ts; the card there says on what and how it scores.
 * Cost: some 80 numbers and 720 comparisons a block.
 */
import { C, NUM_COUNTS } from './block-table.ts'
import { blockFeatures } from './block-features.ts'
import { contextFeatures } from './context-features.ts'
import { ElementSums, PATH_TAGS } from './element-sums.ts'
import { featureColumns } from './feature-columns.ts'
import { CONTEXT_START, NUM_COLUMNS } from './features.ts'
import type { Scan } from './scan.ts'
import { predict } from './tree-model.ts'
import type { BlockModel } from './unpack-model.ts'

/** What a block must reach. Out of fold, articles gain on every set from the higher one, shops and lists lose their text to it. */
export const ARTICLE_THRESHOLD = 0.55
export const THRESHOLD = 0.45

/** What a heading must reach, and how far before it there must be main text. */
const MIN_HEADING = 0.05
const HEADING_REACH = 4
const MAX_HEADING_BYTES = 200
const HEADING_BITS = PATH_TAGS.reduce((bits, names, i) => (/^h\d/.test(names) ? bits | (1 << i) : bits), 0)

const sums = new ElementSums()

/** 1 for each block that is main text: whose probability is at least `threshold`. */
export function chooseBlocks(scan: Scan, { words, first, second }: BlockModel, threshold: number): Uint8Array {
  const { count } = scan.blocks
  const columns = featureColumns(count, NUM_COLUMNS)
  const p = new Float32Array(count)
  sums.sum(scan, words)
  blockFeatures(scan, sums, columns)
  predict(first, columns, p)
  contextFeatures(scan, { sums, p, first: CONTEXT_START }, columns)
  predict(second, columns, p)
  const isKept = new Uint8Array(count)
  for (let block = 0; block < count; block++) if ((p[block] as number) >= threshold) isKept[block] = 1
  keepHeadings(scan, { p, isKept })
  trimLinks(scan, isKept)
  return isKept
}

/** A heading is a short block in a heading element: an end tag that is missing puts a whole page into one. */
function isHeading({ blocks }: Scan, block: number): boolean {
  const bytes = (blocks.ends[block] as number) - (blocks.starts[block] as number)
  return bytes <= MAX_HEADING_BYTES && ((sums.path[blocks.elements[block] as number] as number) & HEADING_BITS) !== 0
}

/** Headings are decided badly alone: one between main text and the text that it heads stays. */
function keepHeadings(scan: Scan, { p, isKept }: { p: Float32Array; isKept: Uint8Array }): void {
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
function trimLinks(scan: Scan, isKept: Uint8Array): void {
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
