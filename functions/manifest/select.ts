/**
 * The segments of one cell for one phase, in the cell's own reading order.
 *
 * Which cuts. `even`: the same share of what is unread from every bucket. Buckets are walked in order and what one
 * could not take to the cut is carried to the next (error diffusion), so that the cuts taken up to any bucket are
 * within half a cut of their share: a cell of a few rows in as many buckets is thinned over all of them, and one of many
 * rows takes an equal share of each to one cut. `lowest` fills up bucket after bucket. Inside a bucket, row order,
 * which is hash order: a fair sample.
 *
 * In what order. A curriculum sorts the buckets; `none` gives the k-th of a bucket's n segments the place
 * (k + u) / n, with u spread over the buckets by the golden ratio (Weyl's sequence) from a start of the cell's own:
 * every window has the mix of the whole, to a segment a bucket, and buckets of a single segment do not fall on one
 * place, nor do cells go through their buckets in step.
 *
 * Then the order is cut at the quota: the cut that reaches it is a segment of its own, so the quota is passed by less
 * than that cut, and what follows, at least `reserve`, is marked as reserve. O(segments · log).
 */
import type { Recipe } from '../../schema/recipe.ts'
import {
  boundaryAtLeast,
  lineTokens,
  moveTo,
  nearestBoundary,
  nextBoundary,
  previousBoundary,
  tokensBetween,
  unreadTokens,
  type Boundary,
  type CellCursor,
} from './cursor.ts'

export interface Segment {
  /** Number of the bucket in the cell, and the bucket itself. */
  readonly line: number
  readonly bucket: number | null
  readonly shard: number
  readonly from: number
  readonly to: number
  readonly tokens: number
  readonly reserve: boolean
}

export interface Order {
  readonly curriculum: 'none' | 'ascending' | 'descending'
  readonly withoutBucket: Recipe['withoutBucket']
  readonly select: Recipe['select']
  readonly segmentTokens: number
}

export interface Demand {
  readonly quota: number
  /** Wanted behind the quota. */
  readonly reserveTokens: number
  readonly reserveRows: number
  /** Tokens that this phase should take in all, up to the next cut, so that later phases find their reserve. */
  readonly share: number
  /** Tokens that it may take in all, so that later phases find their quotas. The quota itself is always taken. */
  readonly limit: number
}

export interface Taken {
  readonly segments: readonly Segment[]
  readonly quotaTokens: number
  readonly reserveTokens: number
  readonly reserveRows: number
  readonly cursor: CellCursor
}

/** Of a small run a cell is still read in this many pieces, so that cells and buckets mix; segments are no larger. */
const PIECES_PER_QUOTA = 64

const GOLDEN = (Math.sqrt(5) - 1) / 2

/** Bucket lines in the order in which a curriculum reads them. */
function lineOrder(cursor: CellCursor, direction: 'ascending' | 'descending', withoutBucket: 'first' | 'last') {
  const lines = [...cursor.buckets.keys()]
  const withBucket = lines.filter((i) => cursor.buckets[i]?.bucket !== null)
  const without = lines.filter((i) => cursor.buckets[i]?.bucket === null)
  if (direction === 'descending') withBucket.reverse()
  return withoutBucket === 'first' ? [...without, ...withBucket] : [...withBucket, ...without]
}

/** Ends of what is taken in each bucket for at least `want` tokens in all, or everything. */
function spread(cursor: CellCursor, want: number, { select, withoutBucket }: Order): Boundary[] {
  const ends = cursor.buckets.map((line) => line.place)
  const lines = lineOrder(cursor, 'ascending', withoutBucket)
  const share = want / unreadTokens(cursor)
  let carry = select === 'even' ? 0 : want
  let taken = 0
  for (const i of lines) {
    const line = cursor.buckets[i]
    if (line === undefined) continue
    const fair = select === 'even' ? share * (lineTokens(line) - line.place.at) : 0
    const at = line.place.at + Math.max(0, fair + carry)
    const end = select === 'even' ? nearestBoundary(cursor, line, at) : boundaryAtLeast(cursor, line, at)
    ends[i] = end
    taken += end.at - line.place.at
    carry += fair - (end.at - line.place.at)
  }
  while (taken < want) {
    let best = -1
    let owed = Number.NEGATIVE_INFINITY
    for (const i of lines) {
      const [line, end] = [cursor.buckets[i], ends[i]]
      if (line === undefined || end === undefined || nextBoundary(cursor, line, end) === null) continue
      const debt = share * (lineTokens(line) - line.place.at) - (end.at - line.place.at)
      if (debt > owed) [best, owed] = [i, debt]
    }
    const [line, end] = [cursor.buckets[best], ends[best]]
    const next = line && end ? nextBoundary(cursor, line, end) : null
    if (next === null || end === undefined) break
    ends[best] = next
    taken += next.at - end.at
  }
  return ends
}

/** Neighbouring cuts of one run up to `ends`, merged to at most `segmentTokens` or a single cut. */
function segmentsUpTo(cursor: CellCursor, ends: readonly Boundary[], segmentTokens: number): Segment[][] {
  return cursor.buckets.map((line, i) => {
    const segments: Segment[] = []
    const end = ends[i] ?? line.place
    for (let r = line.place.run; r <= end.run; r++) {
      const run = line.runs[r]
      if (run === undefined) break
      const last = r === end.run ? end.cut : run.to
      let from = r === line.place.run ? line.place.cut : run.from
      while (from < last) {
        let to = from + 1
        while (to < last && tokensBetween(cursor, from, to + 1) <= segmentTokens) to += 1
        const tokens = tokensBetween(cursor, from, to)
        segments.push({ line: i, bucket: line.bucket, shard: run.shard, from, to, tokens, reserve: false })
        from = to
      }
    }
    return segments
  })
}

