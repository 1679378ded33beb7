/**
 * A compaction sorts one cell by a model that scored it after it was sealed: the rows of all its shards, with their new
 * perplexities, become new shards; rows that were taken back are left behind. An external merge sort: runs of at most
 * 8 MiB of text, then ranges by the new buckets, each a merge of the runs. Old shards stay as they are, for manifests that
 * name them; the new lines say what they take the place of. Any part may run again: its keys are made of its inputs.
 */
import { createHash } from 'node:crypto'
import type { IndexLine } from '../../schema/shard.ts'
import { addCounts, bucketSums, histogramDifference, type BucketSums } from '../kernel/histogram.ts'
import { CHUNK_TEXT_BYTES } from './chunk.ts'
import { sealPrefix } from './judge.ts'
import { mergeRuns, sortedRows, type ShardSettings } from './merge.ts'
import { compareKeys, sortKey } from './order.ts'
import { CHUNK_GROUP_BYTES, openParquet, rowsOf, writeParquet, type ParquetFile } from './parquet-file.ts'
import type { BlobStore } from './ports.ts'
import { cutRanges, RANGE_BYTES, type Range } from './ranges.ts'
import type { Row } from './row-schema.ts'
import { readScores, type RowScore } from './scores-file.ts'

export interface Compaction {
  readonly cell: string
  /** Every shard of the cell but held-out ones. */
  readonly lines: readonly IndexLine[]
  readonly pplModel: string
  /** Its place in the order of seals. */
  readonly seal: number
  /** Number of its first shard among those of the compaction, in which each cell has numbers of its own. */
  readonly first: number
  readonly rangeBytes?: number
  readonly runBytes?: number
}

/** Shards of the cell that the model has scored: of its own, and beside them. */
export const scoredShards = (lines: readonly IndexLine[], pplModel: string): IndexLine[] =>
  lines.filter((line) => line.pplModel === pplModel || scoresOf(line, pplModel) !== undefined)

const scoresOf = ({ scores = [] }: IndexLine, pplModel: string) => scores.find((own) => own.pplModel === pplModel)

/** The lines that take the place of the cell's. Throws where the model has not scored a shard. */
export async function compactCell(store: BlobStore, compaction: Compaction): Promise<IndexLine[]> {
  const { cell, lines, seal, first, rangeBytes = RANGE_BYTES } = compaction
  const missing = lines.length - scoredShards(lines, compaction.pplModel).length
  if (missing > 0)
    throw new Error(`${missing} of ${lines.length} shards of ${cell} are not scored by ${compaction.pplModel}`)
  const settings = await settingsOf(store, compaction)
  const { runs, sums } = await sortRuns(store, compaction, settings)
  const counts = sums.counts()
  const ranges = cutRanges(new Map([[cell, counts]]), { holdout: false, rangeBytes })
  const written: IndexLine[] = []
  for (const [i, range] of ranges.entries()) {
    const own = overlapping(runs, range).map(
      ({ key }) =>
        () =>
          sortedRows(store, key, { seed: settings.seed, range }),
    )
    const line = await mergeRuns(store, own, range, { number: first + i, settings: { ...settings, seal } })
    if (line !== null) written.push(line)
  }
  const difference = histogramDifference(counts, addCounts(written.map(({ histogram = [] }) => histogram)))
  if (difference !== null) throw new Error(`the new shards of ${cell} hold otherwise than the old ones: ${difference}`)
  const [head, ...rest] = written
  return head === undefined ? [] : [{ ...head, replaces: lines.map(({ shard }) => shard) }, ...rest]
}

/** Values that are names apart by spaces. */
const LISTS = new Set(['millrace.topic-models', 'millrace.ngram-models'])

