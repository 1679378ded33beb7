/**
 * Pages with gold text → rows of features, labels and weights. Word weights of a training page are learned without its own fold:
 * a model is trained on what it will see.
 */
import { BLOCK_COLUMNS, blockFeatures } from '../../functions/extract/block-features.ts'
import { contextFeatures } from '../../functions/extract/context-features.ts'
import { ElementSums } from '../../functions/extract/element-sums.ts'
import { featureColumns, MARGIN, RAISED } from '../../functions/extract/feature-columns.ts'
import type { FeatureColumns } from '../../functions/extract/feature-columns.ts'
import { CONTEXT_START, FIRST_FEATURES, NUM_COLUMNS, SECOND_FEATURES } from '../../functions/extract/features.ts'
import { linkedData } from '../../functions/extract/json-ld.ts'
import { emptyMetadata, metadataSink } from '../../functions/extract/metadata.ts'
import { pageFacts } from '../../functions/extract/page-facts.ts'
import type { PageFacts } from '../../functions/extract/page-facts.ts'
import { createScanner } from '../../functions/extract/scan.ts'
import { predict, predictorOf } from '../../functions/extract/tree-model.ts'
import type { TreeModel } from '../../functions/extract/tree-model.ts'
import { mulberry32 } from './boost.ts'
import type { TrainingData } from './boost.ts'
import { labelBlocks, labelSnippets, readGoldPages } from './gold-pages.ts'
import type { GoldPage } from './gold-pages.ts'
import { countTextWords, countWords, wordTable } from './word-counts.ts'
import type { WordCounts, WordTable } from './word-counts.ts'

export const STAGE_FEATURES = [FIRST_FEATURES, SECOND_FEATURES] as const
/** Most of the world's pages are in languages whose words are not known. */
const FOREIGN_SHARE = 0.3
const columnsOf = (names: readonly string[]): number[] => names.map((name) => BLOCK_COLUMNS.indexOf(name))
const STOP_COLUMNS = columnsOf(['stopShare', 'pageStopShare'])
const TEXT_COLUMNS = columnsOf(['textSum', 'textLargest', 'textSmallest', 'headSum', 'headSmallest'])
/** A page of thousands of blocks tells little more than one of hundreds. */
const MAX_ROWS_PER_PAGE = 180

/** The two small sets have a convention of their own each, and are heard among ten times as many pages. */
const SET_WEIGHTS: Readonly<Record<string, number>> = { aeb: 1.5, readability: 1.5 }

export interface Sample extends GoldPage {
  readonly labels: Float32Array
  readonly weights: Float32Array
  readonly facts: PageFacts
  /** Null where only snippets are known: of a class word all text under it must be. */
  readonly words: WordCounts | null
  readonly textWords: WordCounts
  /** Its words are hidden in training, so that the model can do without those it does not know. */
  readonly isForeign: boolean
  /** The rows that training uses. */
  readonly rows: Int32Array
}

export interface WordTables {
  readonly words: WordTable
  readonly textWords: WordTable
}

const scanPage = createScanner()
const sums = new ElementSums()

export async function readSamples(): Promise<Sample[]> {
  const random = mulberry32(7)
  return (await readGoldPages()).map((page) => prepare(page, random))
}

function prepare(page: GoldPage, random: () => number): Sample {
  const metadata = emptyMetadata()
  const scan = scanPage(page.html, metadataSink(metadata))
  const linked = linkedData(metadata.jsonLd)
  const { snippets } = page
  const isKnown = snippets !== null || page.gold !== null
  const { labels, weights } = snippets === null ? labelBlocks(scan, page.gold ?? '') : labelSnippets(scan, snippets)
  const known = Int32Array.from({ length: scan.blocks.count }, (_, row) => row).filter(
    (row) => isKnown && (labels[row] ?? 0) >= 0,
  )
  const share = MAX_ROWS_PER_PAGE / known.length
  const rows = known.filter(() => random() < share)
  // A page weighs the same however long it is.
  const total = rows.reduce((sum, row) => sum + (weights[row] ?? 0), 0)
  const pageWeight = SET_WEIGHTS[page.set] ?? 1
  return {
    ...page,
    labels,
    weights: weights.map((weight) => (weight * pageWeight) / Math.max(total, 1e-9)),
    facts: pageFacts(scan.blocks, { metadata, linked, url: page.url }),
    words: page.gold === null ? null : countWords(scan, labels),
    textWords: isKnown ? countTextWords(scan, labels) : new Map(),
    isForeign: random() < FOREIGN_SHARE,
    rows,
  }
}

/** Word tables of all pages but those of some folds, made once each. */
export function tableMaker(samples: readonly Sample[]): (without: readonly number[]) => WordTables {
  const made = new Map<string, WordTables>()
  return (without) => {
    const key = [...new Set(without)].toSorted((a, b) => a - b).join()
    const known = made.get(key)
    if (known !== undefined) return known
    const pages = samples.filter(({ fold }) => !without.includes(fold))
    const tables = {
      words: wordTable(pages.flatMap(({ words }) => words ?? [])),
      textWords: wordTable(pages.map(({ textWords }) => textWords)),
    }
    made.set(key, tables)
    return tables
  }
}

export interface Seen {
  readonly tables: WordTables
  /** What the first stage said, null before it is asked. */
  readonly p: Float32Array | null
}

/** The rows of `pages` side by side. */
export function trainingData(stage: 0 | 1, pages: readonly Sample[], seen: (page: Sample) => Seen): TrainingData {
  const numRows = pages.reduce((sum, { rows }) => sum + rows.length, 0)
  const asked = STAGE_FEATURES[stage]
  const columns = asked.map(() => new Float32Array(numRows))
  const labels = new Float32Array(numRows)
  const weights = new Float32Array(numRows)
  let to = 0
  for (const page of pages) {
    const { rows } = page
    const { floats, stride } = featuresOf(page, seen(page), page.isForeign)
    for (const [f, { column, step }] of asked.entries()) {
      const from = column * stride + MARGIN + step
      const into = columns[f] as Float32Array
      for (let i = 0; i < rows.length; i++) into[to + i] = floats[from + (rows[i] as number)] as number
    }
    for (let i = 0; i < rows.length; i++) {
      labels[to + i] = page.labels[rows[i] as number] as number
      weights[to + i] = page.weights[rows[i] as number] as number
    }
    to += rows.length
  }
  return { columns, labels, weights }
}

/** What the first stage says of a page's blocks, with the words hidden that the second will not see either. */
export function firstOf(page: Sample, model: TreeModel, tables: WordTables): Float32Array {
  const p = new Float32Array(page.labels.length)
  predict(predictorOf(model, FIRST_FEATURES), featuresOf(page, { tables, p: null }, page.isForeign), {
    probabilities: p,
  })
  return p
}

/** The columns of both stages; good until the next call. */
function featuresOf(page: Sample, { tables, p }: Seen, isHidden: boolean): FeatureColumns {
  const scan = scanPage(page.html)
  const { count } = scan.blocks
  sums.sum(scan, tables.words.table)
  const columns = featureColumns(count, NUM_COLUMNS)
  blockFeatures(scan, { sums, facts: page.facts, textWeights: tables.textWords.table }, columns)
  const fill = (column: number, value: number): void => {
    const from = column * columns.stride + MARGIN
    columns.floats.fill(value, from, from + count)
  }
  if (isHidden) for (const column of STOP_COLUMNS) fill(column, 0)
  if (isHidden) for (const column of TEXT_COLUMNS) fill(column, RAISED)
  if (p !== null) contextFeatures(scan, { sums, p, first: CONTEXT_START }, columns)
  return columns
}
