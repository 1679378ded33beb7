/** Calibrations as files, and the histograms of a local index. */
import path from 'node:path'
import { statSync } from 'node:fs'
import { KnownCalibration } from '../schema/calibration.ts'
import type { Calibration } from '../schema/manifest.ts'
import type { BucketCount, IndexLine, ShardScores } from '../schema/shard.ts'
import { addCounts } from '../functions/kernel/histogram.ts'
import type { IndexedShard } from '../functions/kernel/index-hash.ts'
import { calibrationId, type ScoredShard } from '../functions/perplexity/freeze.ts'
import { openParquet } from '../functions/seal/parquet-file.ts'
import { readScores } from '../functions/seal/scores-file.ts'
import { UsageError } from './arguments.ts'
import { fileStore } from './file-store.ts'
import { pathFault } from './input-files.ts'
import { indexLinesOf, readContract } from './manifest-files.ts'

/** As `calibrationId` makes them. */
const HASHED = /^cal-[0-9a-f]{16}$/

/** Borders from a file, which its figures have to give the name that it has. */
export async function readCalibration(file: string): Promise<Calibration> {
  const { id, borders, made } = await readContract(file, KnownCalibration, 'calibration')
  // A name that is a hash says nothing without what it is the hash of.
  if (made === undefined && HASHED.test(id))
    throw new UsageError(
      `${file} calls itself ${id}, a hash, but "made" is missing, of which it is one: it was edited.`,
    )
  const actual = made === undefined ? id : calibrationId({ borders, made })
  if (actual !== id) throw new UsageError(`${file} calls itself ${id}, but hashes to ${actual}: it was edited.`)
  return { id, borders }
}

/** The index file of a folder that `process` wrote, or the file itself. */
export function indexFile(place: string): string {
  try {
    return statSync(place).isDirectory() ? path.join(place, 'index.ndjson') : place
  } catch (error) {
    throw new UsageError(pathFault(error, place) ?? String(error))
  }
}

/** What an index holds, as borders are cut from it. */
export interface LocalIndex {
  /** Without those that are held out. */
  readonly shards: ScoredShard[]
  readonly indexed: readonly IndexedShard[]
  readonly lastSeal: number
}

export async function readIndex(file: string): Promise<LocalIndex> {
  const shards: LocalIndex['shards'] = []
  const indexed: IndexedShard[] = []
  let lastSeal = 0
  for (const line of indexLinesOf(file)) {
    const { shard, sha256, seal, cell, pplModel, holdout = false, withdrawn = [] } = line
    lastSeal = Math.max(lastSeal, seal)
    indexed.push({ shard, sha256, withdrawn: withdrawn.map(([row]) => row) })
    if (holdout) continue
    const folder = path.dirname(file)
    const rescored = []
    for (const own of line.scores ?? []) {
      rescored.push({ pplModel: own.pplModel, counts: await countsUnder(line, { folder, scores: own }) })
    }
    shards.push({ cell, pplModel, counts: await countsOf(line, file), rescored })
  }
  return { shards, indexed, lastSeal }
}

/** A line's histogram, less the rows that were taken back: their tokens stand in the shard alone. */
async function countsOf({ shard, histogram, withdrawn = [] }: IndexLine, index: string): Promise<BucketCount[]> {
  if (histogram === undefined) {
    const detail = `${index}: ${shard} has no histogram: it was sealed before tokens were counted. Process its files again.`
    throw new UsageError(detail)
  }
  if (withdrawn.length === 0) return histogram
  const file = await openParquet(fileStore(path.dirname(index)), shard)
  const taken: BucketCount[] = []
  for (const [row] of withdrawn) {
    const [own] = await file.read(row, row + 1, ['bucket', 'bytes', 'pplTokens'])
    const bucket = own?.['bucket'] == null ? null : Number(own['bucket'])
    taken.push([bucket, -1, -Number(own?.['bytes']), -Number(own?.['pplTokens'])])
  }
  return addCounts([histogram, taken])
}

/** The same under another model, whose scores lie beside the shard. */
async function countsUnder(
  line: IndexLine,
  { folder, scores }: { folder: string; scores: ShardScores },
): Promise<BucketCount[]> {
  const { withdrawn = [] } = line
  if (withdrawn.length === 0) return scores.histogram
  const rows = await readScores(fileStore(folder), line, scores)
  const taken = withdrawn.map(([row, , bytes]): BucketCount => {
    const own = rows[row]
    return [own?.bucket ?? null, -1, -bytes, -(own?.pplTokens ?? 0)]
  })
  return addCounts([scores.histogram, taken])
}
