import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { progressOf } from '../../functions/platform/ledger.ts'
import { call, keyWith, problem, type Answer } from './client.ts'
import { articles, pageOf, urlOf } from './pages.ts'
import { drain, newWorld, snapshot, type World } from './world.ts'

const PATH = '/v1/pages'
const posted = articles(4).map((article) => ({ url: urlOf(article), html: pageOf(article), lang: 'en' }))
const ndjson = (pages: readonly unknown[]): string => pages.map((page) => `${JSON.stringify(page)}\n`).join('')

let world: World
let key: string

beforeEach(async () => {
  world = await newWorld()
  key = await keyWith('ingest', 'read')
})

const post = (body: string, type: string, headers: Record<string, string> = {}, query = ''): Promise<Answer> =>
  call(world, `${PATH}${query}`, {
    method: 'POST',
    key,
    body,
    headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)), ...headers },
  })

const sealed = async (batch: unknown) => {
  await call(world, `/v1/batches/${String(batch)}/close`, { method: 'POST', key })
  await drain(world)
  return (await progressOf(world.bindings, String(batch))).funnel
}

describe('POST /v1/pages', () => {
  it('takes one page as JSON', async () => {
    const { status, body } = await post(JSON.stringify(posted[0]), 'application/json; charset=utf-8')
    expect([status, body]).toMatchObject([202, { lines: 1 }])
    expect(await sealed(body['batch'])).toMatchObject({ pages: 1, candidates: 1, failed: {} })
  })

  it('refuses a field that nobody reads in a page sent alone; a line of a file may have it', async () => {
    const page = { ...posted[0], fetched_at: '2026-01-01T00:00:00Z' }
    const answer = await post(JSON.stringify(page), 'application/json')
    expect(answer).toEqual(problem('invalid-request', 400, PATH))
    expect(JSON.stringify(answer.body['errors'])).toContain('fetched_at')
    expect((await post(ndjson([page]), 'application/x-ndjson')).status).toBe(202)
  })

  it('refuses a page above 16 MiB that is sent alone', async () => {
    const page = JSON.stringify({ url: 'https://huge.example/', html: 'x'.repeat(16 * 1024 * 1024 + 1) })
    expect(await post(page, 'application/json')).toEqual(problem('body-too-large', 413, PATH))
  })

  it('knows the same page again', async () => {
    const first = await post(JSON.stringify(posted[0]), 'application/json')
    expect(await post(JSON.stringify(posted[0]), 'application/json')).toEqual(first)
    expect((await snapshot()).rows['objects']).toHaveLength(1)
  })

  it.each(['application/x-ndjson', 'application/ndjson', 'application/jsonl'])('takes many as %s', async (type) => {
    const { status, body } = await post(ndjson(posted), type)
    expect([status, body]).toMatchObject([202, { lines: posted.length }])
    expect(await sealed(body['batch'])).toMatchObject({ pages: 4, candidates: 4, failed: {} })
  })

  it('takes many as a stream of unknown length', async () => {
    const body = new Blob([ndjson(posted)]).stream()
    const headers = { 'content-type': 'application/x-ndjson' }
    const { body: taken } = await call(world, PATH, { method: 'POST', key, body, headers })
    expect(taken).toMatchObject({ lines: posted.length, size: Buffer.byteLength(ndjson(posted)) })
    expect(await sealed(taken['batch'])).toMatchObject({ pages: 4, candidates: 4 })
  })

  it('counts a last line without its end', async () => {
    expect((await post(ndjson(posted).trimEnd(), 'application/x-ndjson')).body).toMatchObject({ lines: 4 })
  })

  it('names broken lines and keeps those around them', async () => {
    const lines = [posted[0], posted[1]].map((page) => JSON.stringify(page))
    const body = [lines[0], '{"url": "https://a.example/", "html": "<p>cut', '{"html": "no address"}', lines[1]].join(
      '\n',
    )
    const taken = await post(body, 'application/x-ndjson')
    expect(await sealed(taken.body['batch'])).toEqual({
      pages: 4,
      candidates: 2,
      rejected: {},
      failed: { 'broken-line': 1, 'broken-record': 1 },
    })
  })

  it('answers an Idempotency-Key with the same batch, and refuses it with other pages', async () => {
    const headers = { 'idempotency-key': 'upload-7' }
    const first = await post(ndjson(posted), 'application/x-ndjson', headers)
    expect(await post(ndjson(posted), 'application/x-ndjson', headers)).toEqual(first)
    expect(await post(ndjson(posted.slice(1)), 'application/x-ndjson', headers)).toEqual(
      problem('object-exists', 409, PATH),
    )
    expect((await snapshot()).rows['objects']).toHaveLength(1)
    const other = await keyWith('ingest')
    const theirs = await call(world, PATH, {
      method: 'POST',
      key: other,
      body: ndjson(posted.slice(1)),
      headers: { 'content-type': 'application/x-ndjson', ...headers },
    })
    expect(theirs.status).toBe(202)
  })

  it('sets the source of the batch, which a page may set for itself', async () => {
    const pages = [posted[0], { ...posted[1], source: 'qa_forum' }]
    const { body } = await post(ndjson(pages), 'application/x-ndjson', {}, '?source=encyclopedia&lang=en')
    expect((await snapshot()).rows['batches']).toMatchObject([{ source: 'encyclopedia', lang: 'en' }])
    await sealed(body['batch'])
    const cells = (await snapshot()).rows['shards']?.map(({ cell }) => String(cell).split('/')[0])
    expect(cells).toContain('encyclopedia')
  })

  it.each<[string, string, string, string, number]>([
    ['no JSON', '{"url":', 'application/json', 'invalid-request', 400],
    ['neither html nor text', '{"url":"https://a.example/"}', 'application/json', 'invalid-request', 400],
    ['both html and text', '{"url":"u","html":"h","text":"t"}', 'application/json', 'invalid-request', 400],
    ['an unknown source', '{"url":"u","text":"t","source":"rumour"}', 'application/json', 'invalid-request', 400],
    ['HTML as it is', '<p>hello', 'text/html', 'unsupported-type', 415],
  ])('refuses %s', async (_, body, type, name, status) => {
    expect(await post(body, type)).toEqual(problem(name, status, PATH))
    expect((await env.OBJECTS.list()).objects).toEqual([])
  })

  it.each([8, 1 << 16])('refuses a page that is not UTF-8, and says where: behind %i letters', async (count) => {
    const head = `{"url":"https://a.example/","text":"${'中'.repeat(count)}`
    const body = Buffer.concat([Buffer.from(head), Buffer.from([0xe9]), Buffer.from(' au lait"}')])
    const headers = { 'content-type': 'application/json' }
    const answer = await call(world, PATH, { method: 'POST', key, body, headers })
    expect(answer).toMatchObject({ status: 400, body: { offset: Buffer.byteLength(head) } })
    expect(answer.body['detail']).toMatch('0xe9')
    expect((await snapshot()).rows['objects']).toEqual([])
  })

  it('refuses a page as JSON that no isolate could hold, whatever length it declares', async () => {
    const piece = new TextEncoder().encode('x'.repeat(1 << 20))
    let pieces = 0
    const body = new ReadableStream({
      pull(controller) {
        pieces += 1
        controller.enqueue(pieces === 1 ? new TextEncoder().encode('{"url":"u","text":"') : piece.slice())
      },
    })
    const headers = { 'content-type': 'application/json' }
    expect(await call(world, PATH, { method: 'POST', key, body, headers })).toEqual(
      problem('body-too-large', 413, PATH),
    )
    expect(pieces).toBeLessThan(40)
  })

  it('points at the fields that are wrong', async () => {
    const { body } = await post('{"url":"","text":"t","source":"rumour"}', 'application/json')
    expect(body['errors']).toMatchObject([{ pointer: '/url' }, { pointer: '/source' }])
  })

  it('refuses more than one request may carry, and names the way for it', async () => {
    const answer = await post('{}', 'application/x-ndjson', { 'content-length': '100000001' })
    expect(answer).toEqual(problem('body-too-large', 413, PATH))
    expect(answer.body['detail']).toContain('/v1/uploads')
  })
})
