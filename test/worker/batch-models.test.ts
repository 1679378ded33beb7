/** The models of a batch: those that were active when it began, loaded once, and never scored with when something is wrong. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { openBatch } from '../../functions/platform/batches.ts'
import { WORKER_MODEL_BYTES } from '../../functions/models/slots.ts'
import { readBindings } from '../../functions/platform/bindings.ts'
import { defaultModels, modelsFor } from '../../functions/platform/models.ts'
import { pipelineVersion } from '../../functions/pipeline.ts'
import type { ChosenModels, Slot } from '../../schema/models.ts'
import { ngramFile, topicFile, topicsFastText } from '../support/small-models.ts'
import { call, type Answer } from './client.ts'
import { gateWith } from './faults.ts'
import { activate, admin, openWorld, push, pushed, sha256Of, world } from './model-client.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { drain } from './world.ts'

beforeEach(openWorld)

/** The bucket, where `before` comes before each object that is read. */
const bucketAsked = (before: (key: string) => Promise<void>): R2Bucket =>
  new Proxy(env.CORPUS, {
    get: (bucket, name) =>
      name === 'get'
        ? async (key: string, options?: R2GetOptions) => {
            await before(key)
            return bucket.get(key, options)
          }
        : (Reflect.get(bucket, name) as unknown as () => void).bind(bucket),
  })

