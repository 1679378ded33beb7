/** Which cells a compaction sorts, what is missing for it, and whose scores it can bring along. */
import type { IndexLine, ShardScores } from '../../schema/shard.ts'

export interface CellToSort {
  readonly cell: string
  /** All of its shards but held-out ones. */
  readonly lines: readonly IndexLine[]
}

export const scoresOf = ({ scores = [] }: IndexLine, pplModel: string): ShardScores | undefined =>
  scores.find((own) => own.pplModel === pplModel)

/** Whether the model has scored the shard: its rows are sorted by it, or it has a file beside it. */
export const isScored = (line: IndexLine, pplModel: string): boolean =>
  line.pplModel === pplModel || scoresOf(line, pplModel) !== undefined

/** Cells with shards that the model has scored and that are not sorted by it, and their relatives of the same language. */
export function cellsToSort(lines: readonly IndexLine[], pplModel: string): CellToSort[] {
  const isBeside = (line: IndexLine): boolean => scoresOf(line, pplModel) !== undefined
  const languages = new Set(lines.filter(isBeside).map(({ cell }) => cell.split('/')[1]))
  const kept = lines.filter(({ holdout, cell }) => holdout !== true && languages.has(cell.split('/')[1]))
  return [...Map.groupBy(kept, ({ cell }) => cell)]
    .filter(([, own]) => own.some((line) => line.pplModel !== pplModel))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([cell, own]) => ({ cell, lines: own }))
}

/** Shards of a cell, and how many of them a model has not scored. */
export interface PartlyScored {
  readonly cell: string
  readonly shards: number
  readonly missing: number
}

const missingIn = ({ cell, lines }: CellToSort, pplModel: string): PartlyScored => ({
  cell,
  shards: lines.length,
  missing: lines.filter((line) => !isScored(line, pplModel)).length,
})

/** Cells of which the model has not scored every shard. */
export const cellsNotScored = (cells: readonly CellToSort[], pplModel: string): PartlyScored[] =>
  cells.map((cell) => missingIn(cell, pplModel)).filter(({ missing }) => missing > 0)

/** Other models than the one to sort by with scores beside shards of the cell. */
const besideModels = ({ lines }: CellToSort, pplModel: string): string[] => {
  const models = lines.flatMap(({ scores = [] }) => scores.map((own) => own.pplModel))
  return [...new Set(models)].filter((model) => model !== pplModel).sort()
}

/** Of those, the ones that have scored this shard. Whose scores are there of all shards stay beside the new ones. */
export const othersOf = (cell: CellToSort, line: IndexLine, pplModel: string): string[] =>
  besideModels(cell, pplModel).filter((model) => isScored(line, model))

/** Scores that the new shards will be without: those of models that have scored some shards of a cell and not all. */
export const scoresDropped = (
  cells: readonly CellToSort[],
  pplModel: string,
): (PartlyScored & { readonly pplModel: string })[] =>
  cells.flatMap((cell) =>
    besideModels(cell, pplModel)
      .map((model) => ({ pplModel: model, ...missingIn(cell, model) }))
      .filter(({ missing }) => missing > 0),
  )
