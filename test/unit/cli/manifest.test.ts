import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { manifestCommand } from '../../../cli/manifest.ts'
import { indexLinesOf, linesOf, readManifest } from '../../../cli/manifest-files.ts'
import { llama3SynE } from '../../../functions/manifest/llama-3-syne.ts'
import { planManifest } from '../../../functions/manifest/manifest.ts'
import type { Manifest } from '../../../functions/manifest/serialise.ts'
import type { Entry } from '../../../schema/manifest.ts'
import type { Report } from '../../../schema/report.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { calibration, sha256Of, tokenTable } from '../../support/index-lines.ts'
import { corpus, recipeOf, request } from '../../support/plan.ts'

let folder = ''
const at = (name: string): string => path.join(folder, name)
const index = corpus()

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-manifest-'))
  await writeFile(at('index.ndjson'), index.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await writeFile(at('calibration.json'), JSON.stringify(calibration))
  await writeFile(at('tokens.json'), JSON.stringify(tokenTable))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

/** Runs the command; what it printed on stdout, line by line. */
async function run(...args: string[]): Promise<string[]> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(
      ...String(text)
        .split('\n')
        .filter((line) => line !== ''),
    )
    return true
  })
  expect(await manifestCommand(args)).toBe(0)
  return lines
}

const plan = (out: string, ...more: string[]): Promise<string[]> =>
  run(
    'plan',
    '--index',
    at('index.ndjson'),
    '-o',
    at(out),
    '--calibration',
    at('calibration.json'),
    '--token-table',
    at('tokens.json'),
    ...more,
  )

const mistake = async (...args: string[]): Promise<string> => {
  const error: unknown = await run(...args).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UsageError)
  return (error as Error).message
}

/** A report as a runner would send it: quotas read, reserve left, loss of a topic by its place in the list. */
function reportOf({ head, shards, entries }: Manifest, kind: Report['kind']): Report {
  const topics = ['en', 'zh'].flatMap((lang) =>
    TOPICS.map((topic, i) => {
      const change = kind === 'after' ? 0.1 * (i - 5) : 0
      const [docs, tokens] = [50, 10_000]
      const sums = kind === 'after' ? { docs, sum: change * docs, sumSq: change ** 2 * docs } : null
      return { lang, topic, nllSum: (3 + change) * tokens, tokens, bytes: 4 * tokens, docs, change: sums }
    }),
  )
  return {
    format: 'millrace-report/1',
    run: head.run,
    round: head.round,
    kind,
    step: 0,
    tokens: 0,
    manifest: head.id,
    plan: sha256Of('plan'),
    tokenizer: tokenTable.tokenizer.sha256,
    holdout: head.holdout.version,
    checkpoint: null,
    engine: 'test',
    worldSize: 1,
    topics,
    cells: [],
    unread: entries
      .filter(({ reserve }) => reserve)
      .map(({ shard, rowStart, rowEnd }) => ({ shard: shards[shard]?.shard ?? '', rowStart, rowEnd })),
  }
}

