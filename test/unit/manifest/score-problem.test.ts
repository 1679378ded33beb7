import { describe, expect, it } from 'vitest'
import type { Calibration } from '../../../schema/manifest.ts'
import type { IndexLine } from '../../../schema/shard.ts'
import { calibration, sha256Of, shardLine } from '../../support/index-lines.ts'
import { planned, recipeOf, refused } from '../../support/plan.ts'

const recipe = (changes: object = {}) =>
  recipeOf({
    name: 'web',
    phases: [{ name: 'all', share: 1, mix: { en: { share: 1, sources: { web: 1 } } } }],
    shortfall: 'shrink',
    ...changes,
  })

const line = (topic: string, pplModel: string | null, seed: number): IndexLine =>
  shardLine({ cell: `web/en/${topic}`, rows: 60, pplModel, seed })

const scoredBy = (own: IndexLine, pplModel: string): IndexLine => ({
  ...own,
  scores: [{ pplModel, scores: `scores/${own.shard}`, sha256: sha256Of(own.shard), histogram: [] }],
})

const of = (pplModel: string): Calibration => ({
  id: 'cal-new',
  borders: { en: { pplModel, borders: calibration.borders['en']?.borders ?? [] } },
})

describe('cells that are not sorted by the model of the calibration', () => {
  it('are named with what is missing, where a recipe reads quantiles', () => {
    const index = [
      line('other', 'new@2', 1),
      scoredBy(line('law-policy', 'new@2', 2), 'other@9'),
      scoredBy(line('medicine-health', 'new@2', 3), 'old@1'),
      line('medicine-health', 'new@2', 4),
    ]
    const problem = refused({ index, recipe: recipe({ quantiles: [1, 2] }), calibration: of('old@1') })
    expect(problem).toMatchObject({
      problem: 'calibration',
      languages: ['en'],
      cells: [
        { cell: 'web/en/law-policy', pplModel: 'old@1', sortedBy: ['new@2'], shards: 1, scored: 0 },
        { cell: 'web/en/medicine-health', shards: 2, scored: 1 },
        { cell: 'web/en/other', shards: 1, scored: 0 },
      ],
    })
    expect(problem.detail).toContain('web/en/medicine-health (by new@2; by old@1: 1 of 2 shards not scored)')
    expect(problem.detail).toContain('"millrace models rescore" scores them, "millrace compact" sorts them.')
  })

  it('are named where two models sort rows of one language', () => {
    const index = [line('other', 'new@2', 1), scoredBy(line('law-policy', 'old@1', 2), 'new@2')]
    const problem = refused({ index, recipe: recipe(), calibration: of('new@2') })
    expect(problem).toMatchObject({
      problem: 'mixed-models',
      models: { en: ['new@2', 'old@1'] },
      cells: [{ cell: 'web/en/law-policy', sortedBy: ['old@1'], shards: 1, scored: 1 }],
    })
    expect(problem.detail).toMatch(
      /law-policy \(by old@1; by new@2: scored, to be compacted\)\. "millrace compact" sorts them\.$/,
    )
  })

  it('are told to be calibrated first where there are no borders for them', () => {
    const none: Calibration = { id: 'none', borders: {} }
    const problem = refused({
      index: [line('other', 'new@2', 1)],
      recipe: recipe({ quantiles: [1] }),
      calibration: none,
    })
    expect(problem.detail).toContain('Calibration none has no borders for web/en/other: make one with')
  })

  it('are noted, and read by their own buckets, where a recipe reads all quantiles', () => {
    const index = [line('other', 'new@2', 1), line('law-policy', 'new@2', 2)]
    const notes = (used: Calibration) =>
      planned({ index, recipe: recipe(), calibration: used }).head.notes.filter(({ code }) => code === 'other-model')
    expect(notes(of('old@1'))).toMatchObject([{ cells: ['web/en/law-policy', 'web/en/other'] }])
    expect(notes(of('new@2'))).toEqual([])
    expect(notes({ id: 'none', borders: {} })).toEqual([])
  })

  it('have no rows without any model among them', () => {
    const index = [
      line('other', 'new@2', 1),
      shardLine({ cell: 'web/en/law-policy', rows: 40, pplModel: null, withoutBucket: 1 }),
    ]
    expect(() => planned({ index, recipe: recipe(), calibration: of('new@2') })).not.toThrow()
  })
})

describe('a run whose shards were compacted', () => {
  it('is refused by name, and goes on over the index of before', () => {
    const [old, ...others] = [line('other', 'old@1', 1), line('law-policy', 'old@1', 2)]
    const sorted: IndexLine = { ...line('other', 'old@1', 7), replaces: [old?.shard ?? ''] }
    const consumed = [{ shard: old?.shard ?? '', rowStart: 0, rowEnd: 4 }]
    const own = { recipe: recipe(), calibration: of('old@1'), consumed }
    expect(refused({ index: [sorted, ...others], ...own })).toMatchObject({ problem: 'index', shard: old?.shard })
    expect(planned({ index: [old ?? sorted, ...others], ...own }).head.notes).toContainEqual(
      expect.objectContaining({ code: 'read-before' }),
    )
  })
})
