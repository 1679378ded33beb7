/**
 * What the first stage of the decision knows of each block: its own text, where it stands, what it stands in, and the
 * blocks beside it. After Kohlschütter et al., "Boilerplate Detection using Shallow Text Features" (WSDM 2010), with class
 * words and repeated structure added. */
import { C, NUM_COUNTS } from './block-table.ts'
import { HIDDEN_BIT, PATH_TAGS } from './element-sums.ts'
import type { ElementSums } from './element-sums.ts'
import { rowStart } from './feature-rows.ts'
import type { FeatureRows } from './feature-rows.ts'
import type { Scan } from './scan.ts'

const OWN = [
  'bytes',
  'words',
  'linkShare',
  'links',
  'images',
  'ends',
  'commaShare',
  'stopShare',
  'upperShare',
  'digitShare',
  'wideShare',
  'endsSentence',
  'startsUpper',
  'wordBytes',
  'bars',
  'breaks',
] as const
const PLACE = ['index', 'relative', 'left', 'textBefore', 'fromHeading', 'hasHeading', 'depth'] as const
const PAGE = [
  'numBlocks',
  'pageBytes',
  'pageParagraphShare',
  'pageLinkShare',
  'pageHasArticle',
  'pageHasMain',
  'pageStopShare',
] as const
const REPEATED = ['likeBlocks', 'likeShare', 'sameText'] as const
const UP_LEVELS = 4
const UP = ['upBytes', 'upLinkShare', 'upBlocks'] as const
const WORDS = ['nearSum', 'nearLargest', 'nearSmallest', 'allSum', 'allLargest', 'allSmallest'] as const

/** The columns that this file writes. */
export const BLOCK_COLUMNS: readonly string[] = [
  ...OWN,
  ...PLACE,
  ...PAGE,
  ...REPEATED,
  ...UP.flatMap((name) => Array.from({ length: UP_LEVELS }, (_, level) => `${name}${level}`)),
  ...WORDS,
  ...PATH_TAGS,
  'hidden',
]

const F = Object.fromEntries(BLOCK_COLUMNS.map((name, i) => [name, i])) as Readonly<Record<string, number>>
const at = (name: string): number => F[name] ?? 0
const PLACE_AT = at('index')
const PAGE_AT = at('numBlocks')
const REPEATED_AT = at('likeBlocks')
const UP_AT = at('upBytes0')
const WORDS_AT = at('nearSum')
const PATH_AT = at(PATH_TAGS[0])

/** A distance in blocks beyond this is all the same; it is also what keeps distances from being negative. */
export const FAR = 1000
/** Log-odds are raised by this, for the same reason. */
const RAISED = 64

/** Writes the columns of BLOCK_COLUMNS for each block. Cost: one row a block. */
export function blockFeatures(scan: Scan, sums: ElementSums, { floats: matrix, width }: FeatureRows): void {
  const { blocks, elements } = scan
  const { count } = blocks
  const page = pageFeatures(scan, sums)
  const likes = countLikes(scan, sums)
  const total = Math.max(1, blocks.length)
  for (let block = 0; block < count; block++) {
    const row = rowStart(block, width)
    const element = blocks.elements[block] as number
    ownFeatures(matrix, scan, block, row)
    const like = likes.byShape.get(sums.shape[element] as number) ?? [0, 0]
    const start = blocks.starts[block] as number
    matrix[row + PLACE_AT] = block
    matrix[row + PLACE_AT + 1] = block / count
    matrix[row + PLACE_AT + 2] = count - block
    matrix[row + PLACE_AT + 3] = start / total
    matrix[row + PLACE_AT + 4] = page.heading < 0 ? 0 : distance(block - page.heading)
    matrix[row + PLACE_AT + 5] = page.heading < 0 ? 0 : 1
    matrix[row + PLACE_AT + 6] = sums.depths[element] as number
    for (let i = 0; i < PAGE.length; i++) matrix[row + PAGE_AT + i] = page.values[i] as number
    matrix[row + REPEATED_AT] = like[0]
    matrix[row + REPEATED_AT + 1] = like[1] / total
    matrix[row + REPEATED_AT + 2] = likes.byText.get(likes.hashes[block] as number) ?? 0
    upFeatures(matrix, elements.parents, { sums, element, row })
    wordFeatures(matrix, elements.parents, { sums, element, row })
    const path = sums.path[element] as number
    for (let bit = 0; bit <= HIDDEN_BIT; bit++) matrix[row + PATH_AT + bit] = (path >>> bit) & 1
  }
}

function ownFeatures(matrix: Float32Array, { blocks }: Scan, block: number, row: number): void {
  const { counts, text } = blocks
  const base = block * NUM_COUNTS
  const start = blocks.starts[block] as number
  const end = blocks.ends[block] as number
  const bytes = end - start
  const words = Math.max(1, counts[base + C.words] as number)
  const last = text[end - 1] as number
  const first = text[start] as number
  matrix[row] = bytes
  matrix[row + 1] = words
  matrix[row + 2] = Math.min(1, (counts[base + C.linkBytes] as number) / bytes)
  matrix[row + 3] = counts[base + C.links] as number
  matrix[row + 4] = counts[base + C.images] as number
  matrix[row + 5] = counts[base + C.ends] as number
  matrix[row + 6] = (counts[base + C.commas] as number) / bytes
  matrix[row + 7] = (counts[base + C.stops] as number) / words
  matrix[row + 8] = (counts[base + C.uppers] as number) / bytes
  matrix[row + 9] = (counts[base + C.digits] as number) / bytes
  matrix[row + 10] = ((counts[base + C.wide] as number) * 3) / bytes
  matrix[row + 11] = endsSentence(text, end, last) ? 1 : 0
  matrix[row + 12] = first >= 65 && first <= 90 ? 1 : 0
  matrix[row + 13] = bytes / words
  matrix[row + 14] = counts[base + C.bars] as number
  matrix[row + 15] = counts[base + C.breaks] as number
}

