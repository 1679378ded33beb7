/**
 * The table phase × cell that quotas are written into: which phases read a cell and in what order, what the cell has
 * unread, and which topics were left out of which phase.
 */
import type { Curriculum, Recipe } from '../../schema/recipe.ts'
import { unreadTokens, type CellCursor } from './cursor.ts'
import { sureTokens, type PhaseQuota } from './fill.ts'
import { quotaNodes, type Mix } from './mix.ts'
import { hierarchicalQuotas, largestRemainder, type QuotaNode } from './quota.ts'

/** The cell with its first `epochs` readings; without buckets when the corpus has no such cell. */
export type OpenCell = (cell: string, epochs: number) => CellCursor

export interface QuotaTable {
  readonly recipe: Recipe
  readonly mix: Mix
  readonly open: OpenCell
  /** All cells of the recipe, in order of name. */
  readonly cells: readonly string[]
  readonly cursors: Map<string, CellCursor>
  /** Per phase, how each of its cells is read. */
  readonly curricula: readonly ReadonlyMap<string, Curriculum>[]
  /** Per phase, topics that it does without. */
  readonly leftOut: readonly Set<string>[]
}

/** Per phase, tokens of each cell. */
export type Quotas = readonly ReadonlyMap<string, number>[]

export function openTable(recipe: Recipe, mix: Mix, open: OpenCell): QuotaTable {
  const curricula = mix.phases.map(
    ({ parts }) =>
      new Map(
        parts.flatMap(({ sources, curriculum }) =>
          sources.flatMap(({ leaves }) => leaves.map(({ cell }) => [cell, curriculum] as const)),
        ),
      ),
  )
  const cells = [...new Set(curricula.flatMap((one) => [...one.keys()]))].sort()
  const cursors = new Map<string, CellCursor>()
  for (const cell of cells) {
    let cursor = open(cell, 1)
    // A cell that has been read to its end is read again from its start, where the recipe repeats.
    for (let epochs = 2; epochs <= epochsOf(recipe) && unreadTokens(cursor) === 0; epochs++) cursor = open(cell, epochs)
    cursors.set(cell, cursor)
  }
  return { recipe, mix, open, cells, cursors, curricula, leftOut: mix.phases.map(() => new Set<string>()) }
}

export const epochsOf = ({ shortfall, maxEpochs }: Recipe): number => (shortfall === 'repeat' ? maxEpochs : 1)

export function cursorOf({ cursors }: QuotaTable, cell: string): CellCursor {
  const cursor = cursors.get(cell)
  if (cursor === undefined) throw new RangeError(`${cell} is no cell of the recipe`)
  return cursor
}

export const unreadOf = (table: QuotaTable, cell: string): number => unreadTokens(cursorOf(table, cell))

/** Numbers of the phases that read a cell. */
export const phasesOf = ({ curricula, leftOut }: QuotaTable, cell: string): number[] =>
  [...curricula.keys()].filter((k) => curricula[k]?.has(cell) === true && leftOut[k]?.has(cell) === false)

/** Whether a phase may do without a cell: a topic of our own weighing that has others beside it. */
export const canLeaveOut = ({ mix, leftOut }: QuotaTable, phase: number, cell: string): boolean =>
  (mix.phases[phase]?.parts ?? []).some(({ sources }) =>
    sources.some(
      ({ source, leaves }) =>
        source === 'web' &&
        leaves.some((leaf) => leaf.cell === cell && leaf.observed) &&
        leaves.some((leaf) => leaf.cell !== cell && leftOut[phase]?.has(leaf.cell) === false),
    ),
  )

const nodesOf = ({ mix, leftOut }: QuotaTable): QuotaNode[][] =>
  mix.phases.map((phase, k) => quotaNodes(phase, (cell) => leftOut[k]?.has(cell) === true))

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)

/** Tokens of each cell, over all phases, per token of the round. */
export function ratesOf(table: QuotaTable): Map<string, number> {
  const rates = new Map<string, number>()
  const walk = (nodes: readonly QuotaNode[], share: number): void => {
    const weights = sum(nodes.map(({ weight }) => weight))
    for (const node of nodes) {
      const part = (share * node.weight) / weights
      if ('cell' in node) rates.set(node.cell, (rates.get(node.cell) ?? 0) + part)
      else walk(node.children, part)
    }
  }
  const shares = table.mix.phases.map(({ share }) => share)
  for (const [k, nodes] of nodesOf(table).entries()) walk(nodes, (shares[k] ?? 0) / sum(shares))
  return rates
}

/** Quotas exact at every node of the hierarchy. */
export function splitTokens(table: QuotaTable, tokens: number): Quotas {
  const nodes = nodesOf(table)
  const shares = table.mix.phases.map(({ share }) => share)
  return largestRemainder(tokens, shares).map((part, k) => hierarchicalQuotas(part, nodes[k] ?? []))
}

/** What of a cell may be promised to quotas: its reserve and its coarsest cut are put aside. */
export function promisable(table: QuotaTable, cell: string): number {
  const sure = sureTokens(cursorOf(table, cell), phasesOf(table, cell).length)
  return Math.max(0, Math.floor(sure / (1 + table.recipe.reserve.share)))
}

/**
 * The same, but no cell is asked for more than it has: the rest goes to its relatives. A phase is let at what its own
 * quota or its fair part of the cell would be, and at what no phase asks for. Phases that remain short are not full.
 */
export function splitWithin(table: QuotaTable, tokens: number): Quotas {
  const wanted = splitTokens(table, tokens)
  const nodes = nodesOf(table)
  const given = new Map<string, number>()
  const shares = table.mix.phases.map(({ share }) => share)
  return largestRemainder(tokens, shares).map((part, k) => {
    const cap = (cell: string): number => {
      const has = promisable(table, cell)
      const asked = wanted.map((quotas) => quotas.get(cell) ?? 0)
      const fair = Math.floor((has * (asked[k] ?? 0)) / Math.max(1, sum(asked)))
      return Math.max(fair, has - (given.get(cell) ?? 0) - sum(asked.slice(k + 1)))
    }
    const quotas = hierarchicalQuotas(part, nodes[k] ?? [], cap)
    for (const [cell, own] of quotas) given.set(cell, (given.get(cell) ?? 0) + own)
    return quotas
  })
}

/** One cell's row of the table. */
export const quotasOf = ({ curricula }: QuotaTable, quotas: Quotas, cell: string): PhaseQuota[] =>
  quotas.map((phase, k) => ({ tokens: phase.get(cell) ?? 0, curriculum: curricula[k]?.get(cell) ?? 'none' }))
