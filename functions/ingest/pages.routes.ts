/** `POST /v1/pages` and `PUT /v1/objects/{key}`: bytes into R2, an object into a batch, work into the queue. */
import { createRoute, z } from '@hono/zod-openapi'
import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { PostedPage } from '../../schema/page.ts'
import { SOURCES } from '../../schema/shard.ts'
import { readColumns, TextColumns } from '../../schema/text-columns.ts'
import type { App } from '../http/app.ts'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { answer, parseBody, parseQuery } from '../http/request.ts'
import {
  addObject,
  batchOfObject,
  findBatch,
  joinOpenBatch,
  objectId,
  type Batch,
  type NewObject,
} from '../platform/batches.ts'
import { sendSlices } from '../platform/hand-on.ts'
import { MAX_PAGE_BYTES } from '../slice.ts'
import { declaredLength, storeBody } from '../platform/object-upload.ts'

export const Into = z.object({
  batch: z.string().optional(),
  source: z.enum(SOURCES).optional().openapi({ description: 'web where no batch says another' }),
  lang: z.string().max(8).optional(),
  ...TextColumns.shape,
})
export type Into = z.infer<typeof Into>
/** A file may be one HTML page, whose address this is. */
const IntoWithUrl = Into.extend({ url: z.string().optional() })

/** What a batch keeps of it. */
export function aboutBatch(into: Omit<Into, 'batch'>) {
  const { source = 'web', lang = '', textColumn, urlColumn, idColumn, titleColumn } = into
  return { source, lang, columns: { textColumn, urlColumn, idColumn, titleColumn } }
}

/** What is asked for and the batch is not: it would be lost in silence. */
export function refuseOther({ id, source, lang, columns }: Batch, into: Omit<Into, 'batch'>): void {
  const own: Readonly<Record<string, string | undefined>> = { source, lang, ...readColumns(columns) }
  const other = Object.entries(aboutOnly(into)).filter(([name, value]) => value !== undefined && value !== own[name])
  if (other.length === 0) return
  const found = other.map(([name, value]) => `${name} "${value}", it has "${own[name] ?? ''}"`).join('; ')
  throw new Problem('conflict', `Batch ${id} was opened with something else: asked for was ${found}.`)
}

const aboutOnly = ({ source, lang, textColumn, urlColumn, idColumn, titleColumn }: Omit<Into, 'batch'>) => ({
  source,
  lang,
  textColumn,
  urlColumn,
  idColumn,
  titleColumn,
})

export const Taken = z
  .object({ batch: z.string(), key: z.string(), etag: z.string(), size: z.int(), lines: z.int().optional() })
  .openapi('Taken')
export type Taken = z.infer<typeof Taken>

/** The batch that is named is there, and is what is asked for: known before a body is read. */
export async function checkBatch(c: Context<App>, into: Into): Promise<void> {
  if (into.batch === undefined) return
  const batch = await findBatch(c.var.bindings, into.batch)
  if (batch === null) throw new Problem('not-found', `There is no batch ${into.batch}.`)
  refuseOther(batch, into)
}

/**
 * Puts a stored object into the batch named, or the key's open one, and queues its first slice. Posted pages wait for
 * their batch to close: a hundred of them are one slice.
 */
export async function takeObject(c: Context<App>, into: Into, object: NewObject): Promise<string> {
  const { bindings, keyId } = c.var
  const nowMs = Date.now()
  const queue = async (batch: string): Promise<string> => {
    if (object.posted !== true) await sendSlices(bindings, [{ batch, object: objectId(object), start: 0 }])
    return batch
  }
  const known = await batchOfObject(bindings, object)
  if (known !== null && (into.batch === undefined || into.batch === known)) return queue(known)
  if (into.batch !== undefined) {
    if (await addObject(bindings, into.batch, object, nowMs)) return queue(into.batch)
    throw new Problem(
      'batch-closed',
      `Batch ${into.batch} is closed. Open another with POST /v1/batches, or leave batch out.`,
    )
  }
  for (let attempt = 0; attempt < 5; attempt++) {
    const batch = await joinOpenBatch(bindings, { owner: keyId, ...aboutBatch(into) }, nowMs)
    if (await addObject(bindings, batch.id, object, nowMs)) return queue(batch.id)
  }
  throw new Error('the open batch was closed five times while an object joined it')
}

