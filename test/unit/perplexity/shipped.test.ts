/** The files in models/ agree with each other and with what their cards promise. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { bucketOf } from '../../../functions/perplexity/bucket.ts'
import { calibrate, quantileOf } from '../../../functions/perplexity/calibration.ts'
import { calibrationId } from '../../../functions/perplexity/freeze.ts'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'
import { random, shuffled } from '../../../models/training/softmax.ts'
import { sampleArticles } from '../../../models/training/topic-data.ts'
import { FrozenCalibration } from '../../../schema/calibration.ts'
import { TokenTable } from '../../../schema/manifest.ts'

const MODELS = path.join(import.meta.dirname, '..', '..', '..', 'models')
const file = (name: string): Buffer => readFileSync(path.join(MODELS, name))
const json = (name: string): unknown => JSON.parse(file(name).toString())

const LANGUAGES = ['en', 'zh']
const calibration = FrozenCalibration.parse(json('calibration/default.json'))

describe.each(LANGUAGES)('the n-gram model of %s', (lang) => {
  const bytes = file(`ngram/${lang}.bin`)
  const model = loadNgramModel(bytes)
  const articles = sampleArticles(lang).map(({ text }) => text)
  const scores = articles.map((text) => ({ text, ...scorePerplexity(model, text) }))

  it('is 6 MiB at most, so that both are 12, and of its language', () => {
    expect(bytes.length).toBeLessThanOrEqual(6 * 2 ** 20)
    expect(model.lang).toBe(lang)
  })

  it('is the one that the calibration cuts for', () => {
    expect(calibration.borders[lang]?.pplModel).toBe(model.id)
    expect(calibration.id).toBe(calibrationId(calibration))
    const histogram = calibration.made.figures.find(({ key }) => key === lang)?.histogram ?? []
    const placed = histogram.flatMap(([bucket, , , tokens]) => (bucket === null ? [] : [[bucket, tokens] as const]))
    expect(calibrate(new Map(placed))).toEqual(calibration.borders[lang]?.borders)
  })

  it('spreads well-written articles over more than one quantile, none of them the last', () => {
    const quantiles = scores.map(({ ppl }) =>
      quantileOf(ppl === null ? null : bucketOf(ppl), calibration.borders[lang]?.borders ?? []),
    )
    expect(new Set(quantiles).size).toBeGreaterThan(2)
    // Articles of the sample are harder than the median page in places, but not as hard as lists and names.
    expect(quantiles.filter((quantile) => quantile === 10).length / quantiles.length).toBeLessThan(0.5)
  })

  it('finds the same words in another order harder', () => {
    const next = random(11)
    const split = lang === 'zh' ? '' : ' '
    for (const { text, log10p } of scores.slice(0, 20)) {
      const mixed = text
        .split('\n')
        .map((line) => shuffled(line.split(split), next).join(split))
        .join('\n')
      expect(scorePerplexity(model, mixed).log10p).toBeLessThan(1.05 * log10p)
    }
  })
})

describe('the token table', () => {
  const table = TokenTable.parse(json('tokens/default.json'))
  it('was measured with the committed tokenizer', () => {
    const tokenizer = file('tokenizer/tokenizer.json')
    expect(table.tokenizer.sha256).toBe(createHash('sha256').update(tokenizer).digest('hex'))
  })

  it('has the languages and sources of the sample', () => {
    const lines = readFileSync(path.join(MODELS, '../test/fixtures/sample/documents.ndjson'), 'utf8').trim().split('\n')
    const wanted = new Set(
      lines
        .map((line) => JSON.parse(line) as { lang: string; source: string })
        .map(({ lang, source }) => `${lang}/${source}`),
    )
    expect(Object.keys(table.bytesPerToken)).toEqual(expect.arrayContaining([...wanted, 'en/web', 'zh/web']))
  })
})

describe('the tokenizer', () => {
  const tokenizer = json('tokenizer/tokenizer.json') as {
    model: { vocab: Record<string, number> }
    added_tokens: { id: number; content: string }[]
  }
  it('has 8,192 tokens, the two special ones first', () => {
    const ids = Object.values(tokenizer.model.vocab).toSorted((a, b) => a - b)
    expect(ids).toEqual(Array.from({ length: 8192 }, (_, i) => i))
    expect(tokenizer.added_tokens.map(({ id, content }) => [id, content])).toEqual([
      [0, '<|begin_of_text|>'],
      [1, '<|end_of_text|>'],
    ])
  })
})
