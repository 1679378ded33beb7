import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextTopics, standardError } from '../../../functions/manifest/feedback.ts'
import { Feedback } from '../../../schema/recipe.ts'
import type { TopicReport } from '../../../schema/report.ts'
import { TOPICS } from '../../../schema/shard.ts'

const settings = Feedback.parse({})

/** A report whose documents all change by `mean` give or take `spread`. */
function topicReport(
  topic: string,
  nll: number,
  change: { docs: number; mean: number; spread: number } | null,
): TopicReport {
  const sums =
    change === null
      ? null
      : {
          docs: change.docs,
          sum: change.mean * change.docs,
          sumSq: (change.mean ** 2 + change.spread ** 2) * change.docs,
        }
  return { lang: 'en', topic, nllSum: nll * 1000, tokens: 1000, bytes: 4000, docs: change?.docs ?? 5, change: sums }
}

function reportsOf(
  topics: readonly { topic: string; before: number; after: number; docs?: number; spread?: number }[],
) {
  return {
    before: { topics: topics.map(({ topic, before }) => topicReport(topic, before, null)) },
    after: {
      topics: topics.map(({ topic, before, after, docs = 100, spread = 0.01 }) =>
        topicReport(topic, after, { docs, mean: after - before, spread }),
      ),
    },
  }
}

describe('standardError', () => {
  it('is that of the mean of the documents', () => {
    const changes = [0.1, -0.3, 0.25, 0.05]
    const mean = changes.reduce((a, b) => a + b, 0) / 4
    const sample = Math.sqrt(changes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3)
    const sums = { docs: 4, sum: mean * 4, sumSq: changes.reduce((sum, value) => sum + value * value, 0) }
    expect(standardError(sums)).toBeCloseTo(sample / 2, 12)
  })

  it('is null below two documents and 0 for equal changes', () => {
    expect(standardError(null)).toBeNull()
    expect(standardError({ docs: 1, sum: 0.1, sumSq: 0.01 })).toBeNull()
    expect(standardError({ docs: 3, sum: 0.3, sumSq: 0.03 - 1e-18 })).toBe(0)
  })
})