const postPages = createRoute({
  method: 'post',
  path: '/v1/pages',
  summary: 'Send one page as JSON, or many as NDJSON',
  middleware: requireScope('ingest'),
  request: {
    query: Into,
    body: {
      content: {
        'application/json': { schema: PostedPage },
        'application/x-ndjson': { schema: z.string().openapi({ description: 'One page a line' }) },
      },
    },
  },
  responses: { 202: answer('Taken; work starts by itself', Taken) },
})

const putObject = createRoute({
  method: 'put',
  path: '/v1/objects/{key}',
  summary: 'Send a file: WARC, WET, NDJSON or HTML, plain, gzip or zstd, or Parquet; up to 100 MB',
  middleware: requireScope('ingest'),
  request: {
    params: z.object({ key: z.string().min(1).max(900) }),
    query: IntoWithUrl,
    body: { content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } } },
  },
  responses: { 201: answer('Stored and queued', Taken) },
})

export const pageRoutes = router()

pageRoutes.post('/v1/pages', requireScope('ingest'), async (c) => {
  const into = parseQuery(Into, c)
  await checkBatch(c, into)
  const type = (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase()
  const length = declaredLength(c.req.header('content-length'))
  if (type === 'application/x-ndjson' || type === 'application/ndjson' || type === 'application/jsonl') {
    const idempotency = c.req.header('idempotency-key')
    const name = idempotency === undefined ? crypto.randomUUID() : hash(idempotency)
    const key = `pages/${c.var.keyId}/${name}.ndjson`
    const { etag, size, lines } = await storeBody(c.var.bindings.objects, key, c.req.raw.body, length)
    const batch = await takeObject(c, into, { key, etag, size })
    return c.json({ batch, key, etag, size, lines } satisfies Taken, 202)
  }
  if (type !== 'application/json') {
    const detail = `Content-Type is "${type ?? ''}", expected application/json for one page or application/x-ndjson for many.`
    throw new Problem('unsupported-type', detail)
  }
  const line = await readPage(c)
  const key = `pages/${c.var.keyId}/${hash(line)}.ndjson`
  const bytes = new TextEncoder().encode(line)
  const { etag, size } = await storeBody(c.var.bindings.objects, key, new Blob([bytes]).stream(), bytes.length)
  const batch = await takeObject(c, into, { key, etag, size, posted: true })
  return c.json({ batch, key, etag, size, lines: 1 } satisfies Taken, 202)
})

pageRoutes.put('/v1/objects/:key{.+}', requireScope('ingest'), async (c) => {
  const { url = null, ...into } = parseQuery(IntoWithUrl, c)
  const key = objectKey(c.req.param('key'))
  await checkBatch(c, into)
  const length = declaredLength(c.req.header('content-length'))
  const { etag, size } = await storeBody(c.var.bindings.objects, key, c.req.raw.body, length)
  const batch = await takeObject(c, into, { key, etag, size, url })
  return c.json({ batch, key, etag, size } satisfies Taken, 201)
})

pageRoutes.openAPIRegistry.registerPath(postPages)
pageRoutes.openAPIRegistry.registerPath(putObject)

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** R2 keys have at most 1,024 bytes. What lies in the folder of a key's posted pages is named by its bytes. */
export function objectKey(key: string): string {
  if (new TextEncoder().encode(key).length > 1024 || key.startsWith('/') || /\p{Cc}/u.test(key)) {
    throw new Problem(
      'invalid-request',
      `"${key.slice(0, 80)}" is no object key: at most 1,024 bytes, no leading slash, no control characters.`,
    )
  }
  if (/^pages\/key_[0-9a-f]+\//.test(key)) {
    throw new Problem('invalid-request', `"${key.slice(0, 80)}" is where POST /v1/pages keeps pages: use another key.`)
  }
  return key
}

/** A field that nobody reads is refused here, where its sender can mend it; lines of files are taken with what they have. */
const OnePage = PostedPage.strict()

/** One page as the line that is stored. A page is small: the limit of a page itself holds, not that of a request. */
async function readPage(c: Context<App>): Promise<string> {
  const page = await parseBody(OnePage, c)
  const bytes = Buffer.byteLength(page.html ?? page.text ?? '')
  if (bytes > MAX_PAGE_BYTES) {
    const detail = `The page has ${bytes} bytes, a page has at most ${MAX_PAGE_BYTES}.`
    throw new Problem('body-too-large', detail, { maxBytes: MAX_PAGE_BYTES })
  }
  return `${JSON.stringify(page)}\n`
}
