/**
 * How cells are cut into shards. The histograms of all chunks are added up; buckets are taken in order until about
 * `rangeBytes` of text are together; a bucket that alone is larger is cut into equal parts of the hash space, which
 * hold nearly equal bytes because hashes are uniform. Depends on sums only: not on slices, chunks or their order.
 */
import { createHash } from 'node:crypto'
import type { BucketCount } from '../../schema/shard.ts'
import { bucketSums, type BucketSums } from '../kernel/histogram.ts'
import type { Histogram } from './judge.ts'
import { HASH_SPACE, type SortKey } from './order.ts'

export const RANGE_BYTES = 128 * 1024 * 1024

/** Rows of one cell from `from` on and before `to`, both [bucket, hash]; bucket null comes last, `to` null is the end. */
export interface Range {
  readonly cell: string
  readonly holdout: boolean
  readonly from: readonly [number | null, number]
  readonly to: readonly [number | null, number] | null
  readonly documents: number
  /** Expected text bytes; exact unless a bucket was cut. */
  readonly bytes: number
}

/** A range with the numbers of the chunks that hold rows of it: one job. */
export interface RangeJob extends Range {
  readonly chunks: readonly number[]
}

export function addHistograms(histograms: Iterable<Histogram>): Map<string, BucketCount[]> {
  const cells = new Map<string, BucketSums>()
  for (const histogram of histograms) {
    for (const [cell, counts] of Object.entries(histogram)) {
      const sums = cells.get(cell) ?? bucketSums()
      cells.set(cell, sums)
      for (const count of counts) sums.add(count)
    }
  }
  return new Map([...cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([cell, sums]) => [cell, sums.counts()]))
}

export function cutRanges(
  cells: ReadonlyMap<string, readonly BucketCount[]>,
  { holdout, rangeBytes = RANGE_BYTES }: { holdout: boolean; rangeBytes?: number },
): Range[] {
  const ranges: Range[] = []
  for (const [cell, counts] of cells) {
    const own: Range[] = []
    let open: { from: readonly [number | null, number]; documents: number; bytes: number } | null = null
    const close = (): void => {
      if (open !== null) own.push({ cell, holdout, to: null, ...open })
      open = null
    }
    for (const [bucket, documents, bytes] of counts) {
      if (open !== null && (open.bytes + bytes > rangeBytes || bytes > rangeBytes)) close()
      const parts = Math.ceil(bytes / rangeBytes)
      if (parts > 1) {
        for (let part = 0; part < parts; part++) {
          const hash = Math.round((part / parts) * HASH_SPACE)
          own.push({ cell, holdout, from: [bucket, hash], to: null, documents, bytes: Math.ceil(bytes / parts) })
        }
        continue
      }
      open ??= { from: [bucket, 0], documents: 0, bytes: 0 }
      open.documents += documents
      open.bytes += bytes
    }
    close()
    ranges.push(...own.map((range, i) => ({ ...range, to: own[i + 1]?.from ?? null })))
  }
  return ranges
}

const before = (key: SortKey, [bucket, hash]: readonly [number | null, number]): boolean => {
  const border = bucket ?? Number.POSITIVE_INFINITY
  return key.bucket === border ? key.hash < hash : key.bucket < border
}

export const inRange = (key: SortKey, range: Range): boolean =>
  !before(key, range.from) && (range.to === null || before(key, range.to))

/** Key of a shard: nothing in it depends on when or in what order its rows came. */
export function shardKey(
  range: Range,
  { objectIds, pipeline, seed }: { objectIds: readonly string[]; pipeline: string; seed: number },
): string {
  const { cell, holdout, from, to } = range
  const identity = JSON.stringify([[...objectIds].sort(), cell, from, to, pipeline, seed])
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 32)
  return `${holdout ? 'holdout' : 'shards'}/${cell}/${hash}.parquet`
}
