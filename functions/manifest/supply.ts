/**
 * What the index offers: per cell and bucket the runs of cuts that have not been read, in row order inside a bucket
 * and by (seal, first bucket, key) between shards, whatever the order of the index lines.
 *
 * Tokens are estimated from bytes by position, not by piece: with B(r) the bytes of a shard before row r and q the
 * bytes per token, rows [a, b) are round(B(b) / q) - round(B(a) / q) tokens. Pieces that touch therefore add up to the
 * tokens of the whole, however they are cut or merged; a sum never drifts, and no piece is off by more than one token.
 *
 * A shard of 128 MiB has about 2^11 cuts and 10,000 shards 2 * 10^7, so cuts are two typed arrays for the whole index
 * (first row and bytes before it, 8 bytes a cut), and lines are taken one by one and let go.
 */
import { ALL_TOPICS, type IndexLine } from '../../schema/shard.ts'
import type { HoldoutFile } from '../../schema/manifest.ts'
import { bucketOrder } from '../kernel/histogram.ts'
import type { ReadRange } from './consumption.ts'
import { isolate, leftOutOf, spanMistake } from './left-out.ts'
import type { PlanProblem } from './problem.ts'

/** Cuts [from, to) of one shard inside one bucket. Numbers are places in `rows` and `bytes` of the supply. */
export interface Run {
  readonly shard: number
  readonly bucket: number | null
  readonly from: number
  readonly to: number
}

export interface ShardSupply {
  readonly shard: string
  readonly sha256: string
  readonly seal: number
  readonly cell: string
  readonly pplModel: string | null
  /** Other models that have scored its rows, in files beside it. */
  readonly rescoredBy: readonly string[]
  /** Of the whole shard. */
  readonly rows: number
  readonly bytes: number
  /** Rows that no plan reads, and their bytes. */
  readonly leftOut: { readonly rows: number; readonly bytes: number }
  /** Rows that were taken back. */
  readonly withdrawn: readonly number[]
  /** Buckets in row order, without what is left out. */
  readonly runs: readonly Run[]
  /** Place of the first cut. */
  readonly first: number
  /** How often each cut was read; null where none was. */
  readonly reads: Uint16Array | null
}

export interface HoldoutSupply extends Omit<HoldoutFile, 'take'> {
  readonly withdrawn: readonly number[]
}

export interface CellSupply {
  readonly cell: string
  readonly source: string
  readonly lang: string
  readonly topic: string
  rows: number
  bytes: number
  /** Numbers into `shards`, in reading order. */
  readonly shards: number[]
}

export interface Supply {
  readonly shards: readonly ShardSupply[]
  /** By name, in order of name. */
  readonly cells: ReadonlyMap<string, CellSupply>
  /** Row at each cut; a shard's last place holds its number of rows. */
  readonly rows: Uint32Array
  /** Bytes of the shard before each cut; a shard's last place holds all its bytes. */
  readonly bytes: Uint32Array
  readonly holdout: readonly HoldoutSupply[]
  readonly lastSeal: number
  /** Rows that were read before, and unread rows left out because they share a cut with rows that were read. */
  readonly rowsRead: number
  readonly rowsBesideRead: number
  /** Rows that were taken back, and rows left out because their pages opted out. */
  readonly rowsWithdrawn: number
  readonly rowsOptedOut: number
  /** Shards that were read from but are not in the index, and those of them that others were put in place of. */
  readonly unknownShards: readonly string[]
  readonly replacedShards: readonly string[]
}

const LIMIT = 2 ** 32 - 1

function doubled(column: Uint32Array<ArrayBuffer>, least: number): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(Math.max(column.length * 2, least))
  next.set(column)
  return next
}

/** Two growing columns of whole numbers. */
function cutColumns() {
  let rows = new Uint32Array(1024)
  let bytes = new Uint32Array(1024)
  let length = 0
  return {
    /** Adds a shard's cuts and its end; returns the place of the first. */
    add({ cuts, rows: allRows, bytes: allBytes }: IndexLine): number {
      const first = length
      length += cuts.length + 1
      if (length > rows.length) {
        rows = doubled(rows, length)
        bytes = doubled(bytes, length)
      }
      let before = 0
      for (const [i, [row, , cutBytes]] of cuts.entries()) {
        rows[first + i] = row
        bytes[first + i] = before
        before += cutBytes
      }
      rows[length - 1] = allRows
      bytes[length - 1] = allBytes
      return first
    },
    done: () => ({ rows, bytes }),
  }
}

