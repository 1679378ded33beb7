/**
 * Trains the two stages of the block model on the development sets and writes functions/extract/block-model.ts.
 * `node models/extract/train.ts [--folds FOLDER]`: with a folder, no model is written but one for each fold of sites, trained
 * without it (`fold-N.json`), and which page is in which fold (`pages.json`): what out-of-fold figures are made of.
 * Class-word weights of a training page are learned without its own fold, and so are the first stage's probabilities that
 * the second stage reads: each stage is trained on what it will see.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { BLOCK_COLUMNS, blockFeatures } from '../../functions/extract/block-features.ts'
import { contextFeatures } from '../../functions/extract/context-features.ts'
import { ElementSums } from '../../functions/extract/element-sums.ts'
import { featureColumns, MARGIN } from '../../functions/extract/feature-columns.ts'
import { CONTEXT_START, FIRST_FEATURES, NUM_COLUMNS, SECOND_FEATURES } from '../../functions/extract/features.ts'
import { createScanner } from '../../functions/extract/scan.ts'
import { predict, predictorOf } from '../../functions/extract/tree-model.ts'
import type { TreeModel } from '../../functions/extract/tree-model.ts'
import type { WordWeights } from '../../functions/extract/word-weights.ts'
import { boost, mulberry32 } from './boost.ts'
import type { TrainingData } from './boost.ts'
import { labelBlocks, NUM_FOLDS, readGoldPages } from './gold-pages.ts'
import type { GoldPage } from './gold-pages.ts'
import { countWords, wordTable } from './word-counts.ts'
import type { WordCounts } from './word-counts.ts'
import { packModel, writeModel } from './write-model.ts'

const STAGES = [
  { trees: 60, depth: 6, rate: 0.2, l2: 2e-3, rowShare: 0.35, featureShare: 0.4, seed: 1 },
  { trees: 60, depth: 6, rate: 0.18, l2: 2e-3, rowShare: 0.35, featureShare: 0.4, seed: 2 },
] as const
const STAGE_FEATURES = [FIRST_FEATURES, SECOND_FEATURES] as const
/** Most of the world's pages are in languages whose function words are not counted. */
const FOREIGN_SHARE = 0.3
const STOP_COLUMNS = ['stopShare', 'pageStopShare'].map((name) => BLOCK_COLUMNS.indexOf(name))
/** A page of thousands of blocks tells little more than one of hundreds. */
const MAX_ROWS_PER_PAGE = 250

interface Sample extends GoldPage {
  readonly labels: Float32Array
  readonly weights: Float32Array
  readonly words: WordCounts
  /** Its function words are hidden in training, so that the model can do without those it does not know. */
  readonly isForeign: boolean
  /** The rows that training uses. */
  readonly rows: Int32Array
  readonly p: Float32Array
}

const tables = new Map<string, ReturnType<typeof wordTable>>()
const scanPage = createScanner()
const sums = new ElementSums()
const random = mulberry32(7)
const log = (text: string): void => console.error(`${(performance.now() / 1000).toFixed(0)} s: ${text}`)

const { values } = parseArgs({ options: { folds: { type: 'string' } } })
const samples = (await readGoldPages()).map(prepare)
log(`${samples.length} pages, ${samples.reduce((n, { rows }) => n + rows.length, 0)} training rows`)
const all = samples.filter(({ gold }) => gold !== null)

const firsts: TreeModel[] = []
for (let fold = 0; fold < NUM_FOLDS; fold++) {
  const first = train(
    0,
    all.filter((page) => page.fold !== fold),
    fold,
  )
  firsts.push(first)
  for (const page of samples.filter((other) => other.fold === fold)) predictFirst(page, first, tableWithout([fold]))
  log(`first stage without fold ${fold}`)
}
if (values.folds === undefined) {
  const words = wordTable(all.map((page) => page.words))
  const file = path.join(import.meta.dirname, '../../functions/extract/block-model.ts')
  writeFileSync(file, writeModel({ words, first: train(0, all, -1), second: train(1, all, -1) }))
  log(`wrote ${file}`)
} else {
  mkdirSync(values.folds, { recursive: true })
  const foldOf: Record<string, number> = {}
  for (const { url, fold } of samples) foldOf[url] = fold
  for (const [fold, first] of firsts.entries()) {
    const rest = all.filter((page) => page.fold !== fold)
    const model = { words: wordTable(rest.map((page) => page.words)), first, second: train(1, rest, fold) }
    writeFileSync(path.join(values.folds, `fold-${fold}.json`), JSON.stringify(packModel(model)))
    log(`second stage without fold ${fold}`)
  }
  // Last: a run that was broken off has no list of pages, and is run again.
  writeFileSync(path.join(values.folds, 'pages.json'), JSON.stringify(foldOf))
}

function prepare(page: GoldPage): Sample {
  const scan = scanPage(page.html)
  const { labels, weights } = labelBlocks(scan, page.gold ?? '')
  const rows = Int32Array.from({ length: scan.blocks.count }, (_, row) => row)
  const share = MAX_ROWS_PER_PAGE / rows.length
  const sampled = rows.filter(() => random() < share)
  const kept = sampled.reduce((sum, row) => sum + (weights[row] ?? 0), 0)
  return {
    ...page,
    labels,
    weights: weights.map((weight) => weight / Math.max(kept, 1e-9)),
    words: countWords(scan, labels),
    isForeign: random() < FOREIGN_SHARE,
    rows: sampled,
    p: new Float32Array(scan.blocks.count),
  }
}

function tableWithout(folds: readonly number[]): WordWeights {
  const key = folds.toSorted((a, b) => a - b).join()
  const known = tables.get(key)
  if (known !== undefined) return known.table
  const made = wordTable(all.filter(({ fold }) => !folds.includes(fold)).map(({ words }) => words))
  tables.set(key, made)
  return made.table
}

function train(stage: 0 | 1, pages: readonly Sample[], heldOut: number): TreeModel {
  const numRows = pages.reduce((sum, { rows }) => sum + rows.length, 0)
  const asked = STAGE_FEATURES[stage]
  const data: TrainingData = {
    columns: asked.map(() => new Float32Array(numRows)),
    labels: new Float32Array(numRows),
    weights: new Float32Array(numRows),
  }
  let to = 0
  for (const page of pages) {
    const { columns } = featuresOf(page, tableWithout([page.fold, heldOut]))
    for (const row of page.rows) {
      for (const [f, { column, step }] of asked.entries())
        (data.columns[f] as Float32Array)[to] = columns.floats[column * columns.stride + MARGIN + row + step] as number
      data.labels[to] = page.labels[row] as number
      data.weights[to] = page.weights[row] as number
      to++
    }
  }
  return boost(data, STAGES[stage])
}

/** The columns of both stages; good until the next call. */
function featuresOf(page: Sample, table: WordWeights) {
  const scan = scanPage(page.html)
  sums.sum(scan, table)
  const columns = featureColumns(scan.blocks.count, NUM_COLUMNS)
  blockFeatures(scan, sums, columns)
  for (let block = 0; page.isForeign && block < scan.blocks.count; block++)
    for (const column of STOP_COLUMNS) columns.floats[column * columns.stride + MARGIN + block] = 0
  contextFeatures(scan, { sums, p: page.p, first: CONTEXT_START }, columns)
  return { scan, columns }
}

function predictFirst(page: Sample, model: TreeModel, table: WordWeights): void {
  const { columns } = featuresOf(page, table)
  predict(predictorOf(model, STAGE_FEATURES[0]), columns, page.p)
}
