import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { canonicalJson } from '../../../functions/kernel/canonical-json.ts'
import { consumedBy, mergeRanges, type ReadRange } from '../../../functions/manifest/consumption.ts'
import { planManifest } from '../../../functions/manifest/manifest.ts'
import { isProblem } from '../../../functions/manifest/problem.ts'
import { largestRemainder } from '../../../functions/manifest/quota.ts'
import { serialise, type Manifest } from '../../../functions/manifest/serialise.ts'
import { Entry, ManifestHead, ShardLine } from '../../../schema/manifest.ts'
import type { RecipeInput } from '../../../schema/recipe.ts'
import { SOURCES, TOPICS, type IndexLine } from '../../../schema/shard.ts'
import { randomFrom, shardLine } from '../../support/index-lines.ts'
import { corpus, planned, recipeOf, request } from '../../support/plan.ts'

const shuffled = <T>(items: readonly T[], seed: number): T[] => {
  const random = randomFrom(seed)
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
// Plans are fast, but a machine with other work on it may not be.
vi.setConfig({ testTimeout: 120_000 })

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const lanesOf = ({ entries }: Manifest) => Map.groupBy(entries, ({ phase, cell }) => `${phase}/${cell}`)

/** What every manifest keeps, whatever the recipe and the corpus. */
function expectSound(manifest: Manifest, index: readonly IndexLine[]): void {
  const { head, shards, entries } = manifest
  const { reserve } = head.recipe
  const lines = new Map(index.map((line) => [line.shard, line]))
  const lanes = lanesOf(manifest)
  const shortReserve = new Set(head.notes.filter(({ code }) => code === 'reserve-short').flatMap(({ cells }) => cells))
  expect(entries.map(({ position }) => position)).toEqual([...entries.keys()])
  expect(head.totals.entries).toBe(entries.length)
  expect(sum(head.phases.map(({ tokens }) => tokens))).toBe(
    sum(head.phases.flatMap((p) => p.quotas.map((q) => q.tokens))),
  )

  let largest = 0
  for (const { name, quotas } of head.phases) {
    for (const { cell, tokens: quota } of quotas) {
      const lane = lanes.get(`${name}/${cell}`) ?? []
      const own = lane.filter((entry) => !entry.reserve)
      const taken = sum(own.map(({ tokens }) => tokens))
      const last = own.at(-1)
      expect(taken).toBeGreaterThanOrEqual(quota)
      expect(taken - quota).toBeLessThan(last?.tokens ?? 0)
      largest = Math.max(largest, taken - quota)
      // The entry that reaches the quota is one cut of its shard.
      const starts = lines.get(shards[last?.shard ?? -1]?.shard ?? '')?.cuts.map(([row]) => row) ?? []
      expect(starts.filter((row) => row >= (last?.rowStart ?? 0) && row < (last?.rowEnd ?? 0))).toHaveLength(1)
      const behind = lane.slice(own.length)
      expect(behind.every((entry) => entry.reserve === true)).toBe(true)
      if (shortReserve.has(cell)) continue
      expect(sum(behind.map((entry) => entry.rowEnd - entry.rowStart))).toBeGreaterThanOrEqual(reserve.rows)
      expect(sum(lane.map(({ tokens }) => tokens))).toBeGreaterThanOrEqual(quota * (1 + reserve.share))
    }
  }
  expect(head.checks.largestOvershoot).toBe(largest)
  expect(lanes.size).toBe(sum(head.phases.map(({ quotas }) => quotas.length)))

  // Every entry lies between cuts, inside one bucket of a shard that is not held out and of its own cell.
  for (const { shard: number, rowStart, rowEnd, bucket, cell } of entries) {
    const line = lines.get(shards[number]?.shard ?? '')
    expect(line?.holdout).toBeUndefined()
    expect(line?.cell).toBe(cell)
    const inside = (line?.cuts ?? []).filter(([row]) => row >= rowStart && row < rowEnd)
    expect(inside[0]?.[0]).toBe(rowStart)
    expect(new Set(inside.map((cut) => cut[1]))).toEqual(new Set([bucket]))
    expect([line?.rows, ...(line?.cuts.map(([row]) => row) ?? [])]).toContain(rowEnd)
  }
}

const rowsTwice = ({ shards, entries }: Manifest): number =>
  mergeRanges(entries.map((entry) => ({ ...entry, shard: shards[entry.shard]?.shard ?? '' }))).filter(
    ({ times = 1 }) => times > 1,
  ).length

const isSynthetic = (cell: string): boolean => cell.startsWith('synthetic/')
const linesOf = (bytes: Uint8Array): unknown[] =>
  new TextDecoder()
    .decode(bytes)
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))

