import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { PART_BYTES } from '../../functions/platform/r2-store.ts'
import { call, keyWith, problem, type Answer } from './client.ts'
import { newWorld, snapshot, type World } from './world.ts'

/** A little over one part. */
const file = new Uint8Array(PART_BYTES + 1000).map((_, i) => (i * 31) & 0xff)

let world: World
let key: string

beforeEach(async () => {
  world = await newWorld()
  key = await keyWith('ingest')
})

const post = (path: string, body: unknown): Promise<Answer> =>
  call(world, path, { method: 'POST', key, body: JSON.stringify(body) })

const part = (path: string, bytes: Uint8Array): Promise<Answer> =>
  call(world, path, { method: 'PUT', key, body: bytes })

async function begin(name: string): Promise<string> {
  const { status, body } = await post('/v1/uploads', { key: name, source: 'book', lang: 'zh' })
  expect([status, body]).toMatchObject([201, { partBytes: PART_BYTES }])
  return `/v1/uploads/${String(body['upload'])}`
}

async function sendParts(upload: string): Promise<unknown[]> {
  const first = await part(`${upload}/parts/1`, file.subarray(0, PART_BYTES))
  const second = await part(`${upload}/parts/2`, file.subarray(PART_BYTES))
  return [first.body, second.body]
}

