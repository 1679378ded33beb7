/** `/v1/calibrations`: quantile borders, frozen from the histograms of an index version. */
import { z } from '@hono/zod-openapi'
import { CALIBRATION_BY, FrozenCalibration, KnownCalibration } from '../../schema/calibration.ts'
import { Calibration } from '../../schema/manifest.ts'
import { SOURCES } from '../../schema/shard.ts'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { answer, parseBodyIfAny } from '../http/request.ts'
import { indexHash } from '../kernel/index-hash.ts'
import { calibrationNamed, listCalibrations, storeCalibration } from '../platform/calibrations.ts'
import { shardHistograms, versionNamed } from '../platform/corpus-index.ts'
import { freezeCalibration } from './freeze.ts'

const Order = z
  .strictObject({
    /** The current version where none is named. */
    indexVersion: z.int().positive().optional(),
    by: z.enum(CALIBRATION_BY).default('language'),
    source: z.enum(SOURCES).default('web'),
    models: z.array(z.string().min(1)).max(100).default([]),
  })
  .openapi('CalibrationOrder')
const Summary = Calibration.extend({
  indexVersion: z.int().nullable(),
  by: z.enum(CALIBRATION_BY).nullable(),
  source: z.enum(SOURCES).nullable(),
}).openapi('CalibrationSummary')
const Frozen = FrozenCalibration.openapi('Calibration')
const Known = KnownCalibration.openapi('KnownCalibration')

export const calibrationRoutes = router()

calibrationRoutes.post('/v1/calibrations', requireScope('plan'), async (c) => {
  const { bindings } = c.var
  const { indexVersion, ...asked } = await parseBodyIfAny(Order, c)
  const version = await versionNamed(bindings, indexVersion, 'A calibration is made from a sealed corpus.')
  const shards = await shardHistograms(bindings, version)
  const index = { version, sha256: indexHash(shards) }
  const kept = shards.filter(({ holdout, cell }) => !holdout && cell.startsWith(`${asked.source}/`))
  const uncounted = kept.filter(({ isCounted }) => !isCounted)
  if (uncounted.length > 0) {
    const cells = [...new Set(uncounted.map(({ cell }) => cell))].sort()
    const detail =
      `${uncounted.length} shards were sealed before their tokens were counted by bucket, those of ${cells.join(', ')}: ` +
      'send their objects to a new corpus.'
    throw new Problem('calibration', detail, { cells })
  }
  const frozen = freezeCalibration({ ...asked, shards: kept, index })
  if ('problem' in frozen) {
    const { problem, detail, ...extra } = frozen
    throw new Problem(problem, detail, extra)
  }
  await storeCalibration(bindings, frozen, Date.now())
  return c.json(frozen, 201)
})

calibrationRoutes.get('/v1/calibrations', requireScope('read'), async (c) => {
  const all = await listCalibrations(c.var.bindings)
  const calibrations = all.map(({ id, borders, made }): z.infer<typeof Summary> => ({
    id,
    borders,
    indexVersion: made?.index.version ?? null,
    by: made?.by ?? null,
    source: made?.source ?? null,
  }))
  return c.json({ calibrations })
})

calibrationRoutes.get('/v1/calibrations/:id', requireScope('read'), async (c) =>
  c.json(await calibrationNamed(c.var.bindings, c.req.param('id'))),
)

const registry = calibrationRoutes.openAPIRegistry
registry.registerPath({
  method: 'post',
  path: '/v1/calibrations',
  summary: 'Freeze quantile borders from the sealed corpus',
  request: { body: { content: { 'application/json': { schema: Order } } } },
  responses: { 201: answer('Made', Frozen) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/calibrations',
  summary: 'Calibrations, newest first',
  responses: { 200: answer('Calibrations', z.object({ calibrations: z.array(Summary) })) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/calibrations/{id}',
  summary: 'A calibration with the figures that it was made from',
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: answer('The calibration', Known) },
})
