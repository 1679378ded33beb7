/**
 * Bucket histograms: documents, UTF-8 bytes and tokens by perplexity bucket, for one cell under one model
 * (docs/formats/calibration.md). Whole numbers, so any split of the rows and any order of adding give the same sums.
 */
import type { BucketCount } from '../../schema/shard.ts'

/** Null, which no model placed, comes last. */
export const bucketOrder = (bucket: number | null): number => bucket ?? Number.POSITIVE_INFINITY

export interface CountedRow {
  readonly bucket: number | null
  readonly bytes: number
  /** Tokens that the n-gram model scored. */
  readonly pplTokens: number
}

/** Counts by bucket, ascending, null last. */
export interface BucketSums {
  add(count: Readonly<BucketCount>): void
  addRow(row: CountedRow): void
  counts(): BucketCount[]
}

export function bucketSums(): BucketSums {
  const sums = new Map<number | null, BucketCount>()
  const add = ([bucket, documents, bytes, tokens]: Readonly<BucketCount>): void => {
    const sum = sums.get(bucket)
    if (sum === undefined) {
      sums.set(bucket, [bucket, documents, bytes, tokens])
      return
    }
    sum[1] += documents
    sum[2] += bytes
    sum[3] += tokens
  }
  return {
    add,
    addRow: ({ bucket, bytes, pplTokens }) => add([bucket, 1, bytes, pplTokens]),
    counts: () => [...sums.values()].sort((a, b) => bucketOrder(a[0]) - bucketOrder(b[0])),
  }
}

export function addCounts(histograms: Iterable<readonly BucketCount[]>): BucketCount[] {
  const sums = bucketSums()
  for (const counts of histograms) for (const count of counts) sums.add(count)
  return sums.counts()
}

export interface Sums {
  readonly documents: number
  readonly bytes: number
  readonly tokens: number
}

export const sumsOf = (counts: readonly Readonly<BucketCount>[]): Sums =>
  counts.reduce(
    (sum, [, documents, bytes, tokens]) => ({
      documents: sum.documents + documents,
      bytes: sum.bytes + bytes,
      tokens: sum.tokens + tokens,
    }),
    { documents: 0, bytes: 0, tokens: 0 },
  )

/** What the second histogram would have to add to be the first, or null where they agree. For error messages. */
export function histogramDifference(a: readonly BucketCount[], b: readonly BucketCount[]): string | null {
  const negative = b.map(([bucket, ...counts]): BucketCount => {
    const [documents, bytes, tokens] = counts
    return [bucket, -documents, -bytes, -tokens]
  })
  const differing = addCounts([a, negative]).find(([, ...counts]) => counts.some((count) => count !== 0))
  if (differing === undefined) return null
  const [bucket, documents, bytes, tokens] = differing
  return `bucket ${bucket} differs by ${documents} documents, ${bytes} bytes and ${tokens} tokens`
}