describe('a file sent in parts', () => {
  it('is one object in the batch of its source', async () => {
    const upload = await begin('big.warc')
    const parts = await sendParts(upload)
    expect(await env.OBJECTS.head('big.warc')).toBeNull()
    const done = await post(`${upload}/complete`, { parts })
    expect(done).toMatchObject({ status: 201, body: { key: 'big.warc', size: file.length } })
    const object = await env.OBJECTS.get('big.warc')
    expect(Buffer.compare(Buffer.from((await object?.arrayBuffer()) ?? []), Buffer.from(file))).toBe(0)
    expect((await snapshot()).rows['batches']).toMatchObject([{ source: 'book', lang: 'zh' }])
    expect(world.queue).toMatchObject([{ batch: done.body['batch'], start: 0 }])
  })

  it('may be completed again, and its parts sent again before', async () => {
    const upload = await begin('big.warc')
    await sendParts(upload)
    const parts = await sendParts(upload)
    const first = await post(`${upload}/complete`, { parts })
    expect(await post(`${upload}/complete`, { parts })).toEqual(first)
    expect((await snapshot()).rows['objects']).toHaveLength(1)
  })

  it('may be sent whole under the same key afterwards', async () => {
    const upload = await begin('big.warc')
    const first = await post(`${upload}/complete`, { parts: await sendParts(upload) })
    const again = await part('/v1/objects/big.warc', file)
    expect(again).toEqual(first)
  })

  it('never overwrites an object that was stored in the meantime', async () => {
    const upload = await begin('big.warc')
    const parts = await sendParts(upload)
    expect((await part('/v1/objects/big.warc', file.subarray(0, 10))).status).toBe(201)
    const path = `${upload}/complete`
    expect(await post(path, { parts })).toEqual(problem('object-exists', 409, path))
    expect((await env.OBJECTS.head('big.warc'))?.size).toBe(10)
    expect((await snapshot()).rows['objects']).toHaveLength(1)
  })

  it('is the object that is there when its bytes are the same, in the batch that is named', async () => {
    const upload = await begin('big.warc')
    const first = await post(`${upload}/complete`, { parts: await sendParts(upload) })
    const same = await begin('big.warc')
    const parts = await sendParts(same)
    expect(await post(`${same}/complete`, { parts })).toEqual(first)
    const { body } = await post('/v1/batches', { source: 'book', lang: 'zh' })
    const other = await post('/v1/uploads', { key: 'big.warc', batch: body['batch'] })
    const path = `/v1/uploads/${String(other.body['upload'])}`
    const done = await post(`${path}/complete`, { parts: await sendParts(path) })
    expect(done.body).toEqual({ ...first.body, batch: body['batch'] })
    expect((await call(world, same, { method: 'DELETE', key })).status).toBe(204)
    expect((await env.OBJECTS.head('big.warc'))?.size).toBe(file.length)
  })

  it('is refused under a key that holds other bytes, in the part that differs', async () => {
    await post('/v1/uploads', { key: 'taken' })
    expect((await part('/v1/objects/taken', file)).status).toBe(201)
    const path = await begin('taken')
    const other = file.slice()
    other[PART_BYTES + 7] = (file[PART_BYTES + 7] ?? 0) ^ 1
    expect((await part(`${path}/parts/1`, other.subarray(0, PART_BYTES))).status).toBe(200)
    for (const [number, bytes] of [
      [2, other.subarray(PART_BYTES)],
      [2, file.subarray(PART_BYTES, PART_BYTES + 5)],
      [1, file.subarray(0, 5)],
      [3, file.subarray(0, 5)],
      [2, new Uint8Array(0)],
    ] as const) {
      const at = `${path}/parts/${number}`
      expect(await part(at, bytes)).toEqual(problem('object-exists', 409, at))
    }
  })

  it.each([[[1]], [[2, 1]], [[1, 1]], [[1, 2, 2]], [[2]]])(
    'is not taken as the same before every part was sent, once and in order: %j',
    async (numbers) => {
      expect((await part('/v1/objects/there', file)).status).toBe(201)
      const path = await begin('there')
      const sent = (await sendParts(path)) as { part: number }[]
      const parts = numbers.map((number) => sent.find((one) => one.part === number))
      const at = `${path}/complete`
      expect(await post(at, { parts })).toEqual(problem('invalid-request', 400, at))
      expect(await post(at, { parts: sent })).toMatchObject({ status: 201 })
    },
  )

  it('is refused with a name that nobody reads', async () => {
    expect(await post('/v1/uploads', { key: 'a', sorce: 'book' })).toEqual(
      problem('invalid-request', 400, '/v1/uploads'),
    )
  })

  it('is refused for a batch that is not there, or is of another source', async () => {
    const path = '/v1/uploads'
    expect(await post(path, { key: 'a', batch: 'none' })).toEqual(problem('not-found', 404, path))
    const { body } = await post('/v1/batches', { source: 'book' })
    expect(await post(path, { key: 'a', batch: body['batch'], source: 'web' })).toEqual(problem('conflict', 409, path))
  })

  it.each([
    ['a leading slash', '/absolute'],
    ['a line break', 'a\nb'],
    ['more than 1,024 bytes', '中'.repeat(342)],
  ])('is refused under a key with %s', async (_, name) => {
    expect(await post('/v1/uploads', { key: name })).toEqual(problem('invalid-request', 400, '/v1/uploads'))
  })

  it('is refused when its parts are not those that were sent', async () => {
    const upload = await begin('big.warc')
    await sendParts(upload)
    const path = `${upload}/complete`
    expect(await post(path, { parts: [{ part: 1, etag: 'none' }] })).toEqual(problem('invalid-request', 400, path))
    expect(await post(path, { parts: [] })).toEqual(problem('invalid-request', 400, path))
    expect(await env.OBJECTS.head('big.warc')).toBeNull()
  })

  it.each([[[2]], [[2, 1]], [[1, 1]], [[1, 3]]])('loses no part that is left out: %j', async (numbers) => {
    const upload = await begin('big.warc')
    const sent = (await sendParts(upload)) as { part: number; etag: string }[]
    const parts = numbers.map((number) => ({ ...(sent[number - 1] ?? sent[1]), part: number }))
    const path = `${upload}/complete`
    expect(await post(path, { parts })).toEqual(problem('invalid-request', 400, path))
    expect(await env.OBJECTS.head('big.warc')).toBeNull()
    expect(await post(path, { parts: sent })).toMatchObject({ status: 201, body: { size: file.length } })
  })

  it('is held against its size where that was said', async () => {
    const { body } = await post('/v1/uploads', { key: 'big.warc', size: file.length })
    const upload = `/v1/uploads/${String(body['upload'])}`
    const parts = (await sendParts(upload)) as { part: number }[]
    for (const [number, bytes] of [
      [1, file.subarray(1, PART_BYTES)],
      [2, file.subarray(PART_BYTES, PART_BYTES + 999)],
      [3, file.subarray(0, 1)],
    ] as const) {
      const at = `${upload}/parts/${number}`
      expect(await part(at, bytes)).toEqual(problem('length-mismatch', 400, at))
    }
    const end = `${upload}/complete`
    expect(await post(end, { parts: parts.slice(0, 1) })).toEqual(problem('invalid-request', 400, end))
    expect(await post(end, { parts })).toMatchObject({ status: 201, body: { size: file.length } })
    const other = await post('/v1/uploads', { key: 'big.warc', size: file.length + 1 })
    expect(other).toEqual(problem('object-exists', 409, '/v1/uploads'))
  })

  it.each([0, 10_001, 999_999_999])('is refused in a part numbered %i', async (number) => {
    const path = `${await begin('big.warc')}/parts/${number}`
    expect(await part(path, file.subarray(0, 10))).toEqual(problem('invalid-request', 400, path))
  })

  it('is refused in parts that are too large', async () => {
    const upload = await begin('big.warc')
    const path = `${upload}/parts/1`
    expect(await part(path, file)).toEqual(problem('body-too-large', 413, path))
  })

  it.each(['nonsense', Buffer.from('{"key":"a"}').toString('base64url')])('is not found as %s', async (token) => {
    const path = `/v1/uploads/${token}/parts/1`
    expect(await part(path, file.subarray(0, 9))).toEqual(problem('not-found', 404, path))
  })

  it('can be given up', async () => {
    const upload = await begin('big.warc')
    const parts = await sendParts(upload)
    expect((await call(world, upload, { method: 'DELETE', key })).status).toBe(204)
    const end = `${upload}/complete`
    expect(await post(end, { parts })).toEqual(problem('not-found', 404, end))
    const at = `${upload}/parts/1`
    expect(await part(at, file.subarray(0, 10))).toEqual(problem('not-found', 404, at))
    expect(await env.OBJECTS.head('big.warc')).toBeNull()
  })
})
