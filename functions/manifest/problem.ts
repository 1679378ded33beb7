/** Why a plan cannot be made: a value for the caller to show, never thrown. `detail` is a whole sentence. */

export interface ShortCell {
  readonly cell: string
  /** Tokens asked of the cell over all phases. */
  readonly quota: number
  /** Tokens that could be read for it. */
  readonly available: number
  readonly short: number
}

/** A cell with rows that are not sorted by the buckets of the model that a calibration cuts. */
export interface OtherCell {
  readonly cell: string
  /** Null where the calibration has no borders for the cell. */
  readonly pplModel: string | null
  /** Models that its rows are sorted by. */
  readonly sortedBy: readonly string[]
  readonly shards: number
  /** Of these, shards that the model has scored: a compaction sorts them by its buckets. */
  readonly scored: number
}

export type PlanProblem =
  | { readonly problem: 'missing-sources'; readonly detail: string; readonly sources: readonly string[] }
  | { readonly problem: 'shortfall'; readonly detail: string; readonly cells: readonly ShortCell[] }
  | {
      readonly problem: 'mixed-models'
      readonly detail: string
      readonly models: Readonly<Record<string, string[]>>
      readonly cells: readonly OtherCell[]
    }
  | {
      readonly problem: 'calibration'
      readonly detail: string
      readonly languages: readonly string[]
      readonly cells: readonly OtherCell[]
    }
  | { readonly problem: 'token-table'; readonly detail: string; readonly missing: readonly string[] }
  | { readonly problem: 'index'; readonly detail: string; readonly shard: string | null }

export const isProblem = (value: object): value is PlanProblem => 'problem' in value

const formatter = new Intl.NumberFormat('en')
/** 1234567 as 1,234,567. */
export const figures = (value: number): string => formatter.format(value)

/** Names every short cell, its quota and by how many tokens, and what can be done about it. */
export function shortfall(cells: readonly ShortCell[], reason = 'The corpus cannot fill its quotas'): PlanProblem {
  const lines = cells.map(
    ({ cell, quota, available, short }) =>
      `${cell} needs ${figures(quota)} tokens, ${figures(available)} can be read, ${figures(short)} short`,
  )
  return {
    problem: 'shortfall',
    detail:
      `${reason}: ${lines.join('; ')}. Choose shortfall shrink, repeat or renormalise, ask for fewer tokens, ` +
      'or bring more documents.',
    cells,
  }
}
