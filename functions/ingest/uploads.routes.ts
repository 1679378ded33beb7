/** Files above the size of one request, in parts of equal size: what `millrace push` uses. */
import { z } from '@hono/zod-openapi'
import type { App } from '../http/app.ts'
import type { Context } from 'hono'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { declaredLength } from '../platform/object-upload.ts'
import { PART_BYTES } from '../platform/r2-store.ts'
import { answer, parseBody } from '../http/request.ts'
import { Into, objectKey, takeObject, Taken } from './pages.routes.ts'

const Begin = Into.extend({ key: z.string().min(1), url: z.string().optional() }).openapi('BeginUpload')
/** R2's own limit. */
const MAX_PARTS = 10_000

const Begun = z.object({ upload: z.string(), partBytes: z.int() }).openapi('Upload')
const Part = z.object({ part: z.int().positive(), etag: z.string() }).openapi('Part')
const Complete = z.object({ parts: z.array(Part).min(1) }).openapi('CompleteUpload')

/** What an upload token holds: R2 needs the key to resume, and the object's batch is chosen when it is complete. */
const Token = Begin.extend({ uploadId: z.string(), id: z.string() })

export const uploadRoutes = router()

const seal = (token: z.infer<typeof Token>): string => Buffer.from(JSON.stringify(token)).toString('base64url')

function open(c: Context<App>, upload: string): { token: z.infer<typeof Token>; multipart: R2MultipartUpload } {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(upload, 'base64url').toString())
  } catch {
    throw new Problem('not-found', 'The upload in the path is not one that POST /v1/uploads answered.')
  }
  const parsed = Token.safeParse(value)
  if (!parsed.success)
    throw new Problem('not-found', 'The upload in the path is not one that POST /v1/uploads answered.')
  const { key, uploadId } = parsed.data
  return { token: parsed.data, multipart: c.var.bindings.objects.resumeMultipartUpload(key, uploadId) }
}

uploadRoutes.post('/v1/uploads', requireScope('ingest'), async (c) => {
  const begin = await parseBody(Begin, c)
  const key = objectKey(begin.key)
  const there = await c.var.bindings.objects.head(key)
  if (there !== null) {
    throw new Problem(
      'object-exists',
      `${key} is there already with ${there.size} bytes. Objects are never overwritten: use another key.`,
    )
  }
  const id = crypto.randomUUID()
  const { uploadId } = await c.var.bindings.objects.createMultipartUpload(key, { customMetadata: { upload: id } })
  return c.json({ upload: seal({ ...begin, uploadId, id }), partBytes: PART_BYTES }, 201)
})

uploadRoutes.put('/v1/uploads/:upload/parts/:part{[0-9]+}', requireScope('ingest'), async (c) => {
  const { multipart } = open(c, c.req.param('upload'))
  const part = Number(c.req.param('part'))
  if (part < 1 || part > MAX_PARTS) {
    throw new Problem('invalid-request', `There is no part ${part}: parts are numbered from 1 to ${MAX_PARTS}.`)
  }
  declaredLength(c.req.header('content-length'))
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength > PART_BYTES) {
    throw new Problem(
      'body-too-large',
      `The part has ${bytes.byteLength} bytes, a part has ${PART_BYTES} and the last one fewer.`,
    )
  }
  const { etag } = await multipart.uploadPart(part, bytes)
  return c.json({ part, etag })
})

uploadRoutes.post('/v1/uploads/:upload/complete', requireScope('ingest'), async (c) => {
  const { token, multipart } = open(c, c.req.param('upload'))
  const { parts } = await parseBody(Complete, c)
  const { key, url = null, ...into } = token
  const object = await completeOnce(c, multipart, { ...token, parts })
  const { etag, size } = object
  const batch = await takeObject(c, into, { key, etag, size, url })
  return c.json({ batch, key, etag, size } satisfies Taken, 201)
})

/** A completion that is sent again finds the object that the first one made; another's object is left alone. */
async function completeOnce(
  c: Context<App>,
  multipart: R2MultipartUpload,
  { key, id, parts }: { key: string; id: string; parts: readonly z.infer<typeof Part>[] },
): Promise<R2Object> {
  const { objects } = c.var.bindings
  const made = async (): Promise<R2Object | null> => {
    const there = await objects.head(key)
    if (there === null || there.customMetadata?.['upload'] === id) return there
    const detail = `${key} was stored by another request while this upload was on its way. Objects are never overwritten: use another key.`
    throw new Problem('object-exists', detail)
  }
  const before = await made()
  if (before !== null) return before
  try {
    return await multipart.complete(parts.map(({ part, etag }) => ({ partNumber: part, etag })))
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
  await open(c, c.req.param('upload')).multipart.abort()
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
