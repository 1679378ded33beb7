/**
 * Which model's buckets a plan would walk. Buckets under different models cannot be compared, and borders hold for the
 * model that they were cut under. A new model's scores lie beside the shards until a compaction sorts by them; until then
 * the cells that are not sorted by them are named.
 */
import { bordersOf } from '../kernel/quantile.ts'
import type { Calibration, Note } from '../../schema/manifest.ts'
import type { Recipe } from '../../schema/recipe.ts'
import { figures, type OtherCell, type PlanProblem } from './problem.ts'
import type { CellSupply, Supply } from './supply.ts'

export interface Scores {
  /** Models by language, sorted. */
  readonly models: Readonly<Record<string, string[]>>
  /** Cells with rows that another model sorts than the calibration's. */
  readonly others: readonly OtherCell[]
}

export function readScores(supply: Supply, wanted: readonly CellSupply[], calibration: Calibration): Scores {
  const models = new Map<string, Set<string>>()
  const others: OtherCell[] = []
  for (const cell of wanted) {
    const pplModel = bordersOf(calibration, cell)?.pplModel ?? null
    const sorted = cell.shards
      .flatMap((number) => supply.shards[number] ?? [])
      .filter((shard) => shard.pplModel !== null)
    const known = models.get(cell.lang) ?? new Set<string>()
    for (const shard of sorted) models.set(cell.lang, known.add(shard.pplModel ?? ''))
    const strange = sorted.filter((shard) => shard.pplModel !== pplModel)
    if (strange.length === 0) continue
    others.push({
      cell: cell.cell,
      pplModel,
      sortedBy: [...new Set(strange.flatMap((shard) => shard.pplModel ?? []))].sort(),
      shards: strange.length,
      scored: strange.filter(({ rescoredBy }) => pplModel !== null && rescoredBy.includes(pplModel)).length,
    })
  }
  return { models: Object.fromEntries([...models].map(([lang, known]) => [lang, [...known].sort()])), others }
}

export function scoreProblem(
  { models, others }: Scores,
  { recipe, calibration }: { recipe: Recipe; calibration: Calibration },
): PlanProblem | null {
  const mixed = Object.entries(models).filter(([, known]) => known.length > 1)
  if (mixed.length > 0) {
    const list = mixed.map(([lang, known]) => `${lang} by ${known.join(' and ')}`)
    const cells = others.filter(({ cell }) => mixed.some(([lang]) => lang === cell.split('/')[1]))
    const detail =
      `Rows of one language were scored by several perplexity models: ${list.join('; ')}. Their buckets cannot be compared.` +
      whatToDo(cells, calibration)
    return { problem: 'mixed-models', detail, models: Object.fromEntries(mixed), cells }
  }
  if (recipe.quantiles === undefined || others.length === 0) return null
  const languages = [...new Set(others.map(({ cell }) => cell.split('/')[1] ?? ''))].sort()
  const detail =
    `The recipe reads quantiles, but calibration ${calibration.id} has no borders under the model that scored ` +
    `${languages.join(', ')}.${whatToDo(others, calibration)}`
  return { problem: 'calibration', detail, languages, cells: others }
}

/** A plan without quantiles walks the buckets of the model that its rows are sorted by, whatever the calibration. */
export function scoreNotes({ others }: Scores, calibration: Calibration): Note[] {
  const cells = others.filter(({ pplModel }) => pplModel !== null)
  if (cells.length === 0) return []
  const detail = `Cells are sorted by another model than that of calibration ${calibration.id}; their order is by their own buckets.`
  return [{ code: 'other-model', detail, cells: cells.map(({ cell }) => cell) }]
}

/** Each cell, what its rows are sorted by, and what is missing. */
function whatToDo(others: readonly OtherCell[], { id }: Calibration): string {
  const named = others.filter(({ pplModel }) => pplModel !== null)
  const bare = others.filter(({ pplModel }) => pplModel === null).map(({ cell }) => cell)
  const lines = named.map(({ cell, pplModel, sortedBy, shards, scored }) => {
    const missing =
      scored === shards
        ? 'scored, to be compacted'
        : `${figures(shards - scored)} of ${figures(shards)} shards not scored`
    return `${cell} (by ${sortedBy.join(' and ')}; by ${pplModel}: ${missing})`
  })
  const parts: string[] = []
  if (lines.length > 0) {
    parts.push(`Not sorted by the model of calibration ${id}: ${lines.join('; ')}.`)
    const isUnscored = named.some(({ shards, scored }) => scored < shards)
    parts.push(`${isUnscored ? '"millrace models rescore" scores them, ' : ''}"millrace compact" sorts them.`)
  }
  if (bare.length > 0) {
    parts.push(`Calibration ${id} has no borders for ${bare.join(', ')}: make one with "millrace models calibrate".`)
  }
  return parts.map((part) => ` ${part}`).join('')
}
