/**
 * A seal turns a batch's candidates into shards, in steps that each write under keys made of their inputs:
 *
 *   register (a chunk)  ids and bands into the duplicate index
 *   link (a chunk)      which other documents its bands lead to, when every chunk is registered
 *   settle              links → clusters of near duplicates, into the duplicate index
 *   withdraw            rows of earlier seals whose clusters these join to others: they leave the corpus
 *   judge (a chunk)     verdicts and histograms
 *   plan                histograms → ranges
 *   write (a range)     merge → shard and its index line
 *   collect             index lines and totals, checked against each other
 *
 * Any step may run again, or twice at once. What makes the shards visible is the caller's: one row of the index.
 */
import type { BucketCount, IndexLine } from '../../schema/shard.ts'
import { addCounts, histogramDifference } from '../kernel/histogram.ts'
import {
  judgeChunk,
  readJudgement,
  registerChunk,
  sealPrefix,
  type ChunkRef,
  type Histogram,
  type Totals,
} from './judge.ts'
import { lineKey, writeShard, type ShardSettings } from './merge.ts'
import { linkChunk, settleClusters, type Clusters } from './near.ts'
import type { BlobStore, DuplicateIndex } from './ports.ts'
import { addHistograms, cutRanges, RANGE_BYTES, type RangeJob } from './ranges.ts'
import { readWithdrawn, withdrawRows, type ShardsOf, type WithdrawnRow } from './withdraw.ts'

export interface Seal {
  readonly store: BlobStore
  readonly index: DuplicateIndex
  readonly shardsOf: ShardsOf
  readonly settings: ShardSettings & {
    readonly holdoutShare: number
    readonly rangeBytes?: number
    readonly maxLinked?: number
  }
}

export interface SealResult {
  readonly lines: readonly IndexLine[]
  /** Rows of earlier seals that are taken back. */
  readonly withdrawn: readonly WithdrawnRow[]
  readonly totals: Totals
}

export const register = (seal: Seal, chunk: ChunkRef): Promise<number> => registerChunk(seal, chunk, seal.settings)
export const link = (seal: Seal, chunk: ChunkRef): Promise<number> => linkChunk(seal, chunk, seal.settings)
export const settle = (seal: Seal, chunks: readonly ChunkRef[]): Promise<Clusters> =>
  settleClusters(seal, chunks, seal.settings)
export const withdraw = (seal: Seal): Promise<number> => withdrawRows(seal, seal.settings)
export const judge = (seal: Seal, chunk: ChunkRef): Promise<Totals> => judgeChunk(seal, chunk, seal.settings)

const rangesKey = (seal: number): string => `${sealPrefix(seal)}/ranges.json`

/** Writes the seal's ranges, kept cells first and then held-out ones; returns how many. */
export async function plan({ store, settings }: Seal, chunks: readonly ChunkRef[]): Promise<number> {
  const kept: Histogram[] = []
  const heldOut: Histogram[] = []
  for (const chunk of chunks) {
    const judgement = await readJudgement(store, settings.seal, chunk)
    kept.push(judgement.kept)
    heldOut.push(judgement.heldOut)
  }
  const rangeBytes = settings.rangeBytes ?? RANGE_BYTES
  const ranges = [
    ...cutRanges(addHistograms(kept), { holdout: false, rangeBytes }),
    ...cutRanges(addHistograms(heldOut), { holdout: true, rangeBytes }),
  ].map((range): RangeJob => {
    const histograms = range.holdout ? heldOut : kept
    return { ...range, chunks: [...histograms.keys()].filter((i) => histograms[i]?.[range.cell] !== undefined) }
  })
  await store.put(rangesKey(settings.seal), new TextEncoder().encode(JSON.stringify(ranges)))
  return ranges.length
}

async function readRanges(store: BlobStore, seal: number): Promise<RangeJob[]> {
  const bytes = await store.get(rangesKey(seal))
  if (bytes === null) throw new Error(`${rangesKey(seal)} is missing: the seal was not planned`)
  return JSON.parse(new TextDecoder().decode(bytes)) as RangeJob[]
}