describe('nextTopics', () => {
  it('gives a topic that got worse more, by the formula', () => {
    const last = { en: { 'law-policy': 0.25, other: 0.25, 'medicine-health': 0.5 } }
    const reports = reportsOf([
      { topic: 'law-policy', before: 1.26, after: 1.32 },
      { topic: 'other', before: 1.82, after: 1.45 },
      { topic: 'medicine-health', before: 1.54, after: 1.6 },
    ])
    const { topics, moves } = nextTopics(last, reports, { ...settings, maxChange: 1 })
    const delta = [0.06 / 0.37, -1, 0.06 / 0.37]
    const raw = [0.25 * (1 + 0.2 * (delta[0] ?? 0)), 0.25 * 0.8, 0.5 * (1 + 0.2 * (delta[2] ?? 0))]
    const sum = raw.reduce((a, b) => a + b, 0)
    expect(topics['en']?.['law-policy']).toBeCloseTo((raw[0] ?? 0) / sum, 12)
    expect(topics['en']?.['other']).toBeCloseTo((raw[1] ?? 0) / sum, 12)
    expect(topics['en']?.['medicine-health']).toBeCloseTo((raw[2] ?? 0) / sum, 12)
    expect(moves.map(({ topic, why }) => [topic, why])).toEqual([
      ['law-policy', 'moved'],
      ['medicine-health', 'moved'],
      ['other', 'moved'],
    ])
    expect(moves[2]).toMatchObject({ before: 1.82, after: 1.45, delta: -1, factor: 0.8, old: 0.25 })
  })

  it('moves no share by more than maxChange', () => {
    const reports = reportsOf([
      { topic: 'law-policy', before: 2, after: 3 },
      { topic: 'other', before: 3, after: 2 },
    ])
    const { topics } = nextTopics({ en: { 'law-policy': 0.5, other: 0.5 } }, reports, settings)
    expect(topics['en']?.['law-policy']).toBeCloseTo(0.53, 12)
    expect(topics['en']?.['other']).toBeCloseTo(0.47, 12)
  })

  it.each([
    ['a change within its standard error', { docs: 100, spread: 10 }, 'within-noise', 0],
    ['a topic with one document', { docs: 1, spread: 0 }, 'too-few-documents', 0],
  ])('does not follow %s', (_, noise, why, delta) => {
    const reports = reportsOf([
      { topic: 'law-policy', before: 2, after: 2.9, ...noise },
      { topic: 'other', before: 2, after: 2.1 },
      { topic: 'medicine-health', before: 2, after: 1.95 },
    ])
    const { moves } = nextTopics({ en: { 'law-policy': 0.2, other: 0.4, 'medicine-health': 0.4 } }, reports, settings)
    const law = moves.find(({ topic }) => topic === 'law-policy')
    expect(law).toMatchObject({ why, delta, factor: 1, old: 0.2 })
    if (why === 'too-few-documents') expect(law?.new).toBe(0.2)
    // What does not count is not the largest change either.
    expect(moves.find(({ topic }) => topic === 'other')?.delta).toBe(1)
  })

  it('keeps what was not reported and what has no share, and names them', () => {
    const reports = reportsOf([
      { topic: 'law-policy', before: 2, after: 2.1 },
      { topic: 'other', before: 2, after: 1.9 },
    ])
    const last = { en: { 'law-policy': 0.3, other: 0.3, 'history-geography': 0.4, 'medicine-health': 0 } }
    const { topics, moves } = nextTopics(last, reports, settings)
    expect(topics['en']).toMatchObject({ 'history-geography': 0.4, 'medicine-health': 0 })
    expect(Object.fromEntries(moves.map(({ topic, why }) => [topic, why]))).toEqual({
      'history-geography': 'not-reported',
      'law-policy': 'moved',
      'medicine-health': 'no-share',
      other: 'moved',
    })
  })

  it('moves a topic with a weight of 0 only by what the others do', () => {
    const reports = reportsOf([
      { topic: 'law-policy', before: 2, after: 2.1 },
      { topic: 'other', before: 2, after: 2.1 },
    ])
    const { moves } = nextTopics({ en: { 'law-policy': 0.5, other: 0.5 } }, reports, {
      ...settings,
      topicWeights: { other: 0 },
    })
    expect(moves.map(({ factor }) => factor)).toEqual([1.2, 1])
  })

  it('keeps shares that sum to 1, within reach of the last and above the floor', () => {
    const row = fc.record({
      weight: fc.integer({ min: 1, max: 1000 }),
      before: fc.double({ min: 0.5, max: 9, noNaN: true }),
      after: fc.double({ min: 0.5, max: 9, noNaN: true }),
      docs: fc.integer({ min: 0, max: 40 }),
      spread: fc.double({ min: 0, max: 5, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: TOPICS.length }), (rows) => {
        const mass = rows.reduce((sum, { weight }) => sum + weight, 0)
        const named = rows.map((one, i) => Object.assign({ topic: TOPICS[i] ?? 'other' }, one))
        const last = Object.fromEntries(named.map(({ topic, weight }) => [topic, weight / mass]))
        const { topics, moves } = nextTopics({ en: last }, reportsOf(named), settings)
        const shares = Object.values(topics['en'] ?? {})
        expect(shares).toHaveLength(rows.length)
        expect(Math.abs(shares.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-9)
        for (const move of moves) {
          expect(Math.abs(move.new - move.old)).toBeLessThanOrEqual(settings.maxChange + 1e-12)
          expect(move.new).toBeGreaterThanOrEqual(Math.min(settings.floor, move.old) - 1e-12)
          if (move.why === 'too-few-documents') expect(move.new).toBe(move.old)
          expect(Math.abs(move.delta)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('updates each language by itself', () => {
    const { before, after } = reportsOf([
      { topic: 'law-policy', before: 2, after: 2.4 },
      { topic: 'other', before: 2, after: 2 },
    ])
    const last = { en: { 'law-policy': 0.5, other: 0.5 }, zh: { 'law-policy': 0.5, other: 0.5 } }
    const { topics } = nextTopics(last, { before, after }, settings)
    expect(topics['zh']).toEqual(last.zh)
    expect(topics['en']?.['law-policy']).toBeGreaterThan(0.5)
  })
})
