/**
 * The rows of a shard by quantile: runs of its cuts between borders, since rows are sorted by bucket. New borders move
 * the runs and nothing else; no row is read.
 */
import type { IndexLine } from '../../schema/shard.ts'
import { quantileOf } from '../kernel/quantile.ts'

/** Rows [rowStart, rowEnd). */
export interface QuantileRange {
  /** Null for rows that are in none. */
  readonly quantile: number | null
  rowEnd: number
  bytes: number
  readonly rowStart: number
}

export function quantileRanges(
  { cuts, rows }: Pick<IndexLine, 'cuts' | 'rows'>,
  borders: readonly number[],
): QuantileRange[] {
  const ranges: QuantileRange[] = []
  for (const [i, [rowStart, bucket, bytes]] of cuts.entries()) {
    const quantile = quantileOf(bucket, borders)
    const rowEnd = cuts[i + 1]?.[0] ?? rows
    const last = ranges.at(-1)
    if (last === undefined || last.quantile !== quantile) ranges.push({ quantile, rowStart, rowEnd, bytes })
    else {
      last.rowEnd = rowEnd
      last.bytes += bytes
    }
  }
  return ranges
}
