/**
 * The stages and a seal over files, without a server: slices are read one after the other, then sealed. The output says nothing of
 * how files were cut into slices.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { loadModels } from '../models/load.ts'
import type { Source } from '../schema/shard.ts'
import type { TextColumns } from '../schema/text-columns.ts'
import { createPipeline, pipelineVersion, provenance, type Pipeline } from '../functions/pipeline.ts'
import { detectFormat } from '../functions/read/detect-format.ts'
import { ANY_USE, type UsagePolicy } from '../functions/screen/usage.ts'
import type { ChunkRef } from '../functions/seal/judge.ts'
import { memoryIndex } from '../functions/seal/memory-index.ts'
import { sealAll } from '../functions/seal/seal.ts'
import { noEarlierShards } from '../functions/seal/withdraw.ts'
import { openSlice } from '../functions/slice.ts'
import { UsageError } from './arguments.ts'
import { appendDuplicates } from './duplicate-file.ts'
import { fileSource } from './file-source.ts'
import { fileStore, scratchBeside, WORK } from './file-store.ts'
import { sizesOf } from './input-files.ts'
import { checkOutside } from './output-file.ts'
import type { OwnModels } from './model-options.ts'
import { besideOutput } from './output-folder.ts'
import { showProgress } from './progress.ts'

/** Slices that begin in so many bytes share their chunks: small ones would be a chunk each, and a seal works chunk by chunk. */
const CHUNK_RANGE_BYTES = 64 * 1024 * 1024
/** All that is in an output; `scores` and `versions` come later, by other commands. */
const OURS = [
  'rejects.ndjson',
  'shards',
  'holdout',
  'duplicates.ndjson',
  'funnel.json',
  'index.ndjson',
  'scores',
  'versions',
]

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
  /** Models in place of those that ship. */
  readonly models?: OwnModels
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

/** An earlier output in the folder stays until all is done, and is as it was if that never comes or no page could be read: it throws then. */
export async function processFiles(
  files: readonly string[],
  output: string,
  settings: ProcessSettings,
): Promise<Funnel> {
  const sizes = await sizesOf(files)
  const inputs: Input[] = []
  for (const [i, file] of files.entries()) inputs.push(await describe(file, sizes[i] ?? 0))
  refuseTwins(inputs)
  for (const file of files) checkOutside(file, output)
  const { place, replaces, swap, drop } = await besideOutput(output, { ours: OURS, mark: 'rejects.ndjson', work: WORK })
  try {
    const funnel = await writeOutput(inputs, place, settings)
    if (replaces && funnel.pages === funnel.failed) {
      throw new Error(`no page could be read (${await firstFailure(place)}); the earlier output in ${output} stays`)
    }
    await swap()
    return funnel
  } catch (error) {
    await drop()
    throw error
  }
}

/** The cause where no page could be read. */
export async function firstFailure(output: string): Promise<string> {
  const [line = ''] = (await readFile(path.join(output, 'rejects.ndjson'), 'utf8')).split('\n', 1)
  if (line === '') return 'the files hold none'
  const { file, failed, detail } = JSON.parse(line) as { file: string; failed?: string; detail?: string }
  return `${file}: ${failed ?? ''}: ${detail ?? ''}`
}

async function writeOutput(inputs: readonly Input[], output: string, settings: ProcessSettings): Promise<Funnel> {
  for (const name of ['rejects.ndjson', 'duplicates.ndjson']) await writeFile(path.join(output, name), '')
  const models = await loadModels(settings.models)
  const { use = ANY_USE, source, lang, seed, holdoutShare, rangeBytes } = settings
  const pipeline = createPipeline(models, { source, lang, use })
  const { chunks, counts, rejected, failures } = await readInputs(inputs, output, { pipeline, settings })

  const store = scratchBeside(fileStore(output))
  const steps = showProgress('sealing', { unit: 'steps' })
  const job = {
    seal: 1,
    seed,
    pipeline: pipelineVersion(models, use),
    signals: pipeline.signals,
    objectIds: inputs.map(({ id }) => id),
    provenance: provenance(models, use),
    holdoutShare,
    rangeBytes,
  }
  const { lines, totals } = await sealAll(
    { store, index: memoryIndex(), shardsOf: noEarlierShards, settings: job },
    chunks,
    { onStep: () => steps.add(1) },
  )
  steps.done()
  await appendDuplicates(path.join(output, 'duplicates.ndjson'), { store, chunks, seal: 1 })
  await writeFile(path.join(output, 'index.ndjson'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const funnel: Funnel = {
    pages: counts.pages,
    kept: totals.kept,
    rejected,
    duplicates: totals.duplicates,
    nearDuplicates: totals.nearDuplicates,
    heldOut: totals.heldOut,
    failed: counts.failed,
    failures,
    pageBytes: counts.pageBytes,
    textBytes: counts.textBytes,
  }
  await writeFile(path.join(output, 'funnel.json'), `${JSON.stringify(funnel, null, 2)}\n`)
  await rm(path.join(output, WORK), { recursive: true })
  return funnel
}

/** Reads all slices of all files: candidates go into chunks, what is turned away into rejects.ndjson. */
async function readInputs(
  inputs: readonly Input[],
  output: string,
  { pipeline, settings }: { pipeline: Pipeline; settings: ProcessSettings },
) {
  const { url: objectUrl, columns = {}, sliceBytes: length, seed } = settings
  const store = fileStore(output)
  const counts = { pages: 0, failed: 0, pageBytes: 0, textBytes: 0 }
  const rejected: Record<string, number> = {}
  const failures: Record<string, number> = {}
  const chunks: ChunkRef[] = []
  const progress = showProgress('reading', { total: inputs.reduce((sum, { size }) => sum + size, 0), unit: 'bytes' })
  for (const { file, key, id, size } of inputs) {
    const source = await fileSource(file)
    const format = await detectFormat(source)
    for (let start: number | null = 0; start !== null;) {
      const first = { objectId: id, start }
      const slice = openSlice(store, pipeline, { prefix: `${WORK}/chunks`, seed, first })
      const own = new Set<string>()
      while (start !== null && start - first.start < CHUNK_RANGE_BYTES) {
        const result = await slice.read({ source, objectUrl, columns, objectId: id, start, length, format })
        for (const name of ['pages', 'failed', 'pageBytes', 'textBytes'] as const) counts[name] += result[name]
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
  return { chunks, counts, rejected, failures }
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
