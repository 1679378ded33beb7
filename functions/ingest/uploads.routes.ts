/** Files above the size of one request, in parts of equal size: what `millrace push` uses. */
import { z } from '@hono/zod-openapi'
import type { App } from '../http/app.ts'
import type { Context } from 'hono'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { declaredLength } from '../platform/object-upload.ts'
import { PART_BYTES } from '../platform/r2-store.ts'
import { answer, bodyAtMost, parseBody } from '../http/request.ts'
import { checkBatch, Into, objectKey, takeObject, Taken } from './pages.routes.ts'

const Begin = Into.extend({ key: z.string().min(1), url: z.string().optional() })
  .strict()
  .openapi('BeginUpload')
/** R2's own limit. */
const MAX_PARTS = 10_000

const Begun = z.object({ upload: z.string(), partBytes: z.int() }).openapi('Upload')
const Part = z.strictObject({ part: z.int().positive(), etag: z.string() }).openapi('Part')
type Part = z.infer<typeof Part>
const Complete = z.strictObject({ parts: z.array(Part).min(1) }).openapi('CompleteUpload')

/**
 * What an upload token holds: R2 needs the key to resume, and the object's batch is chosen when it is complete. Where an
 * object has the key already, parts are compared with it and stored nowhere: then there is no `uploadId`, but its etag.
 */
const Token = Begin.extend({ uploadId: z.string().optional(), id: z.string(), there: z.string().optional() })
type Token = z.infer<typeof Token>

export const uploadRoutes = router()

const seal = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url')

function open(upload: string): Token {
  const unknown = (): Problem =>
    new Problem('not-found', 'The upload in the path is not one that POST /v1/uploads answered.')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(upload, 'base64url').toString())
  } catch {
    throw unknown()
  }
  const parsed = Token.safeParse(value)
  if (!parsed.success || (parsed.data.uploadId === undefined) === (parsed.data.there === undefined)) throw unknown()
  objectKey(parsed.data.key)
  return parsed.data
}

const multipartOf = (c: Context<App>, { key, uploadId = '' }: Token): R2MultipartUpload =>
  c.var.bindings.objects.resumeMultipartUpload(key, uploadId)

uploadRoutes.post('/v1/uploads', requireScope('ingest'), async (c) => {
  const { objects } = c.var.bindings
  const begin = await parseBody(Begin, c)
  const key = objectKey(begin.key)
  await checkBatch(c, begin)
  const id = crypto.randomUUID()
  const there = await objects.head(key)
  if (there !== null) return c.json({ upload: seal({ ...begin, id, there: there.etag }), partBytes: PART_BYTES }, 201)
  const { uploadId } = await objects.createMultipartUpload(key, { customMetadata: { upload: id } })
  return c.json({ upload: seal({ ...begin, uploadId, id }), partBytes: PART_BYTES }, 201)
})

uploadRoutes.put('/v1/uploads/:upload/parts/:part{[0-9]+}', requireScope('ingest'), async (c) => {
  const token = open(c.req.param('upload'))
  const part = Number(c.req.param('part'))
  if (part < 1 || part > MAX_PARTS) {
    throw new Problem('invalid-request', `There is no part ${part}: parts are numbered from 1 to ${MAX_PARTS}.`)
  }
  const declared = declaredLength(c.req.header('content-length')) ?? 0
  const bytes = declared > PART_BYTES ? null : await bodyAtMost(c, PART_BYTES)
  if (bytes === null) {
    throw new Problem('body-too-large', `A part has ${PART_BYTES} bytes and the last one fewer; this one has more.`)
  }
  if (token.there !== undefined) return c.json({ part, etag: await samePart(c, token, { part, bytes }) })
  try {
    const { etag } = await multipartOf(c, token).uploadPart(part, bytes)
    return c.json({ part, etag })
  } catch (error) {
    throw gone(error)
  }
})

uploadRoutes.post('/v1/uploads/:upload/complete', requireScope('ingest'), async (c) => {
  const token = open(c.req.param('upload'))
  const { parts } = await parseBody(Complete, c)
  const { key, url = null, uploadId: _uploadId, id: _id, there, ...into } = token
  const object = there === undefined ? await completeOnce(c, token, parts) : await completeSame(c, token, parts)
  const { etag, size } = object
  const batch = await takeObject(c, into, { key, etag, size, url })
  return c.json({ batch, key, etag, size } satisfies Taken, 201)
})

