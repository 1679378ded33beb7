import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { ApiError, createClient, escapeKey } from '../../../cli/client.ts'
import { fakeServer } from './fake-server.ts'

const key = 'mr_test'

describe('createClient', () => {
  it('sends the key, the query without what is undefined, and JSON', async () => {
    await using server = await fakeServer(() => ({ status: 201, body: { batch: 'b-1' } }))
    const client = createClient({ url: `${server.url}/`, key })
    const query = { source: 'web', lang: undefined }
    expect(await client.json('POST', '/v1/batches', { query, json: { lang: 'zh' } })).toEqual({ batch: 'b-1' })
    expect(server.asked).toMatchObject([{ method: 'POST', path: '/v1/batches', query: { source: 'web' } }])
    expect(server.asked[0]?.headers).toMatchObject({
      authorization: 'Bearer mr_test',
      'content-type': 'application/json',
    })
    expect(server.asked[0]?.body.toString()).toBe('{"lang":"zh"}')
  })

  it.each([
    ['a failing server', { status: 500, body: 'no' }],
    ['a busy server', { status: 429, headers: { 'retry-after': '1' } }],
    ['a lost connection', { cut: true }],
  ] as const)('tries again after %s, with the same body and the same Idempotency-Key', async (_, failure) => {
    await using server = await fakeServer((_asked, count) => (count < 3 ? failure : { body: { ok: true } }))
    const client = createClient({ url: server.url, key, waitScale: 0 })
    expect(await client.json('POST', '/v1/pages', { body: new Blob(['{"url":"u"}\n']) })).toEqual({ ok: true })
    expect(server.asked.map(({ body }) => body.toString())).toEqual(Array(3).fill('{"url":"u"}\n'))
    expect(new Set(server.asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
  })

  it('tells a problem in the words of the server, at once, as a mistake of the caller', async () => {
    const problem = {
      type: '/problems/invalid-request',
      title: 'The request does not have the expected shape',
      status: 400,
      detail: 'see errors.',
      errors: [{ pointer: '/source', detail: 'no such source' }],
    }
    const headers = { 'content-type': 'application/problem+json' }
    await using server = await fakeServer(() => ({ status: 400, headers, body: problem }))
    const error: unknown = await createClient({ url: server.url, key })
      .call('GET', '/v1/cells')
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      message: '400 The request does not have the expected shape: see errors.\n  /source: no such source',
      problem: 'invalid-request',
      exitCode: 2,
      body: problem,
    })
    expect(server.asked).toHaveLength(1)
  })

  it('gives up with the last answer, or with the cause', async () => {
    await using server = await fakeServer(() => ({ status: 503, body: 'overloaded' }))
    const failing = createClient({ url: server.url, key, waitScale: 0 })
    await expect(failing.call('GET', '/v1/cells')).rejects.toThrow('503 GET /v1/cells: overloaded')
    expect(server.asked).toHaveLength(6)
    const nobody = createClient({ url: 'http://127.0.0.1:1', key, waitScale: 0 })
    await expect(nobody.call('GET', '/')).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1 cannot be reached: /)
  })

  it('streams the lines of an NDJSON answer', async () => {
    await using server = await fakeServer(() => ({ body: '{"a":"中"}\n\n{"b":2}' }))
    const lines = await Array.fromAsync(createClient({ url: server.url, key }).lines('GET', '/v1/manifests/m/entries'))
    expect(lines).toEqual(['{"a":"中"}', '{"b":2}'])
  })

  it('refuses what is no address', () => expect(() => createClient({ url: 'localhost:8787', key })).toThrow(UsageError))
})

describe('escapeKey', () => {
  it('keeps the slashes only', () => expect(escapeKey('ab/中 文?#.warc')).toBe('ab/%E4%B8%AD%20%E6%96%87%3F%23.warc'))
})