export async function write({ store, settings }: Seal, chunks: readonly ChunkRef[], number: number): Promise<void> {
  const range = (await readRanges(store, settings.seal))[number]
  if (range === undefined) throw new Error(`seal ${settings.seal} has no range ${number}`)
  const holders = range.chunks.flatMap((i) => chunks[i] ?? [])
  await writeShard(store, holders, range, { number, settings })
}

/** The seal's index lines. Throws when rows written and rows judged differ: nothing is lost in a merge. */
export async function collect({ store, settings }: Seal, chunks: readonly ChunkRef[]): Promise<SealResult> {
  const ranges = await readRanges(store, settings.seal)
  const lines: IndexLine[] = []
  for (const number of ranges.keys()) {
    const bytes = await store.get(lineKey(settings.seal, number))
    if (bytes === null) throw new Error(`range ${number} of seal ${settings.seal} was not written`)
    const line = JSON.parse(new TextDecoder().decode(bytes)) as IndexLine | null
    if (line !== null) lines.push(line)
  }
  const totals = { candidates: 0, kept: 0, duplicates: 0, nearDuplicates: 0, heldOut: 0 }
  const kept: Histogram[] = []
  const heldOut: Histogram[] = []
  for (const chunk of chunks) {
    const judgement = await readJudgement(store, settings.seal, chunk)
    for (const name of Object.keys(totals) as (keyof Totals)[]) totals[name] += judgement.totals[name]
    kept.push(judgement.kept)
    heldOut.push(judgement.heldOut)
  }
  const rowsOf = (holdout: boolean): number =>
    lines.filter((line) => (line.holdout ?? false) === holdout).reduce((sum, { rows }) => sum + rows, 0)
  if (rowsOf(false) !== totals.kept || rowsOf(true) !== totals.heldOut) {
    throw new Error(
      `seal ${settings.seal} judged ${totals.kept} kept and ${totals.heldOut} held out, ` +
        `but its shards hold ${rowsOf(false)} and ${rowsOf(true)}`,
    )
  }
  for (const [holdout, judged] of [
    [false, addHistograms(kept)],
    [true, addHistograms(heldOut)],
  ] as const) {
    const own = lines.filter((line) => (line.holdout ?? false) === holdout)
    expectHistograms(judged, own)
  }
  return { lines, withdrawn: await readWithdrawn(store, settings.seal), totals }
}

/** Throws when the shards of a cell hold other documents, bytes or tokens in a bucket than were judged to be in it. */
function expectHistograms(judged: ReadonlyMap<string, BucketCount[]>, lines: readonly IndexLine[]): void {
  const written = Map.groupBy(lines, ({ cell }) => cell)
  for (const [cell, counts] of judged) {
    const own = addCounts((written.get(cell) ?? []).map(({ histogram = [] }) => histogram))
    const difference = histogramDifference(counts, own)
    if (difference !== null) throw new Error(`the shards of ${cell} hold otherwise than was judged: ${difference}`)
  }
}

/** All steps in order, for callers that need no checkpoint between them. */
export async function sealAll(
  seal: Seal,
  chunks: readonly ChunkRef[],
  { onStep }: { onStep?: (done: number, all: number, name: string) => void } = {},
): Promise<SealResult> {
  for (const [i, chunk] of chunks.entries()) {
    await register(seal, chunk)
    onStep?.(i + 1, chunks.length, 'register')
  }
  for (const [i, chunk] of chunks.entries()) {
    await link(seal, chunk)
    onStep?.(i + 1, chunks.length, 'link')
  }
  await settle(seal, chunks)
  await withdraw(seal)
  for (const [i, chunk] of chunks.entries()) {
    await judge(seal, chunk)
    onStep?.(i + 1, chunks.length, 'judge')
  }
  const count = await plan(seal, chunks)
  for (let number = 0; number < count; number++) {
    await write(seal, chunks, number)
    onStep?.(number + 1, count, 'write')
  }
  return collect(seal, chunks)
}
