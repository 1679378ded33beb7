/** `GET /v1/cells`: what the corpus holds by source, language, topic and quantile, under any calibration. */
import { z } from '@hono/zod-openapi'
import { ALL_TOPICS, LANGUAGES, SOURCES, TOPICS } from '../../schema/shard.ts'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { answer, parseQuery } from '../http/request.ts'
import { calibrationNamed } from '../platform/calibrations.ts'
import { currentVersion, shardHistograms } from '../platform/corpus-index.ts'
import { bordersOf, quantileName, quantileOf } from '../kernel/quantile.ts'

const Filter = z.object({
  source: z.enum(SOURCES).optional(),
  lang: z.enum(LANGUAGES).optional(),
  topic: z.enum([...TOPICS, ALL_TOPICS]).optional(),
  /** Id of a calibration; the newest where none is named. */
  calibration: z.string().optional(),
})
const Cell = z
  .object({
    source: z.string(),
    lang: z.string(),
    topic: z.string(),
    /** `q01` (easiest) to `q10`; null for documents that are in none. */
    quantile: z.string().nullable(),
    documents: z.int(),
    bytes: z.int(),
    /** Tokens that the n-gram model scored; null where shards are older than this count. */
    tokens: z.int().nullable(),
  })
  .openapi('Cell')
const NotScored = z
  .object({ cell: z.string(), pplModel: z.string().nullable(), documents: z.int(), bytes: z.int() })
  .openapi('NotScored')
const Cells = z
  .object({
    indexVersion: z.int(),
    calibration: z.string(),
    cells: z.array(Cell),
    /** Cells whose documents another model scored than the one that the borders were cut under: they are in no quantile. */
    notScored: z.array(NotScored),
  })
  .openapi('Cells')

export const cellRoutes = router()

cellRoutes.get('/v1/cells', requireScope('read'), async (c) => {
  const filter = parseQuery(Filter, c)
  const version = await currentVersion(c.var.bindings)
  const calibration = await calibrationNamed(c.var.bindings, filter.calibration)
  const sums = new Map<string, z.infer<typeof Cell>>()
  const strangers = new Map<string, z.infer<typeof NotScored>>()
  for (const { cell, pplModel, counts, holdout, isCounted } of await shardHistograms(c.var.bindings, version)) {
    const [source = '', lang = '', topic = ''] = cell.split('/')
    if (holdout) continue
    if ((filter.source ?? source) !== source || (filter.lang ?? lang) !== lang || (filter.topic ?? topic) !== topic)
      continue
    const own = bordersOf(calibration, { lang, topic })
    const borders = own?.pplModel === pplModel ? own?.borders : undefined
    for (const [bucket, documents, bytes, tokens] of counts) {
      const number = borders === undefined ? null : quantileOf(bucket, borders)
      const quantile = number === null ? null : quantileName(number)
      const key = `${cell}/${quantile ?? ''}`
      const sum = sums.get(key) ?? { source, lang, topic, quantile, documents: 0, bytes: 0, tokens: 0 }
      sums.set(key, {
        ...sum,
        documents: sum.documents + documents,
        bytes: sum.bytes + bytes,
        tokens: isCounted && sum.tokens !== null ? sum.tokens + tokens : null,
      })
      if (borders !== undefined) continue
      const stranger = strangers.get(`${cell} ${pplModel}`) ?? { cell, pplModel, documents: 0, bytes: 0 }
      strangers.set(`${cell} ${pplModel}`, stranger)
      stranger.documents += documents
      stranger.bytes += bytes
    }
  }
  const inOrder = <T>(map: ReadonlyMap<string, T>): T[] =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
  return c.json({
    indexVersion: version,
    calibration: calibration.id,
    cells: inOrder(sums),
    notScored: inOrder(strangers),
  } satisfies z.infer<typeof Cells>)
})

cellRoutes.openAPIRegistry.registerPath({
  method: 'get',
  path: '/v1/cells',
  summary: 'Documents, bytes and tokens by source, language, topic and quantile',
  request: { query: Filter },
  responses: { 200: answer('Cells', Cells) },
})
