/** The rows that a manifest's entries name, with their tokens by the manifest's own table. */
import type { Entry } from '../../schema/manifest.ts'
import type { Manifest, SampleRun } from './sample-run.ts'

export interface NamedRow {
  readonly shard: string
  readonly row: number
  readonly id: string
  readonly tokens: number
}

export const rowKey = ({ shard, row }: { readonly shard: string; readonly row: number }): string => `${shard} ${row}`

/**
 * Tokens are counted by position: bytes before a row ÷ bytes per token, rounded, and a row has the difference of its
 * end and its start. So rows that touch add up, whatever entries they are in.
 */
export function rowsOfEntries({ head, shards, entries }: Manifest, { rows }: Pick<SampleRun, 'rows'>): NamedRow[][] {
  const known = new Map<string, number[]>()
  const tokensBefore = (shard: string, cell: string): number[] => {
    const before = known.get(shard)
    if (before !== undefined) return before
    const [source = '', lang = ''] = cell.split('/')
    const perToken = head.tokenTable.bytesPerToken[`${lang}/${source}`] ?? Number.NaN
    const sums = [0]
    let bytes = 0
    for (const { text } of rows.get(shard) ?? []) {
      bytes += Buffer.byteLength(text)
      sums.push(Math.round(bytes / perToken))
    }
    known.set(shard, sums)
    return sums
  }
  return entries.map(({ shard: line, cell, rowStart, rowEnd }) => {
    const shard = shards[line]?.shard ?? ''
    const before = tokensBefore(shard, cell)
    return Array.from({ length: rowEnd - rowStart }, (_, i): NamedRow => {
      const row = rowStart + i
      const tokens = (before[row + 1] ?? Number.NaN) - (before[row] ?? Number.NaN)
      return { shard, row, id: rows.get(shard)?.[row]?.id ?? '', tokens }
    })
  })
}

/** Entries with their rows by `phase cell`, in reading order. */
export function byPhaseAndCell(
  manifest: Manifest,
  run: Pick<SampleRun, 'rows'>,
): Map<string, { entry: Entry; rows: NamedRow[] }[]> {
  const named = rowsOfEntries(manifest, run)
  const lines = manifest.entries.map((entry, i) => ({ entry, rows: named[i] ?? [] }))
  return Map.groupBy(lines, ({ entry }) => `${entry.phase} ${entry.cell}`)
}

/** Hamilton's method over whole-numbered weights; ties of remainders go to the lower index. */
export function hamilton(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0)
  const parts = weights.map((weight) => Math.floor((total * weight) / sum))
  const left = total - parts.reduce((a, b) => a + b, 0)
  const remainder = (i: number): number => (total * (weights[i] ?? 0)) % sum
  const byRemainder = [...weights.keys()].sort((a, b) => remainder(b) - remainder(a) || a - b)
  for (const i of byRemainder.slice(0, left)) parts[i] = (parts[i] ?? 0) + 1
  return parts
}
