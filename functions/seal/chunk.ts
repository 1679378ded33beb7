/**
 * Chunks: sorted runs of a slice's candidates. A slice fills a buffer of at most `CHUNK_TEXT_BYTES` of text, sorts it by
 * cell, bucket, hash and id, and writes it; row groups never cross a cell, so that a merge reads its cell alone.
 */
import type { CellHistogram } from '../../schema/calibration.ts'
import { bucketSums, type BucketSums } from '../kernel/histogram.ts'
import type { Candidate } from '../page.ts'
import { cellOf, compareKeys, sortKey } from './order.ts'
import { CHUNK_GROUP_BYTES, writeParquet } from './parquet-file.ts'
import type { BlobStore } from './ports.ts'

export const CHUNK_TEXT_BYTES = 8 * 1024 * 1024

/** Rows [start, end) of a chunk that belong to one cell. */
export interface CellRun {
  readonly cell: string
  readonly start: number
  readonly end: number
}

export const RUNS_KEY = 'millrace.runs'
/** Histograms of the chunk's candidates by cell and model, before any is found to be a duplicate. */
export const HISTOGRAMS_KEY = 'millrace.histograms'

export async function writeChunk(
  store: BlobStore,
  key: string,
  { candidates, signals, seed }: { candidates: readonly Candidate[]; signals: readonly string[]; seed: number },
): Promise<void> {
  const keyed = candidates.map((row) => ({ row, cell: cellOf(row), key: sortKey(row.id, row.bucket, seed) }))
  keyed.sort(
    (a, b) =>
      (a.cell < b.cell ? -1 : a.cell > b.cell ? 1 : 0) ||
      compareKeys(a.key, b.key) ||
      a.row.recordOffset - b.row.recordOffset ||
      a.row.recordIndex - b.row.recordIndex,
  )
  const sink = writeParquet(await store.upload(key), { signals, bands: true, groupBytes: CHUNK_GROUP_BYTES })
  const runs: { cell: string; start: number; end: number }[] = []
  const histograms = new Map<string, { cell: string; pplModel: string | null; sums: BucketSums }>()
  for (const [i, { row, cell }] of keyed.entries()) {
    const last = runs.at(-1)
    const split = last?.cell !== cell
    if (last === undefined || split) runs.push({ cell, start: i, end: i + 1 })
    else last.end = i + 1
    const histogram = histograms.get(`${cell} ${row.pplModel}`) ?? { cell, pplModel: row.pplModel, sums: bucketSums() }
    histograms.set(`${cell} ${row.pplModel}`, histogram)
    histogram.sums.addRow(row)
    await sink.add({ ...row, dupClusterSize: 1 }, split)
  }
  const counted = [...histograms.values()].map(({ sums, ...own }) => ({ ...own, counts: sums.counts() }))
  await sink.finish({ [RUNS_KEY]: JSON.stringify(runs), [HISTOGRAMS_KEY]: JSON.stringify(counted) })
}

export const runsOf = (metadata: Readonly<Record<string, string>>): CellRun[] =>
  JSON.parse(metadata[RUNS_KEY] ?? '[]') as CellRun[]

/** Null in a chunk that was written before chunks had them. */
export const histogramsOf = (metadata: Readonly<Record<string, string>>): CellHistogram[] | null =>
  JSON.parse(metadata[HISTOGRAMS_KEY] ?? 'null') as CellHistogram[] | null
