import { beforeAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { score, scoreLines } from '../../../cli/score.ts'
import { bucketOf } from '../../../functions/perplexity/bucket.ts'
import type { Models } from '../../../functions/pipeline.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { loadModels } from '../../../models/load.ts'

const english = `The committee met on Tuesday to discuss the new budget for public schools. Members asked how the money
would be spent and which districts would receive it first. The chair said that a report would be ready by the end of
the month, and that parents could read it on the website of the county. `.repeat(3)
const chinese =
  '委员会星期二开会,讨论公立学校的新预算。成员们询问这笔钱将如何使用,哪些地区会首先得到它。主席说,报告将在月底之前完成,家长可以在县政府的网站上阅读。'.repeat(
    4,
  )

let models: Models
beforeAll(async () => {
  models = await loadModels()
})

const lines = (...texts: string[]): Promise<string[]> => {
  const bytes = texts.map((text) => new TextEncoder().encode(text))
  return Array.fromAsync(
    scoreLines(
      (async function* chunks() {
        yield* bytes
      })(),
      models,
    ),
  )
}

describe('score', () => {
  it.each([
    ['en', english],
    ['zh', chinese],
  ])('finds %s, and gives it a topic, a perplexity and its bucket', (lang, text) => {
    const scored = score({ text }, models)
    expect(scored.lang).toBe(lang)
    expect(TOPICS).toContain(scored.topic)
    expect(scored.topicScore).toBeGreaterThan(0)
    expect(scored.topicScore).toBeLessThanOrEqual(1)
    const { ppl, pplTokens, log10p } = scored
    if (ppl === null || pplTokens === null || log10p === null) throw new Error('expected a perplexity')
    expect(10 ** (-log10p / pplTokens)).toBeCloseTo(ppl, 6)
    expect(scored.bucket).toBe(bucketOf(ppl))
  })

  it('prefers running text to its own words in any order', () => {
    const shuffled = english.split(/\s+/).sort().join(' ')
    const scored = [english, shuffled].map((text) => score({ text, lang: 'en' }, models).log10p ?? 0)
    expect(scored[0]).toBeGreaterThan(scored[1] ?? 0)
  })

  it('has no perplexity for a short text, but its probability', () => {
    expect(score({ text: 'A short text.', lang: 'en' }, models)).toMatchObject({
      ppl: null,
      bucket: null,
      pplTokens: expect.any(Number),
      log10p: expect.any(Number),
    })
  })

  it.each([
    ['fr', { text: english, lang: 'fr' }],
    ['constructor', { text: english, lang: 'constructor' }],
    ['fr', { text: "Le comité s'est réuni mardi pour discuter du nouveau budget des écoles publiques de la ville." }],
  ])('scores nothing in %s', (lang, line) => {
    const none = { topic: null, topicScore: null, ppl: null, pplTokens: null, log10p: null, bucket: null }
    expect(score(line, models)).toEqual({ lang, ...none })
  })

  it('scores zh-CN by the model of zh, under the name that was given', () => {
    const { lang, ...rest } = score({ text: chinese, lang: 'zh-CN' }, models)
    expect(lang).toBe('zh-CN')
    expect({ lang: 'zh', ...rest }).toEqual(score({ text: chinese, lang: 'zh' }, models))
  })
})

describe('scoreLines', () => {
  const line = (id: string, text: string): string => JSON.stringify({ id, more: [1], text })

  it('keeps the order and the fields, whatever the chunks; blank lines are nothing', async () => {
    const whole = `\uFEFF${line('a', english)}\n\n${line('b', chinese)}\r\n${line('c', '')}`
    const bytes = new TextEncoder().encode(whole)
    const once = await lines(whole)
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) => bytes.subarray(7 * at, 7 * at + 7))
    const split = await Array.fromAsync(
      scoreLines(
        (async function* chunks() {
          yield* pieces
        })(),
        models,
      ),
    )
    expect(split).toEqual(once)
    expect(once.map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { id: 'a', more: [1], text: english, lang: 'en' },
      { id: 'b', more: [1], text: chinese, lang: 'zh' },
      { id: 'c', more: [1], text: '', lang: 'und', topic: null, ppl: null },
    ])
  })

  it.each([
    ['what is not JSON', '{"id": "b", "text"', /^line 3 is not JSON/],
    ['what is no object', '["b"]', /^line 3 is not an object/],
    ['a missing text', '{"id": "b"}', /^line 3: "text" is missing, expected a string/],
    ['a text of another type', '{"text": 1}', /^line 3: "text" is of type number/],
    ['a language of another type', '{"text": "x", "lang": ["en"]}', /^line 3: "lang" is an array/],
  ])('names the line of %s', async (_, broken, message) => {
    const reading = lines(`${line('a', 'x')}\n\n${broken}\n${line('c', 'x')}\n`)
    await expect(reading).rejects.toThrow(UsageError)
    await expect(reading).rejects.toThrow(message)
  })

  it('names the line that is not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(`${line('a', 'x')}\n{"text":"`), Buffer.from([0xff]), Buffer.from('"}\n')])
    const reading = Array.fromAsync(
      scoreLines(
        (async function* chunks() {
          yield bytes
        })(),
        models,
      ),
    )
    await expect(reading).rejects.toThrow('line 2 is not UTF-8')
  })
})
