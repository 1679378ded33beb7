import { env } from 'cloudflare:workers'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { createHash } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { App } from '../../functions/http/app.ts'
import { hashKey, SCOPES } from '../../functions/http/key.ts'
import { batchRoutes } from '../../functions/ingest/batches.routes.ts'
import { pageRoutes } from '../../functions/ingest/pages.routes.ts'
import { rejectRoutes } from '../../functions/ingest/rejects.routes.ts'
import { uploadRoutes } from '../../functions/ingest/uploads.routes.ts'
import { webhookRoutes } from '../../functions/ingest/webhooks.routes.ts'
import { manifestRoutes } from '../../functions/manifest/manifests.routes.ts'
import { activationRoutes } from '../../functions/models/activations.routes.ts'
import { modelRoutes } from '../../functions/models/models.routes.ts'
import { reportRoutes } from '../../functions/manifest/reports.routes.ts'
import { calibrationRoutes } from '../../functions/perplexity/calibrations.routes.ts'
import { scoreRoutes } from '../../functions/perplexity/scores.routes.ts'
import { compactionRoutes } from '../../functions/seal/compactions.routes.ts'
import { cellRoutes } from '../../functions/perplexity/cells.routes.ts'
import { documentRoutes } from '../../functions/seal/documents.routes.ts'
import { shardRoutes } from '../../functions/seal/shards.routes.ts'
import { call, keyWith, problem, send } from './client.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { drain, newWorld, snapshot, type World } from './world.ts'

const ROUTERS: readonly OpenAPIHono<App>[] = [
  batchRoutes,
  rejectRoutes,
  pageRoutes,
  uploadRoutes,
  webhookRoutes,
  modelRoutes,
  activationRoutes,
  manifestRoutes,
  reportRoutes,
  cellRoutes,
  calibrationRoutes,
  scoreRoutes,
  compactionRoutes,
  shardRoutes,
  documentRoutes,
]

/** `/v1/shards/:key{.+}` as OpenAPI writes it. */
const inBraces = (path: string): string => path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')

