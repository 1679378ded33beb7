/** A second n-gram model, and its scores sent to a world as a client does. */
import { expect } from 'vitest'
import { loadNgramModel, type NgramModel } from '../../functions/perplexity/ngram-model.ts'
import { rescoreShard } from '../../functions/rescore.ts'
import { memoryStore } from '../support/memory-store.ts'
import { ngramFile } from '../support/small-models.ts'
import { call, send } from './client.ts'
import type { World } from './world.ts'

/** Made-up n-grams: few of a text's are among them, so that scores of many texts lie close together. */
export const trainedModel = (lang = 'en'): NgramModel =>
  loadNgramModel(ngramFile({ lang, name: 'second', slots: 300_000, seed: 7 }))

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
