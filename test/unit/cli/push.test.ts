import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../../cli/client.ts'
import { pushCommand, pushFile, untilSealed } from '../../../cli/push.ts'
import { fakeServer, type Answer, type Asked } from './fake-server.ts'

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, at) => (at * 37) % 251))
const sha256 = createHash('sha256').update(bytes).digest('hex')
const taken = { batch: 'b-1', key: 'k', etag: 'e', size: bytes.length }
const view = (state: string, rest: object = {}) => ({
  batch: 'b-1',
  state,
  objects: { all: 1, read: state === 'sealed' ? 1 : 0 },
  funnel: { pages: 3, kept: 2 },
  seal: null,
  parked: [],
  ...rest,
})

let folder = ''
let file = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-push-'))
  file = path.join(folder, 'crawl 1.warc')
  await writeFile(file, bytes)
})
afterAll(() => rm(folder, { recursive: true }))

describe('pushFile', () => {
  it('sends a file in one request, named by its content, with its length', async () => {
    await using server = await fakeServer(() => ({ status: 201, body: taken }))
    const client = createClient({ url: server.url, key: 'mr_test' })
    expect(await pushFile(client, file, { batch: 'b-1', source: 'book' })).toEqual(taken)
    const [asked] = server.asked
    expect(asked).toMatchObject({ method: 'PUT', query: { batch: 'b-1', source: 'book' } })
    expect(asked?.path).toBe(`/v1/objects/${sha256.slice(0, 16)}/crawl%201.warc`)
    expect(asked?.headers['content-length']).toBe('1000')
    expect(asked?.body.equals(bytes)).toBe(true)
  })

  it.each([17, 256, 333, 500, 999])(
    'joins parts of %i bytes into the file, in order, whatever fails once',
    async (partBytes) => {
      const parts = new Map<number, Buffer>()
      const failed = new Set<string>()
      const answer = ({ path: at, body }: Asked): Answer => {
        if (at === '/v1/uploads') return { status: 201, body: { upload: 'u/1', partBytes } }
        const part = Number(/^\/v1\/uploads\/u%2F1\/parts\/(\d+)$/.exec(at)?.[1])
        if (part % 5 === 2 && !failed.has(at)) {
          failed.add(at)
          return { status: 500, body: 'once' }
        }
        if (part > 0) {
          parts.set(part, body)
          return { body: { part, etag: `e${part}` } }
        }
        return { status: 201, body: taken }
      }
      await using server = await fakeServer(answer)
      const client = createClient({ url: server.url, key: 'mr_test', waitScale: 0 })
      let sent = 0
      const onBytes = (count: number) => (sent += count)
      expect(await pushFile(client, file, { batch: 'b-1' }, { oneRequestBytes: 999, onBytes })).toEqual(taken)
      const count = Math.ceil(bytes.length / partBytes)
      const order = Array.from({ length: count }, (_, at) => at + 1)
      expect(Buffer.concat(order.map((part) => parts.get(part) ?? Buffer.alloc(0))).equals(bytes)).toBe(true)
      const complete: unknown = JSON.parse(server.asked.at(-1)?.body.toString() ?? '')
      expect(complete).toEqual({ parts: order.map((part) => ({ part, etag: `e${part}` })) })
      expect(sent).toBe(bytes.length)
    },
  )
})

describe('untilSealed', () => {
  it('polls until the batch is sealed', async () => {
    await using server = await fakeServer((_, count) => ({ body: view(count < 3 ? 'closed' : 'sealed') }))
    expect(await untilSealed(createClient({ url: server.url, key: 'k' }), 'b-1', 1)).toMatchObject({
      funnel: { kept: 2 },
    })
    expect(server.asked).toHaveLength(3)
  })

  it.each([
    ['a parked message', { parked: [{ message: '{"start":0}', cause: 'etag changed' }] }, /etag changed/],
    [
      'a seal that was given up',
      { seal: { state: 'given-up', cause: 'no candidates' } },
      /could not be sealed: no candidates/,
    ],
  ])('stops at %s', async (_, rest, message) => {
    await using server = await fakeServer(() => ({ body: view('closed', rest) }))
    await expect(untilSealed(createClient({ url: server.url, key: 'k' }), 'b-1', 1)).rejects.toThrow(message)
  })
})

describe('pushCommand', () => {
  it('opens one batch for all files, closes it, waits, and prints the funnel', async () => {
    await using server = await fakeServer(({ method, path: at }) => {
      if (method === 'PUT') return { status: 201, body: taken }
      if (at === '/v1/batches') return { status: 201, body: { batch: 'b-1' } }
      return { body: view(method === 'POST' ? 'closed' : 'sealed') }
    })
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const code = await pushCommand([file, file, '--to', server.url, '--key', 'k', '--source', 'math', '--wait'])
    const printed = log.mock.calls.flat()
    log.mockRestore()
    expect(code).toBe(0)
    expect(printed).toEqual(['{"batch":"b-1","pages":3,"kept":2}'])
    expect(server.asked.map(({ method, path: at }) => `${method} ${at.split('/').slice(0, 5).join('/')}`)).toEqual([
      'POST /v1/batches',
      `PUT /v1/objects/${sha256.slice(0, 16)}/crawl%201.warc`,
      `PUT /v1/objects/${sha256.slice(0, 16)}/crawl%201.warc`,
      'POST /v1/batches/b-1/close',
      'GET /v1/batches/b-1',
    ])
    expect(server.asked[0]?.body.toString()).toBe('{"source":"math"}')
  })

  it('goes on behind a file that is on the server already', async () => {
    const headers = { 'content-type': 'application/problem+json' }
    const there = { status: 409, headers, body: { type: '/problems/object-exists', title: 'There', detail: 'k' } }
    await using server = await fakeServer(({ method }, count) =>
      method === 'PUT' ? (count === 2 ? there : { status: 201, body: taken }) : { status: 201, body: { batch: 'b-1' } },
    )
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const warn = vi.spyOn(console, 'error').mockImplementation(() => {})
    const code = await pushCommand([file, file, '--to', server.url, '--key', 'k'])
    const printed = [log.mock.calls.flat(), warn.mock.calls.flat()]
    log.mockRestore()
    warn.mockRestore()
    expect(code).toBe(0)
    expect(printed).toEqual([
      [JSON.stringify(taken)],
      [expect.stringContaining('crawl 1.warc is on the server already'), expect.stringContaining('Batch b-1 is open')],
    ])
  })

  it('refuses an unknown source before anything is sent', async () => {
    await expect(pushCommand([file, '--to', 'http://x', '--key', 'k', '--source', 'blog'])).rejects.toThrow(
      /no source "blog"/,
    )
  })
})
