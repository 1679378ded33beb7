import { describe, expect, it } from 'vitest'
import { readRecipe } from '../../../functions/manifest/recipe.ts'
import type { Manifest } from '../../../functions/manifest/serialise.ts'
import type { RecipeInput } from '../../../schema/recipe.ts'
import type { IndexLine } from '../../../schema/shard.ts'
import { shardLine, tokenTable } from '../../support/index-lines.ts'
import { corpus, planned, recipeOf, refused } from '../../support/plan.ts'

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const quotaOf = ({ head }: Manifest, matches: (cell: string) => boolean): number =>
  sum(head.phases.flatMap(({ quotas }) => quotas.filter(({ cell }) => matches(cell)).map(({ tokens }) => tokens)))
const noteOf = ({ head }: Manifest, code: string) => head.notes.find((note) => note.code === code)

/** One phase of two English sources, equal parts. */
const twoSources = (changes: Partial<RecipeInput> = {}) =>
  recipeOf({
    phases: [{ name: 'only', share: 1, mix: { en: { share: 1, sources: { book: 0.5, code: 0.5 } } } }],
    reserve: { share: 0, rows: 0 },
    ...changes,
  })

/** Rows of exactly 100 tokens, one a cut. */
function rowsOf(cell: string, rows: number): IndexLine {
  const line = shardLine({ cell, rows, withoutBucket: 0, seed: rows })
  const cuts = line.cuts.map(([row, bucket]): [number, number | null, number] => [row, bucket, 430])
  return { ...line, cuts, bytes: 430 * rows }
}

const twoCells = [rowsOf('book/en/all', 10), rowsOf('code/en/all', 40)]

