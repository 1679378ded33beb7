/** Which models new batches are read with: activated by slot, checked for fit and memory, counted up. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { WORKER_MODEL_BYTES } from '../../functions/models/slots.ts'
import { defaultModels } from '../../functions/platform/models.ts'
import { pipelineVersion } from '../../functions/pipeline.ts'
import { ngramFile, ngramOf, topicFile } from '../support/small-models.ts'
import { call, problem } from './client.ts'
import { activate, admin, openWorld, pushed, sha256Of, world } from './model-client.ts'

beforeEach(openWorld)

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
      /^ngram\/zh other@[0-9a-f]{12} needs 26\.\d MiB in memory, 17\.\d MiB of 56\.0 MiB are left beside topic\/en \S+ \d\.\d MiB, .*ngram\/en large@/,
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
