/** The index of shards as it stands at a version: what sealed batches made visible. */
import { and, asc, desc, eq, getTableColumns, lte, sql } from 'drizzle-orm'
import type { Cut, IndexLine, RowSpan } from '../../schema/shard.ts'
import { indexVersions, shards, withdrawnRows } from '../../schema/tables.ts'
import type { SortedShard } from '../seal/find-row.ts'
import type { BucketCount } from '../seal/judge.ts'
import type { Bindings } from './bindings.ts'

/** 0 when nothing was sealed yet. */
export async function currentVersion({ db }: Bindings): Promise<number> {
  const [row] = await db.select().from(indexVersions).orderBy(desc(indexVersions.version)).limit(1)
  return row?.version ?? 0
}

const visible = (version: number) =>
  sql`${shards.seal} in (select seal from ${indexVersions} where ${indexVersions.version} <= ${version})`

const withdrawnAt = ({ db }: Bindings, version: number) =>
  db
    .select()
    .from(withdrawnRows)
    .where(
      sql`${withdrawnRows.seal} in (select seal from ${indexVersions} where ${indexVersions.version} <= ${version})`,
    )
    .orderBy(asc(withdrawnRows.shard), asc(withdrawnRows.row))

/** Index lines of a version in the order of their keys. */
export async function indexLines(bindings: Bindings, version: number): Promise<IndexLine[]> {
  const { histogram: _, ...columns } = getTableColumns(shards)
  const rows = await bindings.db.select(columns).from(shards).where(visible(version)).orderBy(asc(shards.shard))
  const withdrawnOf = Map.groupBy(await withdrawnAt(bindings, version), ({ shard }) => shard)
  return rows.map(({ holdout, cuts, optOut, ...row }) => {
    const optedOut = JSON.parse(optOut) as RowSpan[]
    const withdrawn = withdrawnOf.get(row.shard)?.map((own): RowSpan => [own.row, own.before, own.bytes])
    return {
      ...row,
      cuts: JSON.parse(cuts) as Cut[],
      ...(holdout ? { holdout } : {}),
      ...(optedOut.length > 0 ? { optOut: optedOut } : {}),
      ...(withdrawn ? { withdrawn } : {}),
    }
  })
}

export interface CellHistogram {
  readonly cell: string
  readonly pplModel: string | null
  readonly counts: BucketCount[]
}

/** Histograms of what was kept, less what was taken back, a row for each shard. */
export async function cellHistograms(bindings: Bindings, version: number): Promise<CellHistogram[]> {
  const rows = await bindings.db
    .select({ shard: shards.shard, cell: shards.cell, pplModel: shards.pplModel, histogram: shards.histogram })
    .from(shards)
    .where(and(visible(version), eq(shards.holdout, false)))
    .orderBy(asc(shards.shard))
  const withdrawnOf = Map.groupBy(await withdrawnAt(bindings, version), ({ shard }) => shard)
  return rows.map(({ shard, cell, pplModel, histogram }) => {
    const counts = JSON.parse(histogram) as BucketCount[]
    for (const { bucket, bytes } of withdrawnOf.get(shard) ?? []) {
      const count = counts.find(([own]) => own === bucket)
      if (count === undefined) throw new Error(`${shard} has no bucket ${bucket}, but a row of it was taken back`)
      count[1] -= 1
      count[2] -= bytes
    }
    return { cell, pplModel, counts }
  })
}

export async function findShard({ db }: Bindings, key: string): Promise<{ sha256: string } | null> {
  const rows = await db
    .select({ sha256: shards.sha256 })
    .from(shards)
    .where(and(eq(shards.shard, key), lte(shards.seal, sql`(select coalesce(max(seal), 0) from ${indexVersions})`)))
  return rows[0] ?? null
}

/** Number of the last published seal, 0 when there is none. */
export async function lastSeal({ db }: Bindings): Promise<number> {
  const [row] = await db.select({ seal: sql<number>`coalesce(max(seal), 0)` }).from(indexVersions)
  return row?.seal ?? 0
}

/** Shards of one cell that a published seal wrote, in the order of their keys. */
export async function shardsOfCell(
  { db }: Bindings,
  { seal, cell, holdout }: { seal: number; cell: string; holdout: boolean },
): Promise<SortedShard[]> {
  const rows = await db
    .select({ shard: shards.shard, rows: shards.rows, cuts: shards.cuts })
    .from(shards)
    .where(and(eq(shards.seal, seal), eq(shards.cell, cell), eq(shards.holdout, holdout)))
    .orderBy(asc(shards.shard))
  return rows.map(({ cuts, ...row }) => ({ ...row, cuts: JSON.parse(cuts) as Cut[] }))
}
