/**
 * Batches and their objects in D1. Rows are inserted if absent and states only go forward, so every call may run twice.
 */
import { and, eq, lt, sql } from 'drizzle-orm'
import { createHash } from 'node:crypto'
import { writeChosen, type ChosenModels } from '../../schema/models.ts'
import type { Source } from '../../schema/shard.ts'
import { batches, objects } from '../../schema/tables.ts'
import { writeColumns, type TextColumns } from '../../schema/text-columns.ts'
import type { Bindings } from './bindings.ts'
import { pipelineVersion } from '../pipeline.ts'
import { currentModels } from './model-store.ts'
import { idsOf } from './models.ts'

export type Batch = typeof batches.$inferSelect
export type StoredObject = typeof objects.$inferSelect

export interface NewObject {
  readonly key: string
  readonly etag: string
  readonly size: number
  readonly url?: string | null
  /** One page that was posted. */
  readonly posted?: boolean
}

export const objectId = ({ key, etag, size }: NewObject): string =>
  createHash('sha256')
    .update(JSON.stringify([key, etag, size]))
    .digest('hex')

export async function findBatch({ db }: Bindings, id: string): Promise<Batch | null> {
  return (await db.select().from(batches).where(eq(batches.id, id)))[0] ?? null
}

export interface BatchRequest {
  readonly id: string
  readonly kind: Batch['kind']
  readonly owner: string
  readonly source: Source
  readonly lang: string
  readonly columns?: TextColumns | undefined
}

/** Opens a batch under its id; one that exists is left as it is. */
export async function openBatch(bindings: Bindings, request: BatchRequest, nowMs: number): Promise<void> {
  const { chosen } = await currentModels(bindings)
  await insertBatch(bindings, request, { chosen, nowMs })
}

async function insertBatch(
  { db, settings }: Bindings,
  request: BatchRequest,
  { chosen, nowMs }: { chosen: ChosenModels; nowMs: number },
): Promise<void> {
  await db
    .insert(batches)
    .values({
      ...request,
      columns: writeColumns(request.columns ?? {}),
      state: 'open',
      pipeline: pipelineVersion(idsOf(chosen), settings.use),
      models: writeChosen(chosen),
      sliceBytes: settings.sliceBytes,
      createdAtMs: nowMs,
      lastInAtMs: nowMs,
    })
    .onConflictDoNothing()
}

/**
 * The owner's open batch for a source, a language and columns, made when there is none. One of another pipeline version is closed:
 * rows of two versions never meet in a batch.
 */
export async function joinOpenBatch(
  bindings: Bindings,
  { owner, source, lang, columns = {} }: Pick<BatchRequest, 'owner' | 'source' | 'lang' | 'columns'>,
  nowMs: number,
): Promise<Batch> {
  const { db } = bindings
  const open = and(
    eq(batches.owner, owner),
    eq(batches.source, source),
    eq(batches.lang, lang),
    eq(batches.columns, writeColumns(columns)),
    eq(batches.kind, 'open'),
    eq(batches.state, 'open'),
  )
  const { chosen } = await currentModels(bindings)
  const pipeline = pipelineVersion(idsOf(chosen), bindings.settings.use)
  for (let attempt = 0; attempt < 3; attempt++) {
    const found = (await db.select().from(batches).where(open))[0]
    if (found?.pipeline === pipeline) return found
    if (found !== undefined) await closeBatch(bindings, found.id, nowMs)
    const request = { id: `b-${crypto.randomUUID()}`, kind: 'open' as const, owner, source, lang, columns }
    await insertBatch(bindings, request, { chosen, nowMs })
  }
  throw new Error(`no open batch for ${owner} ${source} after three attempts: they are being closed as fast as opened`)
}

/** Adds an object if its batch still takes any. False when the batch was closed. */
export async function addObject({ db }: Bindings, batch: string, object: NewObject, nowMs: number): Promise<boolean> {
  const id = objectId(object)
  const { key, etag, size, url = null, posted = false } = object
  await db.insert(objects).select(sql`
    select ${batch}, ${id}, ${key}, ${etag}, ${size}, ${url}, ${posted ? 1 : 0}, ${nowMs}
    where exists (select 1 from ${batches} where ${batches.id} = ${batch} and ${batches.state} = 'open')
    on conflict do nothing`)
  await db
    .update(batches)
    .set({ lastInAtMs: nowMs })
    .where(and(eq(batches.id, batch), lt(batches.lastInAtMs, nowMs)))
  const there = await db
    .select({ id: objects.id })
    .from(objects)
    .where(and(eq(objects.batch, batch), eq(objects.id, id)))
  return there.length > 0
}

/** Objects of one statement: 500 of at most 1,300 bytes of JSON stay under the 2 MB of a bound value. */
const OBJECTS_AT_ONCE = 500

/** Adds many objects to an open batch, in few statements: an invocation has 1,000. */
export async function addObjects(
  { db }: Bindings,
  batch: string,
  list: readonly NewObject[],
  nowMs: number,
): Promise<void> {
  for (let at = 0; at < list.length; at += OBJECTS_AT_ONCE) {
    const rows = list.slice(at, at + OBJECTS_AT_ONCE).map((object) => ({ ...object, id: objectId(object) }))
    await db.run(sql`
      insert into ${objects} (batch, id, key, etag, size, url, posted, created_at_ms)
      select ${batch}, value ->> 'id', value ->> 'key', value ->> 'etag', value ->> 'size', value ->> 'url',
        coalesce(value ->> 'posted', 0), ${nowMs}
      from json_each(${JSON.stringify(rows)})
      where exists (select 1 from ${batches} where ${batches.id} = ${batch} and ${batches.state} = 'open')
      on conflict do nothing`)
  }
}

/** The first batch that took exactly this object. */
export async function batchOfObject({ db }: Bindings, object: NewObject): Promise<string | null> {
  const rows = await db
    .select({ batch: objects.batch })
    .from(objects)
    .where(and(eq(objects.key, object.key), eq(objects.id, objectId(object))))
    .orderBy(objects.createdAtMs)
    .limit(1)
  return rows[0]?.batch ?? null
}

export const closeBatch = async ({ db }: Bindings, id: string, nowMs: number): Promise<void> => {
  await db
    .update(batches)
    .set({ state: 'closed', closedAtMs: nowMs })
    .where(and(eq(batches.id, id), eq(batches.state, 'open')))
}
