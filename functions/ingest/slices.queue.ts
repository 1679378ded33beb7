/**
 * The consumer of slices. A message fails alone; what it did stands under its own keys, so it may come again, late, or
 * to two consumers at once: the ledger row is inserted if absent, and the next slice is sent if it has no row yet.
 */
import { z } from 'zod'
import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { SliceMessage } from '../../schema/messages.ts'
import { objects, parked } from '../../schema/tables.ts'
import { findBatch, type StoredObject } from '../platform/batches.ts'
import type { Bindings } from '../platform/bindings.ts'
import { sealIfRead, sendSlices } from '../platform/hand-on.ts'
import { findSlice, insertSlice, type SliceRow } from '../platform/ledger.ts'
import { createPipeline } from '../pipeline.ts'
import { defaultModels } from '../platform/models.ts'
import { ObjectChanged, r2Source } from '../platform/r2-source.ts'
import { r2Store } from '../platform/r2-store.ts'
import { runSlice } from '../slice.ts'

const MAX_DELAY_SECONDS = 300

export const retryDelay = (attempts: number): number => Math.min(2 ** attempts, MAX_DELAY_SECONDS)

export async function consumeSlices(batch: MessageBatch, bindings: Bindings): Promise<void> {
  for (const message of batch.messages) {
    const parsed = SliceMessage.safeParse(message.body)
    try {
      if (parsed.success) await workOn(parsed.data, bindings)
      else await park(bindings, { queue: batch.queue, body: message.body, cause: z.prettifyError(parsed.error) })
      message.ack()
    } catch (error) {
      console.error(
        JSON.stringify({
          level: 'error',
          message: message.body,
          attempt: message.attempts,
          error: String(error),
          stack: error instanceof Error ? error.stack : null,
        }),
      )
      message.retry({ delaySeconds: retryDelay(message.attempts) })
    }
  }
}

/** Slices that failed every attempt are kept with their cause; their batch shows them and waits. */
export async function consumeDeadSlices(batch: MessageBatch, bindings: Bindings): Promise<void> {
  for (const message of batch.messages) {
    await park(bindings, {
      queue: batch.queue,
      body: message.body,
      cause: 'failed every attempt; the log has each error',
    })
    message.ack()
  }
}

async function park(
  { db }: Bindings,
  { queue, body, cause }: { queue: string; body: unknown; cause: string },
): Promise<void> {
  const message = JSON.stringify(body)
  const id = createHash('sha256').update(message).digest('hex')
  const known = SliceMessage.safeParse(body)
  const batch = known.success ? known.data.batch : ''
  await db.insert(parked).values({ id, queue, batch, message, cause, createdAtMs: Date.now() }).onConflictDoNothing()
}

async function workOn(message: SliceMessage, bindings: Bindings): Promise<void> {
  const { batch: batchId, object: objectId, start } = message
  const row = (await findSlice(bindings, message)) ?? (await readIntoLedger(message, bindings))
  if (row === null) return
  if (row.next === null) {
    await sealIfRead(bindings, batchId, Date.now())
    return
  }
  const next = { batch: batchId, object: objectId, start: row.next }
  if (row.next <= start)
    throw new Error(`slice at ${start} of ${objectId} hands on to ${row.next}, which is not after it`)
  if ((await findSlice(bindings, next)) === null) await sendSlices(bindings, [next])
}

async function readIntoLedger(message: SliceMessage, bindings: Bindings): Promise<SliceRow | null> {
  const row = await read(message, bindings)
  return row === null ? null : insertSlice(bindings, row)
}

async function read(message: SliceMessage, bindings: Bindings): Promise<SliceRow | null> {
  const batch = await findBatch(bindings, message.batch)
  const own = and(eq(objects.batch, message.batch), eq(objects.id, message.object))
  const [object] = await bindings.db.select().from(objects).where(own)
  if (batch === null || object === undefined) {
    await park(bindings, { queue: 'slices', body: message, cause: 'the index has no such batch and object' })
    return null
  }
  const key = { batch: message.batch, object: message.object, start: message.start, createdAtMs: Date.now() }
  try {
    const stages = createPipeline(defaultModels(), { source: batch.source, lang: batch.lang })
    const result = await runSlice(r2Store(bindings.corpus), stages, {
      source: r2Source(bindings.objects, object),
      objectUrl: object.url,
      objectId: object.id,
      start: message.start,
      length: batch.sliceBytes,
      prefix: `batches/${batch.id}/chunks`,
      seed: bindings.settings.seed,
    })
    const { reasons, failures, chunks, ...numbers } = result
    return {
      ...key,
      ...numbers,
      reasons: JSON.stringify(reasons),
      failures: JSON.stringify(failures),
      chunks: JSON.stringify(chunks),
    }
  } catch (error) {
    if (error instanceof ObjectChanged) return gone(key, object)
    throw error
  }
}

/** An object that was replaced or deleted under its batch: one failure by name, and the rest of the batch goes on. */
const gone = (key: Pick<SliceRow, 'batch' | 'object' | 'start' | 'createdAtMs'>, object: StoredObject): SliceRow => ({
  ...key,
  next: null,
  pages: 1,
  candidates: 0,
  rejected: 0,
  failed: 1,
  reasons: '{}',
  failures: JSON.stringify({ [`object-changed: ${object.key}`]: 1 }),
  chunks: '[]',
  pageBytes: 0,
  textBytes: 0,
})