describe('planManifest', () => {
  const index = corpus()
  const manifest = planned({ index })

  it('scales the paper recipe to a third of the tightest cell, exact in every share', () => {
    const { head } = manifest
    expectSound(manifest, index)
    expect(rowsTwice(manifest)).toBe(0)
    const total = sum(head.phases.map(({ tokens }) => tokens))
    expect(head.phases.map(({ tokens }) => tokens)).toEqual(largestRemainder(total, [0.925, 0.075]))
    const [first, second] = head.phases
    const of = (phase: typeof first, matches: (cell: string) => boolean): number =>
      sum((phase?.quotas ?? []).filter(({ cell }) => matches(cell)).map(({ tokens }) => tokens))
    const parts = [
      (cell: string) => cell.includes('/en/') && !isSynthetic(cell),
      isSynthetic,
      (cell: string) => cell.includes('/zh/'),
    ]
    expect(parts.map((part) => of(first, part))).toEqual(largestRemainder(first?.tokens ?? 0, [0.8, 0, 0.2]))
    expect(parts.map((part) => of(second, part))).toEqual(largestRemainder(second?.tokens ?? 0, [0.7, 0.2, 0.1]))
    const english = of(first, (cell) => cell.includes('/en/'))
    expect(of(first, (cell) => cell.startsWith('web/en/'))).toBe(
      largestRemainder(english, [0.05, 0.15, 0.15, 0.05, 0.1, 0.1, 0.4])[6],
    )

    // No cell gives more than a third, and the tightest gives about that.
    const given = Map.groupBy(
      head.phases.flatMap(({ quotas }) => quotas),
      ({ cell }) => cell,
    )
    const shares = [...given].map(([cell, quotas]) => {
      const bytes = sum(index.filter((line) => line.cell === cell && !line.holdout).map((line) => line.bytes))
      return sum(quotas.map(({ tokens }) => tokens)) / (bytes / (cell.includes('/zh/') ? 2.9 : 4.3))
    })
    expect(Math.max(...shares)).toBeGreaterThan(0.33)
    expect(Math.max(...shares)).toBeLessThan(1 / 3 + 0.001)
  })

  it('reads every Chinese cell from low perplexity to high, its reserve too', () => {
    for (const [lane, entries] of lanesOf(manifest)) {
      if (!lane.includes('/zh/')) continue
      const buckets = entries.map(({ bucket }) => bucket ?? Number.POSITIVE_INFINITY)
      expect(buckets).toEqual([...buckets].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
    }
    const correlations = Object.entries(manifest.head.checks.curriculum)
    expect(correlations.every(([lane]) => lane.includes('/zh/'))).toBe(true)
    // Fewer than 1 only for ties: many entries of one bucket.
    expect(Math.min(...correlations.map(([, rho]) => rho))).toBeGreaterThan(0.9)
  })

  it('spreads each English cell over its buckets in every part of the phase', () => {
    const lane = lanesOf(manifest).get('bilingual-adaptation/code/en/all') ?? []
    const own = lane.filter((entry) => !entry.reserve && entry.bucket !== null)
    const half = Math.floor(own.length / 2)
    const mean = (part: typeof own): number => sum(part.map(({ bucket }) => bucket ?? 0)) / part.length
    expect(own.length).toBeGreaterThan(20)
    expect(Math.abs(mean(own.slice(0, half)) - mean(own.slice(half)))).toBeLessThan(3)
  })

  it('does not take cells through their buckets in step', () => {
    const lanes = lanesOf(manifest)
    const web = TOPICS.map((topic) => lanes.get(`bilingual-adaptation/web/en/${topic}`)?.[0]?.bucket)
    expect(new Set(web).size).toBeGreaterThan(4)
  })

  it('takes the same share of every bucket', () => {
    const big = [...corpus({ webRows: 2000 })]
    const { entries } = planned({ index: big, recipe: recipeOf({ reserve: { share: 0, rows: 0 } }) })
    for (const cell of ['web/zh/other', 'web/en/other']) {
      const lines = big.filter((line) => line.cell === cell && !line.holdout)
      const all = new Map<number | null, number>()
      for (const [, bucket, bytes] of lines.flatMap((line) => line.cuts))
        all.set(bucket, (all.get(bucket) ?? 0) + bytes)
      const read = new Map<number | null, number>()
      const perToken = cell.includes('/zh/') ? 2.9 : 4.3
      for (const entry of entries.filter((one) => one.cell === cell)) {
        read.set(entry.bucket, (read.get(entry.bucket) ?? 0) + entry.tokens * perToken)
      }
      const share = sum([...read.values()]) / sum([...all.values()])
      // Two phases, each within a cut (a row of up to 30 kB) of its share of the bucket.
      for (const [bucket, bytes] of all) expect(Math.abs((read.get(bucket) ?? 0) - share * bytes)).toBeLessThan(60_000)
    }
  })

  it('has an id that is the hash of its head, and files of the hashes it names', () => {
    const { head } = manifest
    const bytes = serialise(manifest)
    const stored = JSON.parse(new TextDecoder().decode(bytes.head)) as ManifestHead
    const { id, ...rest } = stored
    expect(createHash('sha256').update(canonicalJson(rest)).digest('hex')).toBe(id)
    expect(ManifestHead.strict().parse(stored)).toEqual(head)
    for (const name of ['shards', 'entries'] as const) {
      expect(head.files[name].sha256).toBe(createHash('sha256').update(bytes[name]).digest('hex'))
      expect(head.files[name].bytes).toBe(bytes[name].length)
    }
    expect(linesOf(bytes.entries).map((line) => Entry.strict().parse(line))).toEqual(manifest.entries)
    expect(linesOf(bytes.shards).map((line) => ShardLine.strict().parse(line))).toEqual(manifest.shards)
  })

  it('holds every hold-out file of the recipe, and none of them is read', () => {
    const held = index.filter((line) => line.holdout)
    expect(manifest.head.holdout.files.map(({ shard }) => shard).sort()).toEqual(held.map(({ shard }) => shard).sort())
    expect(manifest.head.holdout.files.every(({ rows, take }) => rows === take)).toBe(true)
    expect(manifest.shards.filter(({ shard }) => held.some((line) => line.shard === shard))).toEqual([])
  })

  it('takes 512 hold-out rows of a cell, from its files in proportion to their rows', () => {
    const [first] = index.filter((line) => line.holdout)
    if (first === undefined) throw new Error('the index has no hold-out file')
    const many = [
      ...index.filter(({ cell, holdout }) => holdout !== true || cell !== first.cell),
      ...[600, 200].map((rows) => shardLine({ cell: first.cell, rows, seed: rows, holdout: true })),
    ]
    const { head } = planned({ index: many })
    const takes = head.holdout.files.filter(({ cell }) => cell === first.cell).map(({ rows, take }) => [rows, take])
    expect(takes.sort(([a = 0], [b = 0]) => a - b)).toEqual([
      [200, 128],
      [600, 384],
    ])
  })

  it('does not depend on the order of the index or of the recipe, and depends on the seed', () => {
    const { phases, ...rest } = recipeOf()
    const backwards = {
      ...Object.fromEntries(Object.entries(rest).reverse()),
      phases: phases.map(({ mix, ...phase }) => ({ ...phase, mix: Object.fromEntries(Object.entries(mix).reverse()) })),
    } as ReturnType<typeof recipeOf>
    for (const seed of [1, 2, 3]) {
      const again = planned({ index: shuffled(index, seed), recipe: backwards })
      expect(again.head.id).toBe(manifest.head.id)
    }
    expect(planned({ index, recipe: recipeOf({ seed: 1 }) }).head.id).not.toBe(manifest.head.id)
  })

  it('keeps its properties for any corpus and recipe that can be filled', () => {
    const settings = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      webRows: fc.integer({ min: 12, max: 90 }),
      rowsPerCut: fc.integer({ min: 1, max: 4 }),
      buckets: fc.integer({ min: 1, max: 40 }),
      withoutBucket: fc.constantFrom(0, 0.1, 1),
      select: fc.constantFrom('even' as const, 'lowest' as const),
      withoutFirst: fc.boolean(),
      curriculum: fc.constantFrom('none' as const, 'ascending' as const, 'descending' as const),
      segmentTokens: fc.constantFrom(1, 500, 2 ** 17),
      reserveRows: fc.integer({ min: 0, max: 4 }),
      takeAtMost: fc.constantFrom(0.1, 1 / 3, 0.6),
    })
    fc.assert(
      fc.property(
        settings,
        ({ select, curriculum, withoutFirst, segmentTokens, reserveRows, takeAtMost, ...shape }) => {
          const own = corpus(shape)
          const base = recipeOf()
          const phases: RecipeInput['phases'] = base.phases.map((phase) => ({
            ...phase,
            mix: Object.fromEntries(Object.entries(phase.mix).map(([part, mix]) => [part, { ...mix, curriculum }])),
          }))
          const recipe = recipeOf({
            phases,
            select,
            withoutBucket: withoutFirst ? 'first' : 'last',
            segmentTokens,
            reserve: { rows: reserveRows },
            takeAtMost,
          })
          const plan = planned({ index: own, recipe })
          expectSound(plan, own)
          expect(rowsTwice(plan)).toBe(0)
          expect(plan.head.checks.repeatedRows).toBe(0)
          const largest = Math.max(...plan.entries.map(({ tokens }) => tokens))
          expect(plan.head.checks.largestDeficit).toBeLessThanOrEqual(largest + 1e-6)
          for (const entries of lanesOf(plan).values()) {
            const nulls = entries.map(({ bucket }) => bucket === null)
            const scored = entries.flatMap(({ bucket }) => bucket ?? [])
            if (curriculum === 'none') continue
            const sign = curriculum === 'ascending' ? 1 : -1
            expect(scored).toEqual([...scored].sort((a, b) => sign * (a - b)))
            expect(nulls).toEqual(
              [...nulls].sort((a, b) => (withoutFirst ? Number(b) - Number(a) : Number(a) - Number(b))),
            )
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('keeps them where segments are many cuts, up to the size that the recipe allows', () => {
    const settings = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      segmentTokens: fc.integer({ min: 500, max: 8000 }),
      tokens: fc.integer({ min: 200_000, max: 400_000 }),
      curriculum: fc.constantFrom('none' as const, 'ascending' as const),
    })
    fc.assert(
      fc.property(settings, ({ seed, segmentTokens, tokens, curriculum }) => {
        const own = [1, 2].flatMap((seal) => [
          shardLine({ cell: 'book/en/all', rows: 1500, meanBytes: 500, seed, seal }),
          shardLine({ cell: 'code/en/all', rows: 3000, meanBytes: 500, seed: seed + 1, seal }),
        ])
        const mix = { en: { share: 1, sources: { book: 0.3, code: 0.7 }, curriculum } }
        const phases = [0.6, 0.4].map((share, i) => ({ name: `phase-${i}`, share, mix }))
        const plan = planned({ index: own, recipe: recipeOf({ phases, tokens, segmentTokens }) })
        expectSound(plan, own)
        expect(rowsTwice(plan)).toBe(0)
        expect(plan.entries.filter(({ rowStart, rowEnd }) => rowEnd - rowStart > 3).length).toBeGreaterThan(20)
        const large = plan.entries.filter((entry) => entry.tokens > segmentTokens)
        expect(large.every(({ rowStart, rowEnd }) => rowEnd - rowStart === 1)).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  it('keeps them for corpora of a few rows a cell, over three rounds, or refuses', () => {
    const settings = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      rows: fc.array(fc.integer({ min: 3, max: 12 }), { minLength: 32, maxLength: 32 }),
      rowsPerCut: fc.integer({ min: 1, max: 3 }),
      shortfall: fc.constantFrom('fail' as const, 'shrink' as const, 'renormalise' as const),
    })
    const cells = [...new Set(index.map(({ cell }) => cell))]
    let made = 0
    fc.assert(
      fc.property(settings, ({ seed, rows, rowsPerCut, shortfall }) => {
        const own = cells.map((cell, i) => shardLine({ cell, rows: rows[i] ?? 5, rowsPerCut, seed: seed + i }))
        let consumed: readonly ReadRange[] = []
        for (let round = 1; round <= 3; round++) {
          const plan = planManifest(request({ index: own, recipe: recipeOf({ shortfall }), consumed, round }))
          if (isProblem(plan)) {
            expect(plan.problem).toBe('shortfall')
            return
          }
          made += 1
          expectSound(plan, own)
          consumed = mergeRanges([...consumed, ...consumedBy(plan, null)])
          expect(consumed.every(({ times }) => times === 1)).toBe(true)
        }
      }),
      { numRuns: 25 },
    )
    expect(made).toBeGreaterThan(8)
  })

  it('names each topic and source it knows in some cell', () => {
    const cells = new Set(manifest.entries.map(({ cell }) => cell))
    for (const topic of TOPICS) expect([...cells].filter((cell) => cell.endsWith(`/${topic}`))).toHaveLength(2)
    for (const source of SOURCES) expect([...cells].some((cell) => cell.startsWith(`${source}/`))).toBe(true)
  })

  it('reads a corpus of one row per bucket over all of its buckets', () => {
    const rows = Array.from({ length: 12 }, (_, i) =>
      shardLine({ cell: 'web/zh/other', rows: 1, firstBucket: 60 + i, buckets: 1, withoutBucket: 0, seed: 900 + i }),
    )
    const even = rows.map((line) => ({
      ...line,
      bytes: 2900,
      cuts: line.cuts.map(([row, bucket]) => [row, bucket, 2900] as [number, number, number]),
    }))
    const recipe = recipeOf({
      phases: [{ name: 'only', share: 1, mix: { zh: { share: 1, sources: { web: 1 }, curriculum: 'ascending' } } }],
      tokens: 4000,
      reserve: { share: 0, rows: 0 },
    })
    const buckets = planned({ index: even, recipe }).entries.map(({ bucket }) => bucket)
    expect(buckets).toHaveLength(4)
    expect(Math.max(...buckets.map((bucket) => bucket ?? 0))).toBeGreaterThanOrEqual(69)
    expect(Math.min(...buckets.map((bucket) => bucket ?? 0))).toBeLessThanOrEqual(62)
  })
})
