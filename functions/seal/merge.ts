/**
 * One range becomes one shard: a merge of the sorted runs that hold rows of its cell, at most `FAN_IN` at a time
 * (more are first merged into longer runs), streamed to the store row group by row group while it is hashed.
 */
import { createHash } from 'node:crypto'
import type { Cut, IndexLine, RowSpan, ShardScores } from '../../schema/shard.ts'
import { bucketSums } from '../kernel/histogram.ts'
import { isOptOut } from '../screen/usage.ts'
import { HELD_OUT, KEPT, readJudgement, sealPrefix, type ChunkRef, type Judgement } from './judge.ts'
import { compareKeys, sortKey, type SortKey } from './order.ts'
import { CHUNK_GROUP_BYTES, openParquet, rowsOf, SHARD_GROUP_BYTES, writeParquet } from './parquet-file.ts'
import type { BlobStore } from './ports.ts'
import { inRange, shardKey, type Range } from './ranges.ts'
import { ROW_COLUMNS, RUN_COLUMNS, type Row } from './row-schema.ts'
import { writeScores, type ScoredRow } from './scores-file.ts'

export const FAN_IN = 32

/**
 * A shard has at most about 2^11 cuts besides its bucket borders. At the full 128 MiB a cut stands each 2^16 bytes; in
 * a small shard each row has its own, so that quotas of a few hundred tokens can be met to the row.
 */
const CUTS_PER_SHARD = 2 ** 11

export interface ShardSettings {
  readonly seal: number
  readonly seed: number
  readonly pipeline: string
  readonly signals: readonly string[]
  readonly objectIds: readonly string[]
  /** Written into every file's key-values. */
  readonly provenance: Readonly<Record<string, string>>
}

interface Keyed {
  readonly row: Row
  readonly key: SortKey
}

/** Opens a sorted run at its start. */
export type SortedRun = () => AsyncGenerator<Keyed>

/** Rows of one judged chunk that belong in `range`, in order. */
async function* chunkRows(store: BlobStore, judgement: Judgement, range: Range, seed: number): AsyncGenerator<Keyed> {
  const run = judgement.runs.find(({ cell }) => cell === range.cell)
  if (run === undefined) return
  const wanted = String(range.holdout ? HELD_OUT : KEPT)
  const file = await openParquet(store, judgement.chunk.key)
  let i = run.start
  for await (const row of rowsOf(file, run.start, run.end)) {
    const number = i++
    if (judgement.verdicts[number] !== wanted) continue
    const key = sortKey(row.id, row.bucket, seed)
    if (inRange(key, range)) yield { row: { ...row, dupClusterSize: judgement.clusters[number] ?? 1 }, key }
  }
}

/** Rows [start, end) of a run of a compaction, those of the range. */
export async function* runRows(
  store: BlobStore,
  { key: file, start, end }: { readonly key: string; readonly start: number; readonly end: number },
  { range, seed }: { range: Range; seed: number },
): AsyncGenerator<Keyed> {
  for await (const row of rowsOf(await openParquet(store, file), start, end, RUN_COLUMNS)) {
    const key = sortKey(row.id, row.bucket, seed)
    if (inRange(key, range)) yield { row, key }
  }
}

/** All rows of a run that a merge has written. */
async function* mergedRows(
  store: BlobStore,
  file: string,
  { seed, columns }: { seed: number; columns: readonly string[] },
): AsyncGenerator<Keyed> {
  const opened = await openParquet(store, file)
  for await (const row of rowsOf(opened, 0, opened.rows, columns)) {
    yield { row, key: sortKey(row.id, row.bucket, seed) }
  }
}

async function* mergeSorted(sources: readonly AsyncGenerator<Keyed>[]): AsyncGenerator<Row> {
  const heads: { source: AsyncGenerator<Keyed>; head: Keyed }[] = []
  for (const source of sources) {
    const first = await source.next()
    if (!first.done) heads.push({ source, head: first.value })
  }
  while (heads.length > 0) {
    let least = 0
    for (let i = 1; i < heads.length; i++) {
      const [a, b] = [heads[i], heads[least]]
      if (a !== undefined && b !== undefined && compareKeys(a.head.key, b.head.key) < 0) least = i
    }
    const lane = heads[least]
    if (lane === undefined) return
    yield lane.head.row
    const next = await lane.source.next()
    if (next.done) heads.splice(least, 1)
    else lane.head = next.value
  }
}

/**
 * Writes shard number `number` of the seal. Returns its index line, which also lies under the seal's prefix; null, and no
 * shard, where a part of a bucket's hash space holds none of its few documents.
 */