/** What is wrong with a line's cuts, or null. */
function cutMistake({ cuts, rows, bytes }: IndexLine): string | null {
  let sum = 0
  let last = -1
  for (const [row, bucket, cutBytes] of cuts) {
    if (!Number.isInteger(row) || row <= last || row >= rows) return `a cut at row ${row} after row ${last} of ${rows}`
    if (last === -1 && row !== 0) return `a first cut at row ${row}, expected row 0`
    if (bucket !== null && !Number.isInteger(bucket)) return `a bucket that is no whole number: ${bucket}`
    if (!Number.isInteger(cutBytes) || cutBytes < 0) return `a cut of ${cutBytes} bytes`
    last = row
    sum += cutBytes
  }
  if (last === -1) return 'no cut'
  if (sum !== bytes) return `cuts of ${sum} bytes in all, but ${bytes} bytes by its line`
  if (bytes > LIMIT || rows > LIMIT) return `more than ${LIMIT} bytes or rows`
  return null
}

/** How often each cut was read: as often as its most read row. Also counts rows read, and rows beside them. */
function cutReads(
  ranges: readonly ReadRange[],
  { starts, rows }: { starts: readonly number[]; rows: number },
): { reads: Uint16Array; read: number; beside: number } {
  const change = new Int32Array(rows + 1)
  for (const { rowStart, rowEnd, times = 1 } of ranges) {
    const from = Math.min(rowStart, rows)
    const to = Math.min(rowEnd, rows)
    change[from] = (change[from] ?? 0) + times
    change[to] = (change[to] ?? 0) - times
  }
  const reads = new Uint16Array(starts.length)
  let times = 0
  let read = 0
  let beside = 0
  for (let cut = 0; cut < starts.length; cut++) {
    const end = starts[cut + 1] ?? rows
    let most = 0
    let unread = 0
    for (let row = starts[cut] ?? 0; row < end; row++) {
      times += change[row] ?? 0
      if (times > most) most = times
      if (times <= 0) unread += 1
      else read += 1
    }
    if (most > 0) beside += unread
    reads[cut] = most
  }
  return { reads, read, beside }
}

function bucketRuns(
  { cuts, isLeftOut }: ReturnType<typeof isolate>,
  { shard, first }: { shard: number; first: number },
): Run[] {
  const runs: Run[] = []
  let start = 0
  for (let i = 1; i <= cuts.length; i++) {
    const bucket = cuts[start]?.[1] ?? null
    const isOut = isLeftOut[start] ?? false
    if (i < cuts.length && (cuts[i]?.[1] ?? null) === bucket && (isLeftOut[i] ?? false) === isOut) continue
    if (!isOut) runs.push({ shard, bucket, from: first + start, to: first + i })
    start = i
  }
  return runs
}

