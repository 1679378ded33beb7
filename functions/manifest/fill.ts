/**
 * One cell through all phases: each phase reads on from where the one before stopped. What is left over once every
 * phase has its quota is shared out as reserve, in proportion to what each would like, so that the reserve of an early
 * phase never eats the quota of a later one. A phase passes its quota by less than one cut; that is why a cell is sure
 * to suffice when its tokens cover all quotas and its largest cut for each phase but the last.
 */
import type { Curriculum, Recipe } from '../../schema/recipe.ts'
import { unreadTokens, type CellCursor } from './cursor.ts'
import { take, type Taken } from './select.ts'

export interface PhaseQuota {
  /** 0 where the phase does not read the cell. */
  readonly tokens: number
  readonly curriculum: Curriculum
}

/** Tokens that quotas of this cell may sum to, whatever its cuts. */
export const sureTokens = (cursor: CellCursor, phases: number): number =>
  unreadTokens(cursor) - cursor.largestCut * Math.max(0, phases - 1)

interface Settings {
  readonly recipe: Recipe
  /** False to see whether the quotas alone can be filled. */
  readonly withReserve: boolean
}

export function fillCell(
  cursor: CellCursor,
  quotas: readonly PhaseQuota[],
  { recipe, withReserve }: Settings,
): Taken[] {
  const rowTokens = unreadTokens(cursor) / Math.max(1, cursor.rows)
  const reserve = withReserve ? recipe.reserve : { share: 0, rows: 0 }
  const wish = ({ tokens }: PhaseQuota): number =>
    tokens === 0 ? 0 : Math.ceil(Math.max(reserve.share * tokens, reserve.rows * rowTokens))
  const taken: Taken[] = []
  let at = cursor
  for (const [k, quota] of quotas.entries()) {
    if (quota.tokens === 0) {
      taken.push({ segments: [], quotaTokens: 0, reserveTokens: 0, reserveRows: 0, cursor: at })
      continue
    }
    const later = quotas.slice(k + 1).filter(({ tokens }) => tokens > 0)
    const kept = later.reduce((sum, { tokens }) => sum + tokens, cursor.largestCut * Math.max(0, later.length - 1))
    const spare = unreadTokens(at) - quota.tokens - kept
    const wishes = later.reduce((sum, one) => sum + wish(one), Math.max(1, wish(quota)))
    const own = spare >= wishes ? spare - (wishes - wish(quota)) : (Math.max(0, spare) * wish(quota)) / wishes
    const limit = quota.tokens + Math.max(0, spare)
    const order = {
      curriculum: quota.curriculum,
      withoutBucket: recipe.withoutBucket,
      select: recipe.select,
      segmentTokens: recipe.segmentTokens,
    }
    const bare = { quota: quota.tokens, reserveTokens: 0, reserveRows: 0, share: quota.tokens, limit: quota.tokens }
    const full = { ...bare, reserveTokens: Math.ceil(reserve.share * quota.tokens), reserveRows: reserve.rows }
    let one = take(at, withReserve ? { ...full, share: quota.tokens + own, limit } : bare, order)
    // Other cuts are chosen with a reserve than without; where their last one would eat into later quotas, do without.
    if (one.quotaTokens > limit) one = take(at, bare, order)
    taken.push(one)
    at = one.cursor
  }
  return taken
}

/** Tokens by which the quotas cannot be filled, 0 when they can. */
export function shortBy(cursor: CellCursor, quotas: readonly PhaseQuota[], recipe: Recipe): number {
  const phases = quotas.filter(({ tokens }) => tokens > 0)
  const wanted = phases.reduce((sum, { tokens }) => sum + tokens, 0)
  if (wanted <= sureTokens(cursor, phases.length)) return 0
  const taken = fillCell(cursor, quotas, { recipe, withReserve: false })
  return quotas.reduce((sum, { tokens }, k) => sum + Math.max(0, tokens - (taken[k]?.quotaTokens ?? 0)), 0)
}
