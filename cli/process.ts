/** `millrace process FILES… -o DIR`: the stages and a seal without a server. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { loadModels } from '../models/load.ts'
import type { TextColumns } from '../schema/text-columns.ts'
import { SOURCES, type IndexLine, type Source } from '../schema/shard.ts'
import { createPipeline, pipelineVersion, provenance } from '../functions/pipeline.ts'
import type { ChunkRef } from '../functions/seal/judge.ts'
import { detectFormat } from '../functions/read/detect-format.ts'
import { memoryIndex } from '../functions/seal/memory-index.ts'
import { sealAll } from '../functions/seal/seal.ts'
import { noEarlierShards } from '../functions/seal/withdraw.ts'
import { ANY_USE, type UsagePolicy } from '../functions/screen/usage.ts'
import { openSlice } from '../functions/slice.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { COLUMN_OPTIONS, COLUMN_USAGE, columnsOf } from './column-options.ts'
import { appendDuplicates } from './duplicate-file.ts'
import { fileSource } from './file-source.ts'
import { fileStore } from './file-store.ts'
import { sizesOf } from './input-files.ts'
import { emptyOutput } from './output-folder.ts'
import { showProgress } from './progress.ts'

const USAGE = `millrace process FILES… -o DIR [options]

Reads WARC, WET, NDJSON and HTML files, plain, gzip or zstd, and Parquet files with a text column, and writes to DIR,
where it replaces an earlier output:
  shards/…         Parquet by cell, sorted by perplexity bucket      index.ndjson   a line for each shard
  holdout/…        documents held out of training                    funnel.json    what became of every page
  rejects.ndjson   what was turned away or failed, and why           duplicates.ndjson   exact and near, and of what

  --source NAME         source of documents that name none (default web): ${SOURCES.join(' ')}
  --lang CODE           language of documents that name none; each decides for itself otherwise
  --holdout-share N     share of documents held out (default 0.00390625 = 1/256)
  --seed N              seed of the row order and the hold-out (default 0)
  --slice-bytes N       bytes of a file read in one piece; changes no byte of the output (default 67108864)
  --range-bytes N       text bytes of one shard (default 134217728)
  --respect-opt-out     turn away pages that keep themselves from training (noai, a TDM reservation, a ban on a
                        crawler that collects for models); their signs are columns of the rows otherwise
  --licence TEXT        keep only pages whose licence contains TEXT; may be given more than once
  --url URL             address of the page when a file is one HTML page
  --input FILE          a file as well; may be given several times
${COLUMN_USAGE}`

const WORK = '.work'
/** Slices that begin in so many bytes share their chunks: small ones would be a chunk each, and a seal works chunk by chunk. */
const CHUNK_RANGE_BYTES = 64 * 1024 * 1024
const OURS = ['shards', 'holdout', 'rejects.ndjson', 'duplicates.ndjson', 'funnel.json', 'index.ndjson', WORK]

export async function processCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    positionals: { name: 'file', max: Number.POSITIVE_INFINITY },
    options: {
      ...COLUMN_OPTIONS,
      input: { type: 'string', multiple: true, default: [] },
      output: { type: 'string', short: 'o' },
      source: { type: 'string', default: 'web' },
      lang: { type: 'string', default: '' },
      'holdout-share': { type: 'string', default: String(1 / 256) },
      seed: { type: 'string', default: '0' },
      'slice-bytes': { type: 'string', default: String(64 * 1024 * 1024) },
      'range-bytes': { type: 'string', default: String(128 * 1024 * 1024) },
      url: { type: 'string' },
      'respect-opt-out': { type: 'boolean', default: false },
      licence: { type: 'string', multiple: true, default: [] },
    },
  })
  const files = [...positionals, ...values.input]
  if (files.length === 0) throw new UsageError('No file was given.', USAGE)
  const { output } = values
  if (output === undefined) throw new UsageError('no output directory: give one with -o DIR', USAGE)
  const settings = {
    source: sourceOf(values.source),
    lang: values.lang,
    holdoutShare: shareOf('--holdout-share', values['holdout-share']),
    seed: readInteger(values.seed, '--seed', { min: 0, max: 2 ** 31 - 1 }),
    sliceBytes: readInteger(values['slice-bytes'], '--slice-bytes'),
    rangeBytes: readInteger(values['range-bytes'], '--range-bytes'),
    url: values.url ?? null,
    columns: columnsOf(values),
    use: { respectOptOut: values['respect-opt-out'], licences: values.licence.map(licenceOf) },
  }
  const funnel = await processFiles(files, output, settings)
  process.stdout.write(`${JSON.stringify(funnel)}\n`)
  if (funnel.pages > funnel.failed) return 0
  const why = await firstFailure(output)
  process.stderr.write(
    `millrace: no page could be read (${why ?? 'the files hold none'}); see ${output}/rejects.ndjson\n`,
  )
  return 1
}

