/** The whole way of the sample, from HTTP to the next manifest, worked out again from the files that came out. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processFiles } from '../../cli/process-files.ts'
import type { Report } from '../../schema/report.ts'
import type { IndexLine } from '../../schema/shard.ts'
import { expectIndexHolds, expectReadersAgree, openParquetFiles, parquetFiles } from '../contract/open-parquet.ts'
import type { ExpectedFile } from '../support/sample/sample-page.ts'
import { byPhaseAndCell, hamilton, rowKey, rowsOfEntries } from './manifest-rows.ts'
import { updatedShares } from './mixture-update.ts'
import { HOLDOUT_SHARE, runSample, SAMPLE, type SampleRun } from './sample-run.ts'
import { cellOf, readRows, type StoredRow } from './stored-rows.ts'

const PATIENCE_MS = 10 * 60_000
const BOTH = ['first', 'next'] as const
let folder = ''
let run: SampleRun

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-round-'))
  run = await runSample(folder)
}, PATIENCE_MS)
afterAll(() => rm(folder, { recursive: true, force: true }))

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0)
const ascending = (numbers: readonly (number | null)[]): boolean =>
  numbers.every((bucket, i) => i === 0 || (numbers[i - 1] ?? Infinity) <= (bucket ?? Infinity))

async function textsBelow(prefix: string, name: RegExp): Promise<string[]> {
  const root = path.join(run.corpus, prefix)
  const names = (await readdir(root, { recursive: true })).filter((file) => name.test(file)).sort()
  return Promise.all(names.map((file) => readFile(path.join(root, file), 'utf8')))
}

/** A page that is in no shard. */
interface TurnedAway {
  readonly url: string
  readonly rejected?: string
  readonly failed?: string
}

async function turnedAway(prefix: string, name: RegExp): Promise<TurnedAway[]> {
  const lines = (await textsBelow(prefix, name)).join('').split('\n')
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as TurnedAway]))
}

const indexOfSeals = async (): Promise<IndexLine[]> =>
  (await textsBelow('seals', /\/lines\/\d+\.json$/)).map((text) => JSON.parse(text) as IndexLine)

async function rowsBelow(prefix: 'shards' | 'holdout'): Promise<StoredRow[]> {
  const files = await parquetFiles(path.join(run.corpus, prefix))
  return (await Promise.all(files.map(async (file) => readRows(await readFile(file))))).flat()
}

const readExpected = async (): Promise<ExpectedFile> =>
  JSON.parse(await readFile(path.join(SAMPLE, 'expected.json'), 'utf8')) as ExpectedFile
