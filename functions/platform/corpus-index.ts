/** The index of shards as it stands at a version: what sealed batches made visible. */
import { and, asc, desc, eq, getTableColumns, lte, sql } from 'drizzle-orm'
import type { CellHistogram } from '../../schema/calibration.ts'
import type { BucketCount, Cut, IndexLine, RowSpan, ShardScores } from '../../schema/shard.ts'
import { indexVersions, replacedShards, shards, shardScores, withdrawnRows } from '../../schema/tables.ts'
import { Problem } from '../http/problem.ts'
import { addCounts } from '../kernel/histogram.ts'
import type { SortedShard } from '../seal/find-row.ts'
import { readScores } from '../seal/scores-file.ts'
import type { Bindings } from './bindings.ts'
import { r2Store } from './r2-store.ts'

/** 0 when nothing was sealed yet. */
export async function currentVersion({ db }: Bindings): Promise<number> {
  const [row] = await db.select().from(indexVersions).orderBy(desc(indexVersions.version)).limit(1)
  return row?.version ?? 0
}

/** The version of this number, the current one where none is named. Throws the problem where there is none, or none at all. */
export async function versionNamed(bindings: Bindings, named: number | undefined, whatFor: string): Promise<number> {
  const current = await currentVersion(bindings)
  if (current === 0) throw new Problem('nothing-sealed', `${whatFor} Close a batch and wait for its seal.`)
  if (named === undefined || named <= current) return named ?? current
  throw new Problem('not-found', `There is no index version ${named}; the current one is ${current}.`)
}

const published = (version: number) =>
  sql`(select seal from ${indexVersions} where ${indexVersions.version} <= ${version})`

const visible = (version: number) => sql`${shards.seal} in ${published(version)}
  and ${shards.shard} not in (select shard from ${replacedShards} where ${replacedShards.seal} in ${published(version)})`

const withdrawnAt = ({ db }: Bindings, version: number) =>
  db
    .select()
    .from(withdrawnRows)
    .where(sql`${withdrawnRows.seal} in ${published(version)}`)
    .orderBy(asc(withdrawnRows.shard), asc(withdrawnRows.row))

/** Scores beside the shards, by shard. */
async function scoresOf({ db }: Bindings): Promise<Map<string, ShardScores[]>> {
  const rows = await db.select().from(shardScores).orderBy(asc(shardScores.shard), asc(shardScores.pplModel))
  const own = rows.map(({ shard, pplModel, scores, sha256, histogram }) => ({
    shard,
    scores: { pplModel, scores, sha256, histogram: JSON.parse(histogram) as BucketCount[] },
  }))
  return new Map(
    [...Map.groupBy(own, ({ shard }) => shard)].map(([shard, all]) => [shard, all.map((one) => one.scores)]),
  )
}

/** Shards that compactions put others in place of, by cell. */
async function replacedAt({ db }: Bindings, version: number): Promise<Map<string, string[]>> {
  const rows = await db
    .select()
    .from(replacedShards)
    .where(sql`${replacedShards.seal} in ${published(version)}`)
    .orderBy(asc(replacedShards.shard))
  return new Map([...Map.groupBy(rows, ({ cell }) => cell)].map(([cell, own]) => [cell, own.map(({ shard }) => shard)]))
}

/** Index lines of a version in the order of their keys. Without cuts, which are nearly all of their size, where asked. */
export async function indexLines(
  bindings: Bindings,
  version: number,
  { hasCuts = true }: { hasCuts?: boolean } = {},
): Promise<IndexLine[]> {
  const { histogram: _, cuts: cutsColumn, ...others } = getTableColumns(shards)
  const columns = { ...others, cuts: hasCuts ? cutsColumn : sql<string>`'[]'` }
  const rows = await bindings.db.select(columns).from(shards).where(visible(version)).orderBy(asc(shards.shard))
  const withdrawnOf = Map.groupBy(await withdrawnAt(bindings, version), ({ shard }) => shard)
  const scores = await scoresOf(bindings)
  const replaced = await replacedAt(bindings, version)
  return rows.map(({ holdout, cuts, optOut, ...row }) => {
    const optedOut = JSON.parse(optOut) as RowSpan[]
    const withdrawn = withdrawnOf.get(row.shard)?.map((own): RowSpan => [own.row, own.before, own.bytes])
    const beside = scores.get(row.shard)
    // Named once, by whichever line of the cell comes first.
    const replaces = holdout ? undefined : replaced.get(row.cell)
    if (!holdout) replaced.delete(row.cell)
    return {
      ...row,
      cuts: JSON.parse(cuts) as Cut[],
      ...(holdout ? { holdout } : {}),
      ...(optedOut.length > 0 ? { optOut: optedOut } : {}),
      ...(withdrawn ? { withdrawn } : {}),
      ...(beside ? { scores: beside } : {}),
      ...(replaces ? { replaces } : {}),
    }
  })
}