async function firstFailure(output: string): Promise<string | null> {
  const [line = ''] = (await readFile(path.join(output, 'rejects.ndjson'), 'utf8')).split('\n', 1)
  if (line === '') return null
  const { file, failed, detail } = JSON.parse(line) as { file: string; failed?: string; detail?: string }
  return `${file}: ${failed ?? ''}: ${detail ?? ''}`
}

/** An empty text is in every licence: it would turn the filter off. */
function licenceOf(text: string): string {
  if (text.trim() === '') throw new UsageError('--licence is empty, expected a text such as CC BY', USAGE)
  return text
}

export interface ProcessSettings {
  readonly source: Source
  readonly lang: string
  readonly holdoutShare: number
  readonly seed: number
  readonly sliceBytes: number
  readonly rangeBytes: number
  readonly url: string | null
  /** Where the text of Parquet files is. */
  readonly columns?: TextColumns
  /** Anything goes where none is given. */
  readonly use?: UsagePolicy
}

export interface Funnel {
  readonly pages: number
  readonly kept: number
  readonly rejected: Readonly<Record<string, number>>
  readonly duplicates: number
  readonly nearDuplicates: number
  readonly heldOut: number
  readonly failed: number
  readonly failures: Readonly<Record<string, number>>
  readonly pageBytes: number
  readonly textBytes: number
}

export async function processFiles(
  files: readonly string[],
  output: string,
  settings: ProcessSettings,
): Promise<Funnel> {
  const sizes = await sizesOf(files)
  const inputs: Input[] = []
  for (const [i, file] of files.entries()) inputs.push(await describe(file, sizes[i] ?? 0))
  refuseTwins(inputs)
  await clear(output)
  const store = fileStore(output)
  const models = await loadModels()
  const { use = ANY_USE } = settings
  const pipeline = createPipeline(models, { source: settings.source, lang: settings.lang, use })
  const totals = { pages: 0, candidates: 0, failed: 0, pageBytes: 0, textBytes: 0 }
  const rejected: Record<string, number> = {}
  const failures: Record<string, number> = {}
  const chunks: ChunkRef[] = []
  const progress = showProgress('reading', { total: inputs.reduce((sum, { size }) => sum + size, 0), unit: 'bytes' })

  for (const { file, key, id, size } of inputs) {
    const source = await fileSource(file)
    const format = await detectFormat(source)
    const { url: objectUrl, columns = {}, sliceBytes: length, seed } = settings
    for (let start: number | null = 0; start !== null;) {
      const first = { objectId: id, start }
      const slice = openSlice(store, pipeline, { prefix: `${WORK}/chunks`, seed, first })
      const own = new Set<string>()
      while (start !== null && start - first.start < CHUNK_RANGE_BYTES) {
        const result = await slice.read({ source, objectUrl, columns, objectId: id, start, length, format })
        for (const name of ['pages', 'candidates', 'failed', 'pageBytes', 'textBytes'] as const)
          totals[name] += result[name]
        addCounts(rejected, result.reasons)
        addCounts(failures, result.failures)
        for (const chunk of result.chunks) own.add(chunk)
        progress.add((result.next ?? size) - start)
        start = result.next
      }
      await slice.finish()
      for (const chunk of own) chunks.push({ key: chunk, objectKeys: { [id]: key } })
      const turnedAway = await store.get(`${WORK}/chunks/${id}/${String(first.start).padStart(16, '0')}.rejects.ndjson`)
      if (turnedAway !== null) await appendFile(path.join(output, 'rejects.ndjson'), withFile(turnedAway, key))
    }
  }
  progress.done()

  const sealStore = scratchBeside(store)
  const steps = showProgress('sealing', { unit: 'steps' })
  const { lines, totals: sealed } = await sealAll(
    {
      store: sealStore,
      index: memoryIndex(),
      shardsOf: noEarlierShards,
      settings: {
        seal: 1,
        seed: settings.seed,
        pipeline: pipelineVersion(models, use),
        signals: pipeline.signals,
        objectIds: inputs.map(({ id }) => id),
        provenance: provenance(models, use),
        holdoutShare: settings.holdoutShare,
        rangeBytes: settings.rangeBytes,
      },
    },
    chunks,
    { onStep: () => steps.add(1) },
  )
  steps.done()
  await appendDuplicates(path.join(output, 'duplicates.ndjson'), { store: sealStore, chunks, seal: 1 })
  await writeFile(
    path.join(output, 'index.ndjson'),
    lines.map((line: IndexLine) => `${JSON.stringify(line)}\n`).join(''),
  )
  const { candidates: _, ...counts } = totals
  const funnel: Funnel = {
    pages: counts.pages,
    kept: sealed.kept,
    rejected,
    duplicates: sealed.duplicates,
    nearDuplicates: sealed.nearDuplicates,
    heldOut: sealed.heldOut,
    failed: counts.failed,
    failures,
    pageBytes: counts.pageBytes,
    textBytes: counts.textBytes,
  }
  await writeFile(path.join(output, 'funnel.json'), `${JSON.stringify(funnel, null, 2)}\n`)
  await rm(path.join(output, WORK), { recursive: true })
  return funnel
}

