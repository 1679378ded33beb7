/**
 * What a manifest says of itself, measured on its entries as they are written and on nothing that made them: how far
 * quotas are passed, whether a curriculum's order is there (Spearman's rank correlation of position and bucket, ties
 * at their mean rank, documents without a bucket apart), how far a cell strays from its share of the phase, and how
 * many rows are named twice. O(n log n).
 */
import type { Entry, ManifestHead, ManifestPhase } from '../../schema/manifest.ts'

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

/** Rows that lie in more than one entry: a sweep over starts and ends, sorted as plain numbers. */
function countRepeated(entries: readonly Entry[]): number {
  // A key is (shard, row, start or end): 20 bits, 32 and 1 are what a double holds. Ends come before starts.
  const keys = new Float64Array(2 * entries.length)
  for (const [i, { shard, rowStart, rowEnd }] of entries.entries()) {
    keys[2 * i] = shard * 2 ** 33 + rowStart * 2 + 1
    keys[2 * i + 1] = shard * 2 ** 33 + rowEnd * 2
  }
  keys.sort()
  let depth = 0
  let repeated = 0
  let last = 0
  for (const key of keys) {
    const row = Math.floor(key / 2)
    if (depth > 1) repeated += row - last
    depth += key % 2 === 1 ? 1 : -1
    last = row
  }
  return repeated
}

export function checkEntries(
  entries: readonly Entry[],
  phases: readonly ManifestPhase[],
  hasCurriculum: (phase: string, cell: string) => boolean,
): ManifestHead['checks'] {
  const lanes = new Map<string, Map<string, Lane>>()
  const totals = new Map<string, number>()
  for (const { name, quotas } of phases) {
    const own = quotas.map(({ cell, tokens }): [string, Lane] => [
      cell,
      { quota: tokens, tokens: 0, read: 0, buckets: [] },
    ])
    lanes.set(name, new Map(own))
  }
  const laneOf = ({ phase, cell }: Entry): Lane => {
    const lane = lanes.get(phase)?.get(cell)
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
  let largestOvershoot = 0
  for (const [phase, cells] of lanes) {
    for (const [cell, { quota, tokens, buckets }] of cells) {
      largestOvershoot = Math.max(largestOvershoot, tokens - quota)
      const correlation = hasCurriculum(phase, cell) ? orderCorrelation(buckets) : null
      if (correlation !== null) curriculum[`${phase}/${cell}`] = correlation
    }
  }
  return { largestOvershoot, curriculum, largestDeficit, repeatedRows: countRepeated(entries) }
}
