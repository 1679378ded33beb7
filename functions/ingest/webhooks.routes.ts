/**
 * `POST /v1/webhooks/batches`: a crawler that wrote to R2 itself says so, signed after Standard Webhooks. The message id
 * is the identity of the batch, so a message may come any number of times, also at once. What a prefix holds is listed
 * once and frozen before anything is queued.
 */
import { z } from '@hono/zod-openapi'
import { createHash } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Context } from 'hono'
import { SOURCES } from '../../schema/shard.ts'
import { TextColumns } from '../../schema/text-columns.ts'
import { webhooks } from '../../schema/tables.ts'
import { router, type App } from '../http/app.ts'
import { issuesOf, Problem } from '../http/problem.ts'
import { addObjects, closeBatch, findBatch, openBatch, type NewObject } from '../platform/batches.ts'
import type { Bindings } from '../platform/bindings.ts'
import { sealIfRead, sendBatchObjects } from '../platform/hand-on.ts'
import { answer, bodyAtMost } from '../http/request.ts'
import { aboutBatch } from './pages.routes.ts'
import { verify } from './signature.ts'

const MAX_BODY = 1024 * 1024
/** A key costs one HEAD and one insert: far from what one invocation may ask (`limits` in wrangler.toml). */
const MAX_KEYS = 1000
const MAX_LISTED = 100_000

/** R2's own limit. */
const MAX_KEY_BYTES = 1024
const isKey = (key: string): boolean => new TextEncoder().encode(key).length <= MAX_KEY_BYTES
const Key = z
  .string()
  .min(1)
  .refine(isKey, { message: `expected a key of at most ${MAX_KEY_BYTES} bytes` })

const Message = z
  .strictObject({
    keys: z.array(Key).min(1).max(MAX_KEYS).optional(),
    prefix: Key.optional(),
    source: z.enum(SOURCES).default('web'),
    lang: z.string().max(8).default(''),
    ...TextColumns.shape,
  })
  .refine(({ keys, prefix }) => (keys === undefined) !== (prefix === undefined), {
    message: 'expected exactly one of keys and prefix',
  })
  .openapi('WebhookBatch')
type Message = z.infer<typeof Message>

/** Standard Webhooks recommends `{type, timestamp, data}`; the bare data is taken as well. */
const Envelope = z.object({ type: z.string(), data: Message })

const Accepted = z.object({ batch: z.string(), state: z.string(), objects: z.int() }).openapi('AcceptedBatch')

export const webhookRoutes = router()

webhookRoutes.openAPIRegistry.registerPath({
  method: 'post',
  path: '/v1/webhooks/batches',
  summary: 'Name R2 objects as a batch, signed after Standard Webhooks',
  request: {
    headers: z.object({ 'webhook-id': z.string(), 'webhook-timestamp': z.string(), 'webhook-signature': z.string() }),
    body: { content: { 'application/json': { schema: Message } } },
  },
  responses: { 202: answer('Taken; work starts by itself', Accepted) },
})

webhookRoutes.post('/v1/webhooks/batches', async (c) => {
  const { bindings } = c.var
  const { id, body } = await genuine(c)
  const message = parse(body)
  const batch = `wh-${digest(id).slice(0, 24)}`
  const nowMs = Date.now()
  const own = { id, batch, bodyHash: digest(body) }
  refuseOther(own, await taken(bindings, id))

  const known = await findBatch(bindings, batch)
  if (known === null || known.state === 'open') {
    // A message that cannot be taken leaves nothing behind: its id may come again with what it should have said.
    const found = (await readFrozen(bindings, batch)) ?? (await look(bindings, message))
    await claim(bindings, own, nowMs)
    const frozen = await freeze(bindings, batch, found)
    await openBatch(bindings, { id: batch, kind: 'webhook', owner: 'webhook', ...aboutBatch(message) }, nowMs)
    await addObjects(bindings, batch, frozen, nowMs)
    await closeBatch(bindings, batch, nowMs)
  }
  // Also for a batch that was closed before: the request that closed it may have ended before it sent anything.
  if (known?.state !== 'sealed') {
    await sendBatchObjects(bindings, batch)
    await sealIfRead(bindings, batch, nowMs)
  }
  const { state } = (await findBatch(bindings, batch)) ?? { state: 'closed' }
  const objects = (await readFrozen(bindings, batch))?.length ?? 0
  return c.json({ batch, state, objects } satisfies z.infer<typeof Accepted>, 202)
})

const digest = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

