import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { joined } from '../unit/read/warc-fixture.ts'
import { call, keyWith, problem } from './client.ts'
import { articles, beginBatch, emptyPage, members, storeObject } from './pages.ts'
import { drain, newWorld, type World } from './world.ts'

let world: World
let key: string

beforeEach(async () => {
  world = await newWorld()
  key = await keyWith('ingest', 'read')
})

const show = async (batch: string): Promise<Record<string, unknown>> =>
  (await call(world, `/v1/batches/${batch}`, { key })).body

describe('a batch', () => {
  it('shows its progress and, once sealed, where every page went', async () => {
    const pages = members(articles(3))
    const first = joined(...pages, emptyPage('https://empty.example/'))
    const second = joined(...pages.slice(2), new Uint8Array([1, 2, 3, 4]))
    const objects = [await storeObject('1.warc.gz', first), await storeObject('2.warc.gz', second)]
    await beginBatch(world.bindings, 'b', objects)
    expect(await show('b')).toMatchObject({
      state: 'closed',
      objects: { all: 2, read: 0, bytes: first.length + second.length },
      funnel: { pages: 0, candidates: 0, kept: null, duplicates: null, heldOut: null, rejected: {}, failed: {} },
      seal: null,
      parked: [],
    })
    await drain(world)
    const sealed = await show('b')
    expect(sealed).toMatchObject({
      state: 'sealed',
      objects: { all: 2, read: 2 },
      slices: 2,
      funnel: {
        pages: 6,
        candidates: 4,
        duplicates: 1,
        rejected: { empty: 1 },
        failed: { 'trailing-garbage': 1 },
      },
      seal: { number: 1, state: 'published', cause: null },
    })
    const funnel = sealed['funnel'] as { kept: number; heldOut: number }
    expect(funnel.kept + funnel.heldOut).toBe(3)
  })

  it('is opened once for an Idempotency-Key', async () => {
    const open = () =>
      call(world, '/v1/batches', { method: 'POST', key, body: '{}', headers: { 'idempotency-key': 'k' } })
    const first = await open()
    expect(first.status).toBe(201)
    expect((await open()).body).toEqual(first.body)
    const other = await call(world, '/v1/batches', { method: 'POST', key, body: '{}' })
    expect(other.body['batch']).not.toBe(first.body['batch'])
  })

  it.each(['a/b c', 'k'.repeat(2000)])('has an id that fits an address and a key, whatever names it', async (name) => {
    const headers = { 'idempotency-key': name }
    const { body } = await call(world, '/v1/batches', { method: 'POST', key, body: '{}', headers })
    expect(body['batch']).toMatch(/^b-[0-9a-f]{32}$/)
    expect(await show(String(body['batch']))).toMatchObject({ state: 'open' })
  })

  it('is refused when its Idempotency-Key came with something else', async () => {
    const open = (about: object) =>
      call(world, '/v1/batches', {
        method: 'POST',
        key,
        body: JSON.stringify(about),
        headers: { 'idempotency-key': 'k' },
      })
    expect((await open({ source: 'book' })).status).toBe(201)
    for (const other of [{}, { source: 'book', lang: 'zh' }, { source: 'book', textColumn: 'body' }])
      expect(await open(other)).toEqual(problem('conflict', 409, '/v1/batches'))
    expect((await open({ source: 'book', lang: '' })).status).toBe(201)
  })

  it('is not opened with a name that nobody reads', async () => {
    const answer = await call(world, '/v1/batches', { method: 'POST', key, body: '{"sources": "book"}' })
    expect(answer).toEqual(problem('invalid-request', 400, '/v1/batches'))
    expect(JSON.stringify(answer.body['errors'])).toContain('sources')
  })

  it('refuses what it was not opened with, before a byte is stored', async () => {
    const { body } = await call(world, '/v1/batches', { method: 'POST', key, body: '{"source": "book", "lang": "zh"}' })
    const put = (query: string) =>
      call(world, `/v1/objects/a.txt?batch=${String(body['batch'])}${query}`, { method: 'PUT', key, body: 'text' })
    for (const query of ['&source=web', '&lang=en', '&textColumn=body'])
      expect(await put(query)).toEqual(problem('conflict', 409, '/v1/objects/a.txt'))
    expect(await env.OBJECTS.head('a.txt')).toBeNull()
    for (const query of ['', '&source=book&lang=zh']) expect((await put(query)).status).toBe(201)
  })

  it('may be closed again', async () => {
    const { body } = await call(world, '/v1/batches', { method: 'POST', key, body: '{}' })
    const path = `/v1/batches/${String(body['batch'])}/close`
    const first = await call(world, path, { method: 'POST', key })
    expect(first).toMatchObject({ status: 200, body: { state: 'closed' } })
    await drain(world)
    expect(await call(world, path, { method: 'POST', key })).toMatchObject({ body: { state: 'sealed' } })
  })

  it('is not found under another name', async () => {
    const path = '/v1/batches/none/close'
    expect(await call(world, path, { method: 'POST', key })).toEqual(problem('not-found', 404, path))
  })

  it('is listed with all others, page by page, none twice and none left out', async () => {
    for (let i = 0; i < 7; i++) await beginBatch(world.bindings, `b${i}`, [])
    // Those of one moment too.
    await env.INDEX.prepare("update batches set created_at_ms = 1 + (id > 'b4')").run()
    const seen: string[] = []
    let cursor: unknown = null
    do {
      const query = typeof cursor === 'string' ? `&cursor=${encodeURIComponent(cursor)}` : ''
      const { body } = await call(world, `/v1/batches?limit=2${query}`, { key })
      seen.push(...(body['batches'] as { batch: string }[]).map(({ batch }) => batch))
      cursor = body['cursor']
    } while (cursor !== null)
    expect(seen.sort()).toEqual(['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6'])
  })

  it.each(['limit=0', 'limit=201', 'limit=x', 'state=lost'])('refuses the query %s', async (query) => {
    expect(await call(world, `/v1/batches?${query}`, { key })).toEqual(problem('invalid-request', 400, '/v1/batches'))
  })
})
