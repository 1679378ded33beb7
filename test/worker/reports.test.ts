import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ManifestHead } from '../../schema/manifest.ts'
import { call, keyWith, problem, send, type Answer } from './client.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { drain, newWorld, snapshot, type World } from './world.ts'

const PATH = '/v1/runs/first/reports'
const recipe = {
  name: 'r',
  phases: [{ name: 'only', share: 1, mix: { en: { share: 1, sources: { web: 1 } } } }],
  takeAtMost: 1,
}

describe('a report', () => {
  let world: World
  let key: string
  let head: ManifestHead
  let good: Record<string, unknown>

  const post = (path: string, body: unknown): Promise<Answer> =>
    call(world, path, { method: 'POST', key, body: typeof body === 'string' ? body : JSON.stringify(body) })

  beforeAll(async () => {
    world = await newWorld({ HOLDOUT_SHARE: '0.3' })
    key = await keyWith('plan', 'train', 'read')
    await beginBatch(world.bindings, 'batch', [await storeObject('a.warc.gz', warcOf(articles(16)))])
    await drain(world)
    const planned = await post('/v1/manifests', { recipe, run: 'first' })
    expect(planned.status).toBe(201)
    head = planned.body as unknown as ManifestHead
    good = {
      format: 'millrace-report/1',
      run: 'first',
      round: 1,
      kind: 'before',
      step: 0,
      tokens: 0,
      manifest: head.id,
      plan: 'a'.repeat(64),
      tokenizer: head.tokenTable.tokenizer.sha256,
      holdout: head.holdout.version,
      checkpoint: null,
      engine: 'test',
      worldSize: 1,
      topics: head.holdout.files.slice(0, 1).map(({ cell, take }) => {
        const [, lang, topic] = cell.split('/')
        return { lang, topic, nllSum: 9, tokens: 3, bytes: 12, docs: take, change: null }
      }),
      cells: [],
      unread: [],
    }
    expect(good['topics']).toHaveLength(1)
  })

  it.each<[string, object]>([
    ['of another round', { round: 2 }],
    ['of a topic that nothing was held out of', { topics: [{ ...topicOf(), topic: 'cooking' }] }],
    ['with a sum below nothing', { topics: [{ ...topicOf(), nllSum: -9 }] }],
    ['of rows that the manifest does not have', { unread: [{ shard: 'shards/x.parquet', rowStart: 0, rowEnd: 1 }] }],
    ['with a name that nobody reads', { topic: [] }],
    ['of another run', { run: 'second' }],
    ['of another hold-out', { holdout: 'none' }],
  ])('is refused %s, and not kept', async (_, other) => {
    expect(await post(PATH, { ...good, ...other })).toEqual(problem('invalid-request', 400, PATH))
    expect((await snapshot()).rows['reports']).toEqual([])
  })

  function topicOf() {
    return { lang: 'en', topic: 'law-policy', nllSum: 9, tokens: 3, bytes: 12, docs: 1, change: null }
  }

  it('shares its manifest with a filter that knows its phases', async () => {
    const path = `/v1/manifests/${head.id}/entries`
    expect(await call(world, `${path}?phase=other`, { key })).toEqual(problem('invalid-request', 400, path))
    expect((await send(world, `${path}?phase=only`, { key })).status).toBe(200)
  })

  it('is refused with a sum that is no number', async () => {
    const text = JSON.stringify(good).replace('"nllSum":9', '"nllSum":1e999')
    expect(await post(PATH, text)).toEqual(problem('invalid-request', 400, PATH))
  })

  it('is not found for a manifest that is not there', async () => {
    expect(await post(PATH, { ...good, manifest: 'b'.repeat(64) })).toEqual(problem('not-found', 404, PATH))
  })

  it('is taken once, and refused with other figures', async () => {
    expect(await post(PATH, good)).toMatchObject({ status: 201, body: { report: 'first:0:before' } })
    expect(await post(PATH, good)).toMatchObject({ status: 201 })
    expect(await post(PATH, { ...good, tokens: 1 })).toEqual(problem('conflict', 409, PATH))
    expect((await call(world, PATH, { key })).body).toEqual({ reports: [good] })
  })
})

it('lists manifests page by page, none twice and none left out, those of one moment too', async () => {
  const world = await newWorld({ HOLDOUT_SHARE: '0.0000001' })
  const key = await keyWith('plan', 'read')
  await beginBatch(world.bindings, 'batch', [await storeObject('a.warc.gz', warcOf(articles(6)))])
  await drain(world)
  const ids: string[] = []
  for (let seed = 0; seed < 5; seed++) {
    const { body } = await call(world, '/v1/manifests', { method: 'POST', key, body: JSON.stringify({ recipe, seed }) })
    ids.push(String(body['id']))
  }
  await env.INDEX.prepare('update manifests set created_at_ms = 7').run()
  const seen: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const next = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { body } = await call(world, `/v1/manifests?limit=2${next}`, { key })
    seen.push(...(body['manifests'] as { id: string }[]).map(({ id }) => id))
    cursor = body['cursor'] as string | null
  }
  expect(seen.sort()).toEqual(ids.sort())
})
