import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FrozenCalibration } from '../../schema/calibration.ts'
import type { IndexLine } from '../../schema/shard.ts'
import { sweep } from '../../functions/ingest/ingest.cron.ts'
import { bucketOf } from '../../functions/perplexity/bucket.ts'
import type { NgramModel } from '../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../functions/perplexity/score.ts'
import { currentVersion, indexLines } from '../../functions/platform/corpus-index.ts'
import { r2Store } from '../../functions/platform/r2-store.ts'
import { openParquet, rowsOf } from '../../functions/seal/parquet-file.ts'
import type { Row } from '../../functions/seal/row-schema.ts'
import { readScores } from '../../functions/seal/scores-file.ts'
import { runSeal } from '../../functions/seal/seal.workflow.ts'
import { call, keyWith, problem } from './client.ts'
import { breakAt } from './give-up.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { rescoreAll, scoresFor, scoresPath, toScore, trainedModel } from './rescore.ts'
import { deliver, drain, newWorld, snapshot, type World } from './world.ts'

async function rowsIn(lines: readonly IndexLine[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const { shard } of lines) {
    const file = await openParquet(r2Store(env.CORPUS), shard)
    for await (const row of rowsOf(file, 0, file.rows)) rows.push(row)
  }
  return rows
}

/** What compactions of these numbers have left. */
async function scratch(...numbers: number[]): Promise<string[]> {
  const { objects } = await env.CORPUS.list({ prefix: 'seals/' })
  const prefixes = numbers.map((number) => `seals/${String(number).padStart(8, '0')}/`)
  return objects.map(({ key }) => key).filter((key) => prefixes.some((prefix) => key.startsWith(prefix)))
}

/** Takes all rows of a cell back, as a seal does whose documents join their clusters to others. */
async function withdrawAll(lines: readonly IndexLine[], seal: number): Promise<void> {
  const insert = env.INDEX.prepare(
    'insert into withdrawn_rows (seal, shard, row, id, bucket, before, bytes, tokens) values (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  for (const line of lines) {
    let before = 0
    for (const [number, { id, bucket, bytes, pplTokens }] of (await rowsIn([line])).entries()) {
      await insert.bind(seal, line.shard, number, id, bucket, before, bytes, pplTokens).run()
      before += bytes
    }
  }
}

const isKept = ({ holdout }: IndexLine): boolean => holdout !== true

