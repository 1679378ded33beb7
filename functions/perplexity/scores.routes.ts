/** `/v1/scores`: scores of shards by another model than the one that they are sorted by, made by whoever has the model. */
import { z } from '@hono/zod-openapi'
import { and, eq } from 'drizzle-orm'
import { LANGUAGES, type ShardScores } from '../../schema/shard.ts'
import { shardScores } from '../../schema/tables.ts'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { answer, bodyAtMost, parseQuery } from '../http/request.ts'
import { currentVersion, findKept, indexLines } from '../platform/corpus-index.ts'
import { r2Store } from '../platform/r2-store.ts'
import { isScored } from '../seal/cells-to-sort.ts'
import { openParquet } from '../seal/parquet-file.ts'
import { checkScores, scoresKey } from '../seal/scores-file.ts'
import { scoreMistake } from './bucket.ts'

/** A shard of 128 MiB of the shortest texts has a million rows of about ten bytes. */
const MAX_BYTES = 32 * 1024 * 1024

const ModelId = z.string().regex(/^[a-z0-9-]{1,24}@[0-9a-f]{12}$/, 'expected name@ and 12 hex digits')
const Query = z.object({ model: ModelId, lang: z.enum(LANGUAGES) })
const Shard = z.object({
  shard: z.string(),
  sha256: z.string(),
  cell: z.string(),
  rows: z.int(),
  bytes: z.int(),
  /** Whether the model has scored it, of its own or beside it. */
  scored: z.boolean(),
})
const List = z.object({ indexVersion: z.int(), shards: z.array(Shard) }).openapi('ShardsToScore')
const Stored = z
  .object({ shard: z.string(), pplModel: z.string(), scores: z.string(), sha256: z.string() })
  .openapi('Scores')

export const scoreRoutes = router()

scoreRoutes.get('/v1/scores', requireScope('read'), async (c) => {
  const { model, lang } = parseQuery(Query, c)
  const indexVersion = await currentVersion(c.var.bindings)
  const lines = await indexLines(c.var.bindings, indexVersion, { hasCuts: false })
  const shards = lines
    .filter(({ holdout, cell }) => holdout !== true && cell.split('/')[1] === lang)
    .map((line) => {
      const { shard, sha256, cell, rows, bytes } = line
      return { shard, sha256, cell, rows, bytes, scored: isScored(line, model) }
    })
  return c.json({ indexVersion, shards } satisfies z.infer<typeof List>)
})

scoreRoutes.put('/v1/scores/:model/:key{.+}', requireScope('plan'), async (c) => {
  const { bindings } = c.var
  const { model: pplModel, key } = c.req.param()
  const invalid = (detail: string): Problem => new Problem('invalid-request', detail)
  const named = ModelId.safeParse(pplModel)
  if (!named.success)
    throw invalid(`"${pplModel.slice(0, 80)}" is no id of a model, ${named.error.issues[0]?.message}.`)
  const line = await findKept(bindings, await currentVersion(bindings), key)
  if (line === null) throw new Problem('not-found', `The index has no shard ${key.slice(0, 200)} to be scored.`)
  if (line.pplModel === pplModel) throw invalid(`${key} is sorted by ${pplModel}: its scores are in its rows.`)
  const body = await bodyAtMost(c, MAX_BYTES)
  if (body === null)
    throw new Problem('body-too-large', `Scores of a shard have at most ${MAX_BYTES} bytes.`, { maxBytes: MAX_BYTES })
  const store = r2Store(bindings.corpus)
  const file = await openParquet(store, key)
  const sizes = (await file.read(0, file.rows, ['bytes'])).map((row) => Number(row['bytes']))
  const checked = await checkScores(body, { line, pplModel, sizes, mistake: scoreMistake })
  if ('mistake' in checked) throw invalid(`These are no scores of ${key} by ${pplModel}: ${checked.mistake}.`)
  const { sha256, histogram } = checked
  const scores = scoresKey(key, pplModel)
  const own = and(eq(shardScores.shard, key), eq(shardScores.pplModel, pplModel))
  const [there] = await bindings.db.select().from(shardScores).where(own)
  if (there !== undefined && there.sha256 !== sha256) {
    const detail = `${key} was scored by ${pplModel} otherwise: the same model gives the same scores.`
    throw new Problem('conflict', detail)
  }
  // Also those that are known: what was lost or replaced is mended.
  await store.put(scores, body)
  if (there === undefined) {
    const row = { shard: key, pplModel, scores, sha256, histogram: JSON.stringify(histogram), createdAtMs: Date.now() }
    await bindings.db.insert(shardScores).values(row).onConflictDoNothing()
  }
  return c.json({ shard: key, pplModel, scores, sha256 } satisfies Omit<ShardScores, 'histogram'> & { shard: string })
})

const registry = scoreRoutes.openAPIRegistry
registry.registerPath({
  method: 'get',
  path: '/v1/scores',
  summary: 'Shards of a language, and whether a model has scored them',
  request: { query: Query },
  responses: { 200: answer('Shards', List) },
})
registry.registerPath({
  method: 'put',
  path: '/v1/scores/{model}/{key}',
  summary: 'Scores of a shard by another model',
  request: { params: z.object({ model: ModelId, key: z.string() }) },
  responses: { 200: answer('Kept', Stored) },
})
