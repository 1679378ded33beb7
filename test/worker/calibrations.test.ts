import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { FrozenCalibration } from '../../schema/calibration.ts'
import type { ManifestHead } from '../../schema/manifest.ts'
import { bucketSums } from '../../functions/kernel/histogram.ts'
import { calibrationId } from '../../functions/perplexity/freeze.ts'
import { currentVersion, shardHistograms } from '../../functions/platform/corpus-index.ts'
import { r2Store } from '../../functions/platform/r2-store.ts'
import { openParquet, rowsOf } from '../../functions/seal/parquet-file.ts'
import { call, keyWith, problem } from './client.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { drain, newWorld, type World } from './world.ts'

interface Cell {
  lang: string
  quantile: string | null
  documents: number
  tokens: number
}

describe('calibrations of a sealed corpus', () => {
  let world: World
  let key: string

  const post = (json: unknown) => call(world, '/v1/calibrations', { method: 'POST', key, body: JSON.stringify(json) })
  const frozen = async (json: unknown): Promise<FrozenCalibration> => {
    const { status, body } = await post(json)
    expect(status).toBe(201)
    return FrozenCalibration.parse(body)
  }
  const cells = async (query = ''): Promise<Cell[]> =>
    (await call(world, `/v1/cells${query}`, { key })).body['cells'] as Cell[]

  beforeAll(async () => {
    world = await newWorld({ HOLDOUT_SHARE: '0.1' })
    key = await keyWith('plan', 'read')
    await beginBatch(world.bindings, 'batch-1', [await storeObject('a.warc.gz', warcOf(articles(24)))])
    await drain(world)
    const more = [...articles(16, { from: 24 }), ...articles(16, { lang: 'zh' })]
    await beginBatch(world.bindings, 'batch-2', [await storeObject('b.warc.gz', warcOf(more))])
    await drain(world)
    expect(await currentVersion(world.bindings)).toBe(2)
  })

  it('hold what the rows of all shards add up to, by bucket', async () => {
    const { made } = await frozen({})
    expect(made).toMatchObject({ source: 'web', by: 'language', index: { version: 2 }, tooFew: [] })
    expect(made.figures.map(({ key: own }) => own)).toEqual(['en', 'zh'])
    const shards = (await shardHistograms(world.bindings, 2)).filter(({ holdout }) => !holdout)
    for (const { key: lang, histogram } of made.figures) {
      const sums = bucketSums()
      for (const { shard } of shards.filter(({ cell }) => cell.startsWith(`web/${lang}/`))) {
        const file = await openParquet(r2Store(env.CORPUS), shard)
        for await (const row of rowsOf(file, 0, file.rows)) sums.addRow(row)
      }
      expect(histogram).toEqual(sums.counts())
    }
  })

  it('are named by what they are: the same again, of an empty body and of an older version', async () => {
    const first = await post({})
    const calibration = FrozenCalibration.parse(first.body)
    expect(calibration.id).toBe(calibrationId(calibration))
    expect(await post({})).toEqual(first)
    expect(await call(world, '/v1/calibrations', { method: 'POST', key })).toEqual(first)
    expect(await call(world, `/v1/calibrations/${calibration.id}`, { key })).toMatchObject({
      status: 200,
      body: first.body,
    })
    const older = await frozen({ indexVersion: 1 })
    expect(older.id).not.toBe(calibration.id)
    expect(Object.keys(older.borders)).toEqual(['en'])
    const [own] = older.made.figures
    const [now] = calibration.made.figures
    const documents = (figures: typeof own) => figures?.histogram.reduce((sum, [, count]) => sum + count, 0) ?? 0
    expect(documents(own)).toBeLessThan(documents(now))
  })

  it('name the index version that a manifest over it names', async () => {
    const { made } = await frozen({})
    const share = { name: 'all', share: 1, mix: { en: { share: 1, sources: { web: 1 } } } }
    const order = { recipe: { name: 'all', phases: [share], shortfall: 'shrink' } }
    const { status, body } = await call(world, '/v1/manifests', { method: 'POST', key, body: JSON.stringify(order) })
    expect(status).toBe(201)
    const head = body as unknown as ManifestHead
    expect(head.index).toEqual(made.index)
    expect(Object.keys(head.calibration)).toEqual(['id', 'borders'])
  })

  it('cut the corpus anew, with nothing written but themselves', async () => {
    const { made, id } = await frozen({})
    const before = (await env.CORPUS.list()).objects.map(({ key: name, etag }) => [name, etag])
    const older = await frozen({ indexVersion: 1, by: 'topic' })
    for (const calibration of [made, older.made]) {
      const named = calibration === made ? id : older.id
      const own = await cells(`?calibration=${named}&lang=en&source=web`)
      const [figures] = (await frozen({})).made.figures
      expect(own.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(
        figures?.histogram.reduce((sum, [, , , tokens]) => sum + tokens, 0),
      )
      if (calibration !== made) continue
      for (const [i, { documents, tokens }] of (figures?.quantiles ?? []).entries()) {
        const quantile = own.filter((cell) => cell.quantile === `q${String(i + 1).padStart(2, '0')}`)
        expect(quantile.reduce((sum, cell) => sum + cell.documents, 0)).toBe(documents)
        expect(quantile.reduce((sum, cell) => sum + cell.tokens, 0)).toBe(tokens)
      }
    }
    expect((await env.CORPUS.list()).objects.map(({ key: name, etag }) => [name, etag])).toEqual(before)
  })

  it('leave topics of few documents to the borders of their language, by name', async () => {
    const { borders, made } = await frozen({ by: 'topic' })
    expect(Object.keys(borders)).toEqual(['en', 'zh'])
    const names = new Set(
      (await shardHistograms(world.bindings, 2)).filter(({ holdout }) => !holdout).map(({ cell }) => cell),
    )
    expect(made.tooFew.map((few) => `web/${few.key}`)).toEqual([...names].sort())
  })

  it('are listed without their figures, the newest first', async () => {
    const { id, borders } = await frozen({ by: 'topic' })
    const { body } = await call(world, '/v1/calibrations', { key })
    const listed = body['calibrations'] as { id: string }[]
    expect(listed).toContainEqual({ id, borders, indexVersion: 2, by: 'topic', source: 'web' })
    expect(JSON.stringify(body)).not.toContain('histogram')
    expect(new Set(listed.map((one) => one.id)).size).toBe(listed.length)
    const shipped = await call(world, `/v1/calibrations/${listed.at(-1)?.id ?? ''}`, { key })
    expect(calibrationId(FrozenCalibration.parse(shipped.body))).toBe(listed.at(-1)?.id)
  })

  it('are refused with what was found and what is there', async () => {
    const path = '/v1/calibrations'
    const unknown = await post({ models: ['other@0123456789ab'] })
    expect(unknown).toEqual(problem('calibration', 422, path))
    expect(unknown.body['detail']).toMatch(/scored by other@0123456789ab; those that did: \S+@[0-9a-f]{12}, \S+/)
    const book = await post({ source: 'book' })
    expect(book).toEqual(problem('calibration', 422, path))
    expect(book.body['detail']).toMatch(/No document of source book/)
    expect(await post({ indexVersion: 3 })).toEqual(problem('not-found', 404, path))
    expect(await post({ by: 'site' })).toEqual(problem('invalid-request', 400, path))
    expect(await post({ quantiles: 20 })).toEqual(problem('invalid-request', 400, path))
    const none = await call(world, '/v1/cells?calibration=cal-none', { key })
    expect(none).toEqual(problem('not-found', 404, '/v1/cells'))
  })

  it('name the cells that another model scored, whose documents are in no quantile', async () => {
    const { id, made } = await frozen({})
    const model = made.figures.find((own) => own.key === 'zh')?.pplModel ?? ''
    const rename = (from: string, to: string) =>
      env.INDEX.prepare('update shards set ppl_model = ? where ppl_model = ? and seal = 2').bind(to, from).run()
    await rename(model, 'older@0')
    const { body } = await call(world, `/v1/cells?calibration=${id}`, { key })
    const mine = (body['cells'] as Cell[]).filter(({ lang }) => lang === 'zh')
    expect(new Set(mine.map(({ quantile }) => quantile))).toEqual(new Set([null]))
    const strangers = body['notScored'] as { cell: string; pplModel: string; documents: number }[]
    expect(strangers.length).toBeGreaterThan(0)
    expect(new Set(strangers.map(({ pplModel }) => pplModel))).toEqual(new Set(['older@0']))
    expect(strangers.reduce((sum, { documents }) => sum + documents, 0)).toBe(
      mine.reduce((sum, { documents }) => sum + documents, 0),
    )
    await rename('older@0', model)
  })

  it('are refused over shards that were sealed before tokens were counted', async () => {
    const before = await env.INDEX.prepare('select shard, histogram from shards').all<{
      shard: string
      histogram: string
    }>()
    await env.INDEX.prepare(`update shards set histogram = '[[60,1,10]]' where seal = 1 and holdout = 0`).run()
    const refused = await post({})
    const restore = env.INDEX.prepare('update shards set histogram = ? where shard = ?')
    await env.INDEX.batch(before.results.map((row) => restore.bind(row.histogram, row.shard)))
    expect(refused).toEqual(problem('calibration', 422, '/v1/calibrations'))
    expect(refused.body['cells']).toContainEqual(expect.stringMatching(/^web\/en\//))
    expect((await post({})).status).toBe(201)
  })
})