/** `.`, `!`, `?`, `:`, a closing quote, or the full-width ones (EF BC xx, E3 80 82, E2 80 9D). */
function endsSentence(text: Uint8Array, end: number, last: number): boolean {
  if (last < 128) return last === 46 || last === 33 || last === 63 || last === 58 || last === 34
  const [lead, middle] = [text[end - 3] as number, text[end - 2] as number]
  return (lead === 0xef && middle === 0xbc) || (lead === 0xe3 && middle === 0x80) || (lead === 0xe2 && middle === 0x80)
}

function pageFeatures(scan: Scan, sums: ElementSums): { values: Float32Array; heading: number } {
  const { blocks } = scan
  let [paragraph, links, stops, words, all] = [0, 0, 0, 0, 0]
  let heading = -1
  for (let block = 0; block < blocks.count; block++) {
    const path = sums.path[blocks.elements[block] as number] as number
    const base = block * NUM_COUNTS
    if ((path & P_BIT) !== 0) paragraph += (blocks.ends[block] as number) - (blocks.starts[block] as number)
    if (heading < 0 && (path & H1_BIT) !== 0) heading = block
    links += blocks.counts[base + C.linkBytes] as number
    stops += blocks.counts[base + C.stops] as number
    words += blocks.counts[base + C.words] as number
    all |= path
  }
  const total = Math.max(1, blocks.length)
  const flags = [(all & ARTICLE_BIT) === 0 ? 0 : 1, (all & MAIN_BIT) === 0 ? 0 : 1]
  return {
    values: Float32Array.of(
      blocks.count,
      blocks.length,
      paragraph / total,
      links / total,
      ...flags,
      stops / Math.max(1, words),
    ),
    heading,
  }
}

const bitOf = (names: (typeof PATH_TAGS)[number]): number => 1 << PATH_TAGS.indexOf(names)
const P_BIT = bitOf('p')
const H1_BIT = bitOf('h1')
const ARTICLE_BIT = bitOf('article')
const MAIN_BIT = bitOf('main')

/** How many blocks, and how many bytes, share a block's shape; how many its text. */
function countLikes({ blocks }: Scan, sums: ElementSums) {
  const byShape = new Map<number, [number, number]>()
  const byText = new Map<number, number>()
  const hashes = new Int32Array(blocks.count)
  for (let block = 0; block < blocks.count; block++) {
    const start = blocks.starts[block] as number
    const end = blocks.ends[block] as number
    const shape = sums.shape[blocks.elements[block] as number] as number
    const like = byShape.get(shape)
    if (like === undefined) byShape.set(shape, [1, end - start])
    else {
      like[0]++
      like[1] += end - start
    }
    let hash = end - start
    for (let i = start; i < Math.min(end, start + 64); i++)
      hash = (Math.imul(hash, 31) + (blocks.text[i] as number)) | 0
    hashes[block] = hash
    byText.set(hash, (byText.get(hash) ?? 0) + 1)
  }
  return { byShape, byText, hashes }
}

interface At {
  readonly sums: ElementSums
  readonly element: number
  readonly row: number
}

function upFeatures(matrix: Float32Array, parents: Int32Array, { sums, element, row }: At): void {
  let up = element
  for (let level = 0; level < UP_LEVELS; level++) {
    const bytes = up < 0 ? 0 : (sums.bytes[up] as number)
    matrix[row + UP_AT + level] = bytes
    matrix[row + UP_AT + UP_LEVELS + level] = up < 0 ? 0 : (sums.linkBytes[up] as number) / Math.max(1, bytes)
    matrix[row + UP_AT + 2 * UP_LEVELS + level] = up < 0 ? 0 : (sums.numBlocks[up] as number)
    // The body holds everything: what it says is in the page's features.
    up = up <= 0 ? -1 : (parents[up] as number)
    if (up === 0) up = -1
  }
}

function wordFeatures(matrix: Float32Array, parents: Int32Array, { sums, element, row }: At): void {
  const { own, all } = sums
  let [sum, largest, smallest] = [0, 0, 0]
  for (let up = element, level = 0; up >= 0 && level < 3; up = parents[up] as number, level++) {
    sum += own[up * 3] as number
    largest = Math.max(largest, own[up * 3 + 1] as number)
    smallest = Math.min(smallest, own[up * 3 + 2] as number)
  }
  matrix[row + WORDS_AT] = raised(sum)
  matrix[row + WORDS_AT + 1] = raised(largest)
  matrix[row + WORDS_AT + 2] = raised(smallest)
  for (let i = 0; i < 3; i++) matrix[row + WORDS_AT + 3 + i] = raised(all[element * 3 + i] as number)
}

const raised = (logOdds: number): number => Math.max(0, Math.min(2 * RAISED, logOdds + RAISED))

/** From FAR before (0) to FAR after (2 FAR). */
export const distance = (blocks: number): number => Math.max(0, Math.min(2 * FAR, blocks + FAR))
