import { describe, expect, it } from 'vitest'
import { reasonKey } from '../../../functions/outcome.ts'
import type { Page } from '../../../functions/page.ts'
import { createPipeline, pipelineVersion, provenance } from '../../../functions/pipeline.ts'
import { ANY_USE, isOptOut, screenUsage } from '../../../functions/screen/usage.ts'
import type { UsagePolicy } from '../../../functions/screen/usage.ts'

describe('what keeps a text from training', () => {
  it.each<[string, boolean]>([
    ['robots:noai', true],
    ['robots@ccbot:noai', true],
    ['robots@gptbot:noindex', true],
    ['robots@google-extended:none', true],
    ['tdm-reservation', true],
    ['robots:noindex', false],
    ['robots:none', false],
    ['robots@googlebot:noindex', false],
    ['robots:noimageai', false],
    ['tdm-policy', false],
  ])('%s: %s', (sign, expected) => {
    expect(isOptOut(sign)).toBe(expected)
  })
})

describe('the policy', () => {
  const page = {
    licence: 'https://CreativeCommons.org/licenses/by/4.0/',
    optOut: ['robots:noindex', 'tdm-reservation'],
  }
  it('takes all where none is set', () => {
    expect(screenUsage(page, ANY_USE).kept).toBe(true)
  })
  it('names the sign it turns a page away for', () => {
    const outcome = screenUsage(page, { ...ANY_USE, respectOptOut: true })
    expect(outcome).toEqual({ kept: false, reason: { code: 'opt-out', sign: 'tdm-reservation' } })
    expect(screenUsage({ ...page, optOut: ['robots:noindex'] }, { ...ANY_USE, respectOptOut: true }).kept).toBe(true)
  })
  it('wants one of the licences', () => {
    const policy = { ...ANY_USE, licences: ['publicdomain/', 'creativecommons.org/licenses/by/'] }
    expect(screenUsage(page, policy).kept).toBe(true)
    expect(screenUsage({ ...page, licence: null }, policy)).toEqual({
      kept: false,
      reason: { code: 'licence', licence: null },
    })
    expect(screenUsage({ ...page, licence: 'https://creativecommons.org/licenses/by-nc/4.0/' }, policy).kept).toBe(
      false,
    )
  })
})

const MODELS = { topic: {}, ngram: {} }
describe('in the pipeline', () => {
  const html = `<html lang=en><head><meta name=robots content=noai><link rel=license href=/by></head><body><p>${'The mill stands by the water and the wheel turns. '.repeat(40)}</p></body></html>`
  const page: Page = {
    url: 'http://site.example/mills/on-races',
    body: new TextEncoder().encode(html),
    kind: 'html',
    contentType: 'text/html',
    charset: 'utf-8',
    status: 200,
    fetchedAt: null,
    source: 'book',
    lang: null,
    usageHeaders: { 'tdm-reservation': '1' },
    offset: 0,
    index: 0,
  }
  const run = (use?: UsagePolicy) =>
    createPipeline(MODELS, { source: 'book', lang: 'en', ...(use === undefined ? {} : { use }) }).run(
      page,
      'a'.repeat(64),
    )

  it('signs are columns', () => {
    expect(run()).toMatchObject({
      kept: true,
      value: { optOut: 'robots:noai tdm-reservation', licence: 'http://site.example/by', canonicalUrl: null },
    })
  })
  it('an opt-out that is heeded is a rejection with a name', () => {
    const outcome = run({ ...ANY_USE, respectOptOut: true })
    if (outcome.kept) throw new Error('kept a page that opted out')
    expect(reasonKey(outcome.reason)).toBe('opt-out/robots:noai')
    const unlicensed = run({ ...ANY_USE, licences: ['creativecommons.org'] })
    expect(unlicensed).toEqual({ kept: false, reason: { code: 'licence', licence: 'http://site.example/by' } })
  })
  it('of plain text the response’s signs count', () => {
    const text = {
      ...page,
      kind: 'text' as const,
      body: new TextEncoder().encode('The mill stands by the water. '.repeat(40)),
    }
    const use = { ...ANY_USE, respectOptOut: true }
    expect(createPipeline(MODELS, { source: 'book', lang: 'en', use }).run(text, 'a'.repeat(64))).toMatchObject({
      reason: { code: 'opt-out', sign: 'tdm-reservation' },
    })
  })
  it('every setting is a version and a provenance of its own', () => {
    const policies = [ANY_USE, { ...ANY_USE, respectOptOut: true }, { ...ANY_USE, licences: ['by'] }]
    expect(new Set(policies.map((use) => pipelineVersion(MODELS, use))).size).toBe(3)
    expect(pipelineVersion(MODELS)).toBe(pipelineVersion(MODELS, ANY_USE))
    expect(provenance(MODELS, { respectOptOut: true, licences: ['b', 'a'] })).toMatchObject({
      'millrace.opt-out': 'respected',
      'millrace.licences': 'a b',
    })
  })
})
