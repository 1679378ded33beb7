/** Batches as their owner sees them: open, close, and the funnel. */
import { z } from '@hono/zod-openapi'
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import { createHash } from 'node:crypto'
import { readChosen } from '../../schema/models.ts'
import { batches, parked, seals } from '../../schema/tables.ts'
import { readColumns, TextColumns } from '../../schema/text-columns.ts'
import { router, type App } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { cursorBehind, Paging, placeOf } from '../http/paging.ts'
import { Problem } from '../http/problem.ts'
import { findBatch, openBatch, type Batch } from '../platform/batches.ts'
import { closeAndHandOn, retryBatch } from '../platform/hand-on.ts'
import { progressOf } from '../platform/ledger.ts'
import { answer, parseBody, parseQuery } from '../http/request.ts'
import { aboutBatch, Into, refuseOther } from './pages.routes.ts'

/** What a batch is opened with. */
const Opening = Into.omit({ batch: true }).strict()
const counts = z.record(z.string(), z.int())

const Summary = z
  .object({
    batch: z.string(),
    kind: z.string(),
    state: z.string(),
    source: z.string(),
    lang: z.string(),
    /** Columns of Parquet files, where the batch names any. */
    columns: TextColumns,
    pipeline: z.string(),
    /** Ids of models that were activated when it was opened, by slot; the others are those that ship. */
    models: z.record(z.string(), z.string()),
  })
  .openapi('Batch')

const BatchView = Summary.extend({
  objects: z.object({ all: z.int(), read: z.int(), bytes: z.int() }),
  slices: z.int(),
  pageBytes: z.int(),
  textBytes: z.int(),
  funnel: z.object({
    pages: z.int(),
    candidates: z.int(),
    kept: z.int().nullable(),
    duplicates: z.int().nullable(),
    nearDuplicates: z.int().nullable(),
    heldOut: z.int().nullable(),
    rejected: counts,
    failed: counts,
  }),
  seal: z
    .object({
      number: z.int(),
      state: z.string(),
      cause: z.string().nullable(),
      /** Rows of earlier seals that it took back: near duplicates, as it turned out, of rows that stay. */
      withdrawn: z.int().nullable(),
    })
    .nullable(),
  /** Messages that failed every attempt. */
  parked: z.array(z.object({ message: z.string(), cause: z.string() })),
}).openapi('BatchProgress')

const List = z.object({ batches: z.array(Summary), cursor: z.string().nullable() }).openapi('Batches')
const Query = Paging.extend({ state: z.enum(['open', 'closed', 'sealed']).optional() })

export const batchRoutes = router()

const summary = ({ id, kind, state, source, lang, columns, pipeline, models }: Batch): z.infer<typeof Summary> => ({
  batch: id,
  kind,
  state,
  source,
  lang,
  columns: readColumns(columns),
  pipeline,
  models: Object.fromEntries(Object.entries(readChosen(models)).map(([slot, model]) => [slot, model.id])),
})

batchRoutes.post('/v1/batches', requireScope('ingest'), async (c) => {
  const into = await parseBody(Opening, c)
  const idempotency = c.req.header('idempotency-key')
  const name = idempotency === undefined ? crypto.randomUUID() : digest(`${c.var.keyId}\n${idempotency}`)
  const about = aboutBatch(into)
  await openBatch(c.var.bindings, { id: `b-${name}`, kind: 'manual', owner: c.var.keyId, ...about }, Date.now())
  const batch = await existing(c, `b-${name}`)
  refuseOther(batch, { ...about, ...about.columns })
  return c.json(summary(batch), 201)
})

batchRoutes.get('/v1/batches', requireScope('read'), async (c) => {
  const { state, limit, cursor } = parseQuery(Query, c)
  const conditions: SQL[] = []
  if (state !== undefined) conditions.push(eq(batches.state, state))
  const place = placeOf(cursor)
  if (place !== null) conditions.push(sql`(${batches.createdAtMs}, ${batches.id}) < (${place.ms}, ${place.id})`)
  const rows = await c.var.bindings.db
    .select()
    .from(batches)
    .where(and(...conditions))
    .orderBy(desc(batches.createdAtMs), desc(batches.id))
    .limit(limit)
  return c.json({ batches: rows.map(summary), cursor: cursorBehind(rows, limit) } satisfies z.infer<typeof List>)
})

batchRoutes.get('/v1/batches/:batch', requireScope('read'), async (c) => c.json(await view(c, c.req.param('batch'))))

batchRoutes.post('/v1/batches/:batch/close', requireScope('ingest'), async (c) => {
  const { id } = await existing(c, c.req.param('batch'))
  await closeAndHandOn(c.var.bindings, id, Date.now())
  return c.json(await view(c, id))
})

batchRoutes.post('/v1/batches/:batch/retry', requireScope('ingest'), async (c) => {
  const { id } = await existing(c, c.req.param('batch'))
  await retryBatch(c.var.bindings, id)
  return c.json(await view(c, id))
})

/** A batch's id is a part of keys and addresses: what a header holds may be too long for them, or hold a slash. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

async function existing(c: Context<App>, id: string): Promise<Batch> {
  const batch = await findBatch(c.var.bindings, id)
  if (batch === null) throw new Problem('not-found', `There is no batch ${id}.`)
  return batch
}

async function view(c: Context<App>, id: string): Promise<z.infer<typeof BatchView>> {
  const batch = await existing(c, id)
  const { db } = c.var.bindings
  const progress = await progressOf(c.var.bindings, id)
  const [seal] = await db.select().from(seals).where(eq(seals.batch, id))
  const dead = await db
    .select({ message: parked.message, cause: parked.cause })
    .from(parked)
    .where(eq(parked.batch, id))
  const { funnel, objects, objectsRead, bytes, slices, pageBytes, textBytes } = progress
  return {
    ...summary(batch),
    objects: { all: objects, read: objectsRead, bytes },
    slices,
    pageBytes,
    textBytes,
    funnel: {
      pages: funnel.pages,
      candidates: funnel.candidates,
      kept: seal?.kept ?? null,
      duplicates: seal?.duplicates ?? null,
      nearDuplicates: seal?.nearDuplicates ?? null,
      heldOut: seal?.heldOut ?? null,
      rejected: funnel.rejected,
      failed: funnel.failed,
    },
    seal: seal === undefined ? null : sealView(seal),
    parked: dead,
  }
}

const sealView = ({ number, state, cause, withdrawn }: typeof seals.$inferSelect) => ({
  number,
  state,
  cause,
  withdrawn,
})

const registry = batchRoutes.openAPIRegistry
const id = z.object({ batch: z.string() })
registry.registerPath({
  method: 'post',
  path: '/v1/batches',
  summary: 'Open a batch by hand',
  request: { body: { content: { 'application/json': { schema: Opening } } } },
  responses: { 201: answer('Open', Summary) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/batches',
  summary: 'Batches, newest first',
  request: { query: Query },
  responses: { 200: answer('Batches', List) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/batches/{batch}',
  summary: 'Progress and funnel',
  request: { params: id },
  responses: { 200: answer('Progress', BatchView) },
})
registry.registerPath({
  method: 'post',
  path: '/v1/batches/{batch}/close',
  summary: 'Take no more objects; seal when read',
  request: { params: id },
  responses: { 200: answer('Closed', BatchView) },
})
registry.registerPath({
  method: 'post',
  path: '/v1/batches/{batch}/retry',
  summary: 'Take up again what is parked, or a seal that was given up',
  request: { params: id },
  responses: { 200: answer('Taken up', BatchView) },
})
