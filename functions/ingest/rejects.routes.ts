/** `GET /v1/batches/{batch}/rejects`: every page of a batch that was turned away or failed, and why, in the order of its files. */
import { z } from '@hono/zod-openapi'
import { and, eq, inArray } from 'drizzle-orm'
import { objects } from '../../schema/tables.ts'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { NOT_OURS } from '../http/paging.ts'
import { Problem } from '../http/problem.ts'
import { answer, parseQuery } from '../http/request.ts'
import { findBatch } from '../platform/batches.ts'
import type { Bindings } from '../platform/bindings.ts'

const Reject = z
  .looseObject({
    /** Of the object that it was in; null for a page that was posted alone, which its URL names. */
    key: z.string().nullable(),
    /** Why it is not wanted, as the funnel counts it; or what went wrong with it. */
    rejected: z.string().optional(),
    failed: z.string().optional(),
    url: z.string().nullable(),
    offset: z.int(),
    index: z.int(),
  })
  .openapi('Reject')
const List = z.object({ rejects: z.array(Reject), cursor: z.string().nullable() }).openapi('Rejects')

/** Object and start of a slice's file, and how many of its lines were answered. */
const CURSOR = /^([0-9a-f]{64}\/\d{16})~(\d{1,9})$/
const Query = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  cursor: z.string().regex(CURSOR, NOT_OURS).optional(),
})

const SUFFIX = '.rejects.ndjson'

export const rejectRoutes = router()

rejectRoutes.get('/v1/batches/:batch/rejects', requireScope('read'), async (c) => {
  const { limit, cursor } = parseQuery(Query, c)
  const { bindings } = c.var
  const batch = c.req.param('batch')
  if ((await findBatch(bindings, batch)) === null) throw new Problem('not-found', `There is no batch ${batch}.`)
  const [, from = '', skipped = '0'] = CURSOR.exec(cursor ?? '') ?? []
  const found: { readonly object: string; readonly line: string }[] = []
  let next: string | null = null
  for await (const { name, lines } of files(bindings, batch, from)) {
    const start = name === from ? Number(skipped) : 0
    const taken = lines.slice(start, start + limit - found.length)
    for (const line of taken) found.push({ object: name.slice(0, 64), line })
    if (found.length < limit) continue
    next = `${name}~${start + taken.length}`
    break
  }
  const keys = await keysOf(bindings, batch, new Set(found.map(({ object }) => object)))
  const rejects = found.map(({ object, line }) =>
    Reject.parse({ key: keys.get(object) ?? null, ...(JSON.parse(line) as object) }),
  )
  return c.json({ rejects, cursor: next } satisfies z.infer<typeof List>)
})

/** The files that slices left, from one on, and their lines. R2 lists keys in order: by object, then by start. */
async function* files({ corpus }: Bindings, batch: string, from: string) {
  const prefix = `batches/${batch}/chunks/`
  // The file's own suffix sorts behind its name: a list from the name on begins with it.
  let startAfter = `${prefix}${from}`
  for (let more = true; more;) {
    const page: R2Objects = await corpus.list({ prefix, startAfter })
    for (const { key } of page.objects) {
      if (!key.endsWith(SUFFIX)) continue
      const text = await (await corpus.get(key))?.text()
      if (text === undefined) throw new Error(`${key} was listed and is not in R2`)
      const lines = text.split('\n').filter((line) => line !== '')
      yield { name: key.slice(prefix.length, -SUFFIX.length), lines }
    }
    startAfter = page.objects.at(-1)?.key ?? startAfter
    more = page.truncated
  }
}

/** At most 100 parameters go into a statement. */
const AT_ONCE = 90

/** Keys by object id. Posted pages lie a hundred to a slice, under the id of the first: its key is not that of the others. */
async function keysOf({ db }: Bindings, batch: string, ids: ReadonlySet<string>): Promise<Map<string, string>> {
  const keys = new Map<string, string>()
  const list = [...ids]
  for (let at = 0; at < list.length; at += AT_ONCE) {
    const own = and(eq(objects.batch, batch), inArray(objects.id, list.slice(at, at + AT_ONCE)))
    const rows = await db.select().from(objects).where(own)
    for (const { id, key, posted } of rows) if (!posted) keys.set(id, key)
  }
  return keys
}

rejectRoutes.openAPIRegistry.registerPath({
  method: 'get',
  path: '/v1/batches/{batch}/rejects',
  summary: 'What was turned away or failed, page by page, and why',
  request: { params: z.object({ batch: z.string() }), query: Query },
  responses: { 200: answer('Rejects', List) },
})
