import { createHash } from 'node:crypto'

export interface IndexedShard {
  readonly shard: string
  readonly sha256: string
  /** Rows that were taken back, ascending. */
  readonly withdrawn: readonly number[]
}

/**
 * What an index version holds: sha-256 over the sorted lines `key sha256`, with ` -row` for each row that was taken back,
 * of all shards, held-out ones too: what `sort | sha256sum` gives.
 */
export function indexHash(shards: Iterable<IndexedShard>): string {
  const lines = Array.from(
    shards,
    ({ shard, sha256, withdrawn }) => `${shard} ${sha256}${withdrawn.map((row) => ` -${row}`).join('')}\n`,
  )
  return createHash('sha256').update(lines.sort().join('')).digest('hex')
}
