import { beforeEach, describe, expect, it } from 'vitest'
import { gzipped, joined, response } from '../unit/read/warc-fixture.ts'
import { call, keyWith, problem } from './client.ts'
import { articles, beginBatch, emptyPage, members, storeObject } from './pages.ts'
import { drain, newWorld, type World } from './world.ts'

interface List {
  readonly rejects: readonly Readonly<Record<string, unknown>>[]
  readonly cursor: string | null
}

let world: World
let key: string

beforeEach(async () => {
  world = await newWorld({ SLICE_BYTES: '2000' })
  key = await keyWith('read')
})

const read = async (query = ''): Promise<List> =>
  (await call(world, `/v1/batches/b/rejects${query}`, { key })).body as unknown as List

async function all(limit: number): Promise<List['rejects']> {
  const seen: List['rejects'][number][] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await read(`?limit=${limit}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
    expect(page.rejects.length).toBeLessThanOrEqual(limit)
    seen.push(...page.rejects)
    cursor = page.cursor
  }
  return seen
}

describe('the rejects of a batch', () => {
  const urls = Array.from({ length: 30 }, (_, i) => `https://empty.example/${i}`)

  beforeEach(async () => {
    const empty = urls.map(emptyPage)
    const first = joined(...members(articles(2)), ...empty.slice(0, 20), new Uint8Array([1, 2, 3, 4]))
    const second = joined(gzipped(response('https://short.example/', '<p>Short.')), ...empty.slice(20))
    await beginBatch(world.bindings, 'b', [
      await storeObject('1.warc.gz', first),
      await storeObject('2.warc.gz', second),
    ])
    await drain(world)
  })

  it('has each page that was turned away or failed, with its object and place, as the funnel counts them', async () => {
    const { rejects, cursor } = await read('?limit=1000')
    expect(cursor).toBeNull()
    const empty = rejects.filter((one) => one['rejected'] === 'empty')
    expect(empty.map(({ url }) => String(url)).sort()).toEqual([...urls].sort())
    expect(new Set(empty.map((one) => one['key']))).toEqual(new Set(['1.warc.gz', '2.warc.gz']))
    const failed = rejects.filter((one) => one['failed'] !== undefined)
    expect(failed).toMatchObject([{ key: '1.warc.gz', failed: 'trailing-garbage', url: null }])
    const { funnel } = (await call(world, '/v1/batches/b', { key })).body as {
      funnel: { rejected: Record<string, number>; failed: Record<string, number> }
    }
    const counts = [...Object.values(funnel.rejected), ...Object.values(funnel.failed)]
    expect(rejects).toHaveLength(counts.reduce((sum, count) => sum + count, 0))
    expect(rejects).toHaveLength(32)
  })

  it.each([1, 7, 16, 32])('is the same list read %i at a time', async (limit) => {
    expect(await all(limit)).toEqual((await read('?limit=1000')).rejects)
  })

  it.each(['x', '0'.repeat(64), `${'0'.repeat(64)}/0~0`, `../${'0'.repeat(64)}/${'0'.repeat(16)}~0`])(
    'refuses a cursor that is none of its own: %s',
    async (cursor) => {
      const answer = await call(world, `/v1/batches/b/rejects?cursor=${encodeURIComponent(cursor)}`, { key })
      expect(answer).toEqual(problem('invalid-request', 400, '/v1/batches/b/rejects'))
    },
  )

  it('is not found where there is no such batch', async () => {
    const path = '/v1/batches/none/rejects'
    expect(await call(world, path, { key })).toEqual(problem('not-found', 404, path))
  })
})

it('names pages that were posted alone by their URL', async () => {
  const ingest = await keyWith('ingest', 'read')
  const urls = ['https://a.example/', 'https://b.example/']
  let batch = ''
  for (const url of urls) {
    const page = { method: 'POST', body: JSON.stringify({ url, html: '<p>Short.' }), key: ingest }
    const { body } = await call(world, '/v1/pages', { ...page, headers: { 'content-type': 'application/json' } })
    batch = String(body['batch'])
  }
  await call(world, `/v1/batches/${batch}/close`, { method: 'POST', key: ingest })
  await drain(world)
  const { body } = await call(world, `/v1/batches/${batch}/rejects`, { key })
  const { rejects } = body as unknown as List
  const places = rejects.map(({ key: object, url }) => `${String(object)} ${String(url)}`)
  expect(places.sort()).toEqual(urls.map((url) => `null ${url}`))
})
