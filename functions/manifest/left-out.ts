/**
 * Rows that no plan reads: those that a later seal took back and, where the recipe respects opt-outs, those whose pages are
 * kept from training. Cuts are split at them, so that each is a cut of its own, which belongs to no run.
 */
import type { Cut, IndexLine, RowSpan } from '../../schema/shard.ts'

export interface LeftOut {
  /** In row order, each row once. */
  readonly spans: readonly RowSpan[]
  readonly withdrawn: number
  /** Of those that were not taken back. */
  readonly optedOut: number
}

export function leftOutOf({ withdrawn = [], optOut = [] }: IndexLine, respectOptOut: boolean): LeftOut {
  const gone = new Set(withdrawn.map(([row]) => row))
  const opted = respectOptOut ? optOut.filter(([row]) => !gone.has(row)) : []
  const spans = [...withdrawn, ...opted].sort(([a], [b]) => a - b)
  return { spans, withdrawn: withdrawn.length, optedOut: opted.length }
}

/** What is wrong with the spans of a line whose cuts are sound, or null. */
export function spanMistake(
  { cuts, rows }: Pick<IndexLine, 'cuts' | 'rows'>,
  spans: readonly RowSpan[],
): string | null {
  let last = -1
  let cut = 0
  let start = 0
  let end = 0
  for (const [row, before, bytes] of spans) {
    if (row <= last || row >= rows) return `a row to leave out, ${row}, after row ${last} of ${rows}`
    for (; (cuts[cut + 1]?.[0] ?? rows) <= row; cut++) start += cuts[cut]?.[2] ?? 0
    if (before < Math.max(start, end) || before + bytes > start + (cuts[cut]?.[2] ?? 0)) {
      return `a row to leave out, ${row}, of bytes ${before} to ${before + bytes}, which lie outside its cut or in the row before`
    }
    last = row
    end = before + bytes
  }
  return null
}

/** The cuts with each row to leave out as a cut of its own, and which these are. */
export function isolate(
  cuts: readonly Cut[],
  { spans, rows }: { spans: readonly RowSpan[]; rows: number },
): { cuts: Cut[]; isLeftOut: boolean[] } {
  const parts: Cut[] = []
  const isLeftOut: boolean[] = []
  const add = (cut: Cut, isOut: boolean): void => {
    parts.push(cut)
    isLeftOut.push(isOut)
  }
  let next = 0
  let start = 0
  for (const [i, [first, bucket, bytes]] of cuts.entries()) {
    const [end, endBytes] = [cuts[i + 1]?.[0] ?? rows, start + bytes]
    let [row, at] = [first, start]
    for (let span = spans[next]; span !== undefined && span[0] < end; span = spans[++next]) {
      const [out, before, own] = span
      if (out > row) add([row, bucket, before - at], false)
      add([out, bucket, own], true)
      row = out + 1
      at = before + own
    }
    if (row < end) add([row, bucket, endBytes - at], false)
    start = endBytes
  }
  return { cuts: parts, isLeftOut }
}
