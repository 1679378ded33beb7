/**
 * The consumer of slices. A message fails alone; what it did stands under its own keys, so it may come again, late, or
 * to two consumers at once: the ledger row is inserted if absent, and the next slice is sent if it has no row yet.
 */
import { z } from 'zod'
import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { SliceMessage } from '../../schema/messages.ts'
import { readChosen } from '../../schema/models.ts'
import { objects, parked } from '../../schema/tables.ts'
import { readColumns } from '../../schema/text-columns.ts'
import { findBatch, type Batch, type StoredObject } from '../platform/batches.ts'
import type { Bindings } from '../platform/bindings.ts'
import { sealIfRead, sendSlices } from '../platform/hand-on.ts'
import { findSlice, insertSlices, postedPages, type SliceRow } from '../platform/ledger.ts'
import { createPipeline, pipelineVersion, type Models } from '../pipeline.ts'
import { UnusableModel } from '../platform/model-store.ts'
import { idsOf, modelsFor } from '../platform/models.ts'
import { ObjectChanged, r2Source } from '../platform/r2-source.ts'
import { r2Store } from '../platform/r2-store.ts'
import { openSlice, type SliceResult } from '../slice.ts'

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
  if ((await findSlice(bindings, message)) === null) await readIntoLedger(message, bindings)
  const row = await findSlice(bindings, message)
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

/** Reads a slice and inserts its rows; parks a message that this Worker cannot work on. */
async function readIntoLedger(message: SliceMessage, bindings: Bindings): Promise<void> {
  const batch = await findBatch(bindings, message.batch)
  const own = and(eq(objects.batch, message.batch), eq(objects.id, message.object))
  const [object] = await bindings.db.select().from(objects).where(own)
  const refuse = (cause: string) => park(bindings, { queue: 'slices', body: message, cause })
  if (batch === null || object === undefined) return refuse('the index has no such batch and object')
  const chosen = readChosen(batch.models)
  const running = pipelineVersion(idsOf(chosen), bindings.settings.use)
  if (batch.pipeline !== running) {
    return refuse(
      `the batch was opened under pipeline ${batch.pipeline}, this Worker runs ${running}: deploy that version again ` +
        `and POST /v1/batches/${batch.id}/retry, or send its objects to a new batch`,
    )
  }
  // A batch that still takes pages has no hundreds yet; they are sent when it closes.
  if (object.posted && batch.state === 'open') return
  const models = await modelsFor(bindings, chosen).catch((error: unknown) => {
    if (error instanceof UnusableModel) return error.message
    throw error
  })
  if (typeof models === 'string') {
    return refuse(`${models} Then POST /v1/batches/${batch.id}/retry: nothing of the batch is lost.`)
  }
  const [start, parts] = object.posted
    ? [0, await postedPages(bindings, batch.id, object.id)]
    : [message.start, [object]]
  return insertSlices(bindings, await read(bindings, { batch, models, start }, parts))
}

/** A ledger row for each object: a range of one, or posted pages, which are whole. */
async function read(
  bindings: Bindings,
  { batch, models, start }: { batch: Batch; models: Models; start: number },
  parts: readonly StoredObject[],
): Promise<SliceRow[]> {
  const stages = createPipeline(models, {
    source: batch.source,
    lang: batch.lang,
    use: bindings.settings.use,
  })
  const target = { prefix: `batches/${batch.id}/chunks`, seed: bindings.settings.seed }
  const first = { objectId: parts[0]?.id ?? '', start }
  const slice = openSlice(r2Store(bindings.corpus), stages, { ...target, first })
  const results: { object: StoredObject; result: SliceResult }[] = []
  for (const object of parts) {
    const source = r2Source(bindings.objects, object)
    const about = { objectUrl: object.url, columns: readColumns(batch.columns), objectId: object.id }
    const range = { source, ...about, start, length: batch.sliceBytes }
    results.push({ object, result: await slice.read(range).catch((error: unknown) => gone(error, object)) })
  }
  await slice.finish()
  return results.map(({ object, result: { reasons, failures, chunks, ...numbers } }) => ({
    batch: batch.id,
    object: object.id,
    start,
    pipeline: batch.pipeline,
    createdAtMs: Date.now(),
    ...numbers,
    reasons: JSON.stringify(reasons),
    failures: JSON.stringify(failures),
    chunks: JSON.stringify(chunks),
  }))
}

/** An object that was replaced or deleted under its batch: one failure by name, and the rest of the batch goes on. */
function gone(error: unknown, object: StoredObject): SliceResult {
  if (!(error instanceof ObjectChanged)) throw error
  return {
    next: null,
    pages: 1,
    candidates: 0,
    rejected: 0,
    failed: 1,
    reasons: {},
    failures: { [`object-changed: ${object.key}`]: 1 },
    chunks: [],
    pageBytes: 0,
    textBytes: 0,
  }
}
