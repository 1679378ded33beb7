/** Compactions in D1: numbered among the seals, so that they and seals run one after another. */
import { and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import { indexVersions, seals } from '../../schema/tables.ts'
import { cellsNotScored, cellsToSort } from '../seal/cells-to-sort.ts'
import type { Compaction } from '../seal/compact.ts'
import type { Bindings } from './bindings.ts'
import { currentVersion, indexLines } from './corpus-index.ts'
import { startNextSeal } from './hand-on.ts'
import { r2Store } from './r2-store.ts'

export type CompactionRow = typeof seals.$inferSelect

/** Gives it a number and starts it when its turn comes. Ordered again over the same version, it is the same. */
export async function orderCompaction(bindings: Bindings, pplModel: string, nowMs: number): Promise<CompactionRow> {
  const { db } = bindings
  const name = `compaction/${pplModel}/${await currentVersion(bindings)}`
  await db.run(sql`
    insert into ${seals} (number, batch, ppl_model, state, created_at_ms)
    select (select coalesce(max(number), 0) + 1 from ${seals}), ${name}, ${pplModel}, 'waiting', ${nowMs}
    where not exists (select 1 from ${seals} where batch = ${name})`)
  await db
    .update(seals)
    .set({ number: sql`(select max(number) + 1 from ${seals})`, state: 'waiting', attempts: 0, cause: null })
    .where(and(eq(seals.batch, name), eq(seals.state, 'given-up')))
  await startNextSeal(bindings)
  const [row] = await db.select().from(seals).where(eq(seals.batch, name))
  if (row === undefined) throw new Error(`${name} was ordered but has no number`)
  return row
}

/** The newest first. */
export const listCompactions = ({ db }: Bindings): Promise<CompactionRow[]> =>
  db.select().from(seals).where(isNotNull(seals.pplModel)).orderBy(desc(seals.number)).limit(200)

/** Whose scores a seal sorts by; null for the seal of a batch. */
export async function modelToSortBy({ db }: Bindings, number: number): Promise<string | null> {
  const [row] = await db.select({ pplModel: seals.pplModel }).from(seals).where(eq(seals.number, number))
  if (row === undefined) throw new Error(`the index has no seal ${number}`)
  return row.pplModel
}

/** A compaction over the current version, which stays until it is published; null from then on. */
export async function loadCompaction(bindings: Bindings, number: number, pplModel: string): Promise<Compaction | null> {
  const [published] = await bindings.db.select().from(indexVersions).where(eq(indexVersions.seal, number))
  if (published !== undefined) return null
  const lines = await indexLines(bindings, await currentVersion(bindings), { hasCuts: false })
  const { rangeBytes } = bindings.settings
  const cells = cellsToSort(lines, pplModel)
  const [missing] = cellsNotScored(cells, pplModel)
  if (missing !== undefined)
    throw new Error(`${missing.missing} of ${missing.shards} shards of ${missing.cell} are not scored by ${pplModel}`)
  return { store: r2Store(bindings.corpus), seal: number, pplModel, cells, rangeBytes }
}
