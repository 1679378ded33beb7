/**
 * What a run has read: the rows of its manifests less what its reports name as unread. A row may be read several times
 * (`times`), so that a plan that repeats cells knows the epoch of each.
 */
import type { Entry, ShardLine } from '../../schema/manifest.ts'
import type { Report } from '../../schema/report.ts'

export interface ReadRange {
  readonly shard: string
  readonly rowStart: number
  readonly rowEnd: number
  /** How often these rows were read; once where absent. */
  readonly times?: number
}

interface Step {
  readonly row: number
  readonly change: number
}

/** Disjoint ranges of rows with how often each is covered, in row order; what is covered 0 times or less is left out. */
function coverage(steps: Step[]): { rowStart: number; rowEnd: number; times: number }[] {
  steps.sort((a, b) => a.row - b.row)
  const ranges: { rowStart: number; rowEnd: number; times: number }[] = []
  let times = 0
  for (const [i, { row, change }] of steps.entries()) {
    times += change
    const rowEnd = steps[i + 1]?.row ?? row
    if (rowEnd === row || times <= 0) continue
    const last = ranges.at(-1)
    if (last !== undefined && last.rowEnd === row && last.times === times) last.rowEnd = rowEnd
    else ranges.push({ rowStart: row, rowEnd, times })
  }
  return ranges
}

/** The same ranges, each row in one range with its count: by shard, then by row. */
export function mergeRanges(ranges: Iterable<ReadRange>): ReadRange[] {
  const shards = new Map<string, Step[]>()
  for (const { shard, rowStart, rowEnd, times = 1 } of ranges) {
    const steps = shards.get(shard) ?? []
    shards.set(shard, steps)
    steps.push({ row: rowStart, change: times }, { row: rowEnd, change: -times })
  }
  return [...shards]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([shard, steps]) => coverage(steps).map((range) => Object.assign({ shard }, range)))
}

/** Rows that a round read. Without its report every entry counts as read, the reserve too: nothing is read twice. */
export function consumedBy(
  { shards, entries }: { readonly shards: readonly ShardLine[]; readonly entries: Iterable<Entry> },
  report: Pick<Report, 'unread'> | null,
): ReadRange[] {
  const ranges: ReadRange[] = []
  for (const { shard: number, rowStart, rowEnd } of entries) {
    const shard = shards[number]?.shard
    if (shard === undefined) throw new RangeError(`an entry names line ${number} of ${shards.length} shards`)
    ranges.push({ shard, rowStart, rowEnd })
  }
  for (const range of report?.unread ?? []) ranges.push({ ...range, times: -1 })
  return mergeRanges(ranges)
}
