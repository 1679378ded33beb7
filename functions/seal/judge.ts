/**
 * Who survives. Every candidate of a chunk is registered with the duplicate index under the place where it was read;
 * when all are registered and their clusters settled (near.ts), each is asked for: it survives if the index holds its own
 * place as the smallest of its text, and it stands for its cluster. Survivors under the hold-out line are held out.
 * The verdicts, one byte a row, and the histograms by bucket lie beside the chunk under a key made of the seal's number,
 * so a step that runs twice writes the same bytes.
 */
import type { BucketCount } from '../../schema/shard.ts'
import { bandsOf } from '../kernel/bands.ts'
import { addCounts, bucketSums, histogramDifference } from '../kernel/histogram.ts'
import { duplicateLines, type Dropped } from './duplicate-lines.ts'
import { comparePlaces, type BlobStore, type Claim, type DuplicateIndex, type Place } from './ports.ts'
import { groupsOf, ROWS_PER_CALL } from './groups.ts'
import { cellOf, isHeldOut, rowHash } from './order.ts'
import { loadParquet } from './parquet-file.ts'
import { histogramsOf, runsOf, type CellRun } from './chunk.ts'

export interface ChunkRef {
  readonly key: string
  /** Keys of the objects that its rows were read from, by id. */
  readonly objectKeys: Readonly<Record<string, string>>
}

export interface SealSettings {
  readonly seal: number
  readonly seed: number
  readonly holdoutShare: number
}

export const DUPLICATE = 0
export const KEPT = 1
export const HELD_OUT = 2
export const NEAR_DUPLICATE = 3
export type Verdict = typeof DUPLICATE | typeof KEPT | typeof HELD_OUT | typeof NEAR_DUPLICATE

/** By cell. */
export type Histogram = Record<string, BucketCount[]>

export interface Judgement {
  readonly chunk: ChunkRef
  readonly runs: readonly CellRun[]
  /** One digit a row: 0 duplicate, 1 kept, 2 held out, 3 near duplicate. */
  readonly verdicts: string
  /** Sizes above 1 of the clusters that survivors stand for, by row. */
  readonly clusters: Readonly<Record<string, number>>
  readonly kept: Histogram
  readonly heldOut: Histogram
  readonly totals: Totals
}

export interface Totals {
  readonly candidates: number
  readonly kept: number
  /** Of the same text as another candidate. */
  readonly duplicates: number
  /** Of a text that differs from that of every survivor, in a cluster that one stands for. */
  readonly nearDuplicates: number
  readonly heldOut: number
}

const PLACE_COLUMNS = ['id', 'objectId', 'recordOffset', 'recordIndex'] as const
const CLAIM_COLUMNS = [...PLACE_COLUMNS, 'source', 'lang', 'topic', 'bucket', 'bands'] as const
const JUDGE_COLUMNS = [...PLACE_COLUMNS, 'url', 'bucket', 'bytes', 'pplTokens'] as const

export const sealPrefix = (seal: number): string => `seals/${String(seal).padStart(8, '0')}`

/** Name of what a seal keeps about a chunk. */
export const besideChunk = (seal: number, kind: string, chunk: ChunkRef, extension: string): string =>
  `${sealPrefix(seal)}/${kind}/${chunk.key.replace(/\.parquet$/, '').replaceAll('/', '~')}.${extension}`

export const judgementKey = (seal: number, chunk: ChunkRef): string => besideChunk(seal, 'judgements', chunk, 'json')
export const duplicatesKey = (seal: number, chunk: ChunkRef): string => besideChunk(seal, 'duplicates', chunk, 'ndjson')

export async function registerChunk(
  { store, index }: { store: BlobStore; index: DuplicateIndex },
  chunk: ChunkRef,
  { seal }: SealSettings,
): Promise<number> {
  const file = await loadParquet(store, chunk.key)
  const rows = await file.read(0, file.rows, CLAIM_COLUMNS)
  for (const block of groupsOf(rows.length, ROWS_PER_CALL)) {
    const claims = rows.slice(...block).map((row): Claim => ({
      id: String(row['id']),
      ...placeOf(row, chunk, seal),
      cell: cellOf({ source: String(row['source']), lang: String(row['lang']), topic: String(row['topic']) }),
      bucket: row['bucket'] == null ? null : Number(row['bucket']),
      bands: row['bands'] == null ? null : bandsOf(row['bands'] as Uint8Array),
    }))
    await index.register(claims)
  }
  return rows.length
}

