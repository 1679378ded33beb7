/** Which numbers the two stages ask for, and where each lies from the start of a block's row. */
import { BLOCK_COLUMNS } from './block-features.ts'
import { CONTEXT_COLUMNS } from './context-features.ts'

const COLUMNS = [...BLOCK_COLUMNS, ...CONTEXT_COLUMNS]
export const ROW_WIDTH = COLUMNS.length
export const CONTEXT_START = BLOCK_COLUMNS.length

export interface Feature {
  readonly name: string
  readonly offset: number
}

const beside = (columns: readonly string[], steps: readonly number[]): Feature[] =>
  steps.flatMap((step) =>
    columns.map((name) => ({
      name: `${name}${step > 0 ? '+' : ''}${step}`,
      offset: step * ROW_WIDTH + COLUMNS.indexOf(name),
    })),
  )
const own = (columns: readonly string[]): Feature[] => columns.map((name) => ({ name, offset: COLUMNS.indexOf(name) }))

/** What the first stage asks. */
export const FIRST_FEATURES: readonly Feature[] = [
  ...own(BLOCK_COLUMNS),
  ...beside(['bytes', 'linkShare', 'stopShare', 'ends', 'allSum', 'nearSum'], [-2, -1, 1, 2]),
]
/** What the second asks: all of that, and the context. */
export const SECOND_FEATURES: readonly Feature[] = [
  ...FIRST_FEATURES,
  ...own(CONTEXT_COLUMNS),
  ...beside(['p'], [-4, -3, -2, -1, 1, 2, 3, 4]),
]
export const offsetsOf = (features: readonly Feature[]): number[] => features.map(({ offset }) => offset)