/** What the old shards say of themselves: names of models as one list, other values apart by a bar where they differ. */
async function settingsOf(store: BlobStore, { lines, pplModel, seal }: Compaction): Promise<ShardSettings> {
  const values = new Map<string, Set<string>>()
  const signals = new Set<string>()
  for (const { shard } of lines) {
    const file = await openParquet(store, shard)
    for (const [key, value] of Object.entries(file.metadata)) {
      if (!key.startsWith('millrace.') || OWN_KEYS.has(key)) continue
      const known = values.get(key) ?? new Set<string>()
      values.set(key, known)
      for (const part of LISTS.has(key) ? value.split(' ') : [value]) known.add(part)
    }
    const [row] = await file.read(0, 1, ['quality'])
    for (const name of Object.keys(row?.['quality'] ?? {})) signals.add(name)
  }
  values.get('millrace.ngram-models')?.add(pplModel)
  const joined = (key: string): string => [...(values.get(key) ?? [])].sort().join(LISTS.has(key) ? ' ' : ' | ')
  const seed = Number(joined('millrace.seed'))
  if (!Number.isInteger(seed))
    throw new Error(`shards of one cell have the seeds ${joined('millrace.seed')}, expected one`)
  const provenance = Object.fromEntries([...values.keys()].sort().map((key) => [key, joined(key)]))
  const inputs = lines.map((line) => [line.sha256, ...(line.withdrawn ?? []).map(([row]) => row)].join(' '))
  const identity = createHash('sha256')
    .update([pplModel, ...inputs.sort()].join('\n'))
    .digest('hex')
  return { seal, seed, pipeline: joined('millrace.pipeline'), signals: [...signals], objectIds: [identity], provenance }
}

/** What a merge writes of its own, and what holds of one shard alone. */
const OWN_KEYS = new Set(['millrace.cell', 'millrace.cuts', 'millrace.histogram'])

interface Run {
  readonly key: string
  readonly buckets: ReadonlySet<number | null>
}

async function sortRuns(
  store: BlobStore,
  { cell, lines, pplModel, seal, runBytes = CHUNK_TEXT_BYTES }: Compaction,
  { seed, signals }: ShardSettings,
): Promise<{ runs: Run[]; sums: BucketSums }> {
  const sums = bucketSums()
  const runs: Run[] = []
  let waiting: Row[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return
    const key = `${sealPrefix(seal)}/sorted/${cell.replaceAll('/', '~')}-${String(runs.length).padStart(6, '0')}.parquet`
    runs.push({ key, buckets: new Set(waiting.map(({ bucket }) => bucket)) })
    const keyed = waiting.map((row) => ({ row, key: sortKey(row.id, row.bucket, seed) }))
    const sink = writeParquet(await store.upload(key), { signals, groupBytes: CHUNK_GROUP_BYTES })
    for (const { row } of keyed.sort((a, b) => compareKeys(a.key, b.key))) await sink.add(row)
    await sink.finish({})
    waiting = []
    bytes = 0
  }
  for (const line of lines) {
    const file = await openParquet(store, line.shard)
    for await (const row of newRows(file, { line, scores: await scoresIn(store, line, pplModel) })) {
      const scored = { ...row, pplModel }
      sums.addRow(scored)
      waiting.push(scored)
      bytes += row.bytes
      if (bytes >= runBytes) await flush()
    }
  }
  await flush()
  return { runs, sums }
}

async function scoresIn(store: BlobStore, line: IndexLine, pplModel: string): Promise<RowScore[] | null> {
  const own = line.pplModel === pplModel ? undefined : scoresOf(line, pplModel)
  return own === undefined ? null : readScores(store, line, own)
}

/** The shard's rows with their new scores, those that were taken back left out. */
async function* newRows(
  file: ParquetFile,
  { line, scores }: { line: IndexLine; scores: readonly RowScore[] | null },
): AsyncGenerator<Row> {
  const gone = new Set(line.withdrawn?.map(([row]) => row))
  let number = 0
  for await (const row of rowsOf(file, 0, file.rows)) {
    const score = scores === null ? {} : scores[number]
    if (score === undefined) throw new Error(`${line.shard} has more rows than its scores`)
    if (!gone.has(number++)) yield { ...row, ...score }
  }
  if (number !== line.rows) throw new Error(`${line.shard} has ${number} rows, the index says ${line.rows}`)
}

const overlapping = (runs: readonly Run[], { from, to }: Range): Run[] =>
  runs.filter(({ buckets }) =>
    [...buckets].some((bucket) => order(bucket) >= order(from[0]) && (to === null || order(bucket) <= order(to[0]))),
  )

const order = (bucket: number | null): number => bucket ?? Number.POSITIVE_INFINITY
