/** Models in R2: sent, checked, activated for new batches, loaded once, and never scored with when something is wrong. */
import { env } from 'cloudflare:workers'
import { createHash } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { openBatch } from '../../functions/platform/batches.ts'
import { WORKER_MODEL_BYTES } from '../../functions/models/slots.ts'
import { readBindings } from '../../functions/platform/bindings.ts'
import { defaultModels, modelsFor } from '../../functions/platform/models.ts'
import { pipelineVersion } from '../../functions/pipeline.ts'
import type { ChosenModels, Slot } from '../../schema/models.ts'
import { damaged, integersFrom, KINDS } from '../support/damage-models.ts'
import { ngramFile, ngramOf, topicFile, topicsFastText } from '../support/small-models.ts'
import { call, keyWith, problem, type Answer } from './client.ts'
import { gateWith } from './faults.ts'
import { articles, beginBatch, storeObject, warcOf } from './pages.ts'
import { drain, newWorld, type World } from './world.ts'

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let world: World
let admin: string

beforeEach(async () => {
  world = await newWorld()
  admin = await keyWith('admin')
})

/** `at`: the address, where it is not that of the bytes. */
function push(bytes: Uint8Array, { query = '', at = sha256Of(bytes) } = {}): Promise<Answer> {
  const headers = { 'content-length': String(bytes.length) }
  return call(world, `/v1/models/${at}${query}`, { method: 'PUT', key: admin, headers, body: bytes.slice() })
}
const activate = (models: Record<string, string>): Promise<Answer> =>
  call(world, '/v1/activations', { method: 'POST', key: admin, body: JSON.stringify({ models }) })
const stored = async (): Promise<string[]> =>
  (await env.CORPUS.list({ prefix: 'models/' })).objects.map(({ key }) => key.replace('models/', ''))

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

async function pushed(bytes: Uint8Array, query = ''): Promise<string> {
  const { status, body } = await push(bytes, { query })
  expect([status, body['detail']]).toEqual([201, undefined])
  return String(body['id'])
}

