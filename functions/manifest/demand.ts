/**
 * How many tokens each phase wants of each cell, and what happens where the corpus does not have them.
 *
 * Without `tokens` a round takes `takeAtMost` of what is unread in the tightest cell over all phases. Then quotas are
 * split, and every cell is tried. A cell that falls short is the recipe's matter (`shortfall`): named and refused;
 * all phases scaled until the tightest cell suffices; the cell read again, up to `maxEpochs`; or its tokens given to
 * its nearest relatives. One thing is ours to settle: a topic that the recipe does not weigh itself may be too coarse
 * to serve every phase (fewer cuts than phases, or cuts larger than its quotas). It then leaves the smallest of them to
 * the language's other topics, and is named.
 */
import type { Note } from '../../schema/manifest.ts'
import type { Recipe } from '../../schema/recipe.ts'
import type { CellCursor } from './cursor.ts'
import { shortBy, sureTokens } from './fill.ts'
import type { Mix } from './mix.ts'
import { figures, shortfall, type PlanProblem, type ShortCell } from './problem.ts'
import {
  canLeaveOut,
  cursorOf,
  epochsOf,
  openTable,
  phasesOf,
  promisable,
  quotasOf,
  ratesOf,
  splitTokens,
  splitWithin,
  unreadOf,
  type OpenCell,
  type Quotas,
  type QuotaTable,
} from './quota-table.ts'

export interface Demand {
  readonly tokens: number
  readonly quotas: Quotas
  readonly table: QuotaTable
  readonly notes: readonly Note[]
}

const total = (quotas: Quotas): number =>
  quotas.reduce((sum, phase) => sum + [...phase.values()].reduce((a, b) => a + b, 0), 0)

/** Leaves out topics that have not even a cut for each phase. */
function leaveOutTiny(table: QuotaTable): void {
  for (const cell of table.cells) {
    const phases = phasesOf(table, cell)
    if (cursorOf(table, cell).cuts >= phases.length || !phases.every((k) => canLeaveOut(table, k, cell))) continue
    for (const k of phases) table.leftOut[k]?.add(cell)
  }
}

/**
 * The most tokens for which no cell gives more than `takeAtMost`, and none that must serve is too coarse. Where cells
 * may give their tokens to others, one that has nothing to promise does not hold the round back.
 */
function tightestTokens(table: QuotaTable): number {
  let most = Number.MAX_SAFE_INTEGER
  for (const [cell, rate] of ratesOf(table)) {
    if (table.recipe.shortfall === 'renormalise' && promisable(table, cell) === 0) continue
    const phases = phasesOf(table, cell)
    const sure = sureTokens(cursorOf(table, cell), phases.length)
    const must = sure > 0 && !phases.every((k) => canLeaveOut(table, k, cell))
    const give = Math.min(table.recipe.takeAtMost * unreadOf(table, cell), must ? sure : Number.POSITIVE_INFINITY)
    most = Math.min(most, Math.floor(give / rate))
  }
  return most === Number.MAX_SAFE_INTEGER ? 0 : most
}

function shortCells(table: QuotaTable, quotas: Quotas): ShortCell[] {
  return table.cells.flatMap((cell): ShortCell[] => {
    const own = quotasOf(table, quotas, cell)
    const short = shortBy(cursorOf(table, cell), own, table.recipe)
    if (short === 0) return []
    const quota = own.reduce((sum, { tokens }) => sum + tokens, 0)
    return [{ cell, quota, available: quota - short, short }]
  })
}

/** Takes a cell that has the tokens, but in too coarse cuts, out of the phase that asks least; false if none may go. */
function leaveSmallest(table: QuotaTable, quotas: Quotas, { cell, quota }: ShortCell): boolean {
  if (unreadOf(table, cell) < quota) return false
  const phases = phasesOf(table, cell).filter((k) => canLeaveOut(table, k, cell))
  const [least] = phases.sort((a, b) => (quotas[a]?.get(cell) ?? 0) - (quotas[b]?.get(cell) ?? 0) || b - a)
  if (least === undefined) return false
  table.leftOut[least]?.add(cell)
  return true
}

