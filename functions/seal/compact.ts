/**
 * A compaction sorts cells by a model that scored them after they were sealed: the rows of all shards of a cell, with their
 * new perplexities, become new shards; rows that were taken back are left behind. An external merge sort, in steps:
 *
 *   sort (a shard)    its rows with their new scores → sorted runs of at most 8 MiB of text
 *   plan              histograms → ranges
 *   write (a range)   merge of the runs → shard, scores by other models beside it, and its index line
 *   collect           index lines, checked against what was sorted
 *
 * Old shards stay as they are, for manifests that name them; the new lines say what they take the place of. Any step may
 * run again, or twice at once: its keys are made of its inputs. What makes the new shards visible is the caller's.
 */
import type { IndexLine } from '../../schema/shard.ts'
import { addCounts, histogramDifference } from '../kernel/histogram.ts'
import type { CellToSort } from './cells-to-sort.ts'
import { inheritedSettings, type InheritedSettings } from './inherited-settings.ts'
import { sealPrefix } from './judge.ts'
import { lineKey, mergeRuns, runRows } from './merge.ts'
import type { BlobStore } from './ports.ts'
import { cutRanges, RANGE_BYTES, type Range } from './ranges.ts'
import { partOf, sortRows, type SortedShard } from './sort-shard.ts'

export interface Compaction {
  readonly store: BlobStore
  /** Its place in the order of seals. */
  readonly seal: number
  readonly pplModel: string
  readonly cells: readonly CellToSort[]
  readonly rangeBytes?: number
  readonly runBytes?: number
}

/** All shards of all cells: a step sorts one. */
export const shardsToSort = ({ cells }: Pick<Compaction, 'cells'>): { cell: CellToSort; line: IndexLine }[] =>
  cells.flatMap((cell) => cell.lines.map((line) => ({ cell, line })))

interface RangeToWrite extends Range {
  readonly runs: readonly { readonly key: string; readonly start: number; readonly end: number }[]
}

interface CellPlan {
  readonly settings: InheritedSettings
  /** Models that have scored all of the cell: their scores stay beside it. */
  readonly others: readonly string[]
}

interface Plan {
  readonly ranges: readonly RangeToWrite[]
  readonly cells: Readonly<Record<string, CellPlan>>
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const sixDigits = (number: number): string => String(number).padStart(6, '0')
const placeOf = (seal: number, name: string): string => `${sealPrefix(seal)}/sorted/${name}`
const planKey = (seal: number): string => placeOf(seal, 'plan.json')
const sortedKey = (seal: number, number: number): string => placeOf(seal, `${sixDigits(number)}.json`)

async function readJson<T>(store: BlobStore, key: string): Promise<T> {
  const bytes = await store.get(key)
  if (bytes === null) throw new Error(`${key} is missing: the step of the compaction before did not run`)
  return JSON.parse(new TextDecoder().decode(bytes)) as T
}

/** Sorts shard number `number` of all; returns its rows. Throws where the model has not scored it. */
export async function sortShard(compaction: Compaction, number: number): Promise<number> {
  const { store, seal, pplModel, runBytes } = compaction
  const own = shardsToSort(compaction)[number]
  if (own === undefined) throw new Error(`compaction ${seal} has no shard ${number}`)
  const keyOf = (run: number): string => placeOf(seal, `${sixDigits(number)}-${String(run).padStart(4, '0')}.parquet`)
  const sorted = await sortRows({ store, ...own, pplModel, runBytes, keyOf })
  await store.put(sortedKey(seal, number), encode(sorted))
  return own.line.rows
}

/** Cuts the cells into ranges; returns how many. */
export async function planCompaction(compaction: Compaction): Promise<number> {
  const { store, seal, pplModel, cells, rangeBytes = RANGE_BYTES } = compaction
  const sortedOf = await sortedByCell(compaction)
  const ranges: RangeToWrite[] = []
  const plans: Record<string, CellPlan> = {}
  for (const { cell, lines } of cells) {
    const sorted = sortedOf.get(cell) ?? []
    const runs = sorted.flatMap((own) => own.runs)
    const counts = addCounts(sorted.map((own) => own.counts))
    for (const range of cutRanges(new Map([[cell, counts]]), { holdout: false, rangeBytes })) {
      ranges.push({ ...range, runs: runs.flatMap((run) => partOf(run, range) ?? []) })
    }
    const [first, ...more] = sorted.map((own) => own.others)
    const others = (first ?? []).filter((model) => more.every((models) => models.includes(model)))
    plans[cell] = { settings: await inheritedSettings(store, lines, pplModel), others }
  }
  await store.put(planKey(seal), encode({ ranges, cells: plans } satisfies Plan))
  return ranges.length
}

export async function writeRange({ store, seal }: Compaction, number: number): Promise<void> {
  const { ranges, cells } = await readJson<Plan>(store, planKey(seal))
  const range = ranges[number]
  const own = range === undefined ? undefined : cells[range.cell]
  if (range === undefined || own === undefined) throw new Error(`compaction ${seal} has no range ${number}`)
  const { settings, others } = own
  const runs = range.runs.map((run) => () => runRows(store, run, { range, seed: settings.seed }))
  await mergeRuns(store, runs, range, { number, settings: { ...settings, seal }, others })
}

/** The lines that take the place of the cells'. Throws where they hold anything else than the old ones. */
export async function collectCompaction(compaction: Compaction): Promise<IndexLine[]> {
  const { store, seal, cells } = compaction
  const { ranges } = await readJson<Plan>(store, planKey(seal))
  const written: IndexLine[] = []
  for (const number of ranges.keys()) {
    const line = await readJson<IndexLine | null>(store, lineKey(seal, number))
    if (line !== null) written.push(line)
  }
  const byCell = Map.groupBy(written, ({ cell }) => cell)
  const sortedOf = await sortedByCell(compaction)
  return cells.flatMap(({ cell, lines }) => {
    const own = byCell.get(cell) ?? []
    const found = addCounts(own.map(({ histogram = [] }) => histogram))
    const difference = histogramDifference(addCounts((sortedOf.get(cell) ?? []).map(({ counts }) => counts)), found)
    if (difference !== null)
      throw new Error(`the new shards of ${cell} hold otherwise than the old ones: ${difference}`)
    const replaces = lines.flatMap((line) => [line.shard, ...(line.replaces ?? [])])
    return own.map((line, i) => (i === 0 ? { ...line, replaces } : line))
  })
}

/** All steps in order, for callers that need no checkpoint between them. */
export async function compact(compaction: Compaction, onStep?: () => void): Promise<IndexLine[]> {
  for (const number of shardsToSort(compaction).keys()) {
    await sortShard(compaction, number)
    onStep?.()
  }
  const count = await planCompaction(compaction)
  for (let number = 0; number < count; number++) {
    await writeRange(compaction, number)
    onStep?.()
  }
  return collectCompaction(compaction)
}

async function sortedByCell(compaction: Compaction): Promise<Map<string, SortedShard[]>> {
  const cells = new Map<string, SortedShard[]>()
  for (const [number, { cell }] of shardsToSort(compaction).entries()) {
    const own = cells.get(cell.cell) ?? []
    cells.set(cell.cell, own)
    own.push(await readJson<SortedShard>(compaction.store, sortedKey(compaction.seal, number)))
  }
  return cells
}
