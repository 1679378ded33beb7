/** A second n-gram model, and its scores sent to a world as a client does. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import { loadNgramModel, type NgramModel } from '../../functions/perplexity/ngram-model.ts'
import { rescoreShard } from '../../functions/rescore.ts'
import { trainModel } from '../../models/training/lm-train.ts'
import { writeTableFile } from '../../models/training/ngram-table-file.ts'
import { memoryStore } from '../support/memory-store.ts'
import { call, send } from './client.ts'
import { articles } from './pages.ts'
import type { World } from './world.ts'

async function* paragraphs(lang: string): AsyncGenerator<string> {
  for (const { blocks } of articles(8, { lang })) {
    for (const block of blocks)
      yield await Promise.resolve(`${block.kind === 'list' ? block.items.join('\n') : block.text}\n`)
  }
}

/** Counted on a few articles of the sample. */
export async function trainedModel(lang = 'en'): Promise<NgramModel> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-second-'))
  try {
    const trained = await trainModel(paragraphs(lang), {
      order: 3,
      prune: [0, 0, 1],
      isOwn: true,
      fallback: [0.5, 1, 1.5],
      folder,
      bufferBytes: 1e6,
    })
    const file = path.join(folder, 'second.bin')
    const { unknown } = trained
    writeTableFile(file, trained.table, {
      name: 'second',
      lang,
      order: 3,
      unknown,
      hasUnknown: false,
      isOwn: true,
      bits: 8,
    })
    return loadNgramModel(readFileSync(file))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export interface ShardToScore {
  readonly shard: string
  readonly sha256: string
  readonly cell: string
  readonly rows: number
  readonly scored: boolean
}

export async function toScore(world: World, key: string, model: NgramModel): Promise<ShardToScore[]> {
  const { status, body } = await call(world, `/v1/scores?model=${model.id}&lang=${model.lang}`, { key })
  expect(status).toBe(200)
  return body['shards'] as ShardToScore[]
}

/** The file of scores that a client makes of a shard that it has fetched. */
export async function scoresFor(
  world: World,
  key: string,
  { line, model }: { line: ShardToScore; model: NgramModel },
): Promise<Uint8Array<ArrayBuffer>> {
  const store = memoryStore()
  const response = await send(world, `/v1/shards/${line.shard}`, { key })
  await store.put(line.shard, new Uint8Array(await response.arrayBuffer()))
  const { scores } = await rescoreShard(store, line, model)
  return new Uint8Array(store.objects.get(scores) ?? [])
}

export const scoresPath = (line: ShardToScore, model: NgramModel): string => `/v1/scores/${model.id}/${line.shard}`

/** Scores all that is not scored. */
export async function rescoreAll(world: World, key: string, model: NgramModel): Promise<number> {
  const open = (await toScore(world, key, model)).filter(({ scored }) => !scored)
  for (const line of open) {
    const body = await scoresFor(world, key, { line, model })
    const { status } = await call(world, scoresPath(line, model), { method: 'PUT', key, body })
    expect(status).toBe(200)
  }
  return open.length
}