/** R2 says (10024) of an upload that was completed, given up or never begun. */
function gone(error: unknown): unknown {
  const said = error instanceof Error ? error.message : String(error)
  return /10024|does not exist/.test(said)
    ? new Problem('not-found', 'The upload was completed or given up already, or never begun.')
    : error
}

const notSame = (key: string): Problem =>
  new Problem('object-exists', `${key} holds other bytes. Objects are never overwritten: use another key.`)

/** The part's etag where the object that is there has its bytes at its place. */
async function samePart(
  c: Context<App>,
  { key, there }: Token,
  { part, bytes }: { part: number; bytes: Uint8Array },
): Promise<string> {
  const { objects } = c.var.bindings
  const head = await objects.head(key)
  const offset = (part - 1) * PART_BYTES
  const length = Math.min(PART_BYTES, (head?.size ?? 0) - offset)
  if (head === null || head.etag !== there || bytes.length !== Math.max(length, 0)) throw notSame(key)
  if (length <= 0) return sameEtag(part)
  const object = await objects.get(key, { range: { offset, length } })
  const own = new Uint8Array((await object?.arrayBuffer()) ?? [])
  if (object?.etag !== there || Buffer.compare(own, bytes) !== 0) throw notSame(key)
  return sameEtag(part)
}

const sameEtag = (part: number): string => `same-${part}`

/** Every part of the object that is there was sent and found the same. */
async function completeSame(c: Context<App>, { key, there }: Token, parts: readonly Part[]): Promise<R2Object> {
  const head = await c.var.bindings.objects.head(key)
  if (head === null || head.etag !== there) throw notSame(key)
  const count = Math.max(1, Math.ceil(head.size / PART_BYTES))
  const whole = parts.length === count && parts.every(({ part, etag }, i) => part === i + 1 && etag === sameEtag(part))
  if (!whole) {
    const detail = `The upload cannot be completed: expected the ${count} parts in order, each with the etag that it was answered with.`
    throw new Problem('invalid-request', detail)
  }
  return head
}

/** A completion that is sent again finds the object that the first one made; another's object is left alone. */
async function completeOnce(c: Context<App>, token: Token, parts: readonly Part[]): Promise<R2Object> {
  const { objects } = c.var.bindings
  const { key, id } = token
  const made = async (): Promise<R2Object | null> => {
    const there = await objects.head(key)
    if (there === null || there.customMetadata?.['upload'] === id) return there
    const detail = `${key} was stored by another request while this upload was on its way. Objects are never overwritten: begin again if its bytes are the same, or use another key.`
    throw new Problem('object-exists', detail)
  }
  const before = await made()
  if (before !== null) return before
  try {
    return await multipartOf(c, token).complete(parts.map(({ part, etag }) => ({ partNumber: part, etag })))
  } catch (error) {
    const after = await made()
    if (after !== null) return after
    throw new Problem(
      'invalid-request',
      `The upload cannot be completed: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

uploadRoutes.delete('/v1/uploads/:upload', requireScope('ingest'), async (c) => {
  const token = open(c.req.param('upload'))
  if (token.there === undefined) await multipartOf(c, token).abort()
  return c.body(null, 204)
})

const registry = uploadRoutes.openAPIRegistry
const inBody = (schema: z.ZodType) => ({ body: { content: { 'application/json': { schema } } } })
registry.registerPath({
  method: 'post',
  path: '/v1/uploads',
  summary: 'Begin a file above 100 MB',
  request: inBody(Begin),
  responses: { 201: answer('Begun', Begun) },
})
registry.registerPath({
  method: 'put',
  path: '/v1/uploads/{upload}/parts/{part}',
  summary: 'Send one part, from 1 on',
  request: { params: z.object({ upload: z.string(), part: z.string() }) },
  responses: { 200: answer('Taken', Part) },
})
registry.registerPath({
  method: 'post',
  path: '/v1/uploads/{upload}/complete',
  summary: 'Join the parts; the object is queued',
  request: { params: z.object({ upload: z.string() }), ...inBody(Complete) },
  responses: { 201: answer('Stored and queued', Taken) },
})
registry.registerPath({
  method: 'delete',
  path: '/v1/uploads/{upload}',
  summary: 'Give a file up; its parts are deleted',
  request: { params: z.object({ upload: z.string() }) },
  responses: { 204: { description: 'Given up' } },
})