describe('a batch', () => {
  const rows = async <T>(sql: string): Promise<T[]> => (await env.INDEX.prepare(sql).all<T>()).results
  const begin = async (id: string, bindings = world.bindings): Promise<void> =>
    beginBatch(bindings, id, [await storeObject(`${id}.warc.gz`, warcOf(articles(3, { from: id === 'old' ? 0 : 6 })))])
  const pplModels = async (batch: string): Promise<(string | null)[]> =>
    (
      await rows<{ model: string | null }>(
        `select distinct shards.ppl_model as model from shards join seals on seals.number = shards.seal where batch = '${batch}'`,
      )
    ).map(({ model }) => model)

  it('is read with the models that it was opened with, whatever is activated meanwhile', async () => {
    const ngram = await pushed(ngramFile({ name: 'activated' }))
    const topic = await pushed(topicFile({ topic: 'law-policy' }))
    await begin('old')
    const answer = await activate({ 'ngram/en': ngram, 'topic/en': topic })
    await begin('new')
    expect(await drain(world)).toBe(true)
    expect(await pplModels('old')).toEqual([defaultModels().ngram['en']?.id])
    expect(await pplModels('new')).toEqual([ngram])
    const cells = await rows<{ cell: string; batch: string }>(
      'select distinct cell, batch from shards join seals on seals.number = shards.seal order by batch, cell',
    )
    expect(cells.filter(({ batch }) => batch === 'new')).toEqual([{ batch: 'new', cell: 'web/en/law-policy' }])
    const views = await Promise.all(['old', 'new'].map((id) => call(world, `/v1/batches/${id}`, { key: admin })))
    expect(views.map(({ body }) => [body['state'], body['models']])).toEqual([
      ['sealed', {}],
      ['sealed', { 'topic/en': topic, 'ngram/en': ngram }],
    ])
    expect(await rows('select distinct batch, pipeline from slices order by batch desc')).toEqual([
      { batch: 'old', pipeline: pipelineVersion(defaultModels()) },
      { batch: 'new', pipeline: answer.body['pipeline'] },
    ])
  })

  it('that takes whatever comes is closed by an activation, and the next one has the new models', async () => {
    const page = (n: number): Promise<Answer> =>
      call(world, '/v1/pages', {
        method: 'POST',
        key: admin,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ url: `https://example.org/${n}`, text: `page ${n}` }),
      })
    const first = await page(1)
    await activate({ 'topic/en': await pushed(topicFile()) })
    const second = await page(2)
    expect(second.body['batch']).not.toBe(first.body['batch'])
    expect(await rows('select state from batches order by created_at_ms')).toEqual([
      { state: 'closed' },
      { state: 'open' },
    ])
  })

  it('scores topics by a fastText model', async () => {
    const id = await pushed(topicsFastText({ isQuantised: true }), '?name=labels')
    expect((await activate({ 'topic/en': id })).status).toBe(201)
    await begin('new')
    expect(await drain(world)).toBe(true)
    const [view] = await rows<{ kept: number }>('select kept from seals')
    expect(view?.kept).toBeGreaterThan(0)
    expect((await rows<{ cell: string }>('select cell from shards'))[0]?.cell).toMatch(/^web\/en\//)
  })

  it('loads each model once for all of its slices', async () => {
    const bytes = ngramFile({ name: 'once' })
    await activate({ 'ngram/en': await pushed(bytes) })
    const gets: string[] = []
    const corpus = bucketAsked(async (key) => void gets.push(key))
    const bindings = { ...readBindings(world.through(gateWith())), corpus }
    const slices = { ...bindings, settings: { ...bindings.settings, sliceBytes: 1 } }
    await begin('old', slices)
    expect(await drain(world, { bindings: slices })).toBe(true)
    expect((await rows('select 1 from slices')).length).toBe(3)
    expect(gets.filter((key) => key.startsWith('models/'))).toEqual([`models/${sha256Of(bytes)}`])
  })

  it('has its own models where others are loaded while it waits for them', async () => {
    const chosenOf = async (slot: Slot, bytes: Uint8Array): Promise<ChosenModels> => ({
      [slot]: { id: await pushed(bytes), sha256: sha256Of(bytes) },
    })
    const other = await chosenOf('ngram/en', ngramFile({ name: 'other' }))
    const ngram = ngramFile({ name: 'mine' })
    const chosen = { ...(await chosenOf('topic/en', topicFile())), ...(await chosenOf('ngram/en', ngram)) }
    const corpus = bucketAsked(async (key) => {
      if (key !== `models/${sha256Of(ngram)}`) return
      const models = await modelsFor(world.bindings, other)
      expect(models.ngram['en']?.id).toBe(other['ngram/en']?.id)
    })
    const models = await modelsFor({ ...world.bindings, corpus }, chosen)
    expect([models.topic['en']?.id, models.ngram['en']?.id]).toEqual([chosen['topic/en']?.id, chosen['ngram/en']?.id])
  })

  it.each<[string, (bytes: Uint8Array) => Promise<unknown>, RegExp]>([
    [
      'deleted',
      (bytes) => env.CORPUS.delete(`models/${sha256Of(bytes)}`),
      /there is no object models\/.*it was deleted/,
    ],
    [
      'damaged',
      (bytes) => env.CORPUS.put(`models/${sha256Of(bytes)}`, bytes.with(100, 1).slice()),
      /holds bytes of sha-256 \w+: replaced or damaged/,
    ],
    [
      'replaced by something huge',
      (bytes) => env.CORPUS.put(`models/${sha256Of(bytes)}`, new Uint8Array(WORKER_MODEL_BYTES + 1)),
      /has 58720257 bytes, expected at most 58720256: replaced/,
    ],
  ])('whose model was %s waits with the cause, and goes on when it is there again', async (how, harm, message) => {
    const bytes = ngramFile({ name: `harmed-${how.split(' ', 1)[0]}` })
    const id = await pushed(bytes)
    await activate({ 'ngram/en': id })
    await begin('new')
    await harm(bytes)
    expect(await drain(world)).toBe(true)
    const parked = await call(world, '/v1/batches/new', { key: admin })
    expect(parked.body).toMatchObject({ state: 'closed', slices: 0, funnel: { pages: 0 } })
    const [{ cause } = { cause: '' }] = parked.body['parked'] as { cause: string }[]
    expect(cause).toMatch(new RegExp(`^model ${id}: `))
    expect(cause).toMatch(message)
    expect(cause).toContain('Then POST /v1/batches/new/retry')
    expect((await push(bytes)).status).toBe(200)
    await call(world, '/v1/batches/new/retry', { method: 'POST', key: admin })
    expect(await drain(world)).toBe(true)
    expect(await pplModels('new')).toEqual([id])
  })

  it('is parked when the code that opened it has gone', async () => {
    await openBatch(world.bindings, { id: 'b', kind: 'webhook', owner: 'test', source: 'web', lang: '' }, 0)
    await begin('old')
    await env.INDEX.prepare("update batches set pipeline = '1-older' where id = 'old'").run()
    expect(await drain(world)).toBe(true)
    const { body } = await call(world, '/v1/batches/old', { key: admin })
    expect((body['parked'] as { cause: string }[])[0]?.cause).toContain(
      'opened under pipeline 1-older, this Worker runs',
    )
  })
})