const readDocuments = async (): Promise<{ url: string }[]> =>
  (await readFile(path.join(SAMPLE, 'documents.ndjson'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { url: string })

/**
 * Where a page may end, as beginnings of names. What extraction leaves around a text may cost a good page its place, but
 * only by a rule of quality, and makes a reprint on another site a near duplicate.
 */
function fatesOf(url: string, page: ExpectedFile[string]): readonly string[] {
  if (page.kind === 'good') return ['kept', 'quality/']
  const isReprint = page.of !== undefined && new URL(page.of).host !== new URL(url).host
  return isReprint ? [...page.reasons, 'kept'] : page.reasons
}

describe('the funnel', () => {
  it('sends every page somewhere, and counts what the files hold', async () => {
    const { pages, candidates, kept, duplicates, nearDuplicates, heldOut, rejected, failed } = run.batch.funnel
    expect((kept ?? 0) + (duplicates ?? 0) + (nearDuplicates ?? 0) + (heldOut ?? 0)).toBe(candidates)
    expect(candidates + sum(Object.values(rejected)) + sum(Object.values(failed))).toBe(pages)
    expect(pages).toBe(Object.keys(await readExpected()).length + (await readDocuments()).length)
    expect([(await rowsBelow('shards')).length, (await rowsBelow('holdout')).length]).toEqual([kept, heldOut])
  })

  it('gives every page the fate that it was written for', async () => {
    const fates = new Map<string, string>()
    for (const { url, rejected, failed } of await turnedAway('', /\.rejects\.ndjson$/)) {
      fates.set(url, rejected ?? `failed/${failed}`)
    }
    for (const { url } of await turnedAway('seals', /\/duplicates\/.*\.ndjson$/)) fates.set(url, 'duplicate')
    for (const { url } of [...(await rowsBelow('shards')), ...(await rowsBelow('holdout'))]) fates.set(url, 'kept')
    expect(fates.size).toBe(run.batch.funnel.pages)
    const expected = await readExpected()
    const astray = Object.entries(expected).flatMap(([url, page]) => {
      const fate = fates.get(url) ?? 'none'
      return fatesOf(url, page).some((start) => fate.startsWith(start)) ? [] : [[url, fate]]
    })
    expect(astray).toEqual([])
    const good = Object.entries(expected).flatMap(([url, page]) => (page.kind === 'good' ? [{ url, ...page }] : []))
    const passed = Map.groupBy(
      good.filter(({ url }) => fates.get(url) === 'kept'),
      ({ lang, topic }) => `${lang} ${topic}`,
    )
    for (const name of new Set(good.map(({ lang, topic }) => `${lang} ${topic}`))) {
      expect(passed.get(name)?.length, `pages of ${name} that pass`).toBeGreaterThanOrEqual(8)
    }
    expect((await readDocuments()).filter(({ url }) => fates.get(url) !== 'kept')).toEqual([])
  })
})

describe('quotas', () => {
  type Weights = Readonly<Record<string, number>>
  const PARTS: Readonly<Record<string, Weights>> = {
    'bilingual-adaptation': { zh: 2, en: 8 },
    'synthetic-enhancement': { zh: 1, en: 7, synthetic: 2 },
  }
  const SOURCES: Readonly<Record<string, Weights>> = {
    zh: { web: 70, encyclopedia: 5, book: 20, qa_forum: 5 },
    en: { web: 40, encyclopedia: 5, book: 15, qa_forum: 5, paper: 10, math: 10, code: 15 },
    synthetic: { synthetic: 1 },
  }
  /** By name, as ties of remainders are settled. */
  const split = (total: number, weights: Weights): Record<string, number> => {
    const sorted = Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1))
    const shares = sorted.map(([, weight]) => weight)
    const parts = hamilton(total, shares)
    return Object.fromEntries(sorted.map(([name], i) => [name, parts[i] ?? 0]))
  }

  it.each(BOTH)('of the %s manifest are the paper’s, to the token', (which) => {
    const { phases, totals } = run[which].head
    const total = sum(phases.map(({ tokens }) => tokens))
    expect(totals.tokens).toBeGreaterThanOrEqual(total)
    expect(phases.map(({ name, tokens }) => [name, tokens])).toEqual(
      hamilton(total, [925, 75]).map((tokens, i) => [Object.keys(PARTS)[i], tokens]),
    )
    for (const { name, tokens, quotas } of phases) {
      for (const [part, partTokens] of Object.entries(split(tokens, PARTS[name] ?? {}))) {
        const found: Record<string, number> = {}
        for (const { cell, tokens: quota } of quotas) {
          const [source = '', lang = ''] = cell.split('/')
          if ((source === 'synthetic' ? source : lang) !== part) continue
          found[source] = (found[source] ?? 0) + quota
        }
        expect(found, `${name} ${part}`).toEqual(split(partTokens, SOURCES[part] ?? {}))
      }
      expect(sum(quotas.map((quota) => quota.tokens))).toBe(tokens)
    }
  })

  it.each(BOTH)('of web pages in the %s manifest are the topic shares, within a token', (which) => {
    const { phases, topics, notes } = run[which].head
    for (const { name, quotas } of phases) {
      const without = notes.flatMap(({ code, detail, cells = [] }) =>
        code === 'topic-left-out' && detail.includes(name) ? cells : [],
      )
      for (const [lang, shares] of Object.entries(topics)) {
        const own = Object.entries(shares).filter(([topic]) => !without.includes(`web/${lang}/${topic}`))
        const quotaOf = (topic: string): number =>
          quotas.find(({ cell }) => cell === `web/${lang}/${topic}`)?.tokens ?? 0
        const perShare = sum(own.map(([topic]) => quotaOf(topic))) / sum(own.map(([, share]) => share))
        for (const [topic, share] of own) {
          expect(Math.abs(quotaOf(topic) - perShare * share), `${name} ${lang} ${topic}`).toBeLessThan(1)
        }
      }
    }
  })
})

