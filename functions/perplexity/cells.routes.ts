/** `GET /v1/cells`: what the corpus holds by source, language, topic and quantile. `/v1/calibrations`: the borders. */
import { z } from '@hono/zod-openapi'
import { createHash } from 'node:crypto'
import { desc } from 'drizzle-orm'
import { Calibration } from '../../schema/manifest.ts'
import { ALL_TOPICS, LANGUAGES, SOURCES, TOPICS } from '../../schema/shard.ts'
import { calibrations } from '../../schema/tables.ts'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { answer, parseQuery } from '../http/request.ts'
import { currentCalibration } from '../platform/calibrations.ts'
import { cellHistograms, currentVersion } from '../platform/corpus-index.ts'
import { DEFAULT_CALIBRATION } from '../platform/models.ts'
import { quantileName, quantileOf } from '../kernel/quantile.ts'
import { calibrate } from './calibration.ts'

const Filter = z.object({
  source: z.enum(SOURCES).optional(),
  lang: z.enum(LANGUAGES).optional(),
  topic: z.enum([...TOPICS, ALL_TOPICS]).optional(),
})
const Cell = z
  .object({
    source: z.string(),
    lang: z.string(),
    topic: z.string(),
    /** `q01` (easiest) to `q10`; null for documents too short to be scored. */
    quantile: z.string().nullable(),
    documents: z.int(),
    bytes: z.int(),
  })
  .openapi('Cell')
const Cells = z.object({ indexVersion: z.int(), calibration: z.string(), cells: z.array(Cell) }).openapi('Cells')
const CalibrationView = Calibration.openapi('Calibration')

export const cellRoutes = router()

cellRoutes.get('/v1/cells', requireScope('read'), async (c) => {
  const filter = parseQuery(Filter, c)
  const version = await currentVersion(c.var.bindings)
  const calibration = await currentCalibration(c.var.bindings)
  const sums = new Map<string, z.infer<typeof Cell>>()
  for (const { cell, counts } of await cellHistograms(c.var.bindings, version)) {
    const [source = '', lang = '', topic = ''] = cell.split('/')
    if ((filter.source ?? source) !== source || (filter.lang ?? lang) !== lang || (filter.topic ?? topic) !== topic)
      continue
    for (const [bucket, documents, bytes] of counts) {
      const number = quantileOf(bucket, calibration.borders[lang]?.borders ?? [])
      const quantile = number === null ? null : quantileName(number)
      const key = `${cell}/${quantile ?? ''}`
      const sum = sums.get(key) ?? { source, lang, topic, quantile, documents: 0, bytes: 0 }
      sums.set(key, { ...sum, documents: sum.documents + documents, bytes: sum.bytes + bytes })
    }
  }
  const cells = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum)
  return c.json({ indexVersion: version, calibration: calibration.id, cells } satisfies z.infer<typeof Cells>)
})

cellRoutes.post('/v1/calibrations', requireScope('plan'), async (c) => {
  const { bindings } = c.var
  const version = await currentVersion(bindings)
  if (version === 0)
    throw new Problem(
      'nothing-sealed',
      'A calibration is made from a sealed corpus. Close a batch and wait for its seal.',
    )
  const languages = new Map<string, { models: Set<string>; histogram: Map<number, number> }>()
  for (const { cell, pplModel, counts } of await cellHistograms(bindings, version)) {
    const [source, lang = ''] = cell.split('/')
    // Quantiles describe web pages; other sources are placed on the same scale.
    if (source !== 'web' || pplModel === null) continue
    const own = languages.get(lang) ?? { models: new Set<string>(), histogram: new Map<number, number>() }
    languages.set(lang, own)
    own.models.add(pplModel)
    for (const [bucket, , bytes] of counts) {
      if (bucket !== null) own.histogram.set(bucket, (own.histogram.get(bucket) ?? 0) + bytes)
    }
  }
  const borders: Record<string, { pplModel: string; borders: number[] }> = {
    ...(await currentCalibration(bindings)).borders,
  }
  for (const [lang, { models, histogram }] of languages) {
    const [pplModel, ...others] = [...models].sort()
    if (pplModel === undefined) continue
    if (others.length > 0) {
      throw new Problem(
        'mixed-models',
        `Rows of ${lang} were scored by ${[...models].join(' and ')}; a calibration has one model for each language.`,
      )
    }
    borders[lang] = { pplModel, borders: calibrate(histogram) }
  }
  const body = { indexVersion: version, borders }
  const id = `cal-${createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16)}`
  const calibration: Calibration = { id, borders }
  await bindings.db
    .insert(calibrations)
    .values({ id, indexVersion: version, body: JSON.stringify(calibration), createdAtMs: Date.now() })
    .onConflictDoNothing()
  return c.json(calibration, 201)
})

cellRoutes.get('/v1/calibrations', requireScope('read'), async (c) => {
  const rows = await c.var.bindings.db.select().from(calibrations).orderBy(desc(calibrations.createdAtMs)).limit(200)
  return c.json({ calibrations: [...rows.map(({ body }) => Calibration.parse(JSON.parse(body))), DEFAULT_CALIBRATION] })
})

const registry = cellRoutes.openAPIRegistry
registry.registerPath({
  method: 'get',
  path: '/v1/cells',
  summary: 'Documents and bytes by source, language, topic and quantile',
  request: { query: Filter },
  responses: { 200: answer('Cells', Cells) },
})
registry.registerPath({
  method: 'post',
  path: '/v1/calibrations',
  summary: 'Freeze quantile borders from the sealed corpus',
  responses: { 201: answer('Made', CalibrationView) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/calibrations',
  summary: 'Calibrations, newest first',
  responses: { 200: answer('Calibrations', z.object({ calibrations: z.array(CalibrationView) })) },
})