describe('PUT /v1/models', () => {
  it.each([
    ['a topic model', topicFile({ lang: 'zh' }), '', { kind: 'topic', lang: 'zh', heldBytes: 2 * 65_536 }],
    ['an n-gram model', ngramFile(), '', { kind: 'ngram', lang: 'en' }],
    ['an unquantised one', ngramFile({ bits: 32 }), '', { kind: 'ngram', heldBytes: 30 * 12 }],
    ['a fastText model', topicsFastText(), '?name=mine', { kind: 'fasttext', lang: '' }],
    ['a quantised one', topicsFastText({ isQuantised: true }), '', { kind: 'fasttext' }],
  ])('stores %s under its hash, however often it comes', async (_, bytes, query, expected) => {
    const first = await push(bytes, { query })
    expect(first).toMatchObject({ status: 201, body: { ...expected, bytes: bytes.length, sha256: sha256Of(bytes) } })
    expect(first.body['id']).toMatch(new RegExp(`@${sha256Of(bytes).slice(0, 12)}$`))
    const again = await push(bytes, { query })
    expect([again.status, again.body]).toEqual([200, first.body])
    expect(await stored()).toEqual([sha256Of(bytes)])
    const list = await call(world, '/v1/models', { key: admin })
    expect(list.body['models']).toEqual([{ ...first.body, active: [] }])
    expect(new Uint8Array((await (await env.CORPUS.get(`models/${sha256Of(bytes)}`))?.arrayBuffer()) ?? [])).toEqual(
      bytes,
    )
  })

  it('refuses bytes of another hash, and stores nothing', async () => {
    const bytes = topicFile()
    const at = sha256Of(ngramFile())
    const answer = await push(bytes, { at })
    expect(answer).toEqual(problem('hash-mismatch', 400, `/v1/models/${at}`))
    expect(answer.body['detail']).toContain(`The body has sha-256 ${sha256Of(bytes)}, its address says ${at}`)
    expect(await stored()).toEqual([])
  })

  it.each([
    ['a PNG image', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a), /field magic at byte 0: .*it is a PNG image/],
    ['a page of an error', new TextEncoder().encode('<html>502</html>'), /field magic at byte 0: .*HTML or XML/],
    ['nothing', new Uint8Array(), /field magic at byte 0: .*the file is empty/],
    ['a cut topic model', topicFile().subarray(0, 60), /topic model: field checksum at byte 56/],
    ['a flipped bit', ngramFile().map((byte, i) => (i === 5000 ? byte ^ 4 : byte)), /n-gram model: field checksum/],
    ['a cut fastText model', topicsFastText().subarray(0, 300), /fastText model: field .* at byte \d+: .*cut short/],
  ])('refuses %s by field and place, and keeps nothing', async (_, bytes, message) => {
    const answer = await push(bytes)
    expect(answer).toEqual(problem('unusable-model', 422, `/v1/models/${sha256Of(bytes)}`))
    expect(answer.body['detail']).toMatch(message)
    expect(await stored()).toEqual([])
    expect((await call(world, '/v1/models', { key: admin })).body['models']).toEqual([])
  })

  it('refuses what no Worker bears, with both figures', async () => {
    const length = WORKER_MODEL_BYTES + 1
    const headers = { 'content-length': String(length) }
    const request = { method: 'PUT', key: admin, headers, body: new Uint8Array(4) }
    const larger = await call(world, `/v1/models/${'0'.repeat(64)}`, request)
    expect(larger).toMatchObject({ status: 422, body: { neededBytes: length, leftBytes: WORKER_MODEL_BYTES } })
    // The file is within, the memory is not.
    const answer = await push(ngramFile({ slots: 56 * 2 ** 18 - 2 ** 13 }))
    expect(answer.status).toBe(422)
    expect(answer.body['detail']).toMatch(/needs 56\.\d MiB in memory, a Worker has 56\.0 MiB for all of its models/)
    const file = new Uint8Array(WORKER_MODEL_BYTES)
    file.set(topicsFastText())
    const fastText = await push(file)
    expect(fastText).toEqual(problem('model-too-large', 422, `/v1/models/${sha256Of(file)}`))
    expect(fastText.body['detail']).toMatch(/takes at least 56\.\d MiB in memory .*, expected at most 56\.0 MiB/)
    for (const { body } of [answer, fastText]) {
      expect(body['neededBytes']).toBeGreaterThan(WORKER_MODEL_BYTES)
      expect(body['leftBytes']).toBe(WORKER_MODEL_BYTES)
    }
    expect(await stored()).toEqual([])
  })

  it('refuses a name for a file that has its own, another for the same bytes, and an address that is no hash', async () => {
    const named = await push(topicFile(), { query: '?name=mine' })
    expect(named.body['detail']).toContain('own name is small-topic, not mine')
    await pushed(topicsFastText(), '?name=first')
    expect((await push(topicsFastText(), { query: '?name=second' })).status).toBe(409)
    expect((await push(topicFile(), { at: 'abc' })).body['detail']).toContain('expected 64 hex digits')
    expect(await stored()).toEqual([sha256Of(topicsFastText())])
  })

  it('mends an object that was replaced', async () => {
    const bytes = ngramFile({ name: 'mended' })
    await pushed(bytes)
    await env.CORPUS.put(`models/${sha256Of(bytes)}`, 'something else')
    expect((await push(bytes)).status).toBe(200)
    expect((await env.CORPUS.head(`models/${sha256Of(bytes)}`))?.size).toBe(bytes.length)
  })
})

