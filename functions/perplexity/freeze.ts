/**
 * Calibrations: borders frozen from the histograms of an index version, with the figures that they were cut from
 * (docs/formats/calibration.md). Borders cut tokens into ten equal parts, per language or per language and topic, for one
 * model a language. A pure function of the index version and what was asked, in whole numbers: asked again, it gives the
 * same id.
 */
import { createHash } from 'node:crypto'
import type { CALIBRATION_BY, CellHistogram, Figures, FrozenCalibration } from '../../schema/calibration.ts'
import type { BucketCount, Source } from '../../schema/shard.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import { addCounts, sumsOf } from '../kernel/histogram.ts'
import { quantileOf } from '../kernel/quantile.ts'
import { calibrate, QUANTILES } from './calibration.ts'

/**
 * Scored documents that borders of a topic's own take: the share of tokens below a border has a standard error of
 * √(p(1 − p) / n) ≤ .05 at 100 documents of like length, half a quantile. Topics with fewer go by their language's.
 */
export const MIN_DOCUMENTS = 100

/** A shard's rows as their own model placed them, and as others did since. */
export interface ScoredShard extends CellHistogram {
  readonly rescored?: readonly Omit<CellHistogram, 'cell'>[]
}

export interface FreezeRequest {
  readonly shards: Iterable<ScoredShard>
  readonly index: FrozenCalibration['made']['index']
  /** Quantiles describe the rows of one source; those of others are placed on the same scale. */
  readonly source: Source
  readonly by: (typeof CALIBRATION_BY)[number]
  /** Ids of models, at most one a language; a language of which none is named goes by the only one that scored it. */
  readonly models: readonly string[]
}

/** Why borders cannot be frozen: a value for the caller to show. */
export interface FreezeProblem {
  readonly problem: 'mixed-models' | 'calibration'
  readonly detail: string
  readonly models?: Readonly<Record<string, string[]>>
}

export function freezeCalibration(request: FreezeRequest): FrozenCalibration | FreezeProblem {
  const { source, index, by } = request
  const shards = [...request.shards].filter(({ cell }) => cell.startsWith(`${source}/`))
  const languages = Map.groupBy(shards, ({ cell }) => cell.split('/')[1] ?? '')
  const chosen = chooseModels(languages, request)
  if ('problem' in chosen) return chosen
  const borders: FrozenCalibration['borders'] = {}
  const figures: Figures[] = []
  const tooFew: FrozenCalibration['made']['tooFew'] = []
  for (const [lang, pplModel] of [...chosen.models].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parts: [string, readonly ScoredShard[], number][] = [[lang, languages.get(lang) ?? [], 1]]
    if (by === 'topic') {
      const topics = Map.groupBy(languages.get(lang) ?? [], ({ cell }) => cell.split('/').slice(1).join('/'))
      for (const [key, own] of [...topics].sort(([a], [b]) => (a < b ? -1 : 1))) parts.push([key, own, MIN_DOCUMENTS])
    }
    for (const [key, own, least] of parts) {
      const cut = cutBorders(key, own, { pplModel, least })
      if ('documents' in cut) tooFew.push(cut)
      else {
        figures.push(cut.figures)
        borders[key] = { pplModel, borders: cut.borders }
      }
    }
  }
  if (figures.length === 0) {
    const detail = `No document of source ${source} has a bucket in index version ${index.version}: there is nothing to cut.`
    return { problem: 'calibration', detail }
  }
  const content = { borders, made: { index, source, by, figures, tooFew } }
  return { id: calibrationId(content), ...content }
}

/** `cal-` and 16 hex digits of the sha-256 of all but the id, as canonical JSON. */
export function calibrationId({ borders, made }: Omit<FrozenCalibration, 'id'>): string {
  return `cal-${createHash('sha256').update(canonicalJson({ borders, made })).digest('hex').slice(0, 16)}`
}

/** Counts of a shard under a model; null where it did not score it. */
function countsUnder(shard: ScoredShard, model: string): readonly BucketCount[] | null {
  if (shard.pplModel === model) return shard.counts
  return shard.rescored?.find(({ pplModel }) => pplModel === model)?.counts ?? null
}

const modelsOf = (shards: readonly ScoredShard[]): string[] => {
  const models = shards.flatMap(({ pplModel, rescored = [] }) => [pplModel, ...rescored.map((one) => one.pplModel)])
  return [...new Set(models.flatMap((model) => model ?? []))].sort()
}

function chooseModels(
  languages: ReadonlyMap<string, readonly ScoredShard[]>,
  { models, source }: Pick<FreezeRequest, 'models' | 'source'>,
): { models: Map<string, string> } | FreezeProblem {
  const known = new Map([...languages].map(([lang, shards]) => [lang, modelsOf(shards)]))
  const all = [...known.values()].flat()
  const unknown = models.filter((model) => !all.includes(model))
  if (unknown.length > 0) {
    const scored = all.length === 0 ? 'none did' : all.join(', ')
    const detail = `No document of source ${source} was scored by ${unknown.join(', ')}; those that did: ${scored}.`
    return { problem: 'calibration', detail }
  }
  const chosen = new Map<string, string>()
  const mixed: Record<string, string[]> = {}
  for (const [lang, own] of known) {
    const named = own.filter((model) => models.includes(model))
    const candidates = named.length === 0 ? own : named
    const [model] = candidates
    if (candidates.length > 1) mixed[lang] = candidates
    else if (model !== undefined) chosen.set(lang, model)
  }
  const languagesMixed = Object.entries(mixed)
  if (languagesMixed.length === 0) return { models: chosen }
  const list = languagesMixed.map(([lang, own]) => `${lang} by ${own.join(' and ')}`).join('; ')
  const detail = `Documents of one language were scored by several models: ${list}. Name the one of each whose buckets are to be cut.`
  return { problem: 'mixed-models', detail, models: mixed }
}

function cutBorders(
  key: string,
  shards: readonly ScoredShard[],
  { pplModel, least }: { pplModel: string; least: number },
): { borders: number[]; figures: Figures } | { key: string; documents: number } {
  const histogram = addCounts(shards.map((shard) => countsUnder(shard, pplModel) ?? []))
  const placed = histogram.filter(([bucket, , , tokens]) => bucket !== null && tokens > 0)
  const { documents } = sumsOf(placed)
  if (documents < least) return { key, documents }
  const borders = calibrate(new Map(placed.map(([bucket, , , tokens]) => [bucket ?? 0, tokens])))
  const sums = (wanted: number | null) => sumsOf(histogram.filter(([bucket]) => quantileOf(bucket, borders) === wanted))
  const notScored = shards.filter((shard) => countsUnder(shard, pplModel) === null)
  return {
    borders,
    figures: {
      key,
      pplModel,
      quantiles: Array.from({ length: QUANTILES }, (_, i) => sums(i + 1)),
      withoutBucket: sums(null),
      notScored: sumsOf(notScored.flatMap(({ counts }) => counts)),
      histogram,
    },
  }
}