export async function writeShard(
  store: BlobStore,
  chunks: readonly ChunkRef[],
  range: Range,
  { number, settings }: { number: number; settings: ShardSettings },
): Promise<IndexLine | null> {
  const { seal, seed } = settings
  const runs: SortedRun[] = []
  for (const chunk of chunks) {
    const judgement = await readJudgement(store, seal, chunk)
    runs.push(() => chunkRows(store, judgement, range, seed))
  }
  return mergeRuns(store, runs, range, { number, settings })
}

interface Merge {
  readonly number: number
  readonly settings: ShardSettings
  /** Of a compaction: models whose scores the rows bring along, to lie beside the shard. About 60 bytes a row and model. */
  readonly others?: readonly string[]
}

/** The same from runs of any origin. */
export async function mergeRuns(
  store: BlobStore,
  runs: readonly SortedRun[],
  range: Range,
  { number, settings, others }: Merge,
): Promise<IndexLine | null> {
  const { seal, seed, signals } = settings
  const run = { signals, others: others !== undefined, groupBytes: CHUNK_GROUP_BYTES }
  const columns = run.others ? RUN_COLUMNS : ROW_COLUMNS
  let sources = runs
  const scratch = `${sealPrefix(seal)}/runs/${number}`
  for (let pass = 0; sources.length > FAN_IN; pass++) {
    const longer: SortedRun[] = []
    for (let i = 0; i < sources.length; i += FAN_IN) {
      const key = `${scratch}-${pass}-${i / FAN_IN}.parquet`
      const sink = writeParquet(await store.upload(key), run)
      for await (const row of mergeSorted(sources.slice(i, i + FAN_IN).map((open) => open()))) await sink.add(row)
      await sink.finish({})
      longer.push(() => mergedRows(store, key, { seed, columns }))
    }
    sources = longer
  }

  const merged = mergeSorted(sources.map((open) => open()))
  let next = await merged.next()
  if (next.done) {
    await store.put(lineKey(seal, number), new TextEncoder().encode('null'))
    return null
  }
  const key = shardKey(range, settings)
  const hash = createHash('sha256')
  const sink = writeParquet(await store.upload(key), {
    signals,
    groupBytes: SHARD_GROUP_BYTES,
    onBytes: (bytes) => hash.update(bytes),
  })
  const cuts: Cut[] = []
  const optedOut: RowSpan[] = []
  const sums = bucketSums()
  const beside = (others ?? []).map((model) => ({ pplModel: model, rows: [] as ScoredRow[] }))
  const cutBytes = Math.ceil(range.bytes / CUTS_PER_SHARD)
  let rows = 0
  let bytes = 0
  let pplModel: string | null = null
  for (; !next.done; next = await merged.next()) {
    const row = next.value
    const cut = cuts.at(-1)
    if (cut === undefined || cut[1] !== row.bucket || cut[2] >= cutBytes) cuts.push([rows, row.bucket, row.bytes])
    else cut[2] += row.bytes
    if (row.optOut?.split(' ').some(isOptOut)) optedOut.push([rows, bytes, row.bytes])
    rows += 1
    bytes += row.bytes
    sums.addRow(row)
    if (pplModel !== null && row.pplModel !== pplModel)
      throw new Error(`${row.id} was scored by ${row.pplModel}, rows before it in ${range.cell} by ${pplModel}`)
    pplModel = row.pplModel
    for (const own of beside) {
      const score = row.others?.[own.pplModel]
      if (score === undefined) throw new Error(`${row.id} has lost its score by ${own.pplModel}`)
      own.rows.push({ ...score, bytes: row.bytes })
    }
    await sink.add(row)
  }
  const histogram = sums.counts()
  await sink.finish({
    'millrace.cell': range.cell,
    'millrace.pipeline': settings.pipeline,
    'millrace.seed': String(seed),
    'millrace.cuts': JSON.stringify(cuts),
    'millrace.histogram': JSON.stringify(histogram),
    ...settings.provenance,
  })
  const sha256 = hash.digest('hex')
  const scores: ShardScores[] = []
  for (const own of beside) scores.push(await writeScores(store, { shard: key, sha256, rows }, own))
  const line: IndexLine = {
    shard: key,
    sha256,
    seal,
    cell: range.cell,
    pplModel,
    rows,
    bytes,
    cuts,
    histogram,
    ...(range.holdout ? { holdout: true } : {}),
    ...(optedOut.length > 0 ? { optOut: optedOut } : {}),
    ...(scores.length > 0 ? { scores } : {}),
  }
  await store.put(lineKey(seal, number), new TextEncoder().encode(JSON.stringify(line)))
  return line
}

export const lineKey = (seal: number, number: number): string =>
  `${sealPrefix(seal)}/lines/${String(number).padStart(6, '0')}.json`
