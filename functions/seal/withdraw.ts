/**
 * Rows of earlier seals that leave the corpus: a later document joined their cluster to another one, and one row stands
 * for each cluster. Shards are never rewritten, so a row is named, with what a planner needs to leave it out.
 */
import { clustersKey, type Clusters } from './near.ts'
import { isHeldOut, rowHash } from './order.ts'
import { openParquet } from './parquet-file.ts'
import type { BlobStore, DuplicateIndex } from './ports.ts'
import { sealPrefix } from './judge.ts'
import { bucketsOf, rowsOfBucket, type SortedShard } from './find-row.ts'

export interface WithdrawnRow {
  readonly shard: string
  readonly row: number
  readonly id: string
  readonly bucket: number | null
  /** UTF-8 bytes of text before it in its shard, and its own. */
  readonly before: number
  readonly bytes: number
  /** Tokens that the n-gram model scored. */
  readonly tokens: number
}

/** Shards of one cell that an earlier seal published. */
export type ShardsOf = (where: { seal: number; cell: string; holdout: boolean }) => Promise<readonly SortedShard[]>

/** Of a corpus of one seal. */
export const noEarlierShards: ShardsOf = async () => []

interface Settings {
  readonly seal: number
  readonly seed: number
  readonly holdoutShare: number
}

const withdrawnKey = (seal: number): string => `${sealPrefix(seal)}/withdrawn.json`

/** Finds the rows of all documents whose clusters the seal joined to others. Throws when one is in no shard. */
export async function withdrawRows(
  { store, index, shardsOf }: { store: BlobStore; index: DuplicateIndex; shardsOf: ShardsOf },
  { seal, seed, holdoutShare }: Settings,
): Promise<number> {
  const bytes = await store.get(clustersKey(seal))
  if (bytes === null) throw new Error(`${clustersKey(seal)} is missing: the seal was not settled`)
  const { joined } = JSON.parse(new TextDecoder().decode(bytes)) as Clusters
  const holdings = joined.length === 0 ? [] : await index.ask(joined, seal)
  const places = joined.flatMap((id, i) => {
    const { cell, bucket, seal: own } = holdings[i]?.holder ?? {}
    if (cell === undefined || own === undefined || bucket === undefined) return []
    return [{ id, bucket, where: { seal: own, cell, holdout: isHeldOut(rowHash(id, seed), holdoutShare) } }]
  })
  const rows: WithdrawnRow[] = []
  for (const own of Map.groupBy(places, ({ where }) => JSON.stringify(where)).values()) {
    const [first] = own
    const shards = first === undefined ? [] : await shardsOf(first.where)
    const wanted = new Map(Map.groupBy(own, ({ bucket }) => bucket))
    for (const shard of shards) {
      for (const [before, documents] of wanted) {
        const ids = new Set(documents.map(({ id }) => id))
        for (const bucket of bucketsOf(shard, before)) rows.push(...(await findIds(store, shard, { bucket, ids })))
      }
    }
  }
  const found = new Set(rows.map(({ id }) => id))
  const lost = joined.find((id) => !found.has(id))
  if (lost !== undefined) throw new Error(`document ${lost} stands for a cluster, but no published shard has its row`)
  rows.sort((a, b) => (a.shard === b.shard ? a.row - b.row : a.shard < b.shard ? -1 : 1))
  await store.put(withdrawnKey(seal), new TextEncoder().encode(JSON.stringify(rows)))
  return rows.length
}

/** Those of `ids` that stand in the shard's rows of one bucket. Reads the ids and sizes of the bucket's rows. */
async function findIds(
  store: BlobStore,
  shard: SortedShard,
  { bucket, ids }: { bucket: number | null; ids: ReadonlySet<string> },
): Promise<WithdrawnRow[]> {
  const range = rowsOfBucket(shard, bucket)
  if (range === null) return []
  const { start, end } = range
  let { before } = range
  const file = await openParquet(store, shard.shard)
  const found: WithdrawnRow[] = []
  for (const [i, row] of (await file.read(start, end, ['id', 'bytes', 'pplTokens'])).entries()) {
    const [id, bytes, tokens] = [String(row['id']), Number(row['bytes']), Number(row['pplTokens'])]
    if (ids.has(id)) found.push({ shard: shard.shard, row: start + i, id, bucket, before, bytes, tokens })
    before += bytes
  }
  return found
}

export async function readWithdrawn(store: BlobStore, seal: number): Promise<WithdrawnRow[]> {
  const bytes = await store.get(withdrawnKey(seal))
  if (bytes === null) throw new Error(`${withdrawnKey(seal)} is missing: the seal's step withdraw did not run`)
  return JSON.parse(new TextDecoder().decode(bytes)) as WithdrawnRow[]
}
