import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { bandsOf } from '../../functions/kernel/bands.ts'
import type { Page } from '../../functions/page.ts'
import { createPipeline } from '../../functions/pipeline.ts'
import { currentVersion, indexLines, shardHistograms } from '../../functions/platform/corpus-index.ts'
import { defaultModels } from '../../functions/platform/models.ts'
import { duplicatePartitions } from '../../functions/platform/duplicate-partitions.ts'
import { r2Store } from '../../functions/platform/r2-store.ts'
import type { DuplicateLine } from '../../functions/seal/duplicate-lines.ts'
import { openParquet } from '../../functions/seal/parquet-file.ts'
import type { Article } from '../support/sample/articles.ts'
import { breakAt } from './give-up.ts'
import { rescoreAll, trainedModel } from './rescore.ts'
import { call, keyWith, problem } from './client.ts'
import { articles, beginBatch, nearCopyOf, pageOf, storeObject, urlOf, warcOf } from './pages.ts'
import { deliver, drain, newWorld, snapshot, type Snapshot, type World } from './world.ts'

const five = articles(5)
const copiesOf = (pages: readonly Article[], ending: string): Article[] => pages.map((page) => nearCopyOf(page, ending))

/** What each object holds: copies of the first four articles lie over all three, one of them twice in one. */
const OBJECTS: Readonly<Record<string, readonly Article[]>> = {
  'a.warc.gz': five,
  'b.warc.gz': [...copiesOf(five.slice(0, 3), 'reprinted'), ...five.slice(3, 4)],
  'c.warc.gz': [
    ...copiesOf(five.slice(0, 2), 'syndicated'),
    ...copiesOf(five.slice(3, 4), 'twice'),
    ...copiesOf(five.slice(3, 4), 'again'),
  ],
}

/** Three batches in the order of `keys`, read by so many consumers at once, each message delivered so many times. */
async function sealedInOrder(
  keys: readonly string[],
  {
    sliceBytes = 1 << 30,
    consumers = 1,
    copies = 1,
  }: { sliceBytes?: number; consumers?: number; copies?: number } = {},
): Promise<Snapshot> {
  const world = await newWorld({ SLICE_BYTES: String(sliceBytes) })
  for (const key of keys) {
    await beginBatch(world.bindings, key, [await storeObject(key, warcOf(OBJECTS[key] ?? []))])
    while (world.queue.length > 0) {
      const messages = world.queue
        .splice(0, consumers)
        .flatMap((message) => Array.from({ length: copies }, () => message))
      await Promise.all(messages.map((message) => deliver(message, world.bindings)))
    }
    expect(await drain(world)).toBe(true)
  }
  return snapshot()
}

