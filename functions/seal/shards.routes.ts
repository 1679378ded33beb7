/** `GET /v1/shards/{key}`: a shard's bytes, whole or in part. */
import { z } from '@hono/zod-openapi'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { findShard } from '../platform/corpus-index.ts'

export const shardRoutes = router()

shardRoutes.get('/v1/shards/:key{.+}', requireScope('read'), async (c) => {
  const key = c.req.param('key')
  const shard = await findShard(c.var.bindings, key)
  if (shard === null) throw new Problem('not-found', `The index has no shard ${key}.`)
  const { corpus } = c.var.bindings
  const range = c.req.header('range')
  const object = await corpus
    .get(key, range === undefined ? {} : { range: c.req.raw.headers })
    .catch((error: unknown) => {
      throw new Problem('range-not-satisfiable', `Range "${range}" cannot be read: ${String(error)}`)
    })
  if (object === null)
    throw new Problem('not-found', `The index names shard ${key}, but it is not in R2. It was deleted from outside.`)
  const headers = new Headers({
    'content-type': 'application/vnd.apache.parquet',
    'accept-ranges': 'bytes',
    etag: object.httpEtag,
    'x-millrace-sha256': shard.sha256,
  })
  if (range === undefined || object.range === undefined) {
    headers.set('content-length', String(object.size))
    return new Response(object.body, { headers })
  }
  const { start, end } = bounds(object.range, object.size)
  headers.set('content-range', `bytes ${start}-${end - 1}/${object.size}`)
  headers.set('content-length', String(end - start))
  return new Response(object.body, { status: 206, headers })
})

function bounds(range: R2Range, size: number): { start: number; end: number } {
  if ('suffix' in range) return { start: size - range.suffix, end: size }
  const start = range.offset ?? 0
  return { start, end: start + (range.length ?? size - start) }
}

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
