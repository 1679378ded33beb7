/** `millrace models rescore`: a new n-gram model over the shards of a folder, into files beside them. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { loadNgramModel } from '../functions/perplexity/ngram-model.ts'
import { rescoreShard } from '../functions/rescore.ts'
import type { IndexLine } from '../schema/shard.ts'
import { readArguments, UsageError } from './arguments.ts'
import { replaceIndex } from './compact.ts'
import { indexFile } from './calibration-files.ts'
import { fileStore } from './file-store.ts'
import { indexLinesOf } from './manifest-files.ts'
import { showProgress } from './progress.ts'

const USAGE = `Usage: millrace models rescore DIR --model FILE

Scores every document of the model's language in a folder that "millrace process" wrote, unless the model has. The scores
go to DIR/scores, a file for each shard, and the index names them; shards stay as they are. What was scored is not scored
again, so a run that was stopped goes on. Then "millrace models calibrate DIR --model ID" cuts the new buckets, and
"millrace compact DIR" sorts the shards by them.
Prints a line of JSON: {"model", "shards", "documents", "there"}.`

export async function rescoreCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    options: { model: { type: 'string' } },
    positionals: { name: 'folder', min: 1, max: 1 },
  })
  const [place = ''] = positionals
  if (values.model === undefined)
    throw new UsageError('--model FILE is missing: the n-gram model that is to score.', USAGE)
  const index = indexFile(place)
  const folder = path.dirname(index)
  const lines = [...indexLinesOf(index)]
  const model = loadNgramModel(await readFile(values.model))
  const own = lines.filter(({ cell, holdout }) => holdout !== true && cell.split('/')[1] === model.lang)
  if (own.length === 0) {
    const languages = [...new Set(lines.map(({ cell }) => cell.split('/')[1] ?? ''))].sort().join(', ')
    throw new UsageError(`${model.id} scores ${model.lang}, but the index has shards of ${languages} alone.`)
  }
  const open = new Set(own.filter((line) => !hasScores(line, model.id)))
  const total = [...open].reduce((sum, { bytes }) => sum + bytes, 0)
  const bar = showProgress(`rescoring with ${model.id}`, { total, unit: 'bytes' })
  const store = fileStore(folder)
  const next: IndexLine[] = []
  for (const line of lines) {
    if (!open.has(line)) {
      next.push(line)
      continue
    }
    const scores = await rescoreShard(store, line, model)
    next.push({ ...line, scores: [...(line.scores ?? []), scores] })
    bar.add(line.bytes)
  }
  bar.done()
  await replaceIndex(index, next)
  const documents = [...open].reduce((sum, { rows }) => sum + rows, 0)
  console.log(JSON.stringify({ model: model.id, shards: open.size, documents, there: own.length - open.size }))
  return 0
}

const hasScores = ({ pplModel, scores = [] }: IndexLine, model: string): boolean =>
  pplModel === model || scores.some((one) => one.pplModel === model)