describe('a corpus that cannot fill a quota', () => {
  it('is refused with every short cell, its quota and by how much', () => {
    const problem = refused({ index: twoCells, recipe: twoSources({ tokens: 10_000 }) })
    expect(problem).toMatchObject({
      problem: 'shortfall',
      cells: [
        { cell: 'book/en/all', quota: 5000, available: 1000, short: 4000 },
        { cell: 'code/en/all', quota: 5000, available: 4000, short: 1000 },
      ],
    })
    expect(problem.detail).toContain('book/en/all needs 5,000 tokens, 1,000 can be read, 4,000 short')
    expect(problem.detail).toContain('code/en/all needs 5,000 tokens, 4,000 can be read, 1,000 short')
  })

  it('is filled to the last row when the tokens are just enough', () => {
    const plan = planned({ index: twoCells, recipe: twoSources({ tokens: 2000 }) })
    expect(quotaOf(plan, (cell) => cell.startsWith('book'))).toBe(1000)
    expect(plan.head.totals).toMatchObject({ tokens: 2000, reserveTokens: 0, rows: 20 })
  })

  it('names a cell of which nothing is left', () => {
    const consumed = [{ shard: twoCells[0]?.shard ?? '', rowStart: 0, rowEnd: 10 }]
    expect(refused({ index: twoCells, consumed, recipe: twoSources() })).toMatchObject({
      problem: 'shortfall',
      cells: [{ cell: 'book/en/all', available: 0 }],
    })
  })

  it('shrinks all phases by the tightest cell', () => {
    const plan = planned({ index: twoCells, recipe: twoSources({ tokens: 10_000, shortfall: 'shrink' }) })
    expect(quotaOf(plan, (cell) => cell.startsWith('book'))).toBe(1000)
    expect(quotaOf(plan, (cell) => cell.startsWith('code'))).toBe(1000)
    expect(noteOf(plan, 'shrunk')?.detail).toContain('2,000 tokens instead of 10,000')
  })

  it('keeps the shares of the phases when it shrinks', () => {
    const plan = planned({ index: corpus(), recipe: recipeOf({ tokens: 10 ** 9, shortfall: 'shrink' }) })
    const tokens = plan.head.phases.map((phase) => phase.tokens)
    expect((tokens[0] ?? 0) / sum(tokens)).toBeCloseTo(0.925, 4)
    expect(sum(tokens)).toBeGreaterThan(1000)
  })

  it('repeats a cell up to maxEpochs', () => {
    const plan = planned({ index: twoCells, recipe: twoSources({ tokens: 6000, shortfall: 'repeat' }) })
    expect(quotaOf(plan, () => true)).toBe(6000)
    const reads = new Map<number, number>()
    for (const { cell, rowStart, rowEnd } of plan.entries) {
      if (cell !== 'book/en/all') continue
      for (let row = rowStart; row < rowEnd; row++) reads.set(row, (reads.get(row) ?? 0) + 1)
    }
    expect([...reads.values()]).toEqual(Array.from({ length: 10 }, () => 3))
    expect(noteOf(plan, 'repeated')).toMatchObject({ cells: ['book/en/all'] })
    expect(plan.head.checks.repeatedRows).toBe(10)
    expect(refused({ index: twoCells, recipe: twoSources({ tokens: 10_000, shortfall: 'repeat' }) })).toMatchObject({
      cells: [{ cell: 'book/en/all', short: 1000 }],
    })
  })

  it('counts the epochs of earlier rounds', () => {
    const consumed = [{ shard: twoCells[0]?.shard ?? '', rowStart: 0, rowEnd: 10, times: 3 }]
    const recipe = twoSources({ tokens: 2000, shortfall: 'repeat' })
    expect(quotaOf(planned({ index: twoCells, consumed, recipe }), (cell) => cell.startsWith('book'))).toBe(1000)
    expect(
      refused({ index: twoCells, consumed, recipe: twoSources({ tokens: 2200, shortfall: 'repeat' }) }),
    ).toMatchObject({
      cells: [{ cell: 'book/en/all', short: 100 }],
    })
  })

  it('gives to the relatives what a cell cannot take', () => {
    const plan = planned({ index: twoCells, recipe: twoSources({ tokens: 4500, shortfall: 'renormalise' }) })
    expect(quotaOf(plan, (cell) => cell.startsWith('book'))).toBe(1000)
    expect(quotaOf(plan, (cell) => cell.startsWith('code'))).toBe(3500)
    expect(noteOf(plan, 'renormalised')).toMatchObject({ cells: ['book/en/all'] })
    expect(refused({ index: twoCells, recipe: twoSources({ tokens: 6000, shortfall: 'renormalise' }) })).toMatchObject({
      problem: 'shortfall',
    })
  })

  it('does not wait for a cell that has nothing left to give', () => {
    const consumed = [{ shard: twoCells[0]?.shard ?? '', rowStart: 0, rowEnd: 10 }]
    const plan = planned({ index: twoCells, consumed, recipe: twoSources({ shortfall: 'renormalise' }) })
    expect(quotaOf(plan, (cell) => cell.startsWith('book'))).toBe(0)
    expect(quotaOf(plan, (cell) => cell.startsWith('code'))).toBeGreaterThan(1000)
    expect(noteOf(plan, 'renormalised')).toMatchObject({ cells: ['book/en/all'] })
  })

  it('leaves the languages at their shares when relatives have enough', () => {
    const scarce = corpus().filter((line) => !line.cell.startsWith('web/zh/') || line.cell.endsWith('/other'))
    const topics = { zh: { other: 0.5, 'law-policy': 0.5 } }
    const recipe = recipeOf({ topics, tokens: 60_000, shortfall: 'renormalise' })
    const plan = planned({ index: scarce, recipe })
    const [first] = plan.head.phases
    const chinese = sum((first?.quotas ?? []).filter(({ cell }) => cell.includes('/zh/')).map(({ tokens }) => tokens))
    expect(chinese).toBe(Math.round(60_000 * 0.925 * 0.2))
    expect(quotaOf(plan, (cell) => cell === 'web/zh/law-policy')).toBe(0)
  })
})

