/** The ledger of slices, and what can be told from it: whether a batch is read, and its funnel. */
import { and, asc, eq, getTableColumns, gte, isNull, sql } from 'drizzle-orm'
import { batches, objects, slices } from '../../schema/tables.ts'
import type { ChunkRef } from '../seal/judge.ts'
import type { StoredObject } from './batches.ts'
import type { Bindings } from './bindings.ts'

export type SliceRow = typeof slices.$inferSelect

export async function findSlice(
  { db }: Bindings,
  { batch, object, start }: { batch: string; object: string; start: number },
): Promise<SliceRow | null> {
  const own = and(eq(slices.batch, batch), eq(slices.object, object), eq(slices.start, start))
  return (await db.select().from(slices).where(own))[0] ?? null
}

/**
 * Inserts the rows of a slice in one statement, each unless it is there: whoever was first is believed by all. One
 * parameter carries them, since a statement takes at most 100.
 */
export async function insertSlices({ db }: Bindings, rows: readonly SliceRow[]): Promise<void> {
  const columns = Object.entries(getTableColumns(slices))
  const names = columns.map(([, { name }]) => sql.identifier(name))
  const values = columns.map(([field]) => sql`value ->> ${sql.raw(`'${field}'`)}`)
  await db.run(sql`
    insert into ${slices} (${sql.join(names, sql`, `)})
    select ${sql.join(values, sql`, `)} from json_each(${JSON.stringify(rows)}) where true
    on conflict do nothing`)
}

/**
 * Whether ledger rows tile every object of a closed batch. A slice is handed on only after its own row stands, so the
 * row that ends an object says that all before it are there.
 */
export async function isRead({ db }: Bindings, batch: string): Promise<boolean> {
  const [row] = await db
    .select({
      closed: sql<number>`(select count(*) from ${batches} where id = ${batch} and state = 'closed')`,
      objects: sql<number>`(select count(*) from ${objects} where batch = ${batch})`,
      ended: sql<number>`(select count(*) from ${slices} where batch = ${batch} and next is null)`,
    })
    .from(sql`(select 1)`)
  return row !== undefined && row.closed === 1 && row.objects === row.ended
}

/** Closed batches that are read and have no seal. */
export async function readBatches({ db }: Bindings): Promise<string[]> {
  const rows = await db.all<{ id: string }>(sql`
    select id from batches b where state = 'closed'
      and not exists (select 1 from seals where batch = b.id)
      and (select count(*) from objects where batch = b.id)
        = (select count(*) from slices where batch = b.id and next is null)
    order by closed_at_ms, id`)
  return rows.map(({ id }) => id)
}

/** Posted pages in one slice. */
export const POSTED_PAGES = 100

/** The posted pages of a closed batch that one slice reads: up to a hundred by id, from `first` on. */
export async function postedPages({ db }: Bindings, batch: string, first: string): Promise<StoredObject[]> {
  return db
    .select()
    .from(objects)
    .where(and(eq(objects.batch, batch), eq(objects.posted, true), gte(objects.id, first)))
    .orderBy(asc(objects.id))
    .limit(POSTED_PAGES)
}

export interface OpenEnd {
  readonly batch: string
  readonly object: string
  readonly start: number
  /** Whether the object is the first of a slice of posted pages. */
  readonly posted: 0 | 1
  /** When it became one, by the clock. */
  readonly at: number
}

/**
 * Where reading stands still: for each unfinished object the start that has no row yet, for posted pages of a closed
 * batch the first of each hundred. What is parked waits for its owner and is left out.
 */
