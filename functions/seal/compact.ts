/**
 * A compaction sorts cells by a model that scored them after they were sealed: the rows of all shards of a cell, with their
 * new perplexities, become new shards; rows that were taken back are left behind. An external merge sort, in steps:
 *
 *   sort (a shard)    its rows with their new scores → sorted runs of at most 8 MiB of text
 *   plan              histograms → ranges
 *   write (a range)   merge of the runs → shard and its index line
 *   collect           index lines, checked against what was sorted
 *
 * Old shards stay as they are, for manifests that name them; the new lines say what they take the place of. Any step may
 * run again, or twice at once: its keys are made of its inputs. What makes the new shards visible is the caller's.
 */
import { createHash } from 'node:crypto'
import type { BucketCount, IndexLine } from '../../schema/shard.ts'
import { addCounts, bucketSums, histogramDifference } from '../kernel/histogram.ts'
import { CHUNK_TEXT_BYTES } from './chunk.ts'
import { sealPrefix } from './judge.ts'
import { lineKey, mergeRuns, sortedRows, type ShardSettings } from './merge.ts'
import { compareKeys, sortKey } from './order.ts'
import { CHUNK_GROUP_BYTES, openParquet, rowsOf, writeParquet, type ParquetFile } from './parquet-file.ts'
import type { BlobStore } from './ports.ts'
import { cutRanges, RANGE_BYTES, type Range } from './ranges.ts'
import type { Row } from './row-schema.ts'
import { readScores, type RowScore } from './scores-file.ts'

export interface Compaction {
  readonly store: BlobStore
  /** Its place in the order of seals. */
  readonly seal: number
  readonly pplModel: string
  /** Every shard of each cell but held-out ones. */
  readonly cells: readonly CellToSort[]
  readonly rangeBytes?: number
  readonly runBytes?: number
}

/** Shards of the cell that the model has scored: of its own, and beside them. */
export const scoredShards = (lines: readonly IndexLine[], pplModel: string): IndexLine[] =>
  lines.filter((line) => line.pplModel === pplModel || scoresOf(line, pplModel) !== undefined)

const scoresOf = ({ scores = [] }: IndexLine, pplModel: string) => scores.find((own) => own.pplModel === pplModel)

export interface CellToSort {
  readonly cell: string
  readonly lines: readonly IndexLine[]
}

/** Cells with shards that the model has scored and that are not sorted by it, and their relatives of the same language. */
export function cellsToSort(lines: readonly IndexLine[], pplModel: string): CellToSort[] {
  const isBeside = ({ scores = [] }: IndexLine): boolean => scores.some((own) => own.pplModel === pplModel)
  const languages = new Set(lines.filter(isBeside).map(({ cell }) => cell.split('/')[1]))
  const kept = lines.filter(({ holdout, cell }) => holdout !== true && languages.has(cell.split('/')[1]))
  return [...Map.groupBy(kept, ({ cell }) => cell)]
    .filter(([, own]) => own.some((line) => line.pplModel !== pplModel))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cell, own]) => ({ cell, lines: own }))
}

/** Cells of which the model has not scored every shard, with how many are missing. */
export const cellsNotScored = (cells: readonly CellToSort[], pplModel: string) =>
  cells.flatMap(({ cell, lines }) => {
    const missing = lines.length - scoredShards(lines, pplModel).length
    return missing === 0 ? [] : [{ cell, shards: lines.length, missing }]
  })

export const shardsToSort = ({ cells }: Compaction): IndexLine[] => cells.flatMap(({ lines }) => lines)

interface Run {
  readonly key: string
  readonly buckets: readonly (number | null)[]
}

interface Sorted {
  readonly shard: string
  readonly runs: readonly Run[]
  readonly counts: readonly BucketCount[]
}

interface RangeToWrite extends Range {
  readonly runs: readonly string[]
}

interface Plan {
  readonly ranges: readonly RangeToWrite[]
  /** By cell. */
  readonly settings: Readonly<Record<string, Omit<ShardSettings, 'seal'>>>
}

const encoder = new TextEncoder()
const placeOf = (seal: number, name: string): string => `${sealPrefix(seal)}/sorted/${name}`
const planKey = (seal: number): string => placeOf(seal, 'plan.json')
const sortedKey = (seal: number, number: number): string => placeOf(seal, `${String(number).padStart(6, '0')}.json`)

async function readJson<T>(store: BlobStore, key: string): Promise<T> {
  const bytes = await store.get(key)
  if (bytes === null) throw new Error(`${key} is missing: the step of the compaction before did not run`)
  return JSON.parse(new TextDecoder().decode(bytes)) as T
}

/** Sorts shard number `number` of all. Throws where the model has not scored it. */
export async function sortShard(compaction: Compaction, number: number): Promise<number> {
  const { store, seal, pplModel, runBytes = CHUNK_TEXT_BYTES } = compaction
  const line = shardsToSort(compaction)[number]
  if (line === undefined) throw new Error(`compaction ${seal} has no shard ${number}`)
  if (scoredShards([line], pplModel).length === 0) throw new Error(`${line.shard} is not scored by ${pplModel}`)
  const file = await openParquet(store, line.shard)
  const seed = Number(file.metadata['millrace.seed'])
  const signals = await signalsOf(file)
  const sums = bucketSums()
  const runs: Run[] = []
  let waiting: Row[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return
    const name = `${String(number).padStart(6, '0')}-${String(runs.length).padStart(4, '0')}`
    const key = placeOf(seal, `${name}.parquet`)
    runs.push({ key, buckets: [...new Set(waiting.map(({ bucket }) => bucket))] })
    const keyed = waiting.map((row) => ({ row, key: sortKey(row.id, row.bucket, seed) }))
    const sink = writeParquet(await store.upload(key), { signals, groupBytes: CHUNK_GROUP_BYTES })
    for (const { row } of keyed.sort((a, b) => compareKeys(a.key, b.key))) await sink.add(row)
    await sink.finish({})
    waiting = []
    bytes = 0
  }
  for await (const row of newRows(file, { line, scores: await scoresIn(store, line, pplModel) })) {
    const scored = { ...row, pplModel }
    sums.addRow(scored)
    waiting.push(scored)
    bytes += row.bytes
    if (bytes >= runBytes) await flush()
  }
  await flush()
  const sorted: Sorted = { shard: line.shard, runs, counts: sums.counts() }
  await store.put(sortedKey(seal, number), encoder.encode(JSON.stringify(sorted)))
  return line.rows
}

