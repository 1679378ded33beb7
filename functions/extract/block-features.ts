/**
 * What the first stage of the decision knows of each block: its own text, where it stands, what it stands in, and the
 * blocks beside it. After Kohlschütter et al., "Boilerplate Detection using Shallow Text Features" (WSDM 2010), with class
 * words and repeated structure added. */
import { C, NUM_COUNTS } from './block-table.ts'
import { PATH_TAGS, PLACES } from './element-sums.ts'
import type { ElementSums } from './element-sums.ts'
import { distance, MARGIN, raised } from './feature-columns.ts'
import type { FeatureColumns } from './feature-columns.ts'
import { FACTS } from './page-facts.ts'
import type { PageFacts } from './page-facts.ts'
import { SAID_COLUMNS, saidFeatures } from './said-features.ts'
import type { Scan } from './scan.ts'
import type { WordWeights } from './word-weights.ts'

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
  ...PLACES,
  ...SAID_COLUMNS,
]

const F = Object.fromEntries(BLOCK_COLUMNS.map((name, i) => [name, i])) as Readonly<Record<string, number>>
const column = (name: string): number => F[name] ?? 0
const PLACE_AT = column('index')
const PAGE_AT = column('numBlocks')
const REPEATED_AT = column('likeBlocks')
const UP_AT = column('upBytes0')
const WORDS_AT = column('nearSum')
const PATH_AT = column(PATH_TAGS[0])
const SAID_AT = column(FACTS[0])

interface Known {
  readonly sums: ElementSums
  readonly facts: PageFacts
  readonly textWeights: WordWeights
}

/** Writes the columns of BLOCK_COLUMNS. Cost: some 60 numbers a block. */
export function blockFeatures(scan: Scan, { sums, facts, textWeights }: Known, into: FeatureColumns): void {
  const { floats: matrix, stride } = into
  const { blocks, elements } = scan
  const { count } = blocks
  const page = pageFeatures(scan, sums)
  const likes = countLikes(scan, sums)
  const total = Math.max(1, blocks.length)
  for (const [i, value] of page.values.entries())
    matrix.fill(value, (PAGE_AT + i) * stride + MARGIN, (PAGE_AT + i) * stride + MARGIN + count)
  saidFeatures(scan, { sums, facts, textWeights, first: SAID_AT }, into)
  for (let block = 0; block < count; block++) {
    const at = MARGIN + block
    const element = blocks.elements[block] as number
    ownFeatures(into, scan, block)
    const like = likes.byShape.get(sums.shape[element] as number) ?? [0, 0]
    const start = blocks.starts[block] as number
    matrix[PLACE_AT * stride + at] = block
    matrix[(PLACE_AT + 1) * stride + at] = block / count
    matrix[(PLACE_AT + 2) * stride + at] = count - block
    matrix[(PLACE_AT + 3) * stride + at] = start / total
    matrix[(PLACE_AT + 4) * stride + at] = page.heading < 0 ? 0 : distance(block - page.heading)
    matrix[(PLACE_AT + 5) * stride + at] = page.heading < 0 ? 0 : 1
    matrix[(PLACE_AT + 6) * stride + at] = sums.depths[element] as number
    matrix[REPEATED_AT * stride + at] = like[0]
    matrix[(REPEATED_AT + 1) * stride + at] = like[1] / total
    matrix[(REPEATED_AT + 2) * stride + at] = likes.byText.get(likes.hashes[block] as number) ?? 0
    upFeatures(into, elements.parents, { sums, element, at })
    wordFeatures(into, elements.parents, { sums, element, at })
    // The matrix is zero where nothing is written.
    for (let path = sums.path[element] as number; path !== 0; path &= path - 1)
      matrix[(PATH_AT + 31 - Math.clz32(path & -path)) * stride + at] = 1
  }
}

function ownFeatures({ floats: matrix, stride }: FeatureColumns, { blocks }: Scan, block: number): void {
  const at = MARGIN + block
  const { counts, text } = blocks
  const base = block * NUM_COUNTS
  const start = blocks.starts[block] as number
  const end = blocks.ends[block] as number
  const bytes = end - start
  const words = Math.max(1, counts[base + C.words] as number)
  const last = text[end - 1] as number
  const first = text[start] as number
  matrix[at] = bytes
  matrix[1 * stride + at] = words
  matrix[2 * stride + at] = Math.min(1, (counts[base + C.linkBytes] as number) / bytes)
  matrix[3 * stride + at] = counts[base + C.links] as number
  matrix[4 * stride + at] = counts[base + C.images] as number
  matrix[5 * stride + at] = counts[base + C.ends] as number
  matrix[6 * stride + at] = (counts[base + C.commas] as number) / bytes
  matrix[7 * stride + at] = (counts[base + C.stops] as number) / words
  matrix[8 * stride + at] = (counts[base + C.uppers] as number) / bytes
  matrix[9 * stride + at] = (counts[base + C.digits] as number) / bytes
  matrix[10 * stride + at] = ((counts[base + C.wide] as number) * 3) / bytes
  matrix[11 * stride + at] = endsSentence(text, end, last) ? 1 : 0
  matrix[12 * stride + at] = first >= 65 && first <= 90 ? 1 : 0
  matrix[13 * stride + at] = bytes / words
  matrix[14 * stride + at] = counts[base + C.bars] as number
  matrix[15 * stride + at] = counts[base + C.breaks] as number
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
  readonly at: number
}

function upFeatures({ floats: matrix, stride }: FeatureColumns, parents: Int32Array, { sums, element, at }: At): void {
  let up = element
  for (let level = 0; level < UP_LEVELS; level++) {
    const bytes = up < 0 ? 0 : (sums.bytes[up] as number)
    matrix[(UP_AT + level) * stride + at] = bytes
    matrix[(UP_AT + UP_LEVELS + level) * stride + at] = up < 0 ? 0 : (sums.linkBytes[up] as number) / Math.max(1, bytes)
    matrix[(UP_AT + 2 * UP_LEVELS + level) * stride + at] = up < 0 ? 0 : (sums.numBlocks[up] as number)
    // The body holds everything: what it says is in the page's features.
    up = up <= 0 ? -1 : (parents[up] as number)
    if (up === 0) up = -1
  }
}

function wordFeatures(
  { floats: matrix, stride }: FeatureColumns,
  parents: Int32Array,
  { sums, element, at }: At,
): void {
  const { own, all } = sums
  let [sum, largest, smallest] = [0, 0, 0]
  for (let up = element, level = 0; up >= 0 && level < 3; up = parents[up] as number, level++) {
    sum += own[up * 3] as number
    largest = Math.max(largest, own[up * 3 + 1] as number)
    smallest = Math.min(smallest, own[up * 3 + 2] as number)
  }
  matrix[WORDS_AT * stride + at] = raised(sum)
  matrix[(WORDS_AT + 1) * stride + at] = raised(largest)
  matrix[(WORDS_AT + 2) * stride + at] = raised(smallest)
  for (let i = 0; i < 3; i++) matrix[(WORDS_AT + 3 + i) * stride + at] = raised(all[element * 3 + i] as number)
}