/** A number in [0, 1) for a cell, so that cells do not go through their buckets in step. */
function cellShift(cell: string): number {
  let hash = 0
  for (let i = 0; i < cell.length; i++) hash = (Math.imul(hash, 31) + cell.charCodeAt(i)) >>> 0
  return hash / 2 ** 32
}

function readingOrder(cursor: CellCursor, lines: readonly Segment[][], order: Order): Segment[] {
  if (order.curriculum !== 'none') {
    return lineOrder(cursor, order.curriculum, order.withoutBucket).flatMap((i) => lines[i] ?? [])
  }
  const placed: { segment: Segment; place: number }[] = []
  const shift = cellShift(cursor.cell.cell)
  for (const [i, segments] of lines.entries()) {
    const total = segments.reduce((sum, { tokens }) => sum + tokens, 0)
    const offset = (shift + (i + 1) * GOLDEN) % 1
    let before = 0
    for (const segment of segments) {
      placed.push({ segment, place: (before + offset * segment.tokens) / Math.max(1, total) })
      before += segment.tokens
    }
  }
  return placed.sort((a, b) => a.place - b.place || a.segment.line - b.segment.line).map(({ segment }) => segment)
}

function cutSegment(cursor: CellCursor, segment: Segment, at: number): [Segment[], Segment[]] {
  const part = (from: number, to: number): Segment[] =>
    to > from ? [{ ...segment, from, to, tokens: tokensBetween(cursor, from, to) }] : []
  return [part(segment.from, at), part(at, segment.to)]
}

/** Sets the cut that reaches the quota apart and marks all behind it as reserve. */
function closeAtQuota(cursor: CellCursor, segments: readonly Segment[], quota: number): Segment[] {
  const closed: Segment[] = []
  let taken = 0
  for (const segment of segments) {
    if (taken >= quota) {
      closed.push({ ...segment, reserve: true })
      continue
    }
    if (taken + segment.tokens < quota) {
      closed.push(segment)
      taken += segment.tokens
      continue
    }
    let end = segment.from + 1
    while (taken + tokensBetween(cursor, segment.from, end) < quota) end += 1
    const [before, rest] = cutSegment(cursor, segment, end - 1)
    const [last, behind] = rest[0] ? cutSegment(cursor, rest[0], end) : [[], []]
    closed.push(...before, ...last, ...behind.map((one) => ({ ...one, reserve: true })))
    taken = quota
  }
  return closed
}

const rowsOf = (cursor: CellCursor, { from, to }: Segment): number =>
  (cursor.supply.rows[to] ?? 0) - (cursor.supply.rows[from] ?? 0)

/** Gives back reserve cuts from the end of the order that are beyond the share, or beyond the limit. */
function giveBack(cursor: CellCursor, segments: Segment[], ends: Boundary[], { share, limit }: Demand): void {
  let taken = segments.reduce((sum, { tokens }) => sum + tokens, 0)
  for (;;) {
    const last = segments.at(-1)
    const [line, end] = [cursor.buckets[last?.line ?? -1], ends[last?.line ?? -1]]
    if (last === undefined || line === undefined || end === undefined || !last.reserve) return
    const tokens = tokensBetween(cursor, last.to - 1, last.to)
    if (taken <= limit && taken - tokens < share) return
    segments.pop()
    segments.push(...cutSegment(cursor, last, last.to - 1)[0])
    ends[last.line] = previousBoundary(cursor, line, end)
    taken -= tokens
  }
}

/** Reads `demand` out of the cell. Takes everything, and less than the quota, when there is not enough. */
export function take(cursor: CellCursor, demand: Demand, order: Order): Taken {
  const { quota, reserveTokens, reserveRows, share, limit } = demand
  const unread = unreadTokens(cursor)
  const rowTokens = unread / Math.max(1, cursor.rows)
  const segmentTokens = Math.min(order.segmentTokens, Math.max(1, Math.ceil(quota / PIECES_PER_QUOTA)))
  const most = Math.max(quota, Math.min(limit, unread, share + cursor.largestCut))
  let want = Math.min(most, quota + Math.max(reserveTokens, Math.ceil(reserveRows * rowTokens)))
  for (;;) {
    const ends = spread(cursor, want, order)
    const inOrder = readingOrder(cursor, segmentsUpTo(cursor, ends, segmentTokens), order)
    const segments = closeAtQuota(cursor, inOrder, quota)
    const reserve = segments.filter((segment) => segment.reserve)
    const rows = reserve.reduce((sum, segment) => sum + rowsOf(cursor, segment), 0)
    const all = segments.reduce((sum, { tokens }) => sum + tokens, 0)
    if (want < most && (rows < reserveRows || all < quota + reserveTokens)) {
      want = Math.min(most, want + Math.max(1, Math.ceil(rowTokens), Math.ceil((want - quota) / 2)))
      continue
    }
    giveBack(cursor, segments, ends, demand)
    return measure(cursor, segments, ends)
  }
}

function measure(cursor: CellCursor, segments: readonly Segment[], ends: readonly Boundary[]): Taken {
  let quotaTokens = 0
  let reserveTokens = 0
  let reserveRows = 0
  for (const segment of segments) {
    if (!segment.reserve) quotaTokens += segment.tokens
    else {
      reserveTokens += segment.tokens
      reserveRows += rowsOf(cursor, segment)
    }
  }
  return { segments, quotaTokens, reserveTokens, reserveRows, cursor: moveTo(cursor, ends) }
}
