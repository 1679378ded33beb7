/**
 * Probabilities → which blocks are kept: a threshold that fits the page, and rules for what trees decide badly one by one.
 * Articles are held to their body; of other pages as much is kept as is likely to serve.
 */
import { Buffer } from 'node:buffer'
import type { BlockTable } from './block-table.ts'
import { HIDDEN_BIT, PLACES } from './element-sums.ts'
import type { ElementSums } from './element-sums.ts'
import { keepHeadings, trimLinks } from './heading-rules.ts'
import { hashName } from './name-hash.ts'
import { fact } from './page-facts.ts'
import type { PageFacts } from './page-facts.ts'
import type { Scan } from './scan.ts'

/** What a block of an article must reach, and what one that is not shown must. */
const ARTICLE_THRESHOLD = 0.65
const HIDDEN_THRESHOLD = 0.9
const PRODUCT_THRESHOLD = 0.45
/** Of the best expected F1. Half of it is the best threshold there is (Lipton et al., ECML 2014) if the probabilities are right. */
const SHARE_OF_F1 = 0.55

const HIDDEN = 1 << HIDDEN_BIT
const COMMENTS = 1 << (HIDDEN_BIT + PLACES.indexOf('inComments'))
const COMMENT_WORDS = new Set(['comment', 'comments', 'commentlist', 'disqus'].map(hashName))
const MAX_LEVELS = 12
const NUM_BINS = 100
/** Shorter texts may well stand twice. */
const MIN_COPY_BYTES = 60

interface Said {
  /** For each block; what is not to be kept at any rate becomes 0. */
  readonly p: Float32Array
  readonly sums: ElementSums
  readonly facts: PageFacts
}

/** 1 for each block that is main text. Cost: some looks at each block. */
export function decideBlocks(scan: Scan, { p, sums, facts }: Said): Uint8Array {
  const { blocks } = scan
  const isArticle = fact(facts, 'declaresArticle') !== 0
  const threshold = isArticle
    ? ARTICLE_THRESHOLD
    : fact(facts, 'declaresProduct') !== 0
      ? PRODUCT_THRESHOLD
      : bestExpectedF1(blocks, p) * SHARE_OF_F1
  if (isArticle) {
    dropHidden(scan, p, sums)
    if (fact(facts, 'declaresPosts') === 0) dropComments(scan, { p, sums, threshold })
  }
  const isKept = new Uint8Array(blocks.count)
  for (let block = 0; block < blocks.count; block++) if ((p[block] as number) >= threshold) isKept[block] = 1
  keepHeadings(scan, { p, isKept })
  trimLinks(scan, isKept)
  dropCopies(scan, isKept, sums)
  return isKept
}

const bytesOf = ({ starts, ends }: BlockTable, block: number): number =>
  (ends[block] as number) - (starts[block] as number)

/** The highest F1, by bytes, that is to be expected of keeping all blocks above some probability. */
function bestExpectedF1(blocks: BlockTable, p: Float32Array): number {
  const right = new Float64Array(NUM_BINS + 1)
  const kept = new Float64Array(NUM_BINS + 1)
  let gold = 0
  for (let block = 0; block < blocks.count; block++) {
    const bytes = bytesOf(blocks, block)
    const bin = Math.floor((p[block] as number) * NUM_BINS)
    right[bin] = (right[bin] as number) + (p[block] as number) * bytes
    kept[bin] = (kept[bin] as number) + bytes
    gold += (p[block] as number) * bytes
  }
  let [allRight, allKept, best] = [0, 0, 0]
  for (let bin = NUM_BINS; bin > 0; bin--) {
    allRight += right[bin] as number
    allKept += kept[bin] as number
    best = Math.max(best, (2 * allRight) / Math.max(1, allKept + gold))
  }
  return best
}

/** What an article does not show is data about it, or a second form of it, unless it is surely text. */
function dropHidden({ blocks }: Scan, p: Float32Array, { path }: ElementSums): void {
  for (let block = 0; block < blocks.count; block++)
    if (((path[blocks.elements[block] as number] as number) & HIDDEN) !== 0 && (p[block] as number) < HIDDEN_THRESHOLD)
      p[block] = 0
}

/**
 * Comments on an article are not the article, but where there is more of them they are what the page is for. Replies and answers
 * stay: forums declare their threads as articles.
 */
function dropComments(scan: Scan, { p, sums, threshold }: Omit<Said, 'facts'> & { threshold: number }): void {
  const { blocks } = scan
  const found: number[] = []
  let [comments, others] = [0, 0]
  for (let block = 0; block < blocks.count; block++) {
    const element = blocks.elements[block] as number
    const isComment = ((sums.path[element] as number) & COMMENTS) !== 0 && isUnder(scan, element, COMMENT_WORDS)
    if (isComment) found.push(block)
    if ((p[block] as number) < threshold) continue
    if (isComment) comments += bytesOf(blocks, block)
    else others += bytesOf(blocks, block)
  }
  if (others >= comments) for (const block of found) p[block] = 0
}

/** Whether a class word of an element or of what it stands in, within some levels, is one of `words`. */
function isUnder({ elements }: Scan, element: number, words: ReadonlySet<number>): boolean {
  for (let at = element, level = 0; at > 0 && level < MAX_LEVELS; at = elements.parents[at] as number, level++)
    for (let i = elements.wordStarts[at] as number; i < (elements.wordStarts[at + 1] as number); i++)
      if (words.has(elements.words[i] as number)) return true
  return false
}

/** A text that stands again in markup of another shape is the same text for another screen, or a quotation of it. */
function dropCopies({ blocks }: Scan, isKept: Uint8Array, { shape }: ElementSums): void {
  const text = Buffer.from(blocks.text.buffer, blocks.text.byteOffset, blocks.length)
  const shapes = new Map<string, number>()
  for (let block = 0; block < blocks.count; block++) {
    if (isKept[block] === 0 || bytesOf(blocks, block) < MIN_COPY_BYTES) continue
    const own = text.toString('latin1', blocks.starts[block], blocks.ends[block])
    const [before, here] = [shapes.get(own), shape[blocks.elements[block] as number] as number]
    if (before !== undefined && before !== here) isKept[block] = 0
    else shapes.set(own, here)
  }
}
