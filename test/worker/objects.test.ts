import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { call, keyWith, problem, type Answer } from './client.ts'
import { FAULTS, gateWith } from './faults.ts'
import { articles, warcOf } from './pages.ts'
import { drain, newWorld, recover, snapshot, type World } from './world.ts'

const PATH = '/v1/objects/crawl/a.warc.gz'
const KEY = 'crawl/a.warc.gz'
const pages = warcOf(articles(3))
const others = warcOf(articles(3, { from: 3 }))

/** A body that comes in pieces and tells no length. */
const chunked = (bytes: Uint8Array, piece = 700): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += piece) controller.enqueue(bytes.slice(at, at + piece))
      controller.close()
    },
  })

let world: World
let key: string

beforeEach(async () => {
  world = await newWorld()
  key = await keyWith('ingest')
})

const put = (
  body: Uint8Array | ReadableStream,
  { path = PATH, headers = {} }: { path?: string; headers?: Record<string, string> } = {},
) => {
  const length = body instanceof Uint8Array ? { 'content-length': String(body.length) } : {}
  return call(world, path, { method: 'PUT', key, body, headers: { ...length, ...headers } })
}
const stored = async (name = KEY): Promise<Uint8Array | null> => {
  const object = await env.OBJECTS.get(name)
  return object === null ? null : new Uint8Array(await object.arrayBuffer())
}

describe('PUT /v1/objects', () => {
  it('stores the bytes unchanged, joins the open batch and queues the first slice', async () => {
    const { status, body } = await put(pages)
    expect([status, body]).toMatchObject([
      201,
      { key: KEY, size: pages.length, etag: expect.stringMatching(/\w/) as string },
    ])
    expect(await stored()).toEqual(pages)
    expect(world.queue).toMatchObject([{ batch: body['batch'], start: 0 }])
    const second = await put(others, { path: '/v1/objects/crawl/b.warc.gz' })
    expect(second.body['batch']).toBe(body['batch'])
    const other = await put(pages, { path: '/v1/objects/c?source=book' })
    expect(other.body['batch']).not.toBe(body['batch'])
  })

  it.each<[string, () => Uint8Array | ReadableStream]>([
    ['with its length', () => pages],
    ['in pieces of unknown length', () => chunked(pages)],
  ])('may be sent again %s', async (_, body) => {
    const first = await put(body())
    const second = await put(body())
    const third = await put(pages)
    expect(second).toEqual(first)
    expect(third).toEqual(first)
    expect((await snapshot()).rows['objects']).toHaveLength(1)
    await drain(world)
    expect((await snapshot()).rows['slices']).toMatchObject([{ pages: 3 }])
  })

  it('may be sent twice at once', async () => {
    const answers = await Promise.all([put(pages), put(pages), put(chunked(pages))])
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(answers.map(({ body }) => body['batch'])).size).toBe(1)
    expect((await snapshot()).rows['objects']).toHaveLength(1)
  })

  it.each<[string, () => Uint8Array | ReadableStream]>([
    ['with their length', () => others],
    ['in pieces', () => chunked(others)],
    ['that end sooner', () => pages.slice(0, -1)],
  ])('refuses other bytes under the same key %s', async (_, body) => {
    await put(pages)
    expect(await put(body())).toEqual(problem('object-exists', 409, PATH))
    expect(await stored()).toEqual(pages)
  })

  it('lets one of two bodies win that come at once under one key', async () => {
    const answers = await Promise.all([put(pages), put(others)])
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([201, 409])
    const { body } = answers.find(({ status }) => status === 201) ?? {}
    expect((await stored())?.length).toBe(body?.['size'])
    expect((await snapshot()).rows['objects']).toMatchObject([{ etag: body?.['etag'] }])
  })

  it.each([
    ['shorter', pages.length + 10],
    ['longer', pages.length - 10],
  ])('refuses a body %s than its declared length, and stores nothing', async (_, length) => {
    expect(await put(pages, { headers: { 'content-length': String(length) } })).toEqual(
      problem('length-mismatch', 400, PATH),
    )
    expect(await stored()).toBeNull()
    expect(world.queue).toEqual([])
    expect((await put(pages)).status).toBe(201)
  })

  it('refuses more than one request may carry, and names the way for it', async () => {
    const answer = await put(new Uint8Array(10), { headers: { 'content-length': '100000001' } })
    expect(answer).toEqual(problem('body-too-large', 413, PATH))
    expect(answer.body['detail']).toContain('/v1/uploads')
    expect(answer.body['maxBytes']).toBe(100_000_000)
  })

  it('stops a body of unknown length that grows past the limit, and stores nothing', async () => {
    const piece = new Uint8Array(1_000_000)
    let pieces = 0
    const endless = new ReadableStream({
      pull(controller) {
        pieces += 1
        controller.enqueue(piece.slice())
      },
    })
    expect(await put(endless)).toEqual(problem('body-too-large', 413, PATH))
    expect(pieces).toBeLessThan(110)
    expect(await stored()).toBeNull()
  })

  it('joins parts of a large body of unknown length', async () => {
    const large = new Uint8Array(9_000_000).map((_, i) => (i * 7) & 0xff)
    const first = await put(chunked(large, 65_536))
    expect(first).toMatchObject({ status: 201, body: { size: large.length } })
    expect(await put(chunked(large, 100_000))).toEqual(first)
    large[8_999_999] = 1
    expect(await put(chunked(large, 65_536))).toEqual(problem('object-exists', 409, PATH))
  })

  it.each([
    ['a leading slash', '/v1/objects//absolute'],
    ['a control character', '/v1/objects/a%00b'],
    ['the folder of posted pages', '/v1/objects/pages/key_0123456789ab/x.ndjson'],
    ['1,025 bytes', `/v1/objects/${'k'.repeat(1025)}`],
  ])('refuses a key with %s', async (_, path) => {
    expect((await put(pages, { path })).body).toMatchObject({ type: '/problems/invalid-request', status: 400 })
  })

  it.each([
    ['an unknown source', '?source=rumour', 'invalid-request', 400],
    ['an unknown batch', '?batch=none', 'not-found', 404],
  ])('refuses %s', async (_, query, name, status) => {
    expect(await put(pages, { path: `${PATH}${query}` })).toEqual(problem(name, status, PATH))
  })

  it('goes into the batch that is named, as long as it is open', async () => {
    const { body } = await call(world, '/v1/batches', { method: 'POST', key, body: '{"source":"math"}' })
    const batch = String(body['batch'])
    expect((await put(pages, { path: `${PATH}?batch=${batch}` })).body['batch']).toBe(batch)
    await call(world, `/v1/batches/${batch}/close`, { method: 'POST', key })
    const path = '/v1/objects/late'
    expect(await put(others, { path: `${path}?batch=${batch}` })).toEqual(problem('batch-closed', 409, path))
    // What it took before is answered as before.
    expect((await put(pages, { path: `${PATH}?batch=${batch}` })).body['batch']).toBe(batch)
  })

  it('opens another batch when its own was closed, however often that happens', async () => {
    const batches = new Set<unknown>()
    for (const name of ['a', 'b', 'c']) {
      const { body } = await put(name === 'a' ? pages : others.slice(0, 100 + name.charCodeAt(0)), {
        path: `/v1/objects/${name}`,
      })
      batches.add(body['batch'])
      await call(world, `/v1/batches/${String(body['batch'])}/close`, { method: 'POST', key })
    }
    expect(batches.size).toBe(3)
  })
})