/** Tokens scaled by the tightest of the short cells; 0 when one of them can promise nothing. */
function shrunkTokens(table: QuotaTable, tokens: number, short: readonly ShortCell[]): number {
  const scales = short.map(({ cell, quota }) => promisable(table, cell) / quota)
  return Math.min(tokens - 1, Math.floor(tokens * Math.min(...scales)))
}

function repeatCells(table: QuotaTable, short: readonly ShortCell[]): boolean {
  for (const { cell } of short) {
    const epochs = cursorOf(table, cell).epochs + 1
    if (epochs > epochsOf(table.recipe)) return false
    table.cursors.set(cell, table.open(cell, epochs))
  }
  return true
}

export function decideDemand(recipe: Recipe, mix: Mix, open: OpenCell): Demand | PlanProblem {
  const table = openTable(recipe, mix, open)
  leaveOutTiny(table)
  const asked = recipe.tokens ?? tightestTokens(table)
  if (asked === 0) {
    const rates = ratesOf(table)
    const bare = table.cells.filter((cell) => rates.has(cell) && unreadOf(table, cell) * recipe.takeAtMost < 1)
    return shortfall(
      bare.map((cell) => ({ cell, quota: 1, available: 0, short: 1 })),
      'Next to nothing is left to read',
    )
  }
  let tokens = asked
  let within = false
  for (;;) {
    const quotas = within ? splitWithin(table, tokens) : splitTokens(table, tokens)
    const short = shortCells(table, quotas)
    const isFull = total(quotas) === tokens
    if (short.length === 0 && isFull)
      return { tokens, quotas, table, notes: notesOf(table, { asked, tokens, within, quotas }) }
    const left = short.filter((cell) => !leaveSmallest(table, quotas, cell))
    if (left.length < short.length) continue

    if (recipe.shortfall === 'repeat' && repeatCells(table, left)) continue
    if (recipe.shortfall === 'shrink') {
      tokens = shrunkTokens(table, tokens, left)
      if (tokens > 0) continue
    }
    if (recipe.shortfall === 'renormalise' && !within) {
      within = true
      continue
    }
    return within
      ? shortfall(
          shortCells(table, splitTokens(table, tokens)),
          'Even shared among all sources, the corpus cannot fill its quotas',
        )
      : shortfall(left)
  }
}

function notesOf(
  table: QuotaTable,
  { asked, tokens, within, quotas }: { asked: number; tokens: number; within: boolean; quotas: Quotas },
): Note[] {
  const notes: Note[] = []
  for (const [k, cells] of table.leftOut.entries()) {
    if (cells.size === 0) continue
    const phase = table.mix.phases[k]?.name ?? ''
    const detail = `Phase ${phase} does without topics that have too few or too coarse rows unread for it.`
    notes.push({ code: 'topic-left-out', detail, cells: [...cells].sort() })
  }
  if (tokens < asked) {
    const detail = `The round has ${figures(tokens)} tokens instead of ${figures(asked)}: all phases were scaled.`
    notes.push({ code: 'shrunk', detail })
  }
  const repeated = table.cells.filter((cell) => isRepeated(cursorOf(table, cell)))
  if (repeated.length > 0) {
    const most = Math.max(...repeated.map((cell) => cursorOf(table, cell).epochs))
    notes.push({ code: 'repeated', detail: `Cells are read up to ${most} times.`, cells: repeated })
  }
  if (within) {
    const wanted = splitTokens(table, tokens)
    const less = table.cells.filter((cell) =>
      quotas.some((own, k) => (own.get(cell) ?? 0) < (wanted[k]?.get(cell) ?? 0)),
    )
    const detail = 'Cells that could not fill their quotas give what they have; the rest went to their relatives.'
    if (less.length > 0) notes.push({ code: 'renormalised', detail, cells: less })
  }
  return notes
}

const isRepeated = ({ epochs }: CellCursor): boolean => epochs > 1
