/** The index of shards as it stands at a version: what sealed batches made visible. */
import { and, asc, desc, eq, getTableColumns, lte, sql } from 'drizzle-orm'
import type { CellHistogram } from '../../schema/calibration.ts'
import type { BucketCount, Cut, IndexLine, RowSpan } from '../../schema/shard.ts'
import { indexVersions, shards, withdrawnRows } from '../../schema/tables.ts'
import { addCounts } from '../kernel/histogram.ts'
import type { SortedShard } from '../seal/find-row.ts'
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

export interface ShardHistogram extends CellHistogram {
  readonly shard: string
  readonly sha256: string
  readonly holdout: boolean
  readonly withdrawn: readonly number[]
  /** False where the shard was sealed before histograms counted tokens: they are 0. */
  readonly isCounted: boolean
}

/** Histograms of a version's shards, less what was taken back. */
export async function shardHistograms(bindings: Bindings, version: number): Promise<ShardHistogram[]> {
  const { shard, sha256, holdout, cell, pplModel, histogram } = shards
  const rows = await bindings.db
    .select({ shard, sha256, holdout, cell, pplModel, histogram })
    .from(shards)
    .where(visible(version))
    .orderBy(asc(shards.shard))
  const withdrawnOf = Map.groupBy(await withdrawnAt(bindings, version), (row) => row.shard)
  return rows.map(({ histogram: json, ...row }) => {
    const stored = JSON.parse(json) as [number | null, number, number, number?][]
    const own = withdrawnOf.get(row.shard) ?? []
    const taken = own.map(({ bucket, bytes, tokens }): BucketCount => [bucket, -1, -bytes, -tokens])
    const counts = stored.map(([bucket, documents, bytes, tokens = 0]): BucketCount => [
      bucket,
      documents,
      bytes,
      tokens,
    ])
    const left = addCounts([counts, taken])
    const wrong = left.find(([, documents, bytes]) => documents < 0 || bytes < 0)
    if (wrong !== undefined) throw new Error(`${row.shard} has fewer rows in bucket ${wrong[0]} than were taken back`)
    const isCounted = stored.every(([, , , tokens]) => tokens !== undefined)
    return { ...row, counts: left, withdrawn: own.map((one) => one.row), isCounted }
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