describe('topics that the recipe does not weigh', () => {
  const phases = recipeOf().phases

  it('leave a phase to others when they have too few rows for all, and are named', () => {
    const index = [...corpus().filter(({ cell }) => cell !== 'web/en/law-policy'), rowsOf('web/en/law-policy', 1)]
    const plan = planned({ index, recipe: recipeOf({ phases }) })
    expect(quotaOf(plan, (cell) => cell === 'web/en/law-policy')).toBe(0)
    const notes = plan.head.notes.filter(({ code }) => code === 'topic-left-out')
    expect(notes).toHaveLength(2)
    expect(notes.every(({ cells }) => cells?.includes('web/en/law-policy'))).toBe(true)
    // What was observed stays in the head: the next round starts from it.
    expect(plan.head.topics['en']?.['law-policy']).toBeGreaterThan(0)
  })

  it('are short like any other when the recipe weighs them', () => {
    const index = corpus().filter(({ cell }) => cell !== 'web/en/law-policy')
    const recipe = recipeOf({ topics: { en: { other: 0.9, 'law-policy': 0.1 } }, tokens: 10_000 })
    expect(refused({ index, recipe })).toMatchObject({ cells: [{ cell: 'web/en/law-policy', available: 0 }] })
  })

  it('are weighed as given', () => {
    const topics = { en: { other: 0.75, 'law-policy': 0.25 } }
    const plan = planned({ index: corpus(), recipe: recipeOf({ topics }) })
    const law = quotaOf(plan, (cell) => cell === 'web/en/law-policy')
    expect(law / quotaOf(plan, (cell) => cell.startsWith('web/en/'))).toBeCloseTo(0.25, 3)
    const proposed = planned({ index: corpus(), topics })
    expect(quotaOf(proposed, (cell) => cell === 'web/en/law-policy')).toBe(law)
    expect(proposed.head.topics['en']).toEqual(topics.en)
  })

  it('follow the feedback, not the shares that the recipe started from', () => {
    const topics = { en: { other: 0.5, 'law-policy': 0.5 } }
    const recipe = recipeOf({ topics: { en: { other: 0.75, 'law-policy': 0.25 } } })
    expect(planned({ index: corpus(), recipe, topics }).head.topics['en']).toEqual(topics.en)
  })
})

describe('missing sources', () => {
  const web = corpus().filter(({ cell }) => cell.startsWith('web/'))

  it('are refused by name', () => {
    const problem = refused({ index: web })
    expect(problem).toMatchObject({
      problem: 'missing-sources',
      sources: [
        'book/en',
        'book/zh',
        'code/en',
        'encyclopedia/en',
        'encyclopedia/zh',
        'math/en',
        'paper/en',
        'qa_forum/en',
        'qa_forum/zh',
        'synthetic',
      ],
    })
    expect(problem.detail).toContain('code/en')
  })

  it('leave their share to the others, named', () => {
    const plan = planned({ index: web, recipe: recipeOf({ missingSources: 'renormalise' }) })
    expect(plan.head.notes.filter(({ code }) => code === 'source-missing')).toHaveLength(10)
    const [first, second] = plan.head.phases
    const chinese = (phase: typeof first): number =>
      sum((phase?.quotas ?? []).filter(({ cell }) => cell.includes('/zh/')).map(({ tokens }) => tokens)) /
      (phase?.tokens ?? 1)
    expect(chinese(first)).toBeCloseTo(0.2, 3)
    // Without synthetic documents the second stage has 1 : 7.
    expect(chinese(second)).toBeCloseTo(1 / 8, 3)
  })

  it('may be a whole language', () => {
    const english = web.filter(({ cell }) => cell.startsWith('web/en/'))
    const plan = planned({ index: english, recipe: recipeOf({ missingSources: 'renormalise' }) })
    expect(quotaOf(plan, (cell) => !cell.startsWith('web/en/'))).toBe(0)
    expect(refused({ index: [], recipe: recipeOf({ missingSources: 'renormalise' }) }).problem).toBe('missing-sources')
  })
})