describe('entries', () => {
  it.each(BOTH)('of the %s manifest fill each quota and stop at the row that does', (which) => {
    const manifest = run[which]
    const lanes = byPhaseAndCell(manifest, run)
    const quotas = manifest.head.phases.flatMap((phase) =>
      phase.quotas.map(({ cell, tokens }) => ({ lane: `${phase.name} ${cell}`, cell, quota: tokens })),
    )
    expect([...lanes.keys()].sort()).toEqual(quotas.map(({ lane }) => lane).sort())
    const named = manifest.head.notes.flatMap(({ code, cells = [] }) => (code === 'reserve-short' ? cells : []))
    const problems = quotas.flatMap(({ lane, cell, quota }) => {
      const lines = lanes.get(lane) ?? []
      const first = lines.findIndex(({ entry }) => entry.reserve === true)
      const border = first === -1 ? lines.length : first
      const read = lines.slice(0, border).flatMap(({ rows }) => rows)
      const reserve = lines.slice(border).flatMap(({ rows }) => rows)
      const tokens = sum(read.map((row) => row.tokens))
      const past = tokens - quota + sum(reserve.map((row) => row.tokens))
      const wrong: [string, boolean][] = [
        ['short of its quota', tokens < quota],
        ['a row too far', tokens - quota >= (read.at(-1)?.tokens ?? 0)],
        ['a quota behind its reserve', lines.slice(border).some(({ entry }) => entry.reserve !== true)],
        ['a short reserve, not named', !named.includes(cell) && (reserve.length < 2 || past < 0.03 * quota)],
        ['another sum', lines.some(({ entry, rows }) => entry.tokens !== sum(rows.map((row) => row.tokens)))],
      ]
      return wrong.flatMap(([problem, is]) => (is ? [`${lane}: ${problem}`] : []))
    })
    expect(problems).toEqual([])
  })

  it.each(BOTH)('of the %s manifest name rows of their cell and bucket, none twice', (which) => {
    const { entries, head } = run[which]
    const named = rowsOfEntries(run[which], run)
    for (const [i, { cell, bucket }] of entries.entries()) {
      for (const row of named[i] ?? []) {
        const stored = run.rows.get(row.shard)?.[row.row]
        expect([stored && cellOf(stored), stored?.bucket ?? null], rowKey(row)).toEqual([cell, bucket])
      }
    }
    const ids = named.flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(head.totals.rows).toBe(ids.length)
  })

  it.each(BOTH)('of web pages in Chinese in the %s manifest ascend in bucket, those without one last', (which) => {
    const lanes = [...byPhaseAndCell(run[which], run)].filter(([lane]) => lane.includes(' web/zh/'))
    expect(lanes.length).toBeGreaterThan(0)
    const wrong = lanes.filter(([, lines]) => !ascending(lines.map(({ entry }) => entry.bucket)))
    expect(wrong.map(([lane]) => lane)).toEqual([])
  })
})