describe('millrace manifest plan', () => {
  it('writes the three files that the planner makes, with the last seal as index version', async () => {
    const [line = ''] = await plan('first', '--recipe', 'llama-3-syne', '--run', 'test-run')
    expect((await readdir(at('first'))).sort()).toEqual(['entries.ndjson', 'manifest.json', 'shards.ndjson'])
    const written = await readManifest(at('first'))
    const planned = planManifest(request({ index, indexVersion: 2 }))
    expect(written).toEqual(planned)
    expect(JSON.parse(line)).toMatchObject({ id: written.head.id, round: 1, tokens: written.head.totals.tokens })
  })

  it('plans the next round: nothing read twice, topics moved by the reports, the same hold-out', async () => {
    const first = await readManifest(at('first'))
    for (const kind of ['before', 'after'] as const) {
      await writeFile(at(`${kind}.json`), JSON.stringify(reportOf(first, kind)))
    }
    const reports = ['--report', at('before.json'), '--report', at('after.json')]
    await plan('second', '--previous', at('first'), ...reports)
    const second = await readManifest(at('second'))
    expect(second.head).toMatchObject({ round: 2, parent: first.head.id, run: 'test-run', holdout: first.head.holdout })
    expect(second.head.feedback).toHaveLength(22)
    for (const move of second.head.feedback ?? []) expect(move.old).toBe(first.head.topics[move.lang]?.[move.topic])
    expect(second.head.topics['en']?.['other']).toBeGreaterThan(first.head.topics['en']?.['other'] ?? 1)
    const rows = ({ shards, entries }: Manifest, isOurs: (entry: Entry) => boolean): Set<string> => {
      const named = entries.filter(isOurs)
      return new Set(
        named.flatMap(({ shard, rowStart, rowEnd }) =>
          Array.from({ length: rowEnd - rowStart }, (_, i) => `${shards[shard]?.shard} ${rowStart + i}`),
        ),
      )
    }
    const read = rows(first, ({ reserve }) => !reserve)
    expect(rows(second, () => true).intersection(read).size).toBe(0)
    const lines = (await run('diff', at('first'), at('second'))).map((line): unknown => JSON.parse(line))
    expect(lines.at(-1)).toMatchObject({ kind: 'rows' })
    expect(lines).toContainEqual({ kind: 'head', field: 'round', a: 1, b: 2 })
  })

  it('without a report counts the reserve as read and leaves the topics', async () => {
    await plan('blind', '--previous', at('first'))
    const [first, blind] = [await readManifest(at('first')), await readManifest(at('blind'))]
    expect(blind.head.topics).toEqual(first.head.topics)
    const lines = (await run('diff', at('first'), at('blind'))).map((line) => JSON.parse(line) as { both?: number })
    expect(lines.at(-1)?.both).toBe(0)
  })

  it('takes a recipe from a file, and what is set beside it', async () => {
    await writeFile(at('recipe.json'), JSON.stringify({ ...llama3SynE, name: 'mine' }))
    await plan('mine', '--recipe', at('recipe.json'), '--tokens', '50000', '--seed', '7')
    const { head } = await readManifest(at('mine'))
    expect(head.recipe).toEqual(recipeOf({ name: 'mine', tokens: 50_000, seed: 7 }))
    expect(head.phases.map(({ tokens }) => tokens)).toEqual([46_250, 3750])
  })

  it('tells what is wrong with a recipe, line by line', async () => {
    const phase = { name: 'only', share: 0.9, mix: { en: { share: 1, sources: { blog: 1 } } } }
    await writeFile(at('bad.json'), JSON.stringify({ name: 'bad', phases: [phase] }))
    const message = await mistake('plan', '--index', at('index.ndjson'), '--recipe', at('bad.json'), '-o', at('no'))
    expect(message).toContain('phases[0].mix.en.sources.blog: unknown source "blog", expected one of web')
    expect(message).toContain('phases: the shares of the phases sum to 0.9, expected 1')
  })

  it.each([
    ['no index', ['plan'], 'No index was given.'],
    ['an unknown recipe', ['--recipe', 'llama-9'], 'unknown recipe "llama-9", expected one of llama-3-syne'],
    ['no recipe', [], 'No recipe was given.'],
    ['an option that is none', ['--tokns', '4'], '--tokns'],
    ['tokens that are no number', ['--recipe', 'llama-3-syne', '--tokens', 'many'], '--tokens is "many"'],
    ['a way that is none', ['--recipe', 'llama-3-syne', '--shortfall', 'guess'], 'shortfall: '],
    ['a quota that cannot be filled', ['--recipe', 'llama-3-syne', '--tokens', '900000000'], 'web/zh/other needs'],
  ])('refuses %s', async (_, args, words) => {
    const all = ['plan', '--index', at('index.ndjson'), '-o', at('no')]
    const tables = ['--calibration', at('calibration.json'), '--token-table', at('tokens.json')]
    expect(await mistake(...(args[0] === 'plan' ? args : [...all, ...tables, ...args]))).toContain(words)
  })

  it('tells a folder from an id of a server', async () => {
    expect(await mistake('show', at('first'))).toContain('millrace manifest explain')
  })

  it('names the line of an index that is broken', async () => {
    const [line] = index
    await writeFile(at('broken.ndjson'), `${JSON.stringify(line)}\n{"shard": 3}\n`)
    expect(() => [...indexLinesOf(at('broken.ndjson'))]).toThrow(/broken.ndjson line 2 is no index line: .*shard/)
    await writeFile(at('broken.ndjson'), `${JSON.stringify({ ...line, cuts: [[0, 1]] })}\n`)
    expect(() => [...indexLinesOf(at('broken.ndjson'))]).toThrow(/cuts: expected \[row, bucket or null, bytes\]/)
    await writeFile(at('broken.ndjson'), `${JSON.stringify(line)}\n{"shard`)
    expect(() => [...indexLinesOf(at('broken.ndjson'))]).toThrow(/line 2 is not JSON/)
  })

  it('reads lines across chunks, with or without a last newline', async () => {
    const text = Array.from({ length: 3 }, (_, i) => `${'长'.repeat(300_000)}${i}`)
    await writeFile(at('long.txt'), text.join('\n\n'))
    expect([...linesOf(at('long.txt'))]).toEqual(text)
  })
})

