/**
 * What a manifest says of itself, measured on its entries as they are written and on nothing that made them: how far
 * quotas are passed, whether a curriculum's order is there (Spearman's rank correlation of position and bucket, ties
 * at their mean rank, documents without a bucket apart), how far a cell strays from its share of the phase, and how
 * many rows are named twice. O(n log n).
 */
import type { Entry, ManifestHead, ManifestPhase, ShardLine } from '../../schema/manifest.ts'
import { mergeRanges } from './consumption.ts'

/** Spearman's correlation of the order of `values` with their size; null when they are all equal. */
export function orderCorrelation(values: readonly number[]): number | null {
  const n = values.length
  const bySize = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b)
  const ranks = new Float64Array(n)
  for (let start = 0; start < n;) {
    let end = start + 1
    while (end < n && values[bySize[end] ?? 0] === values[bySize[start] ?? 0]) end += 1
    for (let i = start; i < end; i++) ranks[bySize[i] ?? 0] = (start + end - 1) / 2
    start = end
  }
  const mean = (n - 1) / 2
  let product = 0
  let positions = 0
  let sizes = 0
  for (let i = 0; i < n; i++) {
    const [x, y] = [i - mean, (ranks[i] ?? 0) - mean]
    product += x * y
    positions += x * x
    sizes += y * y
  }
  return sizes === 0 || positions === 0 ? null : product / Math.sqrt(positions * sizes)
}

interface Lane {
  readonly quota: number
  tokens: number
  read: number
  readonly buckets: number[]
}

const laneKey = (phase: string, cell: string): string => `${phase}/${cell}`

export function checkEntries(
  { shards, entries }: { readonly shards: readonly ShardLine[]; readonly entries: readonly Entry[] },
  phases: readonly ManifestPhase[],
  hasCurriculum: (phase: string, cell: string) => boolean,
): ManifestHead['checks'] {
  const lanes = new Map<string, Lane>()
  const totals = new Map<string, number>()
  for (const { name, quotas } of phases) {
    for (const { cell, tokens } of quotas) {
      lanes.set(laneKey(name, cell), { quota: tokens, tokens: 0, read: 0, buckets: [] })
    }
  }
  const laneOf = ({ phase, cell }: Entry): Lane => {
    const lane = lanes.get(laneKey(phase, cell))
    if (lane === undefined) throw new RangeError(`an entry reads ${cell} in phase ${phase}, which has no quota for it`)
    return lane
  }
  for (const entry of entries) {
    const lane = laneOf(entry)
    if (entry.bucket !== null) lane.buckets.push(entry.bucket)
    if (entry.reserve) continue
    lane.tokens += entry.tokens
    totals.set(entry.phase, (totals.get(entry.phase) ?? 0) + entry.tokens)
  }

  // A cell is furthest behind just before it is read, and furthest ahead just after.
  let largestDeficit = 0
  const read = new Map<string, number>()
  for (const entry of entries) {
    if (entry.reserve) continue
    const lane = laneOf(entry)
    const share = lane.tokens / Math.max(1, totals.get(entry.phase) ?? 0)
    const before = read.get(entry.phase) ?? 0
    const after = before + entry.tokens
    const behind = share * before - lane.read
    lane.read += entry.tokens
    largestDeficit = Math.max(largestDeficit, behind, lane.read - share * after)
    read.set(entry.phase, after)
  }

  const curriculum: Record<string, number> = {}
  for (const { name, quotas } of phases) {
    for (const { cell } of quotas) {
      if (!hasCurriculum(name, cell)) continue
      const correlation = orderCorrelation(lanes.get(laneKey(name, cell))?.buckets ?? [])
      if (correlation !== null) curriculum[laneKey(name, cell)] = correlation
    }
  }
  const named = entries.map((entry) => ({ ...entry, shard: shards[entry.shard]?.shard ?? '' }))
  const repeatedRows = mergeRanges(named).reduce(
    (sum, { rowStart, rowEnd, times = 1 }) => sum + (times > 1 ? rowEnd - rowStart : 0),
    0,
  )
  const overshoots = [...lanes.values()].map((lane) => lane.tokens - lane.quota)
  return { largestOvershoot: Math.max(0, ...overshoots), curriculum, largestDeficit, repeatedRows }
}