describe('the runner', () => {
  it('reads true tokens equal to every quota, to the token', () => {
    const read = new Map<string, number>()
    for (const { phase, cell, tokens } of run.order) {
      const lane = `${phase} ${cell}`
      read.set(lane, (read.get(lane) ?? 0) + tokens)
    }
    const quotas = run.first.head.phases.flatMap((phase) =>
      phase.quotas.map(({ cell, tokens }) => [`${phase.name} ${cell}`, tokens] as const),
    )
    expect(Object.fromEntries(read)).toEqual(Object.fromEntries(quotas))
    expect(run.after.tokens).toBe(sum(quotas.map(([, tokens]) => tokens)))
    expect(sum(run.after.cells.map(({ tokens }) => tokens))).toBe(run.after.tokens)
  })

  it('reads the rows of the entries in their order, Chinese web pages from easy to hard', () => {
    const places = new Map(
      rowsOfEntries(run.first, run)
        .flat()
        .map((row, i) => [rowKey(row), i] as const),
    )
    const read = run.order.map((row) => places.get(rowKey(row)) ?? Number.NaN)
    expect(read).not.toContain(Number.NaN)
    expect(ascending(read)).toBe(true)
    expect(run.order.map(({ position }) => position)).toEqual([...run.order.keys()])
    for (const { shard, row, id, bucket } of run.order) {
      const stored = run.rows.get(shard)?.[row]
      expect([id, bucket]).toEqual([stored?.id, stored?.bucket ?? null])
    }
    const chinese = run.order.filter(({ cell }) => cell.startsWith('web/zh/'))
    const lanes = [...Map.groupBy(chinese, ({ phase, cell }) => `${phase} ${cell}`)]
    expect(lanes.length).toBeGreaterThan(0)
    expect(lanes.filter(([, rows]) => !ascending(rows.map(({ bucket }) => bucket)))).toEqual([])
  })

  it('learns: its loss falls, on what it reads and on the hold-out', () => {
    const losses = (run.after.trainLoss ?? []).map(({ loss }) => loss)
    const fifth = Math.floor(losses.length / 5)
    expect(fifth).toBeGreaterThan(1)
    expect(sum(losses.slice(0, fifth))).toBeGreaterThan(sum(losses.slice(-fifth)))
    const meanOf = ({ topics }: Report): number =>
      sum(topics.map(({ nllSum }) => nllSum)) / sum(topics.map(({ tokens }) => tokens))
    expect(meanOf(run.after)).toBeLessThan(meanOf(run.before))
  })

  it('reports every topic of the hold-out before and after', () => {
    const documents: Record<string, number> = {}
    for (const { cell, take } of run.first.head.holdout.files) {
      const [source = '', lang = '', topic = ''] = cell.split('/')
      const name = `${lang} ${source === 'web' ? topic : source}`
      documents[name] = (documents[name] ?? 0) + take
    }
    for (const { topics } of [run.before, run.after]) {
      const reported = topics.map(({ lang, topic, docs }) => [`${lang} ${topic}`, docs] as const)
      expect(Object.fromEntries(reported)).toEqual(documents)
      expect(topics.filter(({ nllSum, tokens, docs }) => !(docs > 0 && nllSum / tokens > 0))).toEqual([])
    }
    expect([run.before.step, run.before.tokens]).toEqual([0, 0])
    expect(run.before.topics.filter(({ change }) => change !== null)).toEqual([])
    expect(run.after.topics.filter(({ change, docs }) => change?.docs !== docs)).toEqual([])
  })
})

describe('the next manifest', () => {
  it('shares no row with what the round consumed', () => {
    const unread = new Set(
      run.after.unread.flatMap(({ shard, rowStart, rowEnd }) =>
        Array.from({ length: rowEnd - rowStart }, (_, i) => rowKey({ shard, row: rowStart + i })),
      ),
    )
    const named = rowsOfEntries(run.first, run).flat()
    const consumed = named.filter((row) => !unread.has(rowKey(row)))
    // Both ways of saying what was read agree.
    expect(new Set(consumed.map(rowKey))).toEqual(new Set(run.order.map(rowKey)))
    const ids = new Set(consumed.map(({ id }) => id))
    const next = rowsOfEntries(run.next, run).flat()
    expect(next.length).toBeGreaterThan(0)
    expect(next.filter(({ id }) => ids.has(id))).toEqual([])
    expect(run.next.head).toMatchObject({ parent: run.first.head.id, round: 2, run: run.first.head.run })
  })

  it('has the weights that the formula makes of the report', () => {
    const { topics, recipe } = run.first.head
    const { before, after } = run
    const shares = (of: Readonly<Record<string, Readonly<Record<string, number>>>>): [string, number][] =>
      Object.entries(of).flatMap(([lang, own]) =>
        Object.entries(own).map(([topic, share]): [string, number] => [`${lang} ${topic}`, share]),
      )
    const expected = shares(
      Object.fromEntries(
        Object.entries(topics).map(([lang, last]) => [
          lang,
          updatedShares(last, { lang, before, after }, recipe.feedback),
        ]),
      ),
    )
    const found = new Map(shares(run.next.head.topics))
    expect([...found.keys()].sort()).toEqual(expected.map(([name]) => name).sort())
    for (const [name, share] of expected) expect(found.get(name), name).toBeCloseTo(share, 9)
    for (const own of Object.values(run.next.head.topics)) expect(sum(Object.values(own))).toBeCloseTo(1, 9)
    const moved = shares(topics).filter(([name, share]) => Math.abs((found.get(name) ?? 0) - share) > 1e-6)
    expect(moved.length).toBeGreaterThan(0)
  })
})

