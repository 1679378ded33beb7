import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { modelsCommand } from '../../../cli/models.ts'
import { calibrateCommand } from '../../../cli/models-calibrate.ts'
import { fileStore } from '../../../cli/file-store.ts'
import { processFiles } from '../../../cli/process-files.ts'
import { bucketSums } from '../../../functions/kernel/histogram.ts'
import { openParquet, rowsOf } from '../../../functions/seal/parquet-file.ts'
import { FrozenCalibration } from '../../../schema/calibration.ts'
import type { IndexLine } from '../../../schema/shard.ts'
import { FIXTURES } from '../../support/sample/articles.ts'
import { fakeServer } from './fake-server.ts'

const CLI = path.join(import.meta.dirname, '../../../cli/millrace.ts')
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-calibrate-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => path.join(folder, name)

const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [CLI, ...args], { cwd: folder, encoding: 'utf8' })

const lines = (name: string): IndexLine[] =>
  readFileSync(path.join(at(name), 'index.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as IndexLine)

interface Range {
  readonly shard: string
  readonly quantile: string | null
  readonly rowStart: number
  readonly rowEnd: number
  readonly bytes: number
}
const rangesOf = (place: string, calibration: string): Range[] =>
  run('models', 'quantiles', place, '--calibration', calibration)
    .stdout.split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Range)

function calibrate(name: string, ...args: string[]): FrozenCalibration {
  const { status, stdout, stderr } = run('models', 'calibrate', ...args, '-o', name)
  expect(stderr).toContain('borders')
  expect(status).toBe(0)
  const calibration = FrozenCalibration.parse(JSON.parse(readFileSync(at(name), 'utf8')))
  expect(JSON.parse(stdout)).toEqual({ id: calibration.id, file: name })
  return calibration
}

beforeAll(async () => {
  const files = [path.join(FIXTURES, 'web.warc.gz'), path.join(FIXTURES, 'documents.ndjson')]
  const settings = { source: 'web', lang: '', holdoutShare: 1 / 16, seed: 0, url: null } as const
  await processFiles(files, at('corpus'), { ...settings, sliceBytes: 2 ** 26, rangeBytes: 2 ** 27 })
  // A run of its own over the same crawl: other slices, other shards.
  await processFiles(files.toReversed(), at('fresh'), { ...settings, sliceBytes: 2 ** 14, rangeBytes: 2 ** 15 })
}, 120_000)

describe('millrace models calibrate over a folder', () => {
  it('cuts what the rows of all shards add up to', async () => {
    const { made, borders } = calibrate('web.json', 'corpus')
    expect(made).toMatchObject({ source: 'web', by: 'language', index: { version: 1 } })
    expect(Object.keys(borders)).toEqual(['en', 'zh'])
    for (const { key, histogram, pplModel } of made.figures) {
      const sums = bucketSums()
      for (const line of lines('corpus').filter((own) => own.holdout !== true && own.cell.startsWith(`web/${key}/`))) {
        expect(line.pplModel).toBe(pplModel)
        const file = await openParquet(fileStore(at('corpus')), line.shard)
        for await (const row of rowsOf(file, 0, file.rows)) sums.addRow(row)
      }
      expect(histogram).toEqual(sums.counts())
    }
  })

  it('finds the same borders in a run of its own, and other borders cut both into the same documents', async () => {
    const first = calibrate('a.json', 'corpus')
    const fresh = calibrate('b.json', path.join('fresh', 'index.ndjson'))
    expect(fresh.borders).toEqual(first.borders)
    expect(fresh.made.figures).toEqual(first.made.figures)
    expect(calibrate('a.json', 'corpus').id).toBe(first.id)

    const moved = { id: 'moved', borders: structuredClone(first.borders) }
    for (const own of Object.values(moved.borders)) own.borders = own.borders.map((border) => border + 3)
    writeFileSync(at('moved.json'), JSON.stringify(moved))
    for (const [name, { borders }] of [
      ['a.json', first],
      ['moved.json', moved],
    ] as const) {
      const documents: Record<string, string | null>[] = []
      for (const place of ['corpus', 'fresh']) {
        const own: Record<string, string | null> = {}
        for (const range of rangesOf(place, name)) {
          const file = await openParquet(fileStore(at(place)), range.shard)
          let bytes = 0
          for await (const row of rowsOf(file, range.rowStart, range.rowEnd)) {
            own[row.id] = range.quantile
            bytes += row.bytes
            // The row's own perplexity says which borders it lies between.
            const above =
              borders[row.lang]?.borders.filter((border) => (row.ppl ?? 0) >= Math.exp(border / 16)).length ?? 0
            const expected = row.ppl === null ? null : `q${String(above + 1).padStart(2, '0')}`
            expect(range.quantile).toBe(expected)
          }
          expect(bytes).toBe(range.bytes)
        }
        documents.push(own)
      }
      expect(Object.keys(documents[0] ?? {}).length).toBeGreaterThan(100)
      expect(documents[1]).toEqual(documents[0])
    }
  })

  it('has its borders read by the planner', () => {
    calibrate('web.json', 'corpus')
    const share = { name: 'all', share: 1, mix: { en: { share: 1, sources: { web: 1 } } } }
    const recipe = { name: 'hard', phases: [share], quantiles: [9, 10], shortfall: 'shrink', topics: 'observed' }
    writeFileSync(at('recipe.json'), JSON.stringify(recipe))
    const plan = (out: string, calibration: string) =>
      run(
        'manifest',
        'plan',
        '--index',
        'corpus/index.ndjson',
        '--recipe',
        './recipe.json',
        '-o',
        out,
        '--calibration',
        calibration,
      )
    expect(plan('hard', 'web.json')).toMatchObject({ status: 0 })
    const { borders } = FrozenCalibration.parse(JSON.parse(readFileSync(at('web.json'), 'utf8')))
    const least = borders['en']?.borders[7] ?? Number.NaN
    const entries = readFileSync(at('hard/entries.ndjson'), 'utf8').trim().split('\n')
    const buckets = entries.map((line) => (JSON.parse(line) as { bucket: number }).bucket)
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(least)
    const edited = { ...(JSON.parse(readFileSync(at('web.json'), 'utf8')) as object), borders: {} }
    writeFileSync(at('edited.json'), JSON.stringify(edited))
    const told = plan('none', 'edited.json')
    expect(told.status).toBe(2)
    expect(told.stderr).toMatch(/edited.json calls itself cal-.* but hashes to cal-.*: it was edited/)
    writeFileSync(at('edited.json'), JSON.stringify({ ...edited, made: undefined }))
    expect(plan('none', 'edited.json').stderr).toMatch(/calls itself cal-.*, a hash, but "made" is missing/)
  })

  it('takes rows off that were taken back, and nothing else', () => {
    const index = lines('corpus')
    const line = index.find(({ cell, holdout }) => cell.startsWith('web/en/') && holdout !== true)
    const [start = 0, bucket = null, bytes = 0] = line?.cuts[0] ?? []
    const before = calibrate('before.json', 'corpus')
    const original = readFileSync(at('corpus/index.ndjson'))
    const changed = index.map((own) => (own === line ? { ...own, withdrawn: [[start, 0, bytes]] } : own))
    writeFileSync(at('corpus/index.ndjson'), changed.map((own) => `${JSON.stringify(own)}\n`).join(''))
    const after = calibrate('after.json', 'corpus')
    writeFileSync(at('corpus/index.ndjson'), original)
    const [had, has] = [before, after].map(
      ({ made }) => new Map(made.figures[0]?.histogram.map((own) => [own[0], own])),
    )
    expect((had?.get(bucket)?.[1] ?? 0) - (has?.get(bucket)?.[1] ?? 0)).toBe(1)
    expect((had?.get(bucket)?.[2] ?? 0) - (has?.get(bucket)?.[2] ?? 0)).toBe(bytes)
    expect((had?.get(bucket)?.[3] ?? 0) - (has?.get(bucket)?.[3] ?? 0)).toBeGreaterThan(0)
    expect(after.made.index.sha256).not.toBe(before.made.index.sha256)
  })

  it.each([
    ['no index', ['calibrate', at('nowhere')], 'There is no file'],
    ['a server and a folder', ['calibrate', at('corpus'), '--to', 'http://x'], 'give one or the other'],
    ['nothing', ['calibrate', '--to', ''], 'No server was given'],
    ['another cut', ['calibrate', at('corpus'), '--by', 'site'], '--by is "site", expected one of language, topic'],
    ['a model that scored nothing', ['calibrate', at('corpus'), '--model', 'x@1'], 'scored by x@1; those that did'],
    ['quantiles without borders', ['quantiles', at('corpus')], '--calibration FILE is missing'],
    ['a quantile that is none', ['quantiles', 'x', '--calibration', 'x', '--quantile', '11'], 'expected 1 to 10'],
  ])('turns away %s', async (_, args, message) => {
    const told = modelsCommand(args)
    await expect(told).rejects.toThrow(UsageError)
    await expect(told).rejects.toThrow(message)
  })

  it('turns away lines without a histogram, and quantiles of another model', () => {
    const [line] = lines('corpus')
    const { histogram: _, ...old } = line as IndexLine
    writeFileSync(at('old.ndjson'), `${JSON.stringify(old)}\n`)
    expect(run('models', 'calibrate', 'old.ndjson').stderr).toContain('has no histogram')
    const other = { id: 'other', borders: { en: { pplModel: 'x@1', borders: [1, 2, 3, 4, 5, 6, 7, 8, 9] } } }
    writeFileSync(at('other.json'), JSON.stringify(other))
    const told = run('models', 'quantiles', 'corpus', '--calibration', 'other.json')
    expect(told.status).toBe(2)
    expect(told.stderr).toContain('but other has those of x@1')
    appendFileSync(at('old.ndjson'), '{"shard": 1}\n')
    expect(run('models', 'calibrate', 'old.ndjson')).toMatchObject({ status: 2 })
  })
})

describe('millrace models calibrate on a server', () => {
  it('asks for what was asked of it, and writes the answer', async () => {
    const made = calibrate('sent.json', 'corpus', '--by', 'topic')
    await using server = await fakeServer(() => ({ status: 201, body: made }))
    const model = Object.values(made.borders)[0]?.pplModel ?? ''
    const args = ['--to', server.url, '--key', 'k', '--by', 'topic', '--model', model, '--index-version', '3']
    expect(await calibrateCommand([...args, '-o', at('got.json')])).toBe(0)
    expect(readFileSync(at('got.json'), 'utf8')).toBe(readFileSync(at('sent.json'), 'utf8'))
    const [asked] = server.asked
    expect([asked?.method, asked?.path]).toEqual(['POST', '/v1/calibrations'])
    const body: unknown = JSON.parse(asked?.body.toString() ?? '')
    expect(body).toEqual({ by: 'topic', source: 'web', models: [model], indexVersion: 3 })
  })
})