/** Cuts the cells into ranges; returns how many. */
export async function planCompaction(compaction: Compaction): Promise<number> {
  const { store, seal, rangeBytes = RANGE_BYTES } = compaction
  const ranges: RangeToWrite[] = []
  const settings: Record<string, Omit<ShardSettings, 'seal'>> = {}
  for (const [cell, sorted] of await sortedByCell(compaction)) {
    const counts = addCounts(sorted.map((own) => own.counts))
    const runs = sorted.flatMap((own) => own.runs)
    for (const range of cutRanges(new Map([[cell, counts]]), { holdout: false, rangeBytes })) {
      ranges.push({ ...range, runs: overlapping(runs, range).map(({ key }) => key) })
    }
    const lines = compaction.cells.find((own) => own.cell === cell)?.lines ?? []
    settings[cell] = await settingsOf(compaction, lines)
  }
  await store.put(planKey(seal), encoder.encode(JSON.stringify({ ranges, settings } satisfies Plan)))
  return ranges.length
}

export async function writeRange({ store, seal }: Compaction, number: number): Promise<void> {
  const { ranges, settings } = await readJson<Plan>(store, planKey(seal))
  const range = ranges[number]
  const own = range === undefined ? undefined : settings[range.cell]
  if (range === undefined || own === undefined) throw new Error(`compaction ${seal} has no range ${number}`)
  const runs = range.runs.map((key) => () => sortedRows(store, key, { seed: own.seed, range }))
  await mergeRuns(store, runs, range, { number, settings: { ...own, seal } })
}

/** The lines that take the place of the cells'. Throws where they hold anything else than the old ones. */
export async function collectCompaction(compaction: Compaction): Promise<IndexLine[]> {
  const { store, seal, cells } = compaction
  const { ranges } = await readJson<Plan>(store, planKey(seal))
  const written: IndexLine[] = []
  for (const number of ranges.keys()) {
    const line = await readJson<IndexLine | null>(store, lineKey(seal, number))
    if (line !== null) written.push(line)
  }
  const byCell = Map.groupBy(written, ({ cell }) => cell)
  const sortedOf = await sortedByCell(compaction)
  return cells.flatMap(({ cell, lines }) => {
    const own = byCell.get(cell) ?? []
    const found = addCounts(own.map(({ histogram = [] }) => histogram))
    const difference = histogramDifference(addCounts((sortedOf.get(cell) ?? []).map(({ counts }) => counts)), found)
    if (difference !== null)
      throw new Error(`the new shards of ${cell} hold otherwise than the old ones: ${difference}`)
    const replaces = lines.flatMap((line) => [line.shard, ...(line.replaces ?? [])])
    return own.map((line, i) => (i === 0 ? { ...line, replaces } : line))
  })
}

/** All steps in order, for callers that need no checkpoint between them. */
export async function compact(compaction: Compaction, onStep?: () => void): Promise<IndexLine[]> {
  for (const number of shardsToSort(compaction).keys()) {
    await sortShard(compaction, number)
    onStep?.()
  }
  const count = await planCompaction(compaction)
  for (let number = 0; number < count; number++) {
    await writeRange(compaction, number)
    onStep?.()
  }
  return collectCompaction(compaction)
}

async function sortedByCell(compaction: Compaction): Promise<Map<string, Sorted[]>> {
  const cells = new Map<string, Sorted[]>()
  for (const [number, { cell }] of shardsToSort(compaction).entries()) {
    const own = cells.get(cell) ?? []
    cells.set(cell, own)
    own.push(await readJson<Sorted>(compaction.store, sortedKey(compaction.seal, number)))
  }
  return cells
}

async function signalsOf(file: ParquetFile): Promise<string[]> {
  const [row] = await file.read(0, 1, ['quality'])
  return Object.keys(row?.['quality'] ?? {})
}

/** Values that are names apart by spaces. */
const LISTS = new Set(['millrace.topic-models', 'millrace.ngram-models'])

/** What the old shards say of themselves: names of models as one list, other values apart by a bar where they differ. */
async function settingsOf(
  { store, pplModel }: Compaction,
  lines: readonly IndexLine[],
): Promise<Omit<ShardSettings, 'seal'>> {
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
    for (const name of await signalsOf(file)) signals.add(name)
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
  return { seed, pipeline: joined('millrace.pipeline'), signals: [...signals], objectIds: [identity], provenance }
}

/** What a merge writes of its own, and what holds of one shard alone. */
const OWN_KEYS = new Set(['millrace.cell', 'millrace.cuts', 'millrace.histogram'])

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
    buckets.some((bucket) => order(bucket) >= order(from[0]) && (to === null || order(bucket) <= order(to[0]))),
  )

const order = (bucket: number | null): number => bucket ?? Number.POSITIVE_INFINITY