const keptBy = ({ rows, corpus }: Snapshot) => ({
  shards: rows['shards'],
  seals: rows['seals'],
  bytes: Object.fromEntries(Object.entries(corpus).filter(([key]) => /^(shards|holdout)\//.test(key))),
})

const sum = ({ rows }: Snapshot, column: string): number =>
  (rows['seals'] ?? []).reduce((total, row) => total + Number(row[column]), 0)

const survivors = (own: Snapshot): number => sum(own, 'kept') + sum(own, 'held_out')

async function linesOf(seal: number): Promise<DuplicateLine[]> {
  const { objects } = await env.CORPUS.list({ prefix: `seals/${String(seal).padStart(8, '0')}/duplicates/` })
  const texts = await Promise.all(objects.map(async ({ key }) => (await env.CORPUS.get(key))?.text() ?? ''))
  return texts.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => JSON.parse(line) as DuplicateLine)
}

describe('near duplicates over three batches', () => {
  const keys = Object.keys(OBJECTS)
  let undisturbed: Snapshot

  beforeAll(async () => {
    undisturbed = await sealedInOrder(keys)
  })

  it('are found in their own batch and in earlier ones, and counted apart from exact ones', () => {
    expect(undisturbed.rows['seals']).toMatchObject([
      { candidates: 5, duplicates: 0, near_duplicates: 0 },
      { candidates: 4, duplicates: 1, near_duplicates: 3 },
      { candidates: 4, duplicates: 0, near_duplicates: 4 },
    ])
    expect(survivors(undisturbed)).toBe(5)
  })

  it.each([
    ['in slices of one page', { sliceBytes: 1 }],
    ['by four consumers at once', { sliceBytes: 1, consumers: 4 }],
    ['by four consumers at once, each message twice', { sliceBytes: 3000, consumers: 4, copies: 2 }],
  ])('leave the same documents when they are read %s', async (_, reading) => {
    expect(keptBy(await sealedInOrder(keys, reading))).toEqual(keptBy(undisturbed))
  })

  it.each([
    [['c.warc.gz', 'b.warc.gz', 'a.warc.gz']],
    [['b.warc.gz', 'c.warc.gz', 'a.warc.gz']],
    [['b.warc.gz', 'a.warc.gz', 'c.warc.gz']],
  ])('leave as many documents in the order %s', async (order) => {
    const other = await sealedInOrder(order)
    expect(survivors(other)).toBe(survivors(undisturbed))
    expect(sum(other, 'duplicates') + sum(other, 'near_duplicates')).toBe(8)
  })

  it('name what they matched and what holds them', async () => {
    await sealedInOrder(keys)
    const lines = [...(await linesOf(2)), ...(await linesOf(3))]
    expect(lines.map(({ match }) => match).sort()).toEqual(['exact', ...Array.from({ length: 7 }, () => 'near')])
    for (const line of lines) {
      expect(line.holder).toMatchObject({ seal: 1, key: 'a.warc.gz' })
      expect(line.matched.id === line.id).toBe(line.match === 'exact')
    }
  })

  it('of a seal that is given up are as if it had never been', async () => {
    const world = await newWorld()
    await beginBatch(world.bindings, 'one', [await storeObject('one.warc.gz', warcOf(copiesOf(five, 'reprinted')))])
    await beginBatch(world.bindings, 'two', [await storeObject('two.warc.gz', warcOf(five))])
    for (const message of world.queue.splice(0)) await deliver(message, world.bindings)
    await breakAt(world, 1, 'ranges.json')
    await drain(world)
    const { rows } = await snapshot()
    expect(rows['seals']).toMatchObject([
      { batch: 'one', state: 'given-up' },
      { batch: 'two', state: 'published', duplicates: 0, near_duplicates: 0 },
    ])
    await call(world, '/v1/batches/one/retry', { method: 'POST', key: await keyWith('ingest') })
    await drain(world)
    expect((await snapshot()).rows['seals']).toMatchObject([
      { number: 2, state: 'published' },
      { number: 3, batch: 'one', state: 'published', candidates: 5, near_duplicates: 5 },
    ])
  })

  it('leave nothing in the index when their seal is taken out', async () => {
    await sealedInOrder(keys)
    const index = duplicatePartitions(env.DUPLICATES)
    const [line] = (await linesOf(3)).filter(({ match }) => match === 'near')
    if (line === undefined) throw new Error('no near duplicate')
    const [holding] = await index.ask([line.id], 3)
    expect(holding).toMatchObject({ size: 1, root: line.holder.id, member: { match: line.matched.id, seal: 3 } })
    await index.release(3)
    await expect(index.ask([line.id], 3)).rejects.toThrow(/never registered/)
    for (const seal of [1, 2]) await index.release(seal)
  })
})

describe('GET /v1/documents/{id}', () => {
  interface Row {
    readonly id: string
    readonly shard: string
    readonly row: number
  }

  /** Every row of every shard and hold-out file. */
  async function rowsOfCorpus(): Promise<Row[]> {
    const { objects } = await env.CORPUS.list()
    const rows: Row[] = []
    for (const { key } of objects.filter((object) => /^(shards|holdout)\//.test(object.key))) {
      const file = await openParquet(r2Store(env.CORPUS), key)
      const ids = await file.read(0, file.rows, ['id'])
      rows.push(...ids.map(({ id }, row) => ({ id: String(id), shard: key, row })))
    }
    return rows
  }

  async function sealedWorld(): Promise<{ world: World; key: string }> {
    const world = await newWorld()
    for (const [key, pages] of Object.entries(OBJECTS)) {
      await beginBatch(world.bindings, key, [await storeObject(key, warcOf(pages))])
      await drain(world)
    }
    return { world, key: await keyWith('read') }
  }

  it('finds the row of every document that is kept or held out', async () => {
    const { world, key } = await sealedWorld()
    const rows = await rowsOfCorpus()
    expect(rows).toHaveLength(5)
    expect(new Set(rows.map(({ shard }) => shard.startsWith('holdout/'))).size).toBeGreaterThan(0)
    for (const { id, shard, row } of rows) {
      const { status, body } = await call(world, `/v1/documents/${id}`, { key })
      const state = shard.startsWith('holdout/') ? 'held-out' : 'kept'
      expect([status, body]).toMatchObject([
        200,
        { id, state, matched: null, holder: { id, state, shard, row, seal: 1 } },
      ])
    }
    const places = await Promise.all(
      rows.map(async ({ id }) => (await call(world, `/v1/documents/${id}`, { key })).body['places']),
    )
    expect(places.map(Number).sort((a, b) => a - b)).toEqual([1, 1, 1, 1, 2])
  })

  it('names what a near duplicate matched, and the row that stands for it', async () => {
    const { world, key } = await sealedWorld()
    const rows = await rowsOfCorpus()
    const lines = [...(await linesOf(2)), ...(await linesOf(3))].filter(({ match }) => match === 'near')
    expect(lines).toHaveLength(7)
    for (const { id, matched, holder } of lines) {
      const { status, body } = await call(world, `/v1/documents/${id}`, { key })
      const row = rows.find((own) => own.id === holder.id)
      expect([status, body]).toMatchObject([
        200,
        { id, state: 'near-duplicate', places: 1, matched, holder: { ...holder, shard: row?.shard, row: row?.row } },
      ])
    }
  })

  it('knows nothing of a batch that is not sealed, nor of what is no id', async () => {
    const { world, key } = await sealedWorld()
    const before = await call(world, `/v1/documents/${'0'.repeat(32)}`, { key })
    expect(before).toEqual(problem('not-found', 404, `/v1/documents/${'0'.repeat(32)}`))
    expect(await call(world, '/v1/documents/none', { key })).toEqual(
      problem('invalid-request', 400, '/v1/documents/none'),
    )
    const id = (await rowsOfCorpus())[0]?.id ?? ''
    await env.INDEX.prepare('delete from index_versions').run()
    expect((await call(world, `/v1/documents/${id}`, { key })).status).toBe(404)
  })
})

describe('a document that joins what earlier batches kept apart', () => {
  /** An article and two that differ from it in a block each: both near it, and not near each other. */
  function chain(): [Article, Article, Article] {
    const pipeline = createPipeline(defaultModels(), { source: 'web', lang: '' })
    const bandsOfArticle = (article: Article): Set<bigint> => {
      const outcome = pipeline.run(pageIn(article), 'object')
      return new Set(outcome.kept && outcome.value.bands !== null ? bandsOf(outcome.value.bands) : [])
    }
    const others = articles(12)
    for (const [i, middle] of others.entries()) {
      const donor = others[(i + 1) % others.length]
      const bands = bandsOfArticle(middle)
      const variants = middle.blocks.flatMap((_, at) => {
        const other = donor?.blocks[at]
        if (other === undefined) return []
        const own = { ...middle, ref: `${middle.ref}-${at}`, blocks: middle.blocks.with(at, other) }
        const ownBands = bandsOfArticle(own)
        return ownBands.isDisjointFrom(bands) ? [] : [{ own, ownBands }]
      })
      for (const one of variants) {
        const two = variants.find(({ ownBands }) => ownBands.size > 0 && ownBands.isDisjointFrom(one.ownBands))
        if (two !== undefined) return [one.own, two.own, middle]
      }
    }
    throw new Error('no article of the sample has two such neighbours')
  }

  const pageIn = (article: Article): Page => ({
    url: urlOf(article),
    body: new TextEncoder().encode(pageOf(article)),
    kind: 'html',
    contentType: 'text/html',
    charset: null,
    status: 200,
    fetchedAt: null,
    source: null,
    lang: null,
    offset: 0,
    index: 0,
  })

  async function sealedOneByOne(order: readonly Article[]): Promise<World> {
    const world = await newWorld({ HOLDOUT_SHARE: '1e-9' })
    for (const [i, article] of order.entries()) {
      await beginBatch(world.bindings, `batch-${i}`, [await storeObject(`${i}.warc.gz`, warcOf([article]))])
      expect(await drain(world)).toBe(true)
    }
    return world
  }

  const rowsOfIndex = async (world: World): Promise<number> => {
    const lines = await indexLines(world.bindings, await currentVersion(world.bindings))
    return lines.reduce((total, { rows, withdrawn = [] }) => total + rows - withdrawn.length, 0)
  }

  it('leaves one row, in every order of the batches', async () => {
    const [one, two, middle] = chain()
    for (const order of [
      [one, two, middle],
      [middle, one, two],
      [one, middle, two],
    ]) {
      expect(await rowsOfIndex(await sealedOneByOne(order))).toBe(1)
    }
  })

  it('takes the other row back: by name, out of the counts of its cell, and for later versions alone', async () => {
    const world = await sealedOneByOne(chain())
    const key = await keyWith('read')
    const { rows } = await snapshot()
    expect(rows['seals']).toMatchObject([
      { kept: 1, withdrawn: 0 },
      { kept: 1, withdrawn: 0 },
      { kept: 0, near_duplicates: 1, withdrawn: 1 },
    ])
    const [gone] = rows['withdrawn_rows'] ?? []
    expect(gone).toMatchObject({ seal: 3, row: 0, before: 0 })
    expect((await call(world, '/v1/batches/batch-2', { key })).body).toMatchObject({ seal: { withdrawn: 1 } })
    const { body } = await call(world, `/v1/documents/${String(gone?.['id'])}`, { key })
    expect(body).toMatchObject({ state: 'near-duplicate', matched: { seal: 3 }, holder: { seal: 1, row: 0 } })
    const histograms = (await shardHistograms(world.bindings, 3)).filter(({ holdout }) => !holdout)
    const documents = histograms.flatMap(({ counts }) => counts.map(([, count]) => count))
    expect(new Set(documents)).toEqual(new Set([0, 1]))
    for (const { counts } of histograms) {
      for (const [, count, bytes, tokens] of counts) expect([bytes > 0, tokens > 0]).toEqual([count > 0, count > 0])
    }
    const before = await indexLines(world.bindings, 2)
    expect(before.map(({ withdrawn }) => withdrawn)).toEqual([undefined, undefined])
  })

  it('takes the row back out of a shard that was sorted anew', async () => {
    const [one, two, middle] = chain()
    const world = await sealedOneByOne([one, two])
    const key = await keyWith('read', 'plan')
    const model = trainedModel()
    expect(await rescoreAll(world, key, model)).toBe(2)
    const order = { method: 'POST', key, body: JSON.stringify({ model: model.id }) }
    expect((await call(world, '/v1/compactions', order)).status).toBe(202)
    expect(await drain(world)).toBe(true)
    const sorted = (await indexLines(world.bindings, 3)).map(({ shard }) => shard)
    await beginBatch(world.bindings, 'middle', [await storeObject('middle.warc.gz', warcOf([middle]))])
    expect(await drain(world)).toBe(true)
    expect(await rowsOfIndex(world)).toBe(1)
    const { rows } = await snapshot()
    const [gone] = rows['withdrawn_rows'] ?? []
    expect(sorted).toContain(gone?.['shard'])
    const file = await openParquet(r2Store(world.bindings.corpus), String(gone?.['shard']))
    const [row] = await file.read(Number(gone?.['row']), Number(gone?.['row']) + 1)
    expect(gone).toMatchObject({
      id: row?.['id'],
      bucket: row?.['bucket'],
      bytes: row?.['bytes'],
      tokens: row?.['pplTokens'],
    })
    const counted = (await shardHistograms(world.bindings, 4)).filter(({ holdout }) => !holdout)
    const documents = counted.flatMap(({ counts }) => counts.map(([, count]) => count))
    expect(documents.reduce((all, count) => all + count, 0)).toBe(1)
  })
})
