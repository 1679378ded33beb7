/** A corpus, a new n-gram model over it, and the way back to one order: score, cut, compact. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { compactCommand } from '../../../cli/compact.ts'
import { fileStore } from '../../../cli/file-store.ts'
import { manifestCommand } from '../../../cli/manifest.ts'
import { indexLinesOf } from '../../../cli/manifest-files.ts'
import { modelsCommand } from '../../../cli/models.ts'
import { processFiles } from '../../../cli/process-files.ts'
import { bucketOf } from '../../../functions/perplexity/bucket.ts'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'
import { openParquet, rowsOf } from '../../../functions/seal/parquet-file.ts'
import type { FrozenCalibration } from '../../../schema/calibration.ts'
import type { IndexLine } from '../../../schema/shard.ts'
import { FIXTURES, readArticles } from '../../support/sample/articles.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-rescore-'))
const at = (name: string): string => path.join(folder, name)
const corpus = at('corpus')
const TOPIC = path.join(import.meta.dirname, '../../../models/topic/en.bin')
const index = (): IndexLine[] => [...indexLinesOf(path.join(corpus, 'index.ndjson'))]

async function told(command: (args: string[]) => Promise<number>, ...args: string[]): Promise<string> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line))
  vi.spyOn(console, 'error').mockImplementation(() => {})
  expect(await command(args)).toBe(0)
  vi.restoreAllMocks()
  return lines.join('\n')
}

async function mistake(command: (args: string[]) => Promise<number>, ...args: string[]): Promise<string> {
  const error: unknown = await told(command, ...args).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UsageError)
  return (error as Error).message
}

const plan = ['plan', '--index', path.join(corpus, 'index.ndjson'), '--recipe', at('./hard.json')]

let model = ''
beforeAll(async () => {
  const settings = { source: 'web', lang: '', holdoutShare: 1 / 16, seed: 0, url: null } as const
  const files = [path.join(FIXTURES, 'web.warc.gz'), path.join(FIXTURES, 'documents.ndjson')]
  await processFiles(files, corpus, { ...settings, sliceBytes: 2 ** 26, rangeBytes: 2 ** 27 })
  const text = readArticles('en').flatMap(({ blocks }) =>
    blocks.flatMap((block) => (block.kind === 'list' ? block.items : [block.text])),
  )
  writeFileSync(at('text.txt'), `${text.join('\n')}\n`)
  const made = await told(
    modelsCommand,
    'train-ngram',
    at('text.txt'),
    '-o',
    at('new.bin'),
    '--lang',
    'en',
    '--order',
    '3',
  )
  model = (JSON.parse(made) as { id: string }).id
  const part = { share: 1, sources: { web: 1 } }
  const recipe = { name: 'hard', phases: [{ name: 'all', share: 1, mix: { en: part } }], shortfall: 'shrink' }
  writeFileSync(at('hard.json'), JSON.stringify({ ...recipe, quantiles: [9, 10] }))
  writeFileSync(
    at('any.json'),
    JSON.stringify({
      ...recipe,
      phases: [{ name: 'all', share: 1, mix: { en: { ...part, curriculum: 'ascending' } } }],
    }),
  )
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

describe('a new n-gram model over a corpus', () => {
  it('is not to be sorted by before it has scored anything', async () => {
    expect(await mistake(compactCommand, corpus)).toContain('No model has scored these shards')
  })

  it('scores every document of its language into files beside the shards, once', async () => {
    const before = index()
    const own = before.filter(({ cell, holdout }) => cell.split('/')[1] === 'en' && holdout !== true)
    const first = JSON.parse(await told(modelsCommand, 'rescore', corpus, '--model', at('new.bin'))) as object
    expect(first).toEqual({
      model,
      shards: own.length,
      documents: own.reduce((sum, { rows }) => sum + rows, 0),
      there: 0,
    })
    const ngram = loadNgramModel(readFileSync(at('new.bin')))
    for (const [i, { scores = [], ...line }] of index().entries()) {
      expect(line).toEqual(before[i])
      expect(scores.map(({ pplModel }) => pplModel)).toEqual(
        own.some(({ shard }) => shard === line.shard) ? [model] : [],
      )
      const [beside] = scores
      if (beside === undefined) continue
      const scored = await openParquet(fileStore(corpus), beside.scores)
      const found = await scored.read(0, scored.rows)
      const file = await openParquet(fileStore(corpus), line.shard)
      let number = 0
      for await (const row of rowsOf(file, 0, file.rows)) {
        const { ppl, tokens } = scorePerplexity(ngram, row.text)
        expect(found[number++]).toEqual({ ppl, pplTokens: tokens, bucket: ppl === null ? null : bucketOf(ppl) })
      }
    }
    const again = await told(modelsCommand, 'rescore', corpus, '--model', at('new.bin'))
    expect(JSON.parse(again)).toEqual({ model, shards: 0, documents: 0, there: own.length })
  })

  it('cuts its own buckets, and the planner names the cells that are not sorted by them', async () => {
    expect(await mistake(modelsCommand, 'calibrate', corpus)).toMatch(/scored by several models: en by/)
    await told(modelsCommand, 'calibrate', corpus, '--model', model, '-o', at('new.json'))
    const { made } = JSON.parse(readFileSync(at('new.json'), 'utf8')) as FrozenCalibration
    expect(made.figures[0]).toMatchObject({ key: 'en', pplModel: model, notScored: { documents: 0 } })
    const refused = await mistake(manifestCommand, ...plan, '-o', at('none'), '--calibration', at('new.json'))
    const cells = index().filter(({ cell, holdout }) => cell.startsWith('web/en/') && holdout !== true)
    for (const { cell, pplModel } of cells) {
      expect(refused).toContain(`${cell} (by ${pplModel}; by ${model}: scored, to be compacted)`)
    }
    expect(refused).toContain('"millrace compact" sorts them.')
    expect(refused).not.toContain('millrace models rescore')

    const [cell = ''] = cells.map((line) => line.cell)
    const lines = index().map(({ scores, ...line }) => (line.cell === cell ? line : { ...line, scores }))
    mkdirSync(at('partial'))
    writeFileSync(at('partial/index.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const partial = [...plan.slice(0, 2), at('partial/index.ndjson'), ...plan.slice(3), '-o', at('none')]
    const missing = await mistake(manifestCommand, ...partial, '--calibration', at('new.json'))
    expect(missing).toMatch(new RegExp(`${cell} \\(by \\S+; by ${model}: 1 of 1 shards not scored\\)`))
    expect(missing).toContain('"millrace models rescore" scores them, "millrace compact" sorts them.')
    expect(await mistake(compactCommand, at('partial'))).toContain(`Not scored by ${model}: ${cell} (1 of 1 shards).`)
    expect(existsSync(at('partial/versions'))).toBe(false)
  })

  it('is named where a plan without quantiles goes by other buckets than those of its calibration', async () => {
    const any = ['plan', '--index', path.join(corpus, 'index.ndjson'), '--recipe', at('any.json')]
    await told(manifestCommand, ...any, '-o', at('any'), '--calibration', at('new.json'))
    const head = JSON.parse(readFileSync(at('any/manifest.json'), 'utf8')) as {
      notes: { code: string; cells?: string[] }[]
    }
    const note = head.notes.find(({ code }) => code === 'other-model')
    expect(note?.cells?.every((cell) => cell.startsWith('web/en/'))).toBe(true)
  })

  it('sorts all cells of its language by its buckets, and then its quantiles can be read', async () => {
    const before = index()
    const original = readFileSync(path.join(corpus, 'index.ndjson'))
    const answer = JSON.parse(await told(compactCommand, corpus)) as Record<string, unknown>
    const after = index()
    const sorted = after.filter(({ seal }) => seal === 2)
    const rows = (lines: readonly IndexLine[]) => lines.reduce((sum, line) => sum + line.rows, 0)
    expect(answer).toMatchObject({ model, seal: 2, rows: rows(sorted), shards: sorted.length })
    expect(rows(after)).toBe(rows(before))
    expect(new Set(sorted.map(({ pplModel }) => pplModel))).toEqual(new Set([model]))
    const gone = before.filter((line) => !after.some(({ shard }) => shard === line.shard))
    expect(gone.every(({ cell, holdout }) => cell.split('/')[1] === 'en' && holdout !== true)).toBe(true)
    expect(sorted.flatMap(({ replaces = [] }) => replaces).toSorted()).toEqual(
      gone.map(({ shard }) => shard).toSorted(),
    )
    for (const { shard } of gone) expect(existsSync(path.join(corpus, shard))).toBe(true)
    expect(readFileSync(path.join(corpus, String(answer['before'])))).toEqual(original)
    expect(existsSync(path.join(corpus, '.work'))).toBe(false)
    for (const { shard, cuts } of sorted) {
      const file = await openParquet(fileStore(corpus), shard)
      let last = Number.NEGATIVE_INFINITY
      for await (const { ppl, bucket, pplModel } of rowsOf(file, 0, file.rows)) {
        expect(bucket).toBe(ppl === null ? null : bucketOf(ppl))
        expect(bucket ?? Infinity).toBeGreaterThanOrEqual(last)
        expect(pplModel).toBe(model)
        last = bucket ?? Infinity
      }
      expect(cuts.map(([, bucket]) => bucket ?? Infinity)).toEqual(
        cuts.map(([, bucket]) => bucket ?? Infinity).toSorted((a, b) => a - b),
      )
    }
    const { borders, made } = JSON.parse(readFileSync(at('new.json'), 'utf8')) as FrozenCalibration
    const anew = JSON.parse(await told(modelsCommand, 'calibrate', corpus)) as FrozenCalibration
    expect(anew.borders['en']).toEqual(borders['en'])
    expect(anew.made.figures[0]).toEqual(made.figures[0])
    await told(manifestCommand, ...plan, '-o', at('hard'), '--calibration', at('new.json'))
    const entries = readFileSync(at('hard/entries.ndjson'), 'utf8').trim().split('\n')
    const buckets = entries.map((line) => (JSON.parse(line) as { bucket: number }).bucket)
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(borders['en']?.borders[7] ?? Infinity)
  })

  it('has nothing more to sort, and a run of before is told where to go on', async () => {
    expect(await mistake(compactCommand, corpus)).toContain('No model has scored these shards')
    const next = ['plan', '--index', path.join(corpus, 'index.ndjson'), '--previous', at('any'), '-o', at('next')]
    expect(await mistake(manifestCommand, ...next)).toMatch(/that a compaction put others in place of/)
    const before = ['plan', '--index', path.join(corpus, 'versions/00000001.ndjson'), '--previous', at('any')]
    await told(manifestCommand, ...before, '-o', at('next'))
    expect(statSync(at('next/manifest.json')).size).toBeGreaterThan(0)
  })

  it.each([
    ['no model', ['rescore', 'x'], '--model FILE is missing'],
    ['no folder', ['rescore', at('nowhere'), '--model', at('new.bin')], 'There is no file'],
    ['a folder for a model', ['rescore', corpus, '--model', folder], `${folder} is a directory`],
    [
      'a text for a model',
      ['rescore', corpus, '--model', at('text.txt')],
      `${at('text.txt')}: model file: field magic`,
    ],
    ['another model', ['rescore', corpus, '--model', TOPIC], `${TOPIC} is millrace-topic-en@`],
  ])('turns away %s', async (_, args, message) => {
    expect(await mistake(modelsCommand, ...args)).toContain(message)
  })

  it('names the shard that is damaged', async () => {
    cpSync(corpus, at('harmed'), { recursive: true })
    const { shard } = index().find(({ cell, holdout }) => cell.startsWith('web/en/') && holdout !== true) as IndexLine
    truncateSync(path.join(at('harmed'), shard), 1000)
    await told(modelsCommand, 'train-ngram', at('text.txt'), '-o', at('two.bin'), '--lang', 'en', '--order', '2')
    const rescoring = told(modelsCommand, 'rescore', at('harmed'), '--model', at('two.bin'))
    await expect(rescoring).rejects.toThrow(`${shard}: parquet file invalid`)
  })

  it('turns away a model of a language that the corpus does not have', async () => {
    await told(modelsCommand, 'train-ngram', at('text.txt'), '-o', at('fr.bin'), '--lang', 'fr', '--order', '2')
    expect(await mistake(modelsCommand, 'rescore', corpus, '--model', at('fr.bin'))).toMatch(
      /scores fr, but .* en, zh alone/,
    )
  })
})