export async function judgeChunk(
  { store, index }: { store: BlobStore; index: DuplicateIndex },
  chunk: ChunkRef,
  settings: SealSettings,
): Promise<Totals> {
  const file = await loadParquet(store, chunk.key)
  const rows = await file.read(0, file.rows, JUDGE_COLUMNS)
  const { seal } = settings
  const ids = rows.map((row) => String(row['id']))
  const holdings = await index.ask(ids, seal)
  const verdicts: Verdict[] = []
  const clusters: Record<string, number> = {}
  const dropped: Dropped[] = []
  for (const [i, row] of rows.entries()) {
    const holding = holdings[i]
    const id = ids[i]
    if (holding === undefined || id === undefined)
      throw new Error(`the duplicate index answered ${holdings.length} of ${rows.length} ids`)
    const place = placeOf(row, chunk, seal)
    const isFirst = comparePlaces(holding.holder, place) === 0
    if (!isFirst || (holding.member !== null && holding.member.root !== id)) {
      verdicts.push(isFirst ? NEAR_DUPLICATE : DUPLICATE)
      dropped.push({ id, url: String(row['url']), place, holding })
      continue
    }
    verdicts.push(isHeldOut(rowHash(id, settings.seed), settings.holdoutShare) ? HELD_OUT : KEPT)
    const size = holding.member?.size ?? holding.size
    if (size > 1) clusters[i] = size
  }
  const duplicates = await duplicateLines(index, dropped, seal)
  const runs = runsOf(file.metadata)
  const count = (verdict: Verdict): number => verdicts.filter((v) => v === verdict).length
  const totals = {
    candidates: rows.length,
    kept: count(KEPT),
    duplicates: count(DUPLICATE),
    nearDuplicates: count(NEAR_DUPLICATE),
    heldOut: count(HELD_OUT),
  }
  const judgement: Judgement = {
    chunk,
    runs,
    verdicts: verdicts.join(''),
    clusters,
    kept: histogram(runs, rows, { verdicts, wanted: [KEPT] }),
    heldOut: histogram(runs, rows, { verdicts, wanted: [HELD_OUT] }),
    totals,
  }
  const gone = histogram(runs, rows, { verdicts, wanted: [DUPLICATE, NEAR_DUPLICATE] })
  expectConserved(file.metadata, { chunk, parts: [judgement.kept, judgement.heldOut, gone] })
  const encoder = new TextEncoder()
  await store.put(
    duplicatesKey(settings.seal, chunk),
    encoder.encode(duplicates.map((line) => `${JSON.stringify(line)}\n`).join('')),
  )
  await store.put(judgementKey(settings.seal, chunk), encoder.encode(JSON.stringify(judgement)))
  return totals
}

export async function readJudgement(store: BlobStore, seal: number, chunk: ChunkRef): Promise<Judgement> {
  const key = judgementKey(seal, chunk)
  const bytes = await store.get(key)
  if (bytes === null) throw new Error(`${key} is missing: the chunk was not judged before its shards were written`)
  return JSON.parse(new TextDecoder().decode(bytes)) as Judgement
}

export function placeOf(row: Record<string, unknown>, chunk: ChunkRef, seal: number): Place {
  const objectId = String(row['objectId'])
  const key = chunk.objectKeys[objectId]
  if (key === undefined) throw new Error(`${chunk.key} has a row of object ${objectId}, which is not one of its slice`)
  return { seal, key, offset: Number(row['recordOffset']), index: Number(row['recordIndex']) }
}

function histogram(
  runs: readonly CellRun[],
  rows: readonly Record<string, unknown>[],
  { verdicts, wanted }: { verdicts: readonly Verdict[]; wanted: readonly Verdict[] },
): Histogram {
  const cells: Histogram = {}
  for (const { cell, start, end } of runs) {
    const sums = bucketSums()
    for (let i = start; i < end; i++) {
      const verdict = verdicts[i]
      if (verdict === undefined || !wanted.includes(verdict)) continue
      const row = rows[i]
      const bucket = row?.['bucket'] == null ? null : Number(row['bucket'])
      sums.addRow({ bucket, bytes: Number(row?.['bytes']), pplTokens: Number(row?.['pplTokens']) })
    }
    const counts = sums.counts()
    if (counts.length > 0) cells[cell] = counts
  }
  return cells
}

/** Throws where what was judged is not what the slice counted as it wrote the chunk. */
function expectConserved(
  metadata: Readonly<Record<string, string>>,
  { chunk, parts }: { chunk: ChunkRef; parts: readonly Histogram[] },
): void {
  const counted = histogramsOf(metadata)
  if (counted === null) return
  for (const [cell, own] of Map.groupBy(counted, (one) => one.cell)) {
    const judged = addCounts(parts.map((part) => part[cell] ?? []))
    const difference = histogramDifference(addCounts(own.map(({ counts }) => counts)), judged)
    if (difference !== null)
      throw new Error(`${chunk.key} counted ${cell} otherwise than its rows add up: ${difference}`)
  }
}
