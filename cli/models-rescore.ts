/** `millrace models rescore`: a new n-gram model over the shards of a folder, into files beside them. */
import path from 'node:path'
import type { NgramModel } from '../functions/perplexity/ngram-model.ts'
import { rescoreShard } from '../functions/rescore.ts'
import type { BlobStore } from '../functions/seal/ports.ts'
import type { IndexLine, ShardScores } from '../schema/shard.ts'
import { readArguments, UsageError } from './arguments.ts'
import { clientFrom, escapeKey, type Client } from './client.ts'
import { replaceIndex } from './compact.ts'
import { indexFile } from './calibration-files.ts'
import { fileStore } from './file-store.ts'
import { indexLinesOf } from './manifest-files.ts'
import { openModelFile } from './model-options.ts'
import { showProgress } from './progress.ts'

const USAGE = `Usage: millrace models rescore DIR --model FILE
       millrace models rescore --to URL --key KEY --model FILE

Scores every document of the model's language in a folder that "millrace process" wrote, unless the model has. The scores
go to DIR/scores, a file for each shard, and the index names them; shards stay as they are. What was scored is not scored
again, so a run that was stopped goes on. Then "millrace models calibrate DIR --model ID" cuts the new buckets, and
"millrace compact DIR" sorts the shards by them.
With --to (or MILLRACE_URL and MILLRACE_KEY) the shards of a server, one after another: fetched, scored here, and the
scores sent back. The key needs the scopes read and plan.
Prints a line of JSON: {"model", "shards", "documents", "there"}.`

export async function rescoreCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    options: { model: { type: 'string' }, to: { type: 'string' }, key: { type: 'string' } },
    positionals: { name: 'folder', max: 1 },
  })
  const [place] = positionals
  if (place !== undefined && values.to !== undefined)
    throw new UsageError(`${place} is a folder here, --to a server: give one or the other`, USAGE)
  if (values.model === undefined)
    throw new UsageError('--model FILE is missing: the n-gram model that is to score.', USAGE)
  const client = place === undefined ? clientFrom(values, USAGE) : null
  const model = await openNgram(values.model)
  const done = client === null ? await rescoreFolder(place ?? '', model) : await rescoreServer(client, model)
  console.log(JSON.stringify({ model: model.id, ...done }))
  return 0
}

async function openNgram(file: string): Promise<NgramModel> {
  const { kind, id, model } = await openModelFile(file)
  if (kind === 'ngram') return model
  throw new UsageError(`${file} is ${id}, a ${kind} model, expected an n-gram model: perplexity is its to give.`)
}

/** The errors of a shard do not know whose they are. */
async function rescoreOne(...[store, line, model]: Parameters<typeof rescoreShard>): Promise<ShardScores> {
  try {
    return await rescoreShard(store, line, model)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`${line.shard}: ${message}: the shard, or its scores, may be damaged`, { cause: error })
  }
}

interface Done {
  readonly shards: number
  readonly documents: number
  /** Shards that the model had scored before. */
  readonly there: number
}

async function rescoreFolder(place: string, model: NgramModel): Promise<Done> {
  const index = indexFile(place)
  const folder = path.dirname(index)
  const lines = [...indexLinesOf(index)]
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
    const scores = await rescoreOne(store, line, model)
    next.push({ ...line, scores: [...(line.scores ?? []), scores] })
    bar.add(line.bytes)
  }
  bar.done()
  await replaceIndex(index, next)
  const documents = [...open].reduce((sum, { rows }) => sum + rows, 0)
  return { shards: open.size, documents, there: own.length - open.size }
}

interface Listed {
  readonly shards: readonly (Pick<IndexLine, 'shard' | 'sha256' | 'cell' | 'rows' | 'bytes'> & {
    readonly scored: boolean
  })[]
}

/** One shard at a time in memory, as it is stored. */
async function rescoreServer(client: Client, model: NgramModel): Promise<Done> {
  const { shards } = await client.json<Listed>('GET', '/v1/scores', { query: { model: model.id, lang: model.lang } })
  const open = shards.filter(({ scored }) => !scored)
  const bar = showProgress(`rescoring with ${model.id}`, {
    total: open.reduce((sum, { bytes }) => sum + bytes, 0),
    unit: 'bytes',
  })
  for (const line of open) {
    const store = oneShard(
      new Uint8Array(await (await client.call('GET', `/v1/shards/${escapeKey(line.shard)}`)).arrayBuffer()),
    )
    const { scores } = await rescoreOne(store, line, model)
    const body = new Blob([new Uint8Array((await store.get(scores)) ?? [])])
    await client.call('PUT', `/v1/scores/${encodeURIComponent(model.id)}/${escapeKey(line.shard)}`, { body })
    bar.add(line.bytes)
  }
  bar.done()
  const documents = open.reduce((sum, { rows }) => sum + rows, 0)
  return { shards: open.length, documents, there: shards.length - open.length }
}

/** A store that has the bytes of a shard, and what is put into it. */
function oneShard(bytes: Uint8Array): BlobStore {
  const put = new Map<string, Uint8Array>()
  const of = (key: string): Uint8Array | undefined => put.get(key) ?? (key.startsWith('scores/') ? undefined : bytes)
  return {
    get: async (key) => of(key) ?? null,
    size: async (key) => of(key)?.length ?? null,
    range: async (key, start, end) => (of(key) ?? new Uint8Array(0)).subarray(start, end),
    put: async (key, own) => void put.set(key, own),
    upload: () => Promise.reject(new Error('scores are written whole')),
  }
}

const hasScores = ({ pplModel, scores = [] }: IndexLine, model: string): boolean =>
  pplModel === model || scores.some((one) => one.pplModel === model)
