/** Sending slices to the queue, and starting seals: what moves work forward. Sending twice is harmless. */
import { and, asc, eq, sql } from 'drizzle-orm'
import type { SliceMessage } from '../../schema/messages.ts'
import { objects, parked, seals } from '../../schema/tables.ts'
import { sealPrefix } from '../seal/judge.ts'
import type { Bindings } from './bindings.ts'
import { closeBatch } from './batches.ts'
import { duplicatePartitions } from './duplicate-partitions.ts'
import { isRead, openEnds, readBatches } from './ledger.ts'
import { removeAll } from './r2-store.ts'

/** Messages in one sendBatch: the platform takes 100. */
const SEND = 100

export async function sendSlices(
  { slices }: Bindings,
  starts: readonly { batch: string; object: string; start: number }[],
): Promise<void> {
  const messages = starts.map(({ batch, object, start }) => ({
    body: { v: 1, batch, object, start } satisfies SliceMessage,
  }))
  for (let at = 0; at < messages.length; at += SEND) await slices.sendBatch(messages.slice(at, at + SEND))
}

/** Sends the first slice of every object of a batch. */
export async function sendBatchObjects(bindings: Bindings, batch: string): Promise<void> {
  const rows = await bindings.db
    .select({ id: objects.id })
    .from(objects)
    .where(eq(objects.batch, batch))
    .orderBy(asc(objects.key))
  await sendSlices(
    bindings,
    rows.map(({ id }) => ({ batch, object: id, start: 0 })),
  )
}

/** Ends that one event looks at. */
const OPEN_ENDS = 20_000

/** Takes no more objects, sends the posted pages to be read, and seals what is read. */
export async function closeAndHandOn(bindings: Bindings, batch: string, nowMs: number): Promise<void> {
  await closeBatch(bindings, batch, nowMs)
  const ends = await openEnds(bindings, { batch, limit: OPEN_ENDS })
  await sendSlices(
    bindings,
    ends.filter(({ posted }) => posted === 1),
  )
  await sealIfRead(bindings, batch, nowMs)
}

/** Takes what is parked up again, and gives a seal that was given up a new number: others were published since. */
export async function retryBatch(bindings: Bindings, batch: string): Promise<void> {
  const { db } = bindings
  await db.delete(parked).where(eq(parked.batch, batch))
  await db
    .update(seals)
    .set({ number: sql`(select max(number) + 1 from ${seals})`, state: 'waiting', attempts: 0, cause: null })
    .where(and(eq(seals.batch, batch), eq(seals.state, 'given-up')))
  await sendSlices(bindings, await openEnds(bindings, { batch, limit: OPEN_ENDS }))
  await startNextSeal(bindings)
}

/** Numbers a seal for a batch that is read, and starts the seal whose turn it is. */
export async function sealIfRead(bindings: Bindings, batch: string, nowMs: number): Promise<void> {
  if (!(await isRead(bindings, batch))) return
  await bindings.db.run(sql`
    insert into ${seals} (number, batch, state, created_at_ms)
    select (select coalesce(max(number), 0) + 1 from ${seals}), ${batch}, 'waiting', ${nowMs}
    where not exists (select 1 from ${seals} where batch = ${batch})`)
  await startNextSeal(bindings)
}

export async function sealReadBatches(bindings: Bindings, nowMs: number): Promise<void> {
  for (const batch of await readBatches(bindings)) await sealIfRead(bindings, batch, nowMs)
  await startNextSeal(bindings)
}

/** Times that a seal's workflow may break before it is given up. Each break is the end of a step's own retries. */
const MAX_BREAKS = 5

/** Seals run one after another: the lowest number that waits is started, unless it runs already. */
export async function startNextSeal(bindings: Bindings): Promise<void> {
  const { db, seals: workflow } = bindings
  const [next] = await db
    .select({ number: seals.number, attempts: seals.attempts, pplModel: seals.pplModel })
    .from(seals)
    .where(eq(seals.state, 'waiting'))
    .orderBy(asc(seals.number))
    .limit(1)
  if (next === undefined) return
  const id = `seal-${next.number}`
  try {
    await workflow.create({ id, params: { seal: next.number } })
  } catch {
    // It exists. One that broke off is started again; its steps write what they wrote.
    const instance = await workflow.get(id)
    const { status, error } = await instance.status()
    if (status !== 'errored' && status !== 'terminated' && status !== 'unknown') return
    const attempts = next.attempts + 1
    if (attempts < MAX_BREAKS) {
      await db.update(seals).set({ attempts }).where(eq(seals.number, next.number))
      await instance.restart()
      return
    }
    const cause = `its workflow broke ${attempts} times, at last with: ${error?.message ?? status}`
    await giveUp(bindings, next, cause)
    await startNextSeal(bindings)
  }
}

/**
 * Takes out of the duplicate index what a seal registered, so that later seals keep those documents, and lets them run. What
 * a compaction kept between its steps is deleted: ordered again it has another number.
 */
async function giveUp(
  { db, corpus, duplicates }: Bindings,
  { number, pplModel }: { readonly number: number; readonly pplModel: string | null },
  cause: string,
): Promise<void> {
  await duplicatePartitions(duplicates).release(number)
  if (pplModel !== null) await removeAll(corpus, `${sealPrefix(number)}/`)
  await db.update(seals).set({ state: 'given-up', cause }).where(eq(seals.number, number))
}