describe('the hold-out', () => {
  it('is the same in every manifest and report, and in no shard', async () => {
    const { holdout } = run.first.head
    expect(holdout.files.length).toBeGreaterThan(0)
    expect(run.next.head.holdout).toEqual(holdout)
    expect([run.before.holdout, run.after.holdout]).toEqual([holdout.version, holdout.version])
    const heldOut = new Set((await rowsBelow('holdout')).map(({ id }) => id))
    expect(heldOut.size).toBe(run.batch.funnel.heldOut)
    expect((await rowsBelow('shards')).filter(({ id }) => heldOut.has(id))).toEqual([])
  })
})

describe('the files of the Worker', () => {
  it('open in pyarrow, DuckDB and datasets, and are what the index says', async () => {
    const opened = await openParquetFiles(await parquetFiles(run.corpus))
    expectReadersAgree(opened)
    const shards = opened.filter(({ file }) => /^(shards|holdout)\//.test(path.relative(run.corpus, file)))
    // The others are chunks, which hold every candidate.
    const chunks = opened.filter((one) => !shards.includes(one))
    expect(sum(chunks.map(({ readers }) => readers.pyarrow.rows))).toBe(run.batch.funnel.candidates)
    expectIndexHolds(run.corpus, await indexOfSeals(), shards)
  }, 180_000)

  it('hold the rows and cuts that `millrace process` makes of the same objects', async () => {
    const output = path.join(folder, 'process')
    const files = ['web.warc.gz', 'documents.ndjson'].map((name) => path.join(SAMPLE, name))
    const settings = { source: 'web', lang: '', holdoutShare: Number(HOLDOUT_SHARE), seed: 0, url: null } as const
    const funnel = await processFiles(files, output, { ...settings, sliceBytes: 2 ** 26, rangeBytes: 2 ** 27 })
    const { rejected, kept, duplicates, nearDuplicates, heldOut, pages } = run.batch.funnel
    expect(funnel).toMatchObject({ pages, kept, duplicates, nearDuplicates, heldOut, rejected, failed: 0 })
    const index = (await readFile(path.join(output, 'index.ndjson'), 'utf8')).trimEnd().split('\n')
    const contents = async (root: string, lines: readonly IndexLine[]): Promise<Map<string, object>> => {
      const all = lines.map(async ({ shard, cell, cuts, pplModel, holdout = false }) => {
        const rows = await readRows(await readFile(path.join(root, shard)))
        return [`${cell}${holdout ? ', held out' : ''}`, { cuts, pplModel, rows }] as const
      })
      return new Map(await Promise.all(all))
    }
    const alone = await contents(
      output,
      index.map((line) => JSON.parse(line) as IndexLine),
    )
    const worker = await contents(run.corpus, await indexOfSeals())
    expect([...worker.keys()].sort()).toEqual([...alone.keys()].sort())
    for (const [name, content] of alone) expect(worker.get(name), name).toEqual(content)
  }, 180_000)
})