describe('what a manifest holds', () => {
  it('prints the entries that match, as they are in the file', async () => {
    const filter = ['--phase', 'bilingual-adaptation', '--lang', 'zh', '--source', 'web', '--topic', 'law-policy']
    const lines = await run('entries', at('first'), ...filter)
    const file = (await readFile(at('first/entries.ndjson'), 'utf8')).split('\n')
    const cell = (line: string): boolean => line.includes('"bilingual-adaptation","cell":"web/zh/law-policy"')
    expect(lines).toEqual(file.filter(cell))
    expect(lines.length).toBeGreaterThan(2)
    expect(await run('entries', at('first'))).toEqual(file.slice(0, -1))
  })

  it('filters by quantile', async () => {
    const lines = await run('entries', at('first'), '--quantile', 'q10')
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect((JSON.parse(line) as Entry).bucket).toBeGreaterThanOrEqual(78)
  })

  it.each([
    ['--lang', 'fr'],
    ['--phase', 'third'],
    ['--topic', 'sports'],
    ['--source', 'blog'],
    ['--quantile', '11'],
  ])('refuses %s %s, which no entry can have', async (option, value) => {
    expect(await mistake('entries', at('first'), option, value)).toContain(`${option} is "${value}"`)
  })

  it('explains quotas cell by cell', async () => {
    const [text = ''] = await run('explain', at('first'))
    const { head } = await readManifest(at('first'))
    expect(text).toContain(head.id)
    for (const { name, quotas } of head.phases) {
      for (const { cell, tokens } of quotas) {
        const line = text.split('\n').find((one) => one.startsWith(name) && one.includes(` ${cell} `))
        expect(line).toContain(tokens.toLocaleString('en'))
      }
    }
  })

  it('notices a file that was changed', async () => {
    await plan('edited', '--recipe', 'llama-3-syne')
    const entries = await readFile(at('edited/entries.ndjson'), 'utf8')
    await writeFile(at('edited/entries.ndjson'), entries.replace('"position":0', '"position":1'))
    expect(await mistake('explain', at('edited'))).toContain('entries.ndjson has sha-256')
    const head = await readFile(at('edited/manifest.json'), 'utf8')
    await writeFile(at('edited/manifest.json'), head.replace('"round": 1', '"round": 2'))
    expect(await mistake('explain', at('edited'))).toContain('it was edited')
  })

  it('refuses an action that is none', async () => {
    expect(await mistake('entires')).toContain('Did you mean entries?')
  })
})
