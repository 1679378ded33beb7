/** A seal's inputs out of D1, and its publication: the one write that makes shards visible. */
import { asc, eq, sql } from 'drizzle-orm'
import { readChosen } from '../../schema/models.ts'
import type { IndexLine } from '../../schema/shard.ts'
import {
  batches,
  indexVersions,
  objects,
  replacedShards,
  seals,
  shards,
  shardScores,
  withdrawnRows,
} from '../../schema/tables.ts'
import type { CellToSort } from '../seal/cells-to-sort.ts'
import type { ChunkRef } from '../seal/judge.ts'
import { groupsOf } from '../seal/groups.ts'
import type { Seal, SealResult } from '../seal/seal.ts'
import type { Bindings } from './bindings.ts'
import { shardsOfCell } from './corpus-index.ts'
import { duplicatePartitions } from './duplicate-partitions.ts'
import { chunksOf } from './ledger.ts'
import { provenance } from '../pipeline.ts'
import { QUALITY_SIGNALS } from '../screen/rules.ts'
import { idsOf } from './models.ts'
import { r2Store } from './r2-store.ts'

export interface SealJob {
  readonly seal: Seal
  readonly chunks: ChunkRef[]
}

export async function loadSeal(bindings: Bindings, number: number): Promise<SealJob> {
  const { db, settings } = bindings
  const [row] = await db
    .select({ batch: batches.id, pipeline: batches.pipeline, models: batches.models })
    .from(seals)
    .innerJoin(batches, eq(batches.id, seals.batch))
    .where(eq(seals.number, number))
  if (row === undefined) throw new Error(`the index has no seal ${number}`)
  const ids = await db
    .select({ id: objects.id })
    .from(objects)
    .where(eq(objects.batch, row.batch))
    .orderBy(asc(objects.id))
  const seal: Seal = {
    store: r2Store(bindings.corpus),
    index: duplicatePartitions(bindings.duplicates),
    shardsOf: (where) => shardsOfCell(bindings, where),
    settings: {
      seal: number,
      seed: settings.seed,
      pipeline: row.pipeline,
      signals: QUALITY_SIGNALS,
      objectIds: ids.map(({ id }) => id),
      provenance: provenance(idsOf(readChosen(row.models)), settings.use),
      holdoutShare: settings.holdoutShare,
      rangeBytes: settings.rangeBytes,
    },
  }
  return { seal, chunks: await chunksOf(bindings, row.batch) }
}

/** A statement binds at most 100 values: a row that was taken back has eight, a shard that was replaced three. */
const WITHDRAWN_PER_STATEMENT = 12
const REPLACED_PER_STATEMENT = 32

/**
 * Inserts the shards' rows, which nobody sees yet, then in one transaction the totals and the version row. A version's
 * parent is unique, so two publications over the same parent cannot both stand. Returns the seal's version.
 */
export async function publish(
  { db }: Pick<Bindings, 'db'>,
  number: number,
  result: SealResult,
  nowMs: number,
): Promise<number> {
  await insertShards({ db }, result.lines)
  for (const group of groupsOf(result.withdrawn.length, WITHDRAWN_PER_STATEMENT)) {
    const values = result.withdrawn.slice(...group).map((row) => Object.assign({ seal: number }, row))
    await db.insert(withdrawnRows).values(values).onConflictDoNothing()
  }
  const withdrawn = result.withdrawn.length
  await db.batch([
    db
      .update(seals)
      .set({ state: 'published', ...result.totals, withdrawn, publishedAtMs: nowMs })
      .where(eq(seals.number, number)),
    db
      .update(batches)
      .set({ state: 'sealed' })
      .where(sql`${batches.id} = (select batch from ${seals} where number = ${number})`),
    nextVersion({ db }, number, nowMs),
  ])
  return versionOf({ db }, number)
}

const nextVersion = ({ db }: Pick<Bindings, 'db'>, number: number, nowMs: number) =>
  db.insert(indexVersions).select(sql`
    select current.version + 1, current.version, ${number}, ${nowMs}
    from (select coalesce(max(version), 0) as version from ${indexVersions}) current
    where not exists (select 1 from ${indexVersions} where seal = ${number})`)

async function versionOf({ db }: Pick<Bindings, 'db'>, number: number): Promise<number> {
  const [version] = await db.select().from(indexVersions).where(eq(indexVersions.seal, number))
  if (version === undefined) throw new Error(`seal ${number} was published but has no index version`)
  return version.version
}

interface Compacted {
  readonly cells: readonly CellToSort[]
  readonly lines: readonly IndexLine[]
  readonly nowMs: number
}

/** The same for a compaction, whose lines take the place of all of the cells': of none of them where all rows were taken back. */
export async function publishCompaction(
  { db }: Pick<Bindings, 'db'>,
  number: number,
  { cells, lines, nowMs }: Compacted,
): Promise<number> {
  await insertShards({ db }, lines)
  for (const { shard, scores = [] } of lines) {
    for (const own of scores) {
      const values = { ...own, shard, histogram: JSON.stringify(own.histogram), createdAtMs: nowMs }
      await db.insert(shardScores).values(values).onConflictDoNothing()
    }
  }
  const gone = cells.flatMap(({ cell, lines: old }) => old.map(({ shard }) => ({ shard, cell, seal: number })))
  for (const group of groupsOf(gone.length, REPLACED_PER_STATEMENT)) {
    await db
      .insert(replacedShards)
      .values(gone.slice(...group))
      .onConflictDoNothing()
  }
  await db.batch([
    db.update(seals).set({ state: 'published', publishedAtMs: nowMs }).where(eq(seals.number, number)),
    nextVersion({ db }, number, nowMs),
  ])
  return versionOf({ db }, number)
}

/** Rows that nobody sees before a version names their seal. */
async function insertShards({ db }: Pick<Bindings, 'db'>, lines: readonly IndexLine[]): Promise<void> {
  for (const line of lines) {
    const { shard, sha256, seal, cell, pplModel, rows, bytes, cuts, holdout = false, optOut = [] } = line
    const json = {
      cuts: JSON.stringify(cuts),
      histogram: JSON.stringify(line.histogram ?? []),
      optOut: JSON.stringify(optOut),
    }
    // A seal that was given up here, and got a new number, finds its rows under the old one, which nobody will ever see.
    const isUnseen = sql`${shards.seal} not in (select seal from ${indexVersions})`
    await db
      .insert(shards)
      .values({ shard, sha256, seal, cell, pplModel, rows, bytes, holdout, ...json })
      .onConflictDoUpdate({ target: shards.shard, set: { seal }, setWhere: isUnseen })
  }
}