describe('the description of the API', () => {
  it('lists every route, and no other', async () => {
    const world = await newWorld()
    const { status, body } = await call(world, '/openapi.json')
    expect(status).toBe(200)
    expect(body['openapi']).toBe('3.1.0')
    const described = Object.entries(body['paths'] as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const routes = ROUTERS.flatMap((router) =>
      router.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${inBraces(path)}`),
    )
    expect([...new Set(described)].sort()).toEqual([...new Set(routes)].sort())
  })
})

describe('a request without the right key', () => {
  let world: World

  beforeEach(async () => {
    world = await newWorld()
  })

  const ROUTES: readonly [method: string, path: string, scope: string][] = [
    ['POST', '/v1/pages', 'ingest'],
    ['PUT', '/v1/objects/a', 'ingest'],
    ['POST', '/v1/uploads', 'ingest'],
    ['POST', '/v1/batches', 'ingest'],
    ['GET', '/v1/batches', 'read'],
    ['GET', '/v1/batches/none', 'read'],
    ['GET', '/v1/batches/none/rejects', 'read'],
    ['GET', '/v1/cells', 'read'],
    ['GET', '/v1/shards/none', 'read'],
    ['GET', '/v1/documents/none', 'read'],
    ['POST', '/v1/calibrations', 'plan'],
    ['GET', '/v1/calibrations', 'read'],
    ['GET', '/v1/calibrations/none', 'read'],
    ['GET', '/v1/scores', 'read'],
    ['PUT', '/v1/scores/a@0123456789ab/none', 'plan'],
    ['POST', '/v1/compactions', 'plan'],
    ['GET', '/v1/compactions', 'read'],
    ['POST', '/v1/manifests', 'plan'],
    ['PUT', `/v1/models/${'0'.repeat(64)}`, 'admin'],
    ['GET', '/v1/models', 'read'],
    ['POST', '/v1/activations', 'admin'],
    ['GET', '/v1/activations', 'read'],
  ]

  it.each(ROUTES)('is refused: %s %s', async (method, path, scope) => {
    expect(await call(world, path, { method })).toEqual(problem('no-key', 401, path))
    expect(await call(world, path, { method, key: 'mr_guess' })).toEqual(problem('unknown-key', 401, path))
    const others = SCOPES.filter((own) => own !== scope && own !== 'admin')
    const refused = await call(world, path, { method, key: await keyWith(...others) })
    expect(refused).toEqual(problem('wrong-scope', 403, path))
    expect(refused.body['needed']).toBe(scope)
    const admin = await call(world, path, { method, key: await keyWith('admin') })
    expect([401, 403]).not.toContain(admin.status)
  })

  it('is refused once the key was revoked', async () => {
    const key = await keyWith('read')
    expect((await call(world, '/v1/batches', { key })).status).toBe(200)
    await env.INDEX.prepare('update api_keys set revoked_at_ms = 1 where hash = ?').bind(hashKey(key)).run()
    expect(await call(world, '/v1/batches', { key })).toEqual(problem('unknown-key', 401, '/v1/batches'))
  })

  it.each(['Basic bXI6eA==', 'Bearer', 'mr_test_read'])(
    'is refused with "Authorization: %s"',
    async (authorization) => {
      await keyWith('read')
      const headers = { authorization }
      expect(await call(world, '/v1/batches', { headers })).toEqual(problem('no-key', 401, '/v1/batches'))
    },
  )
})

describe('what is not there', () => {
  it.each(['/', '/v1', '/v1/none', '/v1/batches/none', '/v1/shards/shards/web/en/other/none.parquet'])(
    'is a problem: %s',
    async (path) => {
      const world = await newWorld()
      expect(await call(world, path, { key: await keyWith('read') })).toEqual(problem('not-found', 404, path))
    },
  )

  it.each(['x'.repeat(3000), '%E4%BD%A0'.repeat(400), '0'.repeat(63)])('is no manifest: %.20s', async (id) => {
    const world = await newWorld()
    const key = await keyWith('read', 'plan')
    for (const path of [`/v1/manifests/${id}`, `/v1/manifests/${id}/entries`, `/v1/manifests/${id}/shards`])
      expect((await call(world, path, { key })).status).toBe(404)
    expect((await call(world, `/v1/manifests/${id}/next`, { method: 'POST', key })).status).toBe(404)
  })

  it('keeps the detail of an unexpected failure to itself', async () => {
    const world = await newWorld()
    const key = await keyWith('read')
    const INDEX = {
      prepare(sql: string) {
        if (sql.includes('"batches"')) throw new Error('secret detail')
        return env.INDEX.prepare(sql)
      },
    }
    const answer = await call({ env: { ...world.env, INDEX } as unknown as Env }, '/v1/batches', { key })
    expect(answer).toEqual(problem('internal', 500, '/v1/batches'))
    expect(JSON.stringify(answer)).not.toContain('secret detail')
  })
})

describe('a query', () => {
  it.each([
    ['/v1/cells?language=en', 'known are source, lang, topic'],
    ['/v1/cells?topic=cooking', 'errors'],
    ['/v1/cells?source=blog', 'errors'],
    ['/v1/batches?page=2', 'known are'],
    ['/v1/manifests?after=x', 'known are'],
    ['/v1/manifests?cursor=x', 'expected the cursor of an earlier answer'],
    ['/v1/manifests?cursor=12', 'expected the cursor of an earlier answer'],
    ['/v1/batches?cursor=', 'expected the cursor of an earlier answer'],
    ['/v1/batches?cursor=~b', 'expected the cursor of an earlier answer'],
    ['/v1/batches?state=open&state=sealed', 'there more than once'],
    ['/v1/cells?lang=english', '/lang'],
    ['/v1/batches?limit=0', '/limit'],
    ['/v1/batches?limit=1e9', '/limit'],
  ])('is refused for a name or value that nothing knows: %s', async (path, said) => {
    const world = await newWorld()
    const answer = await call(world, path, { key: await keyWith('read') })
    expect(answer).toMatchObject({ status: 400 })
    expect(JSON.stringify(answer.body)).toContain(said)
  })
})

describe('a sealed corpus', () => {
  let world: World
  let key: string
  let shard: string
  let whole: Uint8Array

  beforeAll(async () => {
    world = await newWorld({ HOLDOUT_SHARE: '0.0000001' })
    key = await keyWith('read')
    await beginBatch(world.bindings, 'batch', [await storeObject('a.warc.gz', warcOf(articles(6)))])
    await drain(world)
    const first = (await snapshot()).rows['shards']?.[0]
    shard = String(first?.['shard'])
    whole = new Uint8Array((await (await env.CORPUS.get(shard))?.arrayBuffer()) ?? [])
    expect(createHash('sha256').update(whole).digest('hex')).toBe(first?.['sha256'])
  })

  const get = async (range: string): Promise<[number, string | null, Uint8Array]> => {
    const response = await send(world, `/v1/shards/${shard}`, { key, headers: { range } })
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(response.headers.get('content-length')).toBe(String(bytes.length))
    return [response.status, response.headers.get('content-range'), bytes]
  }

  it('serves a shard whole, with its hash', async () => {
    const response = await send(world, `/v1/shards/${shard}`, { key })
    expect(response.status).toBe(200)
    expect(response.headers.get('accept-ranges')).toBe('bytes')
    expect(response.headers.get('x-millrace-sha256')).toMatch(/^[0-9a-f]{64}$/)
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(whole)
  })

  it('serves parts of it', async () => {
    const size = whole.length
    expect(await get('bytes=0-3')).toEqual([206, `bytes 0-3/${size}`, whole.slice(0, 4)])
    expect(await get('bytes=100-')).toEqual([206, `bytes 100-${size - 1}/${size}`, whole.slice(100)])
    expect(await get('bytes=-8')).toEqual([206, `bytes ${size - 8}-${size - 1}/${size}`, whole.slice(-8)])
    expect(await get(`bytes=10-${size * 2}`)).toEqual([206, `bytes 10-${size - 1}/${size}`, whole.slice(10)])
    expect(await get('bytes=0-1,4-5')).toEqual([200, null, whole])
  })

  it.each(['bytes=999999999-', 'bytes=-0'])('refuses a range outside of it: %s', async (range) => {
    const path = `/v1/shards/${shard}`
    expect(await call(world, path, { key, headers: { range } })).toEqual(problem('range-not-satisfiable', 416, path))
  })

  it('says so when a shard that the index names is missing from R2', async () => {
    await env.CORPUS.delete(shard)
    const path = `/v1/shards/${shard}`
    const answer = await call(world, path, { key })
    await env.CORPUS.put(shard, whole)
    expect(answer).toEqual(problem('not-found', 404, path))
    expect(answer.body['detail']).toContain('deleted')
  })

  it('shows no shard before its version is published', async () => {
    await env.INDEX.prepare(
      'insert into shards select ?, 99, cell, holdout, sha256, ppl_model, rows, bytes, cuts, histogram, opt_out from shards limit 1',
    )
      .bind('shards/hidden.parquet')
      .run()
    const before = await call(world, '/v1/cells', { key })
    const path = '/v1/shards/shards/hidden.parquet'
    expect(await call(world, path, { key })).toEqual(problem('not-found', 404, path))
    await env.INDEX.prepare("delete from shards where shard = 'shards/hidden.parquet'").run()
    expect(await call(world, '/v1/cells', { key })).toEqual(before)
  })

  it('adds up its documents and bytes by cell and quantile', async () => {
    interface Cell {
      source: string
      lang: string
      topic: string
      quantile: string | null
      documents: number
      bytes: number
    }
    const { status, body } = await call(world, '/v1/cells', { key })
    expect([status, body['indexVersion']]).toEqual([200, 1])
    const cells = body['cells'] as Cell[]
    const sum = (own: readonly Cell[], name: 'documents' | 'bytes') =>
      own.reduce((total, cell) => total + cell[name], 0)
    const rows = (await snapshot()).rows['shards'] ?? []
    const kept = rows.filter(({ holdout }) => holdout === 0)
    expect(sum(cells, 'documents')).toBe(kept.reduce((total, { rows: count }) => total + Number(count), 0))
    expect(sum(cells, 'bytes')).toBe(kept.reduce((total, { bytes }) => total + Number(bytes), 0))
    for (const { quantile } of cells) expect(quantile ?? 'q01').toMatch(/^q(0[1-9]|10)$/)
    const topic = cells[0]?.topic ?? ''
    const filtered = await call(world, `/v1/cells?source=web&topic=${topic}`, { key })
    expect(filtered.body['cells']).toEqual(cells.filter((cell) => cell.topic === topic))
    expect((await call(world, '/v1/cells?source=book', { key })).body['cells']).toEqual([])
  })
})

describe('a corpus without a sealed batch', () => {
  it('has no cells and cannot be calibrated', async () => {
    const world = await newWorld()
    const key = await keyWith('plan', 'read')
    expect((await call(world, '/v1/cells', { key })).body).toMatchObject({ indexVersion: 0, cells: [] })
    expect(await call(world, '/v1/calibrations', { method: 'POST', key })).toEqual(
      problem('nothing-sealed', 409, '/v1/calibrations'),
    )
  })
})