export interface ShardHistogram extends CellHistogram {
  readonly shard: string
  readonly sha256: string
  readonly rows: number
  readonly holdout: boolean
  readonly withdrawn: readonly number[]
  /** False where the shard was sealed before histograms counted tokens: they are 0. */
  readonly isCounted: boolean
  readonly rescored: readonly Omit<CellHistogram, 'cell'>[]
}

/** Histograms of a version's shards, their own and those of scores beside them, less what was taken back. */
export async function shardHistograms(bindings: Bindings, version: number): Promise<ShardHistogram[]> {
  const { shard, sha256, holdout, cell, pplModel, rows: count, histogram } = shards
  const rows = await bindings.db
    .select({ shard, sha256, holdout, cell, pplModel, rows: count, histogram })
    .from(shards)
    .where(visible(version))
    .orderBy(asc(shards.shard))
  const withdrawnOf = Map.groupBy(await withdrawnAt(bindings, version), (row) => row.shard)
  const scores = await scoresOf(bindings)
  const histograms: ShardHistogram[] = []
  for (const { histogram: json, ...row } of rows) {
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
    const rescored = []
    for (const beside of scores.get(row.shard) ?? []) {
      rescored.push({ pplModel: beside.pplModel, counts: await countsUnder(bindings, { row, beside, withdrawn: own }) })
    }
    histograms.push({ ...row, counts: left, withdrawn: own.map((one) => one.row), isCounted, rescored })
  }
  return histograms
}

/** What was taken back lies in the buckets that the scores say. */
async function countsUnder(
  { corpus }: Bindings,
  {
    row,
    beside,
    withdrawn,
  }: {
    row: Pick<IndexLine, 'shard' | 'sha256' | 'rows'>
    beside: ShardScores
    withdrawn: readonly { row: number; bytes: number }[]
  },
): Promise<readonly BucketCount[]> {
  if (withdrawn.length === 0) return beside.histogram
  const scores = await readScores(r2Store(corpus), row, beside)
  const taken = withdrawn.map((one): BucketCount => {
    const own = scores[one.row]
    return [own?.bucket ?? null, -1, -one.bytes, -(own?.pplTokens ?? 0)]
  })
  return addCounts([beside.histogram, taken])
}

/** A shard that is in a version, and not held out. */
export async function findKept({ db }: Bindings, version: number, key: string) {
  const { shard, sha256, pplModel, rows } = shards
  const [row] = await db
    .select({ shard, sha256, pplModel, rows })
    .from(shards)
    .where(and(eq(shards.shard, key), eq(shards.holdout, false), visible(version)))
  return row ?? null
}

/** A shard of any version, also one that others were put in place of. */
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

/**
 * Shards that hold the rows which a published seal wrote into one cell, in the order of their keys: its own, or those that
 * compactions put in place of them, where rows stand in other buckets.
 */
export async function shardsOfCell(
  { db }: Bindings,
  { seal, cell, holdout }: { seal: number; cell: string; holdout: boolean },
): Promise<SortedShard[]> {
  const anyPublished = sql`(select seal from ${indexVersions})`
  const isReplaced = sql<number>`${shards.shard} in (select shard from ${replacedShards} where seal in ${anyPublished})`
  const sorting = sql`(select seal from ${replacedShards} where cell = ${cell} and seal in ${anyPublished})`
  const rows = await db
    .select({ shard: shards.shard, rows: shards.rows, cuts: shards.cuts, seal: shards.seal, isReplaced })
    .from(shards)
    .where(
      and(
        eq(shards.cell, cell),
        eq(shards.holdout, holdout),
        sql`(${shards.seal} = ${seal} or ${shards.seal} in ${sorting})`,
      ),
    )
    .orderBy(asc(shards.shard))
  const wasSorted = rows.some((row) => row.seal === seal && row.isReplaced === 1)
  const holders = rows.filter((row) => row.isReplaced === 0 && (wasSorted ? row.seal !== seal : row.seal === seal))
  return holders.map(({ shard, rows: count, cuts }) => ({
    shard,
    rows: count,
    cuts: JSON.parse(cuts) as Cut[],
    ...(wasSorted ? { resorted: true as const } : {}),
  }))
}
