/** The histogram of a shard, from its cuts: documents and bytes by bucket. */
import type { IndexLine } from '../../schema/shard.ts'
import type { BucketCount } from './judge.ts'

export function histogramOf({ cuts, rows }: Pick<IndexLine, 'cuts' | 'rows'>): BucketCount[] {
  const counts: BucketCount[] = []
  for (const [i, [start, bucket, bytes]] of cuts.entries()) {
    const documents = (cuts[i + 1]?.[0] ?? rows) - start
    const last = counts.at(-1)
    // Rows are sorted by bucket, so a bucket's cuts stand together.
    if (last !== undefined && last[0] === bucket) {
      last[1] += documents
      last[2] += bytes
    } else counts.push([bucket, documents, bytes])
  }
  return counts
}