describe('a PUT whose request breaks and is sent again', () => {
  it.each(FAULTS)('ends in the same rows and bytes, each write %s in turn', async (fault) => {
    const path = `${PATH}?batch=mine`
    const begin = async (): Promise<void> => {
      world = await newWorld()
      key = await keyWith('ingest')
      await env.INDEX.prepare(
        "insert into batches values ('mine', 'manual', 'o', 'open', 'web', '', 'p', 1000000, 0, 0, null, '{}', '{}')",
      ).run()
    }
    const finish = async () => {
      await call(world, '/v1/batches/mine/close', { method: 'POST', key })
      await recover(world)
      return snapshot()
    }
    const through = (gate: ReturnType<typeof gateWith>): Promise<Answer> =>
      call({ env: world.through(gate) }, path, {
        method: 'PUT',
        key,
        body: pages,
        headers: { 'content-length': String(pages.length) },
      })
    await begin()
    const count = gateWith()
    expect((await through(count)).status).toBe(201)
    const undisturbed = await finish()
    expect(count.writes.length).toBeGreaterThan(2)
    for (let at = 1; at <= count.writes.length; at++) {
      await begin()
      expect((await through(gateWith(fault, at))).status).toBe(500)
      expect((await put(pages, { path })).status).toBe(201)
      expect(await finish(), `${fault} at write ${at}, ${count.writes[at - 1]}`).toEqual(undisturbed)
    }
  })
})
