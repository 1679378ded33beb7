/** `/v1/runs/{run}/reports`: what runs send back. Sums and counts, kept as they came. */
import { z } from '@hono/zod-openapi'
import { asc, eq } from 'drizzle-orm'
import { Report } from '../../schema/report.ts'
import { reports } from '../../schema/tables.ts'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { answer, parseBody } from '../http/request.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import { findReport, readHead, readShards, storeReport } from '../platform/manifests.ts'
import { reportFaults } from './report-faults.ts'

const Taken = z.object({ report: z.string() }).openapi('TakenReport')
const List = z.object({ reports: z.array(Report) }).openapi('Reports')

export const reportRoutes = router()

reportRoutes.post('/v1/runs/:run/reports', requireScope('train'), async (c) => {
  const report = await parseBody(Report, c)
  const run = c.req.param('run')
  if (report.run !== run)
    throw new Problem('invalid-request', `The report is of run "${report.run}", the path says "${run}".`)
  const { bindings } = c.var
  const head = await readHead(bindings, report.manifest)
  if (head === null)
    throw new Problem('not-found', `There is no manifest ${report.manifest}; the report's run read another server's.`)
  if (head.run !== run)
    throw new Problem('invalid-request', `Manifest ${report.manifest} belongs to run "${head.run}".`)
  if (head.holdout.version !== report.holdout) {
    const detail = `The report was measured on hold-out ${report.holdout}, the manifest has ${head.holdout.version}.`
    throw new Problem('invalid-request', detail)
  }
  const errors = reportFaults(report, { head, shards: await readShards(bindings, report.manifest) })
  if (errors.length > 0) {
    const detail = `The report is not one of manifest ${report.manifest}; see errors.`
    throw new Problem('invalid-request', detail, { errors: errors.slice(0, 100) })
  }
  const id = `${report.run}:${report.step}:${report.kind}`
  const given = c.req.header('idempotency-key')
  if (given !== undefined && given !== id) {
    throw new Problem('invalid-request', `Idempotency-Key is "${given}", a report's is run:step:kind, here "${id}".`)
  }
  await storeReport(bindings, id, report, Date.now())
  const stored = await findReport(bindings, id)
  if (stored !== null && canonicalJson(JSON.parse(stored)) !== canonicalJson(report)) {
    throw new Problem(
      'conflict',
      `Report ${id} came before with other figures. A run that starts over needs a name of its own.`,
    )
  }
  return c.json({ report: id } satisfies z.infer<typeof Taken>, 201)
})

reportRoutes.get('/v1/runs/:run/reports', requireScope('read'), async (c) => {
  const rows = await c.var.bindings.db
    .select({ body: reports.body })
    .from(reports)
    .where(eq(reports.run, c.req.param('run')))
    .orderBy(asc(reports.step), asc(reports.createdAtMs))
  return c.json({ reports: rows.map(({ body }) => Report.parse(JSON.parse(body))) })
})

const registry = reportRoutes.openAPIRegistry
const run = z.object({ run: z.string() })
registry.registerPath({
  method: 'post',
  path: '/v1/runs/{run}/reports',
  summary: 'Send a report; its idempotency key is run:step:kind',
  request: { params: run, body: { content: { 'application/json': { schema: Report } } } },
  responses: { 201: answer('Taken', Taken) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/runs/{run}/reports',
  summary: 'Reports of a run, in order',
  request: { params: run },
  responses: { 200: answer('Reports', List) },
})