interface Input {
  readonly file: string
  readonly key: string
  readonly id: string
  readonly size: number
}

/** An object's identity as in R2: name, MD5 and size. The name is the file's own, so a moved folder changes nothing. */
async function describe(file: string, size: number): Promise<Input> {
  const md5 = createHash('md5')
  for await (const chunk of createReadStream(file)) md5.update(chunk)
  const key = path.basename(file)
  const id = createHash('sha256')
    .update(JSON.stringify([key, md5.digest('hex'), size]))
    .digest('hex')
  return { file, key, id, size }
}

/** Two files of one name and the same bytes are one object, which cannot be read twice. */
function refuseTwins(inputs: readonly Input[]): void {
  const seen = new Map<string, string>()
  for (const { file, id } of inputs) {
    const twin = seen.get(id)
    if (twin !== undefined) throw new UsageError(`${file} has the name and the bytes of ${twin}: give it once`)
    seen.set(id, file)
  }
}

async function clear(output: string): Promise<void> {
  await emptyOutput(output, { ours: OURS, mark: 'rejects.ndjson' })
  for (const name of ['rejects.ndjson', 'duplicates.ndjson']) await writeFile(path.join(output, name), '')
}

const scratch = (key: string): string => (key.startsWith('seals/') ? `${WORK}/${key}` : key)

/** What a seal keeps between its steps goes to the working directory; shards go where they belong. */
function scratchBeside(store: ReturnType<typeof fileStore>): ReturnType<typeof fileStore> {
  return {
    get: (key) => store.get(scratch(key)),
    size: (key) => store.size(scratch(key)),
    range: (key, start, end) => store.range(scratch(key), start, end),
    put: (key, bytes) => store.put(scratch(key), bytes),
    upload: (key) => store.upload(scratch(key)),
  }
}

function addCounts(sums: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [code, count] of Object.entries(counts)) sums[code] = (sums[code] ?? 0) + count
}

const withFile = (lines: Uint8Array, file: string): string =>
  new TextDecoder()
    .decode(lines)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${JSON.stringify({ file, ...(JSON.parse(line) as object) })}\n`)
    .join('')

function sourceOf(name: string): Source {
  const source = SOURCES.find((known) => known === name)
  if (source === undefined) throw new UsageError(`--source is "${name}", expected one of ${SOURCES.join(', ')}`)
  return source
}

function shareOf(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < 1)) {
    throw new UsageError(`${name} is "${text}", expected a number from 0 to less than 1`)
  }
  return value
}
