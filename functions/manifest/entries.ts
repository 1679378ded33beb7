/**
 * Segments in reading order as the manifest's lines. Inside a phase the quotas of all cells come first, interleaved by
 * what each is owed, languages first; then their reserves, interleaved the same way. A shard's number is the place of its first use.
 */
import type { Entry, ShardLine } from '../../schema/manifest.ts'
import { nestedOrder } from './nested-order.ts'
import type { Segment } from './select.ts'
import type { Supply } from './supply.ts'

/** A cell of a phase with its segments in its own order. */
export interface Lane {
  readonly cell: string
  readonly segments: readonly Segment[]
}

export interface Reading {
  readonly shards: ShardLine[]
  readonly entries: Entry[]
  readonly reserveTokens: number
  readonly rows: number
  readonly bytes: number
}

export function writeEntries(supply: Supply, phases: readonly { name: string; lanes: readonly Lane[] }[]): Reading {
  const shards: ShardLine[] = []
  const entries: Entry[] = []
  const numbers = new Map<number, number>()
  let reserveTokens = 0
  let rows = 0
  let bytes = 0
  const numberOf = (shard: number): number => {
    const known = numbers.get(shard)
    if (known !== undefined) return known
    const line = supply.shards[shard]
    if (line === undefined) throw new RangeError(`there is no shard ${shard}`)
    numbers.set(shard, shards.length)
    shards.push({ shard: line.shard, sha256: line.sha256, rows: line.rows, bytes: line.bytes })
    return shards.length - 1
  }
  const write = (phase: string, lanes: readonly Lane[]): void => {
    const next = lanes.map(() => 0)
    for (const lane of nestedOrder(lanes)) {
      const { cell, segments } = lanes[lane] ?? { cell: '', segments: [] }
      const segment = segments[next[lane] ?? 0]
      if (segment === undefined) continue
      next[lane] = (next[lane] ?? 0) + 1
      const { bucket, from, to, tokens, reserve } = segment
      const [rowStart, rowEnd] = [supply.rows[from] ?? 0, supply.rows[to] ?? 0]
      const position = entries.length
      const shard = numberOf(segment.shard)
      entries.push(
        reserve
          ? { position, phase, cell, bucket, shard, rowStart, rowEnd, tokens, reserve }
          : { position, phase, cell, bucket, shard, rowStart, rowEnd, tokens },
      )
      rows += rowEnd - rowStart
      bytes += (supply.bytes[to] ?? 0) - (supply.bytes[from] ?? 0)
      if (reserve) reserveTokens += tokens
    }
  }
  for (const { name, lanes } of phases) {
    for (const part of [false, true]) {
      const own = lanes.map(({ cell, segments }) => ({ cell, segments: segments.filter((s) => s.reserve === part) }))
      write(name, own)
    }
  }
  return { shards, entries, reserveTokens, rows, bytes }
}
