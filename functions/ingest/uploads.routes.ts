/** Files above the size of one request, in parts of equal size: what `millrace push` uses. */
import { z } from '@hono/zod-openapi'
import type { App } from '../http/app.ts'
import type { Context } from 'hono'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { declaredLength } from '../platform/object-upload.ts'
import { PART_BYTES } from '../platform/r2-store.ts'
import { lengthOf, notSame, sameObject, samePart } from '../platform/same-object.ts'
import { answer, bodyAtMost, parseBody } from '../http/request.ts'
import { checkBatch, Into, objectKey, takeObject, Taken } from './pages.routes.ts'

const Begin = Into.extend({
  key: z.string().min(1),
  url: z.string().optional(),
  size: z.int().positive().optional().openapi({ description: 'Bytes of the whole file: parts are held against it' }),
})
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
  if (there !== null && begin.size !== undefined && begin.size !== there.size) throw notSame(key)
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
  const length = token.size === undefined ? null : lengthOf(part, token.size)
  if (length !== null && bytes.length !== length) {
    const detail = `Part ${part} has ${bytes.length} bytes, of ${token.size ?? 0} bytes it should have ${length}.`
    throw new Problem('length-mismatch', detail)
  }
  if (token.there !== undefined)
    return c.json({
      part,
      etag: await samePart(c.var.bindings.objects, { key: token.key, etag: token.there }, { part, bytes }),
    })
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
  const { key, url = null, uploadId: _uploadId, id: _id, size: whole, there, ...into } = token
  refuseGaps(parts, whole)
  const object =
    there === undefined
      ? await completeOnce(c, token, parts)
      : await sameObject(c.var.bindings.objects, { key, etag: there }, parts)
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

/** A part that is left out would be bytes that are left out: R2 joins whatever it is given. */
function refuseGaps(parts: readonly Part[], size: number | undefined): void {
  const count = size === undefined ? parts.length : Math.ceil(size / PART_BYTES)
  if (parts.length === count && parts.every(({ part }, i) => part === i + 1)) return
  const found = parts.slice(0, 20).map(({ part }) => part)
  const detail = `expected the parts 1 to ${count}, each once and in order; found ${found.join(', ')}${parts.length > 20 ? ' …' : ''}.`
  throw new Problem('invalid-request', `The upload cannot be completed: ${detail}`)
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
    const lost = gone(error)
    if (lost instanceof Problem) throw lost
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
