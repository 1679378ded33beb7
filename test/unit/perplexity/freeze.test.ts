import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrozenCalibration } from '../../../schema/calibration.ts'
import type { BucketCount } from '../../../schema/shard.ts'
import { addCounts, bucketSums, sumsOf } from '../../../functions/kernel/histogram.ts'
import { quantileOf } from '../../../functions/kernel/quantile.ts'
import { bucketOf } from '../../../functions/perplexity/bucket.ts'
import {
  calibrationId,
  freezeCalibration,
  MIN_DOCUMENTS,
  type FreezeProblem,
  type FreezeRequest,
  type ScoredShard,
} from '../../../functions/perplexity/freeze.ts'

const INDEX = { version: 4, sha256: 'b'.repeat(64) }

const request = (changes: Partial<FreezeRequest> & Pick<FreezeRequest, 'shards'>): FreezeRequest => ({
  index: INDEX,
  source: 'web',
  by: 'language',
  models: [],
  ...changes,
})

function frozen(changes: Partial<FreezeRequest> & Pick<FreezeRequest, 'shards'>): FrozenCalibration {
  const calibration = freezeCalibration(request(changes))
  if ('problem' in calibration) throw new Error(calibration.detail)
  return FrozenCalibration.parse(calibration)
}

function refused(changes: Partial<FreezeRequest> & Pick<FreezeRequest, 'shards'>): FreezeProblem {
  const problem = freezeCalibration(request(changes))
  if (!('problem' in problem)) throw new Error('it was not refused')
  return problem
}

/** A shard with a bucket for each of `buckets`, each of `documents` documents. */
function shard(cell: string, pplModel: string | null, buckets: readonly (number | null)[], documents = 1): ScoredShard {
  const counts = buckets.map((bucket): BucketCount => [bucket, documents, 500 * documents, 120 * documents])
  return { cell, pplModel, counts }
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i)

