/** Which numbers the two stages ask for, and where each lies in the matrix. */
import { BLOCK_COLUMNS } from './block-features.ts'
import { CONTEXT_COLUMNS } from './context-features.ts'

const COLUMNS = [...BLOCK_COLUMNS, ...CONTEXT_COLUMNS]
export const NUM_COLUMNS = COLUMNS.length
export const CONTEXT_START = BLOCK_COLUMNS.length

export interface Feature {
  readonly name: string
  readonly column: number
  /** Which block is asked: 0 the block itself, -1 the one before it. */
  readonly step: number
}

const beside = (columns: readonly string[], steps: readonly number[]): Feature[] =>
  steps.flatMap((step) =>
    columns.map((name) => ({
      name: `${name}${step > 0 ? '+' : ''}${step}`,
      column: COLUMNS.indexOf(name),
      step,
    })),
  )
const own = (columns: readonly string[]): Feature[] =>
  columns.map((name) => ({ name, column: COLUMNS.indexOf(name), step: 0 }))

/** What the first stage asks. */
export const FIRST_FEATURES: readonly Feature[] = [
  ...own(BLOCK_COLUMNS),
  ...beside(['bytes', 'linkShare', 'stopShare', 'ends', 'allSum', 'nearSum', 'textSum'], [-2, -1, 1, 2]),
]
/** What the second asks: all of that, and the context. */
export const SECOND_FEATURES: readonly Feature[] = [
  ...FIRST_FEATURES,
  ...own(CONTEXT_COLUMNS),
  ...beside(['p'], [-4, -3, -2, -1, 1, 2, 3, 4]),
]
