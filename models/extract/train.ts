/**
 * Trains the two stages of the block model on the development sets and writes functions/extract/block-model.ts.
 * `node models/extract/train.ts [--folds FOLDER [--ship]]`: with a folder, a model is written for each fold of sites, trained without
 * it (`fold-N.json`), and which page is in which fold (`pages.json`): what out-of-fold figures are made of. Then the shipped model
 * is left as it is, unless `--ship` asks for both in one run.
 * The second stage reads what the first said of pages that it had not seen: for the shipped model of the page's own fold, for a
 * fold's model neither of the page's fold nor of the one held out.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { TreeModel } from '../../functions/extract/tree-model.ts'
import { boost } from './boost.ts'
import { NUM_FOLDS } from './gold-pages.ts'
import { firstOf, readSamples, tableMaker, trainingData } from './samples.ts'
import type { Sample } from './samples.ts'
import { packModel, writeModel } from './write-model.ts'
import type { TrainedModel } from './write-model.ts'

const STAGES = [
  { trees: 150, depth: 6, rate: 0.09, l2: 0.03, rowShare: 0.5, featureShare: 0.4, seed: 1 },
  { trees: 150, depth: 6, rate: 0.08, l2: 0.03, rowShare: 0.5, featureShare: 0.4, seed: 2 },
] as const
const FOLDS = Array.from({ length: NUM_FOLDS }, (_, fold) => fold)

const log = (text: string): void => console.error(`${(performance.now() / 1000).toFixed(0)} s: ${text}`)

const { values } = parseArgs({ options: { folds: { type: 'string' }, ship: { type: 'boolean' } } })
const samples = await readSamples()
const tablesWithout = tableMaker(samples)
const firsts = new Map<string, TreeModel>()
log(`${samples.length} pages, ${samples.reduce((n, { rows }) => n + rows.length, 0)} training rows`)

if (values.folds === undefined || values.ship === true) {
  const file = path.join(import.meta.dirname, '../../functions/extract/block-model.ts')
  writeFileSync(file, writeModel(trainWithout([])))
  log(`wrote ${file}`)
}
if (values.folds !== undefined) {
  mkdirSync(values.folds, { recursive: true })
  for (const fold of FOLDS) {
    writeFileSync(path.join(values.folds, `fold-${fold}.json`), JSON.stringify(packModel(trainWithout([fold]))))
    log(`both stages without fold ${fold}`)
  }
  const foldOf = Object.fromEntries(samples.map(({ url, fold }) => [url, fold]))
  // Last: a run that was broken off has no list of pages, and is run again.
  writeFileSync(path.join(values.folds, 'pages.json'), JSON.stringify(foldOf))
}

function trainWithout(held: readonly number[]): TrainedModel {
  const said = new Map<Sample, Float32Array>()
  for (const fold of FOLDS.filter((other) => !held.includes(other))) {
    const first = firstWithout([...held, fold])
    const tables = tablesWithout([...held, fold])
    for (const page of samples) if (page.fold === fold) said.set(page, firstOf(page, first, tables))
  }
  const data = trainingData(1, pagesWithout(held), (page) => ({
    tables: tablesWithout([...held, page.fold]),
    p: said.get(page) ?? null,
  }))
  return { ...tablesWithout(held), first: firstWithout(held), second: boost(data, STAGES[1]) }
}

function firstWithout(held: readonly number[]): TreeModel {
  const key = held.toSorted((a, b) => a - b).join()
  const known = firsts.get(key)
  if (known !== undefined) return known
  const data = trainingData(0, pagesWithout(held), (page) => ({
    tables: tablesWithout([...held, page.fold]),
    p: null,
  }))
  const made = boost(data, STAGES[0])
  firsts.set(key, made)
  log(`first stage without ${key === '' ? 'nothing' : `folds ${key}`}`)
  return made
}

function pagesWithout(held: readonly number[]): Sample[] {
  return samples.filter((page) => !held.includes(page.fold) && page.rows.length > 0)
}
