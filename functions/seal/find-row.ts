/** Where a document's row stands in a shard: a binary search over rows sorted by bucket, hash and id. */
import type { Cut } from '../../schema/shard.ts'
import { compareKeys, sortKey } from './order.ts'
import { openParquet } from './parquet-file.ts'
import type { BlobStore } from './ports.ts'

export interface SortedShard {
  readonly shard: string
  readonly rows: number
  readonly cuts: readonly Cut[]
  /** A compaction sorted it by another model: buckets of before say nothing of where a row stands. */
  readonly resorted?: true
}

/** Buckets in which a row may stand that was once in this one. */
export const bucketsOf = ({ cuts, resorted }: SortedShard, bucket: number | null): (number | null)[] =>
  resorted === true ? [...new Set(cuts.map(([, own]) => own))] : [bucket]

/** The shard's rows of one bucket, [start, end), and the bytes of text before them; null when it has none. */
export function rowsOfBucket({ rows, cuts }: SortedShard, bucket: number | null) {
  const first = cuts.findIndex(([, own]) => own === bucket)
  if (first < 0) return null
  const next = cuts.findIndex(([, own], i) => i > first && own !== bucket)
  const start = cuts[first]?.[0] ?? 0
  const end = (next < 0 ? rows : cuts[next]?.[0]) ?? rows
  return { start, end, before: cuts.slice(0, first).reduce((sum, [, , bytes]) => sum + bytes, 0) }
}

/** Row number, or null when the shard does not have it. Reads the id column of about log₂ rows row groups a bucket. */
export async function findRow(
  store: BlobStore,
  shard: SortedShard,
  { id, bucket, seed }: { id: string; bucket: number | null; seed: number },
): Promise<number | null> {
  for (const own of bucketsOf(shard, bucket)) {
    const row = await findInBucket(store, shard, { id, bucket: own, seed })
    if (row !== null) return row
  }
  return null
}

async function findInBucket(
  store: BlobStore,
  shard: SortedShard,
  { id, bucket, seed }: { id: string; bucket: number | null; seed: number },
): Promise<number | null> {
  const range = rowsOfBucket(shard, bucket)
  if (range === null) return null
  const wanted = sortKey(id, bucket, seed)
  const file = await openParquet(store, shard.shard)
  let { start: low, end: high } = range
  while (low < high) {
    const middle = (low + high) >>> 1
    const [row] = await file.read(middle, middle + 1, ['id'])
    const order = compareKeys(sortKey(String(row?.['id']), bucket, seed), wanted)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle
  }
  return null
}