describe('a new perplexity model over a sealed corpus', () => {
  let world: World
  let key: string
  let model: NgramModel
  let before: IndexLine[]
  let third: NgramModel

  const post = (path: string, json: unknown) => call(world, path, { method: 'POST', key, body: JSON.stringify(json) })
  const recipe = (quantiles?: number[]) => ({
    name: 'web',
    phases: [{ name: 'all', share: 1, mix: { en: { share: 1, sources: { web: 1 } } } }],
    shortfall: 'shrink',
    ...(quantiles ? { quantiles } : {}),
  })
  const calibrated = async (models: string[]): Promise<FrozenCalibration> => {
    const { status, body } = await post('/v1/calibrations', { models })
    expect(status).toBe(201)
    return body as unknown as FrozenCalibration
  }

  beforeAll(async () => {
    world = await newWorld({ HOLDOUT_SHARE: '0.1' })
    key = await keyWith('plan', 'read')
    model = trainedModel()
    third = { ...model, id: model.id.replace(/^second@/, 'third@') }
    await beginBatch(world.bindings, 'one', [await storeObject('a.warc.gz', warcOf(articles(12)))])
    await drain(world)
    const more = [...articles(12, { from: 12 }), ...articles(6, { lang: 'zh' })]
    await beginBatch(world.bindings, 'two', [await storeObject('b.warc.gz', warcOf(more))])
    await drain(world)
    before = await indexLines(world.bindings, 2)
  })

  it('is told which shards it has not scored', async () => {
    const own = before.filter((line) => isKept(line) && line.cell.split('/')[1] === 'en')
    const listed = await toScore(world, key, model)
    expect(listed).toEqual(
      own.map(({ shard, sha256, cell, rows, bytes }) => ({ shard, sha256, cell, rows, bytes, scored: false })),
    )
    expect(await post('/v1/compactions', { model: model.id })).toEqual(problem('not-scored', 422, '/v1/compactions'))
  })

  it('has its scores taken once, where they are those of the shard', async () => {
    const [line, other] = await toScore(world, key, model)
    if (line === undefined || other === undefined) throw new Error('the corpus has one shard')
    const path = scoresPath(line, model)
    const put = (body: Uint8Array<ArrayBuffer>, to = path) => call(world, to, { method: 'PUT', key, body })
    const scores = await scoresFor(world, key, { line, model })
    const damaged = scores.map((byte, i) => (i === scores.length - 20 ? byte ^ 1 : byte))
    for (const body of [
      damaged,
      scores.slice(0, -40),
      new Uint8Array(0),
      await scoresFor(world, key, { line: other, model }),
    ]) {
      expect(await put(body)).toEqual(problem('invalid-request', 400, path))
    }
    const another = path.replace(model.id, 'second@0123456789ab')
    expect((await put(scores, another)).body['detail']).toMatch(/has the model second@.*, expected second@0123456789ab/)
    expect((await put(scores, path.replace(model.id, 'second'))).body['detail']).toContain('is no id of a model')
    const native = before.find(({ shard }) => shard === line.shard)?.pplModel ?? ''
    expect((await put(scores, path.replace(model.id, native))).body['detail']).toContain(`is sorted by ${native}`)
    const holdout = before.find((own) => !isKept(own))?.shard ?? ''
    expect((await put(scores, `/v1/scores/${model.id}/${holdout}`)).status).toBe(404)
    expect((await snapshot()).rows['shard_scores']).toEqual([])

    const first = await put(scores)
    expect(first).toMatchObject({ status: 200, body: { shard: line.shard, pplModel: model.id } })
    const lost = String(first.body['scores'])
    await env.CORPUS.delete(lost)
    expect(await put(scores)).toEqual(first)
    expect((await env.CORPUS.head(lost))?.size).toBe(scores.length)
    expect((await toScore(world, key, model)).filter(({ scored }) => scored)).toHaveLength(1)
    const refused = await post('/v1/compactions', { model: model.id })
    expect(refused).toEqual(problem('not-scored', 422, '/v1/compactions'))
    expect(JSON.stringify(refused.body['cells'])).toContain(other.cell)
  })

  it('is calibrated by its scores, while the planner names what is not sorted by them', async () => {
    expect(await rescoreAll(world, key, model)).toBeGreaterThan(1)
    expect(await rescoreAll(world, key, model)).toBe(0)
    expect(await post('/v1/calibrations', {})).toEqual(problem('mixed-models', 422, '/v1/calibrations'))
    const { id, made } = await calibrated([model.id])
    expect(made.figures[0]).toMatchObject({ key: 'en', pplModel: model.id, notScored: { documents: 0 } })
    const expected = new Map<number | null, number>()
    for (const { text } of await rowsIn(before.filter((line) => isKept(line) && line.cell.startsWith('web/en/')))) {
      const { ppl } = scorePerplexity(model, text)
      const bucket = ppl === null ? null : bucketOf(ppl)
      expected.set(bucket, (expected.get(bucket) ?? 0) + 1)
    }
    expect(new Map(made.figures[0]?.histogram.map(([bucket, documents]) => [bucket, documents]))).toEqual(expected)
    const refused = await post('/v1/manifests', { recipe: recipe([1, 2]), calibration: id })
    expect(refused).toEqual(problem('calibration', 422, '/v1/manifests'))
    const cells = refused.body['cells'] as { cell: string; shards: number; scored: number }[]
    expect(cells.map(({ cell }) => cell)).toEqual(
      [
        ...new Set(before.filter((line) => isKept(line) && line.cell.startsWith('web/en/')).map(({ cell }) => cell)),
      ].sort(),
    )
    for (const { shards, scored } of cells) expect(scored).toBe(shards)
    expect(refused.body['detail']).toContain('scored, to be compacted')
  })

  it('sorts the corpus, as a seal among seals, and changes nothing else', async () => {
    const manifest = await post('/v1/manifests', { recipe: recipe(), run: 'old' })
    expect(manifest.status).toBe(201)
    const ordered = await post('/v1/compactions', { model: model.id })
    expect(ordered).toMatchObject({ status: 202, body: { seal: 3, model: model.id, state: 'waiting', dropped: [] } })
    expect(await post('/v1/compactions', { model: model.id })).toEqual(ordered)
    expect(await drain(world)).toBe(true)
    expect(await currentVersion(world.bindings)).toBe(3)
    const done = await snapshot()
    // Other engines that come late, at once: the same.
    await Promise.all([1, 2].map(() => runSeal(world.bindings, 3, (_, work) => work())))
    expect(await snapshot()).toEqual(done)
    expect(await scratch(3)).toEqual([])
    const { body } = await call(world, '/v1/compactions', { key })
    expect(body['compactions']).toEqual([{ seal: 3, model: model.id, state: 'published', cause: null }])

    const after = await indexLines(world.bindings, 3)
    const isSorted = (line: IndexLine): boolean => isKept(line) && line.cell.split('/')[1] === 'en'
    const told = (row: Row) => {
      const { ppl, tokens } = scorePerplexity(model, row.text)
      return { ...row, ppl, pplTokens: tokens, bucket: ppl === null ? null : bucketOf(ppl), pplModel: model.id }
    }
    const byId = (rows: readonly { id: string }[]) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const expected = byId((await rowsIn(before.filter(isSorted))).map(told))
    const found = await rowsIn(after.filter(isSorted))
    expect(byId(found)).toEqual(expected)
    expect(after.filter((line) => !isSorted(line))).toEqual(before.filter((line) => !isSorted(line)))
    expect(await indexLines(world.bindings, 2)).toMatchObject(before)
    expect(after.flatMap(({ replaces = [] }) => replaces).toSorted()).toEqual(
      before
        .filter(isSorted)
        .map(({ shard }) => shard)
        .toSorted(),
    )
    // The index of before is what it was: the same manifest again.
    const again = await post('/v1/manifests', { recipe: recipe(), run: 'old', indexVersion: 2 })
    expect(again.body['id']).toBe(manifest.body['id'])
  })

  it('then reads quantiles by the new borders, and finds each document where it stands', async () => {
    const { id, borders } = await calibrated([])
    const planned = await post('/v1/manifests', { recipe: recipe([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), calibration: id })
    expect(planned.status).toBe(201)
    const entries = await call(world, `/v1/manifests/${String(planned.body['id'])}`, { key })
    expect(entries.body['calibration']).toEqual({ id, borders })
    const { body: cells } = await call(world, `/v1/cells?calibration=${id}`, { key })
    expect(cells['notScored']).toEqual([])
    for (const line of (await indexLines(world.bindings, 3)).filter(isKept)) {
      for (const [number, row] of (await rowsIn([line])).entries()) {
        const { body } = await call(world, `/v1/documents/${row.id}`, { key })
        expect(body['holder']).toMatchObject({ cell: line.cell, shard: line.shard, row: number })
      }
    }
  })

  it('has nothing more to sort until a batch is scored by another model again, and keeps what a third one says', async () => {
    expect(await post('/v1/compactions', { model: model.id })).toEqual(problem('not-scored', 422, '/v1/compactions'))
    await beginBatch(world.bindings, 'three', [await storeObject('c.warc.gz', warcOf(articles(4, { from: 24 })))])
    await drain(world)
    expect(await rescoreAll(world, key, model)).toBeGreaterThan(0)
    const english = async (version: number) =>
      (await indexLines(world.bindings, version)).filter((line) => isKept(line) && line.cell.startsWith('web/en/'))
    const old = await english(4)
    expect(await rescoreAll(world, key, third)).toBe(old.length)
    const gone = old[0]?.cell ?? ''
    await withdrawAll(
      old.filter(({ cell }) => cell === gone),
      4,
    )
    expect(await post('/v1/compactions', { model: model.id })).toMatchObject({ status: 202, body: { seal: 5 } })
    // Two engines from the beginning: one may find what it needs deleted by the other, which has published.
    await Promise.allSettled([1, 2].map(() => runSeal(world.bindings, 5, (_, work) => work())))
    expect(await drain(world)).toBe(true)
    expect(await scratch(5)).toEqual([])
    const lines = await english(5)
    expect(new Set(lines.map(({ pplModel }) => pplModel))).toEqual(new Set([model.id]))
    const cells = [...new Set(old.map(({ cell }) => cell))]
    expect([...new Set(lines.map(({ cell }) => cell))]).toEqual(cells.filter((cell) => cell !== gone))
    for (const line of lines) {
      const [own] = line.scores ?? []
      expect(own?.pplModel).toBe(third.id)
      const expected = (await rowsIn([line])).map(({ text }) => {
        const { ppl, tokens } = scorePerplexity(third, text)
        return { ppl, pplTokens: tokens, bucket: ppl === null ? null : bucketOf(ppl) }
      })
      expect(own && (await readScores(r2Store(env.CORPUS), line, own))).toEqual(expected)
    }
    expect((await toScore(world, key, third)).every(({ scored }) => scored)).toBe(true)
    expect(await post('/v1/compactions', { model: model.id })).toEqual(problem('not-scored', 422, '/v1/compactions'))
    const replaced = lines.flatMap(({ replaces = [] }) => replaces)
    expect(replaced).toEqual(
      expect.arrayContaining(
        before
          .filter((line) => isKept(line) && line.cell.startsWith('web/en/') && line.cell !== gone)
          .map(({ shard }) => shard),
      ),
    )
  })

  it('gives up with its cause where a batch came between that is not scored, and is ordered anew', async () => {
    await beginBatch(world.bindings, 'four', [await storeObject('d.warc.gz', warcOf(articles(4, { from: 28 })))])
    for (let message = world.queue.shift(); message !== undefined; message = world.queue.shift()) {
      expect(await deliver(message, world.bindings)).toBe(true)
    }
    // The seal of the batch waits, and is before it.
    expect(await post('/v1/compactions', { model: third.id })).toMatchObject({ body: { seal: 7, state: 'waiting' } })
    for (let minute = 0; minute < 6; minute++) {
      await drain(world)
      await sweep(world.bindings, Date.now())
    }
    const { body } = await call(world, '/v1/compactions', { key })
    const [given] = body['compactions'] as { state: string; cause: string }[]
    expect(given).toMatchObject({
      seal: 7,
      state: 'given-up',
      cause: expect.stringContaining('broke 5 times') as string,
    })
    expect(await currentVersion(world.bindings)).toBe(6)
    await rescoreAll(world, key, third)
    expect(await post('/v1/compactions', { model: third.id })).toMatchObject({ status: 202, body: { seal: 8 } })
    await breakAt(world, 8, 'sorted/plan.json')
    expect(await scratch(8)).toEqual([])
    expect(await post('/v1/compactions', { model: third.id })).toMatchObject({ status: 202, body: { seal: 9 } })
    expect(await drain(world)).toBe(true)
    const lines = (await indexLines(world.bindings, 7)).filter(
      (line) => isKept(line) && line.cell.startsWith('web/en/'),
    )
    expect(new Set(lines.map(({ pplModel }) => pplModel))).toEqual(new Set([third.id]))
  })
})
