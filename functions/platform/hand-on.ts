/** Sending slices to the queue, and starting seals: what moves work forward. Sending twice is harmless. */
import { asc, eq, sql } from 'drizzle-orm'
import type { SliceMessage } from '../../schema/messages.ts'
import { objects, seals } from '../../schema/tables.ts'
import type { Bindings } from './bindings.ts'
import { isRead, readBatches } from './ledger.ts'

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

/** Numbers a seal for a batch that is read, and starts the seal whose turn it is. */
export async function sealIfRead(bindings: Bindings, batch: string, nowMs: number): Promise<void> {
  if (!(await isRead(bindings, batch))) return
  await bindings.db.insert(seals).select(sql`
    select (select coalesce(max(number), 0) + 1 from ${seals}), ${batch}, 'waiting', null, null, null, null, null, ${nowMs}, null
    where not exists (select 1 from ${seals} where batch = ${batch})`)
  await startNextSeal(bindings)
}

export async function sealReadBatches(bindings: Bindings, nowMs: number): Promise<void> {
  for (const batch of await readBatches(bindings)) await sealIfRead(bindings, batch, nowMs)
  await startNextSeal(bindings)
}

/** Seals run one after another: the lowest number that waits is started, unless it runs already. */
export async function startNextSeal({ db, seals: workflow }: Bindings): Promise<void> {
  const [next] = await db
    .select({ number: seals.number })
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
    const { status } = await instance.status()
    if (status === 'errored' || status === 'terminated' || status === 'unknown') await instance.restart()
  }
}