describe('POST /v1/activations', () => {
  const shippedVersion = (): string => pipelineVersion(defaultModels())

  it('changes the slots that it names, counts up, and says what is in force', async () => {
    const [topic, ngram] = [await pushed(topicFile()), await pushed(ngramFile({ lang: 'zh' }))]
    const first = await activate({ 'topic/en': topic })
    expect(first).toMatchObject({ status: 201, body: { activation: 1, models: { 'topic/en': { id: topic } } } })
    expect(first.body['pipeline']).not.toBe(shippedVersion())
    const second = await activate({ 'ngram/zh': sha256Of(ngramFile({ lang: 'zh' })) })
    expect(second.body).toMatchObject({
      activation: 2,
      models: { 'topic/en': { id: topic, shipped: false }, 'ngram/zh': { id: ngram }, 'ngram/en': { shipped: true } },
      memory: { budgetBytes: WORKER_MODEL_BYTES },
    })
    expect(await activate({ 'ngram/zh': ngram })).toMatchObject({ status: 200, body: { activation: 2 } })
    const list = await call(world, '/v1/models', { key: admin })
    expect(list.body).toMatchObject({
      activation: 2,
      models: expect.arrayContaining([expect.objectContaining({ id: topic, active: ['topic/en'] })]) as unknown,
    })
    const back = await activate({ 'topic/en': 'shipped', 'ngram/zh': 'shipped' })
    expect(back.body).toMatchObject({ activation: 3, pipeline: shippedVersion() })
    expect((await call(world, '/v1/activations', { key: admin })).body).toEqual({
      activations: [
        { activation: 3, models: {} },
        { activation: 2, models: { 'topic/en': topic, 'ngram/zh': ngram } },
        { activation: 1, models: { 'topic/en': topic } },
      ],
    })
  })

  it.each<[string, string, () => Promise<string>, [string, number], RegExp]>([
    [
      'what was never sent',
      'topic/en',
      async () => 'no@123',
      ['not-found', 404],
      /topic\/en: there is no model "no@123"/,
    ],
    [
      'another kind',
      'ngram/en',
      () => pushed(topicFile()),
      ['model-mismatch', 422],
      /is a topic model, ngram\/en takes an n-gram model/,
    ],
    [
      'an n-gram model for topics',
      'topic/en',
      () => pushed(ngramFile()),
      ['model-mismatch', 422],
      /is an n-gram model, topic\/en takes a topic model, or fastText’s/,
    ],
    [
      'another language',
      'ngram/en',
      () => pushed(ngramFile({ lang: 'zh' })),
      ['model-mismatch', 422],
      /is for the language "zh", ngram\/en takes one for "en"/,
    ],
    [
      'no language',
      'ngram/en',
      () => pushed(ngramFile({ lang: 'und' })),
      ['model-mismatch', 422],
      /made without --lang/,
    ],
    [
      'ready words',
      'ngram/en',
      () => pushed(ngramFile({ isReady: true })),
      ['model-mismatch', 422],
      /scores ready words and no text/,
    ],
    [
      'labels that are no topics',
      'topic/en',
      () => pushed(Buffer.from(env.TEST_FASTTEXT['ova.ftz'] ?? '', 'base64')),
      ['model-mismatch', 422],
      /has the label "__label__\w+", expected labels that are topics/,
    ],
    [
      'an object that is gone',
      'topic/en',
      async () => {
        const id = await pushed(topicFile())
        await env.CORPUS.delete(`models/${sha256Of(topicFile())}`)
        return id
      },
      ['unusable-model', 422],
      /there is no object models\/[0-9a-f]{64}: it was deleted.*millrace models push/,
    ],
    [
      'an object that was replaced',
      'topic/en',
      async () => {
        const id = await pushed(topicFile())
        await env.CORPUS.put(`models/${sha256Of(topicFile())}`, topicFile({ topic: 'other' }).slice())
        return id
      },
      ['unusable-model', 422],
      /holds bytes of sha-256 [0-9a-f]{64}: replaced or damaged/,
    ],
  ])('refuses %s, and changes nothing', async (_, slot, make, [name, status], message) => {
    const answer = await activate({ [slot]: await make() })
    expect(answer).toEqual(problem(name, status, '/v1/activations'))
    expect(answer.body['detail']).toMatch(message)
    expect((await call(world, '/v1/activations', { key: admin })).body).toEqual({ activations: [] })
  })

  it('refuses models that are too large together, with what is needed and what is left', async () => {
    const large = await pushed(ngramOf(30, { name: 'large' }))
    const other = await pushed(ngramOf(26, { name: 'other', lang: 'zh' }))
    expect((await activate({ 'ngram/en': large })).status).toBe(201)
    const answer = await activate({ 'ngram/zh': other })
    expect(answer).toEqual(problem('model-too-large', 422, '/v1/activations'))
    expect(answer.body['detail']).toMatch(
      /^ngram\/zh other@[0-9a-f]{12} needs 26\.\d MiB in memory, 18\.\d MiB of 56\.0 MiB are left beside topic\/en \S+ \d\.\d MiB, .*ngram\/en large@/,
    )
    const { neededBytes, leftBytes } = answer.body as Record<string, number>
    expect(neededBytes).toBeGreaterThan(leftBytes ?? Infinity)
  })

  it.each(['{}', '{"models": {}}', '{"models": {"topic/fr": "x"}}', '{"models": {"topic/en": 3}}', '{"model": {}}'])(
    'refuses the order %s',
    async (body) => {
      const answer = await call(world, '/v1/activations', { method: 'POST', key: admin, body })
      expect(answer).toEqual(problem('invalid-request', 400, '/v1/activations'))
    },
  )
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

describe('files harmed at random', () => {
  it('are never kept where a checksum tells, and otherwise score under another hash', async () => {
    const pick = integersFrom(17)
    for (const { name, bytes, isSummed } of KINDS) {
      for (let round = 0; round < 12; round++) {
        const harmed = damaged(bytes, pick)
        if (sha256Of(harmed) === sha256Of(bytes)) continue
        const { status, body } = await push(harmed)
        if (isSummed) expect([name, round, status]).toEqual([name, round, 422])
        if (status === 422) expect(body['detail']).toMatch(/field .+ at byte \d+: /)
        else expect([status, body['id']]).toEqual([201, `fasttext@${sha256Of(harmed).slice(0, 12)}`])
      }
    }
    const kept = await call(world, '/v1/models?limit=200', { key: admin })
    const ids = (kept.body['models'] as { sha256: string }[]).map(({ sha256 }) => sha256)
    expect((await stored()).sort()).toEqual(ids.sort())
  })
})
