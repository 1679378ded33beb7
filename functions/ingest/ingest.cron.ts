/** Every minute: closes batches that are quiet or full, sends again what was lost on the way, starts seals that wait. */
import { sql } from 'drizzle-orm'
import type { Bindings } from '../platform/bindings.ts'
import { closeAndHandOn, sealReadBatches, sendSlices } from '../platform/hand-on.ts'
import { openEnds } from '../platform/ledger.ts'

/** A message is taken for lost when its slice has no row after the longest time that a consumer may run. */
const LOST_MS = 15 * 60_000
const RESEND = 500
const OPEN_ENDS = 20_000
/** Time between two sweeps. What waits is sent again once in `LOST_MS`, not by every sweep: a backlog must not feed itself. */
const SWEEP_MS = 60_000

export async function sweep(
  bindings: Bindings,
  nowMs: number,
  { lostMs = LOST_MS }: { lostMs?: number } = {},
): Promise<void> {
  const { db, settings } = bindings
  const due = await db.all<{ id: string }>(sql`
    select b.id as id from batches b
    where b.state = 'open' and b.kind = 'open'
      and (b.last_in_at_ms <= ${nowMs - settings.quietMs}
        or (select coalesce(sum(size), 0) from objects where batch = b.id) >= ${settings.batchBytes})`)
  for (const { id } of due) await closeAndHandOn(bindings, id, nowMs)
  const isDue = ({ at }: { at: number }): boolean => nowMs - at >= lostMs && (nowMs - at) % lostMs < SWEEP_MS
  const ends = (await openEnds(bindings, { limit: OPEN_ENDS })).filter(isDue).slice(0, RESEND)
  await sendSlices(bindings, ends)
  await sealReadBatches(bindings, nowMs)
}
