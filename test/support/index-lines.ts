/** Index lines of a corpus that never was: sizes, buckets and cuts by a small generator, equal for equal arguments. */
import { createHash } from 'node:crypto'
import type { TokenTable } from '../../schema/manifest.ts'
import type { Calibration } from '../../schema/manifest.ts'
import { LANGUAGES, SOURCES, type Cut, type IndexLine } from '../../schema/shard.ts'

/** Numbers in [0, 1): mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

export interface ShardSpec {
  readonly cell: string
  readonly rows: number
  readonly seed?: number
  readonly seal?: number
  /** Rows of a cut; 1 as in small shards. */
  readonly rowsPerCut?: number
  readonly firstBucket?: number
  readonly buckets?: number
  /** Share of rows without a bucket; they come last. */
  readonly withoutBucket?: number
  readonly meanBytes?: number
  readonly pplModel?: string | null
  readonly holdout?: boolean
}

export function shardLine(spec: ShardSpec): IndexLine {
  const { cell, rows, seed = 1, seal = 1, rowsPerCut = 1, firstBucket = 60, buckets = 20, meanBytes = 3000 } = spec
  const lang = cell.split('/')[1] ?? ''
  const random = randomFrom(seed)
  const own = Array.from({ length: rows }, () =>
    random() < (spec.withoutBucket ?? 0.05) ? null : firstBucket + Math.floor(random() * buckets),
  ).sort((a, b) => (a ?? Infinity) - (b ?? Infinity) || 0)
  const cuts: Cut[] = []
  let bytes = 0
  let inCut = 0
  for (const [row, bucket] of own.entries()) {
    // Skewed as lengths of documents are: half of them below 0.7 of the mean.
    const rowBytes = Math.max(1, Math.round(-Math.log(1 - random()) * meanBytes))
    const last = cuts.at(-1)
    if (last === undefined || last[1] !== bucket || inCut >= rowsPerCut) {
      cuts.push([row, bucket, rowBytes])
      inCut = 1
    } else {
      last[2] += rowBytes
      inCut += 1
    }
    bytes += rowBytes
  }
  const shard = `${spec.holdout ? 'holdout' : 'shards'}/${cell}/${sha256Of(`${cell} ${seed} ${seal}`).slice(0, 32)}.parquet`
  const pplModel = spec.pplModel === undefined ? `${lang}-test` : spec.pplModel
  const line: IndexLine = { shard, sha256: sha256Of(shard), seal, cell, pplModel, rows, bytes, cuts }
  return spec.holdout ? { ...line, holdout: true } : line
}

export const tokenTable: TokenTable = {
  id: 'test-table',
  tokenizer: { name: 'test', sha256: sha256Of('tokenizer') },
  bytesPerToken: Object.fromEntries(
    LANGUAGES.flatMap((lang) => SOURCES.map((source) => [`${lang}/${source}`, lang === 'zh' ? 2.9 : 4.3])),
  ),
}

const borders = [62, 64, 66, 68, 70, 72, 74, 76, 78]
export const calibration: Calibration = {
  id: 'test-calibration',
  borders: { en: { pplModel: 'en-test', borders }, zh: { pplModel: 'zh-test', borders } },
}