export async function openEnds(
  { db }: Bindings,
  { batch = null, limit }: { batch?: string | null; limit: number },
): Promise<OpenEnd[]> {
  return db.all(sql`
    with listed as (
      select o.*, b.state as state, b.closed_at_ms as closed_at_ms,
        row_number() over (partition by o.batch, o.posted order by o.id) - 1 as number
      from objects o join batches b on b.id = o.batch and b.state != 'sealed'
      where ${batch} is null or b.id = ${batch}
    ), ends as (
      select o.batch as batch, o.id as object, o.posted as posted, coalesce(max(s.next), 0) as start,
        case o.posted when 1 then o.closed_at_ms else max(coalesce(s.created_at_ms, o.created_at_ms)) end as at
      from listed o left join slices s on s.batch = o.batch and s.object = o.id
      where (o.posted = 0 or (o.state = 'closed' and o.number % ${POSTED_PAGES} = 0))
        and not exists (select 1 from slices e where e.batch = o.batch and e.object = o.id and e.next is null)
      group by o.batch, o.id
    )
    select * from ends e where not exists (
      select 1 from parked p
      where p.batch = e.batch and p.message ->> 'object' = e.object and p.message ->> 'start' = e.start)
    order by at, batch, object limit ${limit}`)
}

/** The chunks of a batch in the order of their objects' keys and their slices. */
export async function chunksOf({ db }: Bindings, batch: string): Promise<ChunkRef[]> {
  const rows = await db
    .select({ key: objects.key, id: objects.id, chunks: slices.chunks })
    .from(slices)
    .innerJoin(objects, and(eq(objects.batch, slices.batch), eq(objects.id, slices.object)))
    .where(eq(slices.batch, batch))
    .orderBy(asc(objects.key), asc(objects.id), asc(slices.start))
  const refs = new Map<string, Record<string, string>>()
  for (const { key, id, chunks } of rows) {
    for (const chunk of JSON.parse(chunks) as string[]) {
      const objectKeys = refs.get(chunk) ?? {}
      objectKeys[id] = key
      refs.set(chunk, objectKeys)
    }
  }
  return [...refs].map(([key, objectKeys]) => ({ key, objectKeys }))
}

export interface Funnel {
  readonly pages: number
  readonly candidates: number
  readonly rejected: Record<string, number>
  readonly failed: Record<string, number>
}

export interface Progress {
  readonly objects: number
  readonly objectsRead: number
  readonly bytes: number
  readonly pageBytes: number
  readonly textBytes: number
  readonly slices: number
  readonly funnel: Funnel
}

export async function progressOf({ db }: Bindings, batch: string): Promise<Progress> {
  const own = eq(slices.batch, batch)
  const [sizes] = await db
    .select({ count: sql<number>`count(*)`, bytes: sql<number>`coalesce(sum(${objects.size}), 0)` })
    .from(objects)
    .where(eq(objects.batch, batch))
  const [sums] = await db
    .select({
      slices: sql<number>`count(*)`,
      pages: sql<number>`coalesce(sum(${slices.pages}), 0)`,
      candidates: sql<number>`coalesce(sum(${slices.candidates}), 0)`,
      pageBytes: sql<number>`coalesce(sum(${slices.pageBytes}), 0)`,
      textBytes: sql<number>`coalesce(sum(${slices.textBytes}), 0)`,
    })
    .from(slices)
    .where(own)
  const ended = await db
    .select({ count: sql<number>`count(*)` })
    .from(slices)
    .where(and(own, isNull(slices.next)))
  const counted = async (column: 'reasons' | 'failures'): Promise<Record<string, number>> => {
    const rows = await db.all<{ code: string; count: number }>(sql`
      select j.key as code, sum(j.value) as count from ${slices}, json_each(${slices[column]}) j
      where ${slices.batch} = ${batch} group by j.key order by 2 desc, 1`)
    return Object.fromEntries(rows.map(({ code, count }) => [code, count]))
  }
  return {
    objects: sizes?.count ?? 0,
    objectsRead: ended[0]?.count ?? 0,
    bytes: sizes?.bytes ?? 0,
    pageBytes: sums?.pageBytes ?? 0,
    textBytes: sums?.textBytes ?? 0,
    slices: sums?.slices ?? 0,
    funnel: {
      pages: sums?.pages ?? 0,
      candidates: sums?.candidates ?? 0,
      rejected: await counted('reasons'),
      failed: await counted('failures'),
    },
  }
}
