/**
 * Scores of a shard's rows by another model: a Parquet file with a row for each of the shard's, in its order, of
 * perplexity, tokens and bucket (docs/formats/calibration.md). About ten bytes a row, so it is held whole. Its key is made
 * of the shard's and the model's, which say what is in them; the same scores give the same bytes.
 */
import { createHash } from 'node:crypto'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { BucketCount, IndexLine, ShardScores } from '../../schema/shard.ts'
import { bucketSums } from '../kernel/histogram.ts'
import { loadParquet, readParquet } from './parquet-file.ts'
import type { BlobStore } from './ports.ts'
import type { RowScore } from './row-schema.ts'

/** A row's score, and its bytes of text, which the histogram counts. */
export interface ScoredRow extends RowScore {
  readonly bytes: number
}

type Scored = Pick<IndexLine, 'shard' | 'sha256' | 'rows'>

export const scoresKey = (shard: string, pplModel: string): string => `scores/${pplModel}/${shard}`

export async function writeScores(
  store: BlobStore,
  { shard, sha256: shardHash }: Scored,
  { pplModel, rows }: { pplModel: string; rows: readonly ScoredRow[] },
): Promise<ShardScores> {
  const sums = bucketSums()
  for (const row of rows) sums.addRow(row)
  const histogram = sums.counts()
  const metadata = {
    'millrace.shard': shard,
    'millrace.shard-sha256': shardHash,
    'millrace.ppl-model': pplModel,
    'millrace.histogram': JSON.stringify(histogram),
  }
  const file = parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 3 },
      { name: 'ppl', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
      { name: 'pplTokens', type: 'INT32', repetition_type: 'REQUIRED' },
      { name: 'bucket', type: 'INT32', repetition_type: 'OPTIONAL' },
    ],
    columnData: [
      { name: 'ppl', data: rows.map(({ ppl }) => ppl) },
      { name: 'pplTokens', data: rows.map(({ pplTokens }) => pplTokens) },
      { name: 'bucket', data: rows.map(({ bucket }) => bucket) },
    ],
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  })
  const bytes = new Uint8Array(file)
  const scores = scoresKey(shard, pplModel)
  await store.put(scores, bytes)
  return { pplModel, scores, sha256: hashOf(bytes), histogram }
}

/** The scores of a shard that are there already; null where they are not. Throws where the file is of another shard. */
export async function findScores(store: BlobStore, line: Scored, pplModel: string): Promise<ShardScores | null> {
  const scores = scoresKey(line.shard, pplModel)
  const bytes = await store.get(scores)
  if (bytes === null) return null
  const file = await loadParquet(store, scores)
  expectOf(scores, file, { line, pplModel })
  const histogram = JSON.parse(file.metadata['millrace.histogram'] ?? '[]') as BucketCount[]
  return { pplModel, scores, sha256: hashOf(bytes), histogram }
}

/** In the order of the shard's rows. Throws where the file is not the one that the index names. */
export async function readScores(store: BlobStore, line: Scored, own: ShardScores): Promise<RowScore[]> {
  const bytes = await store.get(own.scores)
  if (bytes === null) throw new Error(`${own.scores} is not in the store, but the index names it`)
  const actual = hashOf(bytes)
  if (actual !== own.sha256) throw new Error(`${own.scores} has sha-256 ${actual}, the index names ${own.sha256}`)
  const file = await loadParquet(store, own.scores)
  expectOf(own.scores, file, { line, pplModel: own.pplModel })
  return (await file.read(0, file.rows)).map(toScore)
}

export interface ScoresToCheck {
  readonly line: Scored
  readonly pplModel: string
  /** Bytes of text of the shard's rows. */
  readonly sizes: readonly number[]
  /** What is wrong with a row's score, or null. */
  readonly mistake: (row: RowScore) => string | null
}

/** Scores that came from outside: their hash and histogram, or what is wrong with them. */
export async function checkScores(
  bytes: Uint8Array,
  { line, pplModel, sizes, mistake }: ScoresToCheck,
): Promise<Pick<ShardScores, 'sha256' | 'histogram'> | { readonly mistake: string }> {
  let rows: RowScore[]
  let told: readonly BucketCount[]
  try {
    const file = await readParquet(bytes)
    expectOf('the file', file, { line, pplModel })
    rows = (await file.read(0, file.rows)).map(toScore)
    told = JSON.parse(file.metadata['millrace.histogram'] ?? '[]') as BucketCount[]
  } catch (error) {
    return { mistake: error instanceof Error ? error.message : String(error) }
  }
  const sums = bucketSums()
  for (const [i, row] of rows.entries()) {
    const wrong = mistake(row)
    if (wrong !== null) return { mistake: `row ${i}: ${wrong}` }
    sums.addRow({ ...row, bytes: sizes[i] ?? 0 })
  }
  const histogram = sums.counts()
  if (JSON.stringify(told) !== JSON.stringify(histogram))
    return { mistake: 'their histogram is not that of their rows' }
  return { sha256: hashOf(bytes), histogram }
}

const toScore = (row: Readonly<Record<string, unknown>>): RowScore => ({
  ppl: row['ppl'] == null ? null : Number(row['ppl']),
  pplTokens: Number(row['pplTokens']),
  bucket: row['bucket'] == null ? null : Number(row['bucket']),
})

function expectOf(
  key: string,
  { rows, metadata }: { readonly rows: number; readonly metadata: Readonly<Record<string, string>> },
  { line, pplModel }: { line: Scored; pplModel: string },
): void {
  const mistake = (what: string, found: unknown, expected: unknown): never => {
    throw new Error(`${key} has ${what} ${String(found)}, expected ${String(expected)}: it is of another shard`)
  }
  if (rows !== line.rows) mistake('rows', rows, line.rows)
  if (metadata['millrace.shard-sha256'] !== line.sha256)
    mistake('the shard hash', metadata['millrace.shard-sha256'], line.sha256)
  if (metadata['millrace.ppl-model'] !== pplModel) mistake('the model', metadata['millrace.ppl-model'], pplModel)
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