export function buildSupply(
  index: Iterable<IndexLine>,
  read: readonly ReadRange[],
  { respectOptOut = false }: { respectOptOut?: boolean | undefined } = {},
): Supply | PlanProblem {
  const rangesOf = Map.groupBy(read, ({ shard }) => shard)
  const columns = cutColumns()
  const shards: ShardSupply[] = []
  const holdout: HoldoutSupply[] = []
  const seen = new Set<string>()
  const replaced = new Set<string>()
  let lastSeal = 1
  let rowsRead = 0
  let rowsBesideRead = 0
  let rowsWithdrawn = 0
  let rowsOptedOut = 0
  for (const line of index) {
    const { shard, sha256, seal, cell, pplModel, rows, bytes } = line
    const { spans, ...counts } = leftOutOf(line, respectOptOut)
    const mistake = seen.has(shard) ? 'two lines' : (cutMistake(line) ?? spanMistake(line, spans))
    if (mistake !== null) return { problem: 'index', detail: `The index gives shard ${shard} ${mistake}.`, shard }
    seen.add(shard)
    for (const gone of line.replaces ?? []) replaced.add(gone)
    lastSeal = Math.max(lastSeal, seal)
    const withdrawn = line.withdrawn?.map(([row]) => row) ?? []
    if (line.holdout === true) {
      const leftOut = spans.length > 0 ? { leftOut: spans.map(([row]) => row) } : {}
      holdout.push({ shard, sha256, cell, rows, withdrawn, ...leftOut })
      continue
    }
    rowsWithdrawn += counts.withdrawn
    rowsOptedOut += counts.optedOut
    const split = spans.length === 0 ? { cuts: line.cuts, isLeftOut: [] } : isolate(line.cuts, { spans, rows })
    const first = columns.add({ ...line, cuts: split.cuts })
    const ranges = rangesOf.get(shard)
    const counted = ranges ? cutReads(ranges, { starts: split.cuts.map(([row]) => row), rows }) : null
    rowsRead += counted?.read ?? 0
    rowsBesideRead += counted?.beside ?? 0
    const rescoredBy = line.scores?.map((own) => own.pplModel) ?? []
    const leftOut = { rows: spans.length, bytes: spans.reduce((sum, [, , own]) => sum + own, 0) }
    const runs = bucketRuns(split, { shard: shards.length, first })
    const reads = counted?.reads ?? null
    const own = { shard, sha256, seal, cell, pplModel, rescoredBy, rows, bytes }
    shards.push({ ...own, leftOut, withdrawn, runs, first, reads })
  }
  return {
    shards,
    cells: groupCells(shards),
    ...columns.done(),
    holdout: holdout.sort((a, b) => (a.shard < b.shard ? -1 : 1)),
    lastSeal,
    rowsRead,
    rowsBesideRead,
    rowsWithdrawn,
    rowsOptedOut,
    unknownShards: [...rangesOf.keys()].filter((shard) => !seen.has(shard)).sort(),
    replacedShards: [...rangesOf.keys()].filter((shard) => replaced.has(shard)).sort(),
  }
}

function groupCells(shards: readonly ShardSupply[]): ReadonlyMap<string, CellSupply> {
  const order = [...shards.keys()].sort((i, k) => {
    const [a, b] = [shards[i], shards[k]]
    if (a === undefined || b === undefined) return 0
    if (a.cell !== b.cell) return a.cell < b.cell ? -1 : 1
    if (a.seal !== b.seal) return a.seal - b.seal
    const [x, y] = [bucketOrder(a.runs[0]?.bucket ?? null), bucketOrder(b.runs[0]?.bucket ?? null)]
    if (x !== y) return x - y
    return a.shard < b.shard ? -1 : 1
  })
  const cells = new Map<string, CellSupply>()
  for (const i of order) {
    const shard = shards[i]
    if (shard === undefined || shard.leftOut.rows === shard.rows) continue
    const [source = '', lang = '', topic = ALL_TOPICS] = shard.cell.split('/')
    const cell = cells.get(shard.cell) ?? { cell: shard.cell, source, lang, topic, rows: 0, bytes: 0, shards: [] }
    cells.set(shard.cell, cell)
    cell.rows += shard.rows - shard.leftOut.rows
    cell.bytes += shard.bytes - shard.leftOut.bytes
    cell.shards.push(i)
  }
  return cells
}

/**
 * A cell's runs whose cuts were read fewer than `epoch` times, by bucket, ascending, null last: epoch 1 is what is
 * unread. Only buckets that `allows` lets through.
 */
export function unreadRuns(
  supply: Supply,
  cell: CellSupply,
  { epoch, allows }: { epoch: number; allows: (bucket: number | null) => boolean },
): Map<number | null, Run[]> {
  const buckets = new Map<number | null, Run[]>()
  for (const number of cell.shards) {
    const shard = supply.shards[number]
    if (shard === undefined) continue
    for (const run of shard.runs) {
      if (!allows(run.bucket)) continue
      const open = buckets.get(run.bucket) ?? []
      buckets.set(run.bucket, open)
      if (shard.reads === null) {
        open.push(run)
        continue
      }
      let from = run.from
      for (let cut = run.from; cut <= run.to; cut++) {
        const isOpen = cut < run.to && (shard.reads[cut - shard.first] ?? 0) < epoch
        if (isOpen) continue
        if (cut > from) open.push({ ...run, from, to: cut })
        from = cut + 1
      }
    }
  }
  const full = [...buckets].filter(([, runs]) => runs.length > 0)
  return new Map(full.sort(([a], [b]) => bucketOrder(a) - bucketOrder(b)))
}
