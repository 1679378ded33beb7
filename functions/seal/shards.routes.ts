/** `GET /v1/shards/{key}`: a shard's bytes, whole or in part. */
import { z } from '@hono/zod-openapi'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { parseRange } from '../http/range.ts'
import { findShard } from '../platform/corpus-index.ts'

export const shardRoutes = router()

shardRoutes.get('/v1/shards/:key{.+}', requireScope('read'), async (c) => {
  const key = c.req.param('key')
  const shard = await findShard(c.var.bindings, key)
  if (shard === null) throw new Problem('not-found', `The index has no shard ${key}.`)
  const { corpus } = c.var.bindings
  const head = await corpus.head(key)
  if (head === null) throw missing(key)
  const range = parseRange(c.req.header('range'), head.size)
  if (range === 'unsatisfiable') {
    throw new Problem(
      'range-not-satisfiable',
      `The shard has ${head.size} bytes; Range "${c.req.header('range')}" lies outside.`,
    )
  }
  const part = range === null ? {} : { range: { offset: range.start, length: range.end - range.start } }
  const object = await corpus.get(key, part)
  if (object === null) throw missing(key)
  const headers = new Headers({
    'content-type': 'application/vnd.apache.parquet',
    'accept-ranges': 'bytes',
    'content-length': String(range === null ? head.size : range.end - range.start),
    etag: object.httpEtag,
    'x-millrace-sha256': shard.sha256,
  })
  if (range === null) return new Response(object.body, { headers })
  headers.set('content-range', `bytes ${range.start}-${range.end - 1}/${head.size}`)
  return new Response(object.body, { status: 206, headers })
})

const missing = (key: string): Problem =>
  new Problem('not-found', `The index names shard ${key}, but it is not in R2: it was deleted from outside.`)

shardRoutes.openAPIRegistry.registerPath({
  method: 'get',
  path: '/v1/shards/{key}',
  summary: 'Bytes of a shard; Range is honoured',
  request: { params: z.object({ key: z.string() }) },
  responses: {
    200: {
      description: 'The whole shard',
      content: { 'application/vnd.apache.parquet': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    206: { description: 'A part of it' },
  },
})