async function genuine(c: Context<App>): Promise<{ id: string; body: Uint8Array }> {
  const secret = c.var.bindings.settings.webhookSecret
  if (secret === null)
    throw new Problem('webhooks-off', 'Set one with: npx wrangler secret put WEBHOOK_SECRET (whsec_ and base64).')
  const header = (name: string): string => {
    const value = c.req.header(name)
    if (value === undefined || value === '')
      throw new Problem('bad-signature', `The header ${name} is missing; Standard Webhooks has three.`)
    return value
  }
  const body = await bodyAtMost(c, MAX_BODY)
  if (body === null) {
    throw new Problem('body-too-large', `A message has at most ${MAX_BODY} bytes. Name a prefix instead of keys.`)
  }
  const id = header('webhook-id')
  const signed = { id, timestamp: header('webhook-timestamp'), signature: header('webhook-signature'), body }
  const fault = verify(signed, secret, Date.now())
  if (fault !== null) throw new Problem(fault.problem, fault.detail)
  return { id, body }
}

function parse(body: Uint8Array): Message {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body))
  } catch (error) {
    throw new Problem(
      'invalid-request',
      `The message is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const enveloped = value !== null && typeof value === 'object' && 'data' in value
  const parsed = enveloped ? Envelope.transform(({ data }) => data).safeParse(value) : Message.safeParse(value)
  if (parsed.success) return parsed.data
  throw new Problem('invalid-request', 'The message does not have the expected shape; see errors.', {
    errors: issuesOf(parsed.error),
  })
}

interface Claim {
  readonly id: string
  readonly batch: string
  readonly bodyHash: string
}

async function taken({ db }: Bindings, id: string): Promise<string | undefined> {
  return (await db.select().from(webhooks).where(eq(webhooks.messageId, id)))[0]?.bodyHash
}

function refuseOther({ id, bodyHash }: Claim, before: string | undefined): void {
  if (before === undefined || before === bodyHash) return
  throw new Problem(
    'conflict',
    `The message id ${id} came before with another body. Give each message an id of its own.`,
  )
}

/** Takes the message id for this body; the same id with another body is refused. */
async function claim(bindings: Bindings, own: Claim, nowMs: number): Promise<void> {
  const { id, batch, bodyHash } = own
  const row = { messageId: id, bodyHash, batch, createdAtMs: nowMs }
  await bindings.db.insert(webhooks).values(row).onConflictDoNothing()
  refuseOther(own, await taken(bindings, id))
}

const listKey = (batch: string): string => `batches/${batch}/objects.json`

async function readFrozen({ corpus }: Bindings, batch: string): Promise<NewObject[] | null> {
  return (await (await corpus.get(listKey(batch)))?.json<NewObject[]>()) ?? null
}

/** What the message names, as it stands now. */
const look = (bindings: Bindings, { keys, prefix = '' }: Message): Promise<NewObject[]> =>
  keys === undefined ? list(bindings, prefix) : heads(bindings, keys)

/** The batch's objects as they stood when the message first came. Whoever lists first is believed by all others. */
async function freeze(bindings: Bindings, batch: string, found: NewObject[]): Promise<NewObject[]> {
  await bindings.corpus.put(listKey(batch), JSON.stringify(found), { onlyIf: { etagDoesNotMatch: '*' } })
  return (await readFrozen(bindings, batch)) ?? found
}

async function heads({ objects }: Bindings, keys: readonly string[]): Promise<NewObject[]> {
  const found: NewObject[] = []
  const missing: string[] = []
  for (const key of new Set(keys)) {
    const head = await objects.head(key)
    if (head === null) missing.push(key)
    else found.push({ key, etag: head.etag, size: head.size })
  }
  if (missing.length > 0) {
    const detail = `${missing.length} of ${keys.length} objects are not in the bucket. Likely the message was sent before the upload ended.`
    throw new Problem('missing-objects', detail, { missing })
  }
  return found
}

async function list({ objects }: Bindings, prefix: string): Promise<NewObject[]> {
  const found: NewObject[] = []
  let cursor: string | undefined
  do {
    const page: R2Objects = await objects.list({ prefix, ...(cursor === undefined ? {} : { cursor }) })
    for (const { key, etag, size } of page.objects) found.push({ key, etag, size })
    cursor = page.truncated ? page.cursor : undefined
  } while (cursor !== undefined && found.length <= MAX_LISTED)
  if (found.length === 0)
    throw new Problem('missing-objects', `No object's key starts with "${prefix}".`, { missing: [prefix] })
  if (found.length > MAX_LISTED) {
    throw new Problem(
      'invalid-request',
      `More than ${MAX_LISTED} objects start with "${prefix}". Send one message for each longer prefix.`,
    )
  }
  return found
}
