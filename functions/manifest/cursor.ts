/**
 * Where reading stands in each bucket of a cell. A bucket is a line of cuts, unread runs end to end; a place on it is a
 * boundary between cuts, found by tokens in O(log runs + log cuts). Phases read on from where the phase before stopped,
 * so a row is in one phase only. A further epoch of the cell is appended to every bucket's line.
 */
import { unreadRuns, type CellSupply, type Run, type Supply } from './supply.ts'

/** Before cut `cut` of run `run`, `at` tokens from the start of the bucket's line. */
export interface Boundary {
  readonly run: number
  readonly cut: number
  readonly at: number
}

export interface BucketLine {
  readonly bucket: number | null
  readonly runs: readonly Run[]
  /** Tokens before each run, and all tokens at the end. */
  readonly starts: readonly number[]
  readonly place: Boundary
}

export interface CellCursor {
  readonly supply: Supply
  readonly cell: CellSupply
  readonly bytesPerToken: number
  readonly epochs: number
  /** Ascending, null last. */
  readonly buckets: readonly BucketLine[]
  /** Of all lines together. */
  readonly rows: number
  readonly cuts: number
  readonly largestCut: number
}

/** Tokens of a shard before a cut; see supply.ts for why the difference of two is the tokens between them. */
export const tokensBefore = (supply: Supply, cut: number, bytesPerToken: number): number =>
  Math.round((supply.bytes[cut] ?? 0) / bytesPerToken)

export const tokensBetween = (cursor: CellCursor, from: number, to: number): number =>
  tokensBefore(cursor.supply, to, cursor.bytesPerToken) - tokensBefore(cursor.supply, from, cursor.bytesPerToken)

export function openCell(
  supply: Supply,
  cell: CellSupply,
  settings: { bytesPerToken: number; epochs: number; allows: (bucket: number | null) => boolean },
): CellCursor {
  const { bytesPerToken, epochs, allows } = settings
  const lines = new Map<number | null, Run[]>()
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const [bucket, runs] of unreadRuns(supply, cell, { epoch, allows })) {
      lines.set(bucket, [...(lines.get(bucket) ?? []), ...runs])
    }
  }
  const between = (from: number, to: number): number =>
    tokensBefore(supply, to, bytesPerToken) - tokensBefore(supply, from, bytesPerToken)
  let rows = 0
  let cuts = 0
  let largestCut = 0
  const buckets: BucketLine[] = []
  for (const [bucket, runs] of [...lines].sort(([a], [b]) => (a ?? Infinity) - (b ?? Infinity))) {
    const starts = [0]
    for (const { from, to } of runs) {
      starts.push((starts.at(-1) ?? 0) + between(from, to))
      rows += (supply.rows[to] ?? 0) - (supply.rows[from] ?? 0)
      cuts += to - from
      for (let cut = from; cut < to; cut++) largestCut = Math.max(largestCut, between(cut, cut + 1))
    }
    buckets.push({ bucket, runs, starts, place: { run: 0, cut: runs[0]?.from ?? 0, at: 0 } })
  }
  return { supply, cell, bytesPerToken, epochs, buckets, rows, cuts, largestCut }
}

export const lineTokens = (line: BucketLine): number => line.starts.at(-1) ?? 0

export const unreadTokens = (cursor: CellCursor): number =>
  cursor.buckets.reduce((sum, line) => sum + lineTokens(line) - line.place.at, 0)

export const moveTo = (cursor: CellCursor, places: readonly Boundary[]): CellCursor => ({
  ...cursor,
  buckets: cursor.buckets.map((line, i) => ({ ...line, place: places[i] ?? line.place })),
})

const endOf = (line: BucketLine): Boundary => {
  const run = line.runs.length - 1
  return { run, cut: line.runs[run]?.to ?? 0, at: lineTokens(line) }
}

/** One cut further, or null at the end of the line. */
export function nextBoundary(cursor: CellCursor, line: BucketLine, place: Boundary): Boundary | null {
  let { run, cut } = place
  if (cut === line.runs[run]?.to) cut = line.runs[++run]?.from ?? 0
  if (run >= line.runs.length) return null
  return { run, cut: cut + 1, at: place.at + tokensBetween(cursor, cut, cut + 1) }
}

/** One cut back; only asked of places behind the line's own. */
export function previousBoundary(cursor: CellCursor, line: BucketLine, place: Boundary): Boundary {
  let { run, cut } = place
  if (cut === line.runs[run]?.from) cut = line.runs[--run]?.to ?? 0
  return { run, cut: cut - 1, at: place.at - tokensBetween(cursor, cut - 1, cut) }
}

/** The largest i in [low, high) with value(i) <= x, `low` if there is none; values do not fall. */
function lastAtMost(x: number, [low, high]: readonly [number, number], value: (i: number) => number): number {
  let [from, to] = [low, high]
  while (to - from > 1) {
    const middle = (from + to) >>> 1
    if (value(middle) <= x) from = middle
    else to = middle
  }
  return from
}

/** The last boundary at or before `at` tokens, never before the line's own place. */
export function boundaryAtMost(cursor: CellCursor, line: BucketLine, at: number): Boundary {
  const { place } = line
  if (at <= place.at) return place
  if (at >= lineTokens(line)) return endOf(line)
  const run = lastAtMost(at, [0, line.runs.length], (i) => line.starts[i] ?? 0)
  const { from, to } = line.runs[run] ?? { from: 0, to: 0 }
  const start = line.starts[run] ?? 0
  const cut = lastAtMost(at, [from, to], (i) => start + tokensBetween(cursor, from, i))
  if (run < place.run || (run === place.run && cut < place.cut)) return place
  return { run, cut, at: start + tokensBetween(cursor, from, cut) }
}

/** The boundary nearest to `at` tokens; the earlier one when two are as near. */
export function nearestBoundary(cursor: CellCursor, line: BucketLine, at: number): Boundary {
  const before = boundaryAtMost(cursor, line, at)
  if (before.at >= at) return before
  const after = nextBoundary(cursor, line, before)
  return after !== null && after.at - at < at - before.at ? after : before
}

/** The first boundary at or after `at` tokens, or the end. */
export function boundaryAtLeast(cursor: CellCursor, line: BucketLine, at: number): Boundary {
  const before = boundaryAtMost(cursor, line, at)
  return before.at >= at ? before : (nextBoundary(cursor, line, before) ?? before)
}
