/**
 * The first step of a compaction: one shard's rows with their new scores as sorted runs of at most 8 MiB of text, and what
 * later steps have to know of the runs.
 */
import type { BucketCount, IndexLine } from '../../schema/shard.ts'
import { bucketOrder, bucketSums } from '../kernel/histogram.ts'
import { isScored, othersOf, scoresOf, type CellToSort } from './cells-to-sort.ts'
import { CHUNK_TEXT_BYTES } from './chunk.ts'
import { compareKeys, sortKey } from './order.ts'
import { CHUNK_GROUP_BYTES, openParquet, rowsOf, writeParquet, type ParquetFile } from './parquet-file.ts'
import type { BlobStore } from './ports.ts'
import type { Range } from './ranges.ts'
import type { Row, RowScore } from './row-schema.ts'
import { readScores } from './scores-file.ts'

export interface RunFile {
  readonly key: string
  readonly rows: number
  /** Each bucket and its first row. */
  readonly buckets: readonly (readonly [bucket: number | null, row: number])[]
}

export interface SortedShard {
  readonly shard: string
  readonly runs: readonly RunFile[]
  readonly counts: readonly BucketCount[]
  /** Models whose scores the rows bring along. */
  readonly others: readonly string[]
}

interface ShardToSort {
  readonly store: BlobStore
  readonly cell: CellToSort
  readonly line: IndexLine
  readonly pplModel: string
  readonly runBytes?: number | undefined
  readonly keyOf: (run: number) => string
}

/** Throws where the model has not scored the shard. */
export async function sortRows(order: ShardToSort): Promise<SortedShard> {
  const { store, cell, line, pplModel, runBytes = CHUNK_TEXT_BYTES, keyOf } = order
  if (!isScored(line, pplModel)) throw new Error(`${line.shard} is not scored by ${pplModel}`)
  const others = othersOf(cell, line, pplModel)
  const file = await openParquet(store, line.shard)
  const seed = Number(file.metadata['millrace.seed'])
  const signals = await signalsOf(file)
  const sums = bucketSums()
  const runs: RunFile[] = []
  let waiting: Row[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return
    const key = keyOf(runs.length)
    const keyed = waiting.map((row) => ({ row, key: sortKey(row.id, row.bucket, seed) }))
    const sink = writeParquet(await store.upload(key), { signals, others: true, groupBytes: CHUNK_GROUP_BYTES })
    const buckets: [number | null, number][] = []
    for (const [i, { row }] of keyed.sort((a, b) => compareKeys(a.key, b.key)).entries()) {
      if (i === 0 || buckets.at(-1)?.[0] !== row.bucket) buckets.push([row.bucket, i])
      await sink.add(row)
    }
    await sink.finish({})
    runs.push({ key, rows: waiting.length, buckets })
    waiting = []
    bytes = 0
  }
  for await (const row of scoredRows(file, { store, line, pplModel, others })) {
    sums.addRow(row)
    waiting.push(row)
    bytes += row.bytes
    if (bytes >= runBytes) await flush()
  }
  await flush()
  return { shard: line.shard, runs, counts: sums.counts(), others }
}

/** Names of the quality signals of a file's rows. */
export async function signalsOf(file: ParquetFile): Promise<string[]> {
  const [row] = await file.read(0, 1, ['quality'])
  return Object.keys(row?.['quality'] ?? {})
}

/** What models say of each row: of its own where the shard is sorted by it, else beside it. */
async function scoresBy(store: BlobStore, line: IndexLine, pplModel: string): Promise<RowScore[] | null> {
  const own = line.pplModel === pplModel ? undefined : scoresOf(line, pplModel)
  return own === undefined ? null : readScores(store, line, own)
}

/** The shard's rows with their new scores, those that were taken back left out. */
async function* scoredRows(
  file: ParquetFile,
  { store, line, pplModel, others }: { store: BlobStore; line: IndexLine; pplModel: string; others: readonly string[] },
): AsyncGenerator<Row> {
  const scores = new Map<string, RowScore[] | null>()
  for (const model of [pplModel, ...others]) scores.set(model, await scoresBy(store, line, model))
  const gone = new Set(line.withdrawn?.map(([row]) => row))
  let number = 0
  for await (const row of rowsOf(file, 0, file.rows)) {
    const scoreBy = (model: string): RowScore => {
      const { ppl, pplTokens, bucket } = row
      const beside = scores.get(model)
      const score = beside == null ? { ppl, pplTokens, bucket } : beside[number]
      if (score === undefined) throw new Error(`${line.shard} has more rows than its scores by ${model}`)
      return score
    }
    if (!gone.has(number)) {
      const brought = Object.fromEntries(others.map((model) => [model, scoreBy(model)]))
      yield { ...row, ...scoreBy(pplModel), pplModel, others: brought }
    }
    number += 1
  }
  if (number !== line.rows) throw new Error(`${line.shard} has ${number} rows, the index says ${line.rows}`)
}

/** The rows of a run that may lie in a range, [start, end); null where it has none. */
export function partOf(
  { key, rows, buckets }: RunFile,
  { from, to }: Pick<Range, 'from' | 'to'>,
): { key: string; start: number; end: number } | null {
  const start = buckets.find(([bucket]) => bucketOrder(bucket) >= bucketOrder(from[0]))?.[1] ?? rows
  const end = to === null ? rows : (buckets.find(([bucket]) => bucketOrder(bucket) > bucketOrder(to[0]))?.[1] ?? rows)
  return start < end ? { key, start, end } : null
}