describe('a calibration', () => {
  it('cuts the tokens of documents into tenths, each border within one bucket of its place', () => {
    const document = fc.record({
      ppl: fc.double({ min: 5, max: 5000, noNaN: true }),
      pplTokens: fc.integer({ min: 100, max: 20_000 }),
    })
    const property = fc.property(fc.array(document, { minLength: 1, maxLength: 300 }), (documents) => {
      const sums = bucketSums()
      for (const { ppl, pplTokens } of documents)
        sums.addRow({ bucket: bucketOf(ppl), bytes: 5 * pplTokens, pplTokens })
      const counts = sums.counts()
      const { borders, made } = frozen({ shards: [{ cell: 'web/en/other', pplModel: 'm@1', counts }] })
      const total = documents.reduce((sum, { pplTokens }) => sum + pplTokens, 0)
      for (const [i, border] of (borders['en']?.borders ?? []).entries()) {
        // By the perplexities themselves: a border is e^(border / 16), give or take the rounding of a logarithm.
        const below = documents.reduce((sum, { ppl, pplTokens }) => sum + (bucketOf(ppl) < border ? pplTokens : 0), 0)
        const least = Math.min(...documents.filter(({ ppl }) => bucketOf(ppl) >= border).map(({ ppl }) => ppl))
        expect(least).toBeGreaterThanOrEqual(Math.exp(border / 16) * (1 - 1e-12))
        const at = counts.findIndex(([bucket]) => (bucket ?? 0) >= border)
        const beside = [counts.at(at === -1 ? -1 : Math.max(0, at - 1)), counts[at]].map((count) => count?.[3] ?? 0)
        expect(Math.abs(below - (total * (i + 1)) / 10)).toBeLessThanOrEqual(Math.max(...beside) / 2 + 1e-6)
      }
      const [figures] = made.figures
      expect(figures?.quantiles.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(total)
      expect(figures?.quantiles.reduce((sum, own) => sum + own.documents, 0)).toBe(documents.length)
    })
    fc.assert(property)
  })

  it('is the same, name and all, however the documents lie in shards', () => {
    const counts = range(50, 40).map((bucket, i): BucketCount => [bucket, 1 + (i % 3), 900 + i, 200 + ((7 * i) % 31)])
    const whole = frozen({ shards: [{ cell: 'web/en/other', pplModel: 'm@1', counts }] })
    const places = fc.array(fc.nat(4), { minLength: 40, maxLength: 40 })
    const property = fc.property(places, (of) => {
      const parts = Map.groupBy(counts, (count) => of[counts.indexOf(count)] ?? 0)
      const shards = [...parts.values()].map((own): ScoredShard => ({
        cell: 'web/en/other',
        pplModel: 'm@1',
        counts: own,
      }))
      expect(frozen({ shards: shards.toReversed() })).toEqual(whole)
    })
    fc.assert(property)
    expect(whole.id).toBe(calibrationId(whole))
    expect(frozen({ shards: [{ cell: 'web/en/other', pplModel: 'm@2', counts }] }).id).not.toBe(whole.id)
    const later = { ...INDEX, version: 5 }
    expect(frozen({ shards: [{ cell: 'web/en/other', pplModel: 'm@1', counts }], index: later }).id).not.toBe(whole.id)
  })

  it('counts apart what is too short for a bucket', () => {
    const { made } = frozen({ shards: [shard('web/en/other', 'm@1', [...range(60, 10), null])] })
    expect(made.figures[0]?.withoutBucket).toEqual({ documents: 1, bytes: 500, tokens: 120 })
    expect(sumsOf(made.figures[0]?.histogram ?? []).documents).toBe(11)
  })

  it('has borders for each topic of enough documents, and for their language', () => {
    const shards = [
      shard('web/en/law-policy', 'm@1', range(60, 20), MIN_DOCUMENTS / 20),
      shard('web/en/other', 'm@1', range(80, 20), MIN_DOCUMENTS / 20),
      shard('web/en/medicine-health', 'm@1', range(70, 3), 33),
      shard('book/en/all', 'm@1', range(10, 3), 1000),
    ]
    const { borders, made } = frozen({ shards, by: 'topic' })
    expect(Object.keys(borders)).toEqual(['en', 'en/law-policy', 'en/other'])
    expect(made.tooFew).toEqual([{ key: 'en/medicine-health', documents: 99 }])
    expect(borders['en/law-policy']?.borders).toEqual(range(0, 9).map((i) => 62 + 2 * i))
    expect(borders['en/other']?.borders[0]).toBe(82)
    expect(Math.min(...(borders['en']?.borders ?? []))).toBeGreaterThanOrEqual(60)
    expect(Object.keys(frozen({ shards, source: 'book' }).borders)).toEqual(['en'])
  })

  it('takes the buckets of the named model, where several scored a language, and counts what it did not score', () => {
    const shards = [
      shard('web/en/other', 'old@1', range(60, 10), 2),
      shard('web/en/other', 'new@2', range(90, 10), 3),
      shard('web/zh/other', 'zh@3', range(70, 10)),
    ]
    expect(refused({ shards })).toMatchObject({ problem: 'mixed-models', models: { en: ['new@2', 'old@1'] } })
    expect(refused({ shards }).detail).toContain('en by new@2 and old@1')
    const { borders, made } = frozen({ shards, models: ['new@2'] })
    expect(borders).toMatchObject({ en: { pplModel: 'new@2' }, zh: { pplModel: 'zh@3' } })
    expect(borders['en']?.borders[0]).toBe(91)
    expect(made.figures[0]?.notScored.documents).toBe(20)
    expect(refused({ shards, models: ['new@2', 'old@1'] }).problem).toBe('mixed-models')
    expect(refused({ shards, models: ['none@0'] }).detail).toMatch(/by none@0; those that did: new@2, old@1, zh@3/)
  })

  it('counts documents once that two models have scored', () => {
    const [first, second] = [
      shard('web/en/other', 'old@1', range(60, 10)),
      shard('web/en/law-policy', 'old@1', range(60, 4)),
    ]
    const rescored = [{ pplModel: 'new@2', counts: shard('', null, range(30, 5), 2).counts }]
    const shards = [{ ...first, rescored }, second]
    const { borders, made } = frozen({ shards, models: ['new@2'] })
    expect(borders['en']?.borders.every((border) => border >= 30 && border <= 35)).toBe(true)
    expect(made.figures[0]).toMatchObject({ notScored: { documents: 4 }, pplModel: 'new@2' })
    expect(frozen({ shards, models: ['old@1'] }).made.figures[0]?.notScored.documents).toBe(0)
  })

  it.each([
    ['nothing at all', []],
    ['only other sources', [shard('book/en/all', 'm@1', [60])]],
    ['only short documents', [shard('web/en/other', 'm@1', [null])]],
    ['a language that no model scores', [shard('web/fr/other', null, [null])]],
  ])('is refused over %s', (_, shards) => {
    expect(refused({ shards })).toMatchObject({
      problem: 'calibration',
      detail: expect.stringMatching(/nothing to cut/),
    })
  })

  it('puts every bucket into the quantile that its figures say', () => {
    const { borders, made } = frozen({ shards: [shard('web/en/other', 'm@1', range(60, 37))] })
    const [figures] = made.figures
    const by = Map.groupBy(figures?.histogram ?? [], ([bucket]) => quantileOf(bucket, borders['en']?.borders ?? []))
    expect([...by.values()].map((counts) => sumsOf(addCounts([counts])))).toEqual(figures?.quantiles)
  })
})