describe('what else is refused', () => {
  it('rows of one language under two models, but not rows without a score', () => {
    const index = corpus()
    const stranger = shardLine({ cell: 'web/en/other', rows: 20, seed: 77, pplModel: 'en-other' })
    expect(refused({ index: [...index, stranger] })).toMatchObject({
      problem: 'mixed-models',
      models: { en: ['en-other', 'en-test'] },
    })
    planned({ index: [...index, { ...stranger, pplModel: null }] })
  })

  it('quantiles without borders under the model that scored', () => {
    const problem = refused({
      index: corpus(),
      recipe: recipeOf({ quantiles: [1, 2] }),
      calibration: { id: 'none', borders: {} },
    })
    expect(problem).toMatchObject({ problem: 'calibration', languages: ['en', 'zh'] })
  })

  it('a token table that lacks a language and source', () => {
    const { 'en/code': _, ...bytesPerToken } = tokenTable.bytesPerToken
    expect(refused({ index: corpus(), tokenTable: { ...tokenTable, bytesPerToken } })).toMatchObject({
      problem: 'token-table',
      missing: ['en/code'],
    })
  })

  it.each([
    ['two lines', (line: IndexLine) => [line, line]],
    ['cuts of', (line: IndexLine) => [{ ...line, bytes: line.bytes + 1 }]],
    ['a first cut at row', (line: IndexLine) => [{ ...line, cuts: line.cuts.toReversed() }]],
    ['a cut at row', (line: IndexLine) => [{ ...line, rows: 1 }]],
  ])('an index that gives a shard %s', (words, change) => {
    const [first, ...rest] = corpus()
    const problem = refused({ index: [...change(first as IndexLine), ...rest] })
    expect(problem).toMatchObject({ problem: 'index', shard: first?.shard })
    expect(problem.detail).toContain(words)
  })
})

describe('quantiles', () => {
  it('lets a recipe read only some, and no document without a bucket', () => {
    const { entries } = planned({ index: corpus(), recipe: recipeOf({ quantiles: [1, 2, 10] }) })
    const buckets = new Set(entries.map(({ bucket }) => bucket))
    expect(buckets.has(null)).toBe(false)
    for (const bucket of buckets) expect((bucket ?? 0) < 64 || (bucket ?? 0) >= 78).toBe(true)
  })
})

describe('readRecipe', () => {
  it('knows the built-in recipe and lists those there are', () => {
    expect(readRecipe('llama-3-syne')).toHaveProperty('recipe.name', 'llama-3-syne')
    expect(readRecipe('llama-4')).toEqual({
      issues: ['unknown recipe "llama-4", expected one of llama-3-syne, or a recipe of your own'],
    })
  })

  const phase = { name: 'only', share: 1, mix: { en: { share: 1, sources: { web: 1 } } } }
  it.each([
    ['a sum', { phases: [{ ...phase, share: 0.9 }] }, 'phases: the shares of the phases sum to 0.9, expected 1'],
    [
      'an inner sum',
      { phases: [{ ...phase, mix: { en: { share: 1, sources: { web: 0.5, book: 0.2 } } } }] },
      'phases[0].mix.en.sources: the shares of the sources sum to 0.7, expected 1',
    ],
    [
      'a language',
      { phases: [{ ...phase, mix: { fr: { share: 1, sources: { web: 1 } } } }] },
      'phases[0].mix.fr: unknown language "fr", expected one of en, zh, synthetic',
    ],
    [
      'a source',
      { phases: [{ ...phase, mix: { en: { share: 1, sources: { blog: 1 } } } }] },
      'phases[0].mix.en.sources.blog: unknown source "blog", expected one of web, encyclopedia',
    ],
    ['a topic', { phases: [phase], topics: { en: { law: 1 } } }, 'topics.en.law: unknown topic "law", expected one of'],
    ['a key', { phases: [phase], tokns: 3 }, '(top level): Unrecognized key: "tokns"'],
    ['a type', { phases: [phase], tokens: 'many' }, 'tokens: Invalid input: expected number, received string'],
    [
      'a repeated phase',
      {
        phases: [
          { ...phase, share: 0.5 },
          { ...phase, share: 0.5 },
        ],
      },
      'two phases are named only',
    ],
    [
      'web pages in the synthetic part',
      { phases: [{ ...phase, mix: { synthetic: { share: 1, sources: { web: 1 } } } }] },
      'the part synthetic holds the source synthetic alone, found web',
    ],
  ])('names %s that is wrong, where it is and what was expected', (_, recipe, line) => {
    const result = readRecipe({ name: 'mine', ...recipe })
    expect('issues' in result ? result.issues.join('\n') : '').toContain(line)
  })

  it('takes shares that miss 1 by rounding', () => {
    const mix = { en: { share: 1, sources: { web: 1 / 3, book: 1 / 3, code: 0.3333333 } } }
    expect(readRecipe({ name: 'mine', phases: [{ ...phase, mix }] })).toHaveProperty('recipe')
  })
})
