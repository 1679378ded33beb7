/**
 * The sample corpus through a real local server and one trained round, as `npm run demo` does it, with everything that
 * came out kept as files and rows, so that tests can work it out again for themselves.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { openAsBlob } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { createClient, type Client } from '../../cli/client.ts'
import { closeBatch, openBatch, untilSealed, type BatchProgress } from '../../cli/push.ts'
import { startServer } from '../../cli/server.ts'
import { ROOT } from '../../cli/wrangler.ts'
import type { Entry, ManifestHead, ShardLine } from '../../schema/manifest.ts'
import type { Report } from '../../schema/report.ts'
import { exportCorpus } from './export-corpus.ts'
import { readRows, type StoredRow } from './stored-rows.ts'

const RUNNER = path.join(ROOT, 'gpu-runner')
export const SAMPLE = path.join(ROOT, 'test/fixtures/sample')
export const HOLDOUT_SHARE = '0.25'

export interface Manifest {
  readonly head: ManifestHead
  readonly shards: readonly ShardLine[]
  readonly entries: readonly Entry[]
}

/** A line of `gpu_runner plan --print-order`. */
export interface ReadRow {
  readonly position: number
  readonly phase: string
  readonly cell: string
  readonly bucket: number | null
  readonly shard: string
  readonly row: number
  readonly id: string
  readonly tokens: number
  readonly cut: boolean
}

export interface SampleRun {
  readonly batch: BatchProgress
  readonly first: Manifest
  readonly next: Manifest
  readonly order: readonly ReadRow[]
  readonly before: Report
  readonly after: Report
  /** Folder with everything that the server wrote to R2. */
  readonly corpus: string
  /** Rows of every shard that a manifest or its hold-out names, as they came over HTTP. */
  readonly rows: ReadonlyMap<string, readonly StoredRow[]>
}

/** Steps of 2,048 tokens: some ten in a round of the sample, each of many documents, so that losses can be compared. */
const TRAINING = { preset: 'tiny', seq_len: 256, instances_per_step: 8, micro_batch_instances: 4, warmup_tokens: 2048 }

export async function runSample(folder: string): Promise<SampleRun> {
  const persistTo = path.join(folder, 'server')
  const corpus = path.join(folder, 'corpus')
  const server = await startServer({ persistTo, vars: { HOLDOUT_SHARE } })
  let run: Omit<SampleRun, 'corpus'>
  try {
    const key = await server.key(['ingest', 'read', 'plan', 'train'])
    const client = createClient({ url: server.url, key })
    const batch = await sendSample(client)
    await client.json('POST', '/v1/calibrations')
    const json = { recipe: 'llama-3-syne', run: 'whole-way' }
    const { id } = await client.json<ManifestHead>('POST', '/v1/manifests', { json })
    const order = await trainAndPrint(folder, { url: server.url, key, id })
    const next = await client.json<ManifestHead>('POST', `/v1/manifests/${id}/next`)
    const manifests = { first: await download(client, id), next: await download(client, next.id) }
    const { reports } = await client.json<{ reports: Report[] }>('GET', '/v1/runs/whole-way/reports')
    const [before, after] = [kindOf(reports, 'before'), kindOf(reports, 'after')]
    run = { batch, ...manifests, order, before, after, rows: await downloadShards(client, Object.values(manifests)) }
  } finally {
    await server.stop()
  }
  await exportCorpus(persistTo, corpus)
  return { ...run, corpus }
}

async function sendSample(client: Client): Promise<BatchProgress> {
  const batch = await openBatch(client, { source: 'web' })
  const pages = await openAsBlob(path.join(SAMPLE, 'web.warc.gz'))
  await client.json('PUT', '/v1/objects/sample/web.warc.gz', { query: { batch }, body: pages })
  const documents = await openAsBlob(path.join(SAMPLE, 'documents.ndjson'))
  const headers = { 'content-type': 'application/x-ndjson' }
  await client.json('POST', '/v1/pages', { query: { batch }, body: documents, headers })
  await closeBatch(client, batch)
  return untilSealed(client, batch, 250)
}

async function trainAndPrint(
  folder: string,
  { url, key, id }: { url: string; key: string; id: string },
): Promise<ReadRow[]> {
  const runner = (...args: string[]) => runRunner(args, { key, cache: path.join(folder, 'tokens') })
  const manifest = `${url}/v1/manifests/${id}`
  const recipe = path.join(folder, 'train.json')
  await writeFile(recipe, JSON.stringify(TRAINING))
  await runner('train', '--manifest', manifest, '--recipe', recipe, '-o', path.join(folder, 'run'), '--report', url)
  const lines = await runner('plan', '--manifest', manifest, '--print-order')
  return lines.map((line) => JSON.parse(line) as ReadRow)
}

/** Runs gpu-runner and returns what it prints; its tokens go to a cache of its own, so that nothing leans on an old one. */
export async function runRunner(
  args: readonly string[],
  { key, cache }: { readonly key: string; readonly cache: string },
): Promise<string[]> {
  await mkdir(cache, { recursive: true })
  const env = { ...process.env, MILLRACE_KEY: key, MILLRACE_CACHE: cache }
  const python = path.join(RUNNER, '.venv/bin/python')
  const options = { cwd: RUNNER, env, maxBuffer: 256 << 20 }
  const { stdout } = await promisify(execFile)(python, ['-m', 'gpu_runner', ...args], options)
  return stdout.split('\n').filter((line) => line !== '')
}

function kindOf(reports: readonly Report[], kind: Report['kind']): Report {
  const found = reports.filter((report) => report.kind === kind)
  const [report] = found
  if (report === undefined || found.length > 1) throw new Error(`${found.length} reports "${kind}", expected one`)
  return report
}

async function bytesOf(client: Client, address: string, sha256: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(await (await client.call('GET', address)).arrayBuffer())
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256) throw new Error(`${address} has the hash ${found}, expected ${sha256}`)
  return bytes
}

async function download(client: Client, id: string): Promise<Manifest> {
  const at = `/v1/manifests/${id}`
  const head = await client.json<ManifestHead>('GET', at)
  const lines = async <T>({ name, sha256 }: { name: string; sha256: string }): Promise<T[]> => {
    const text = new TextDecoder().decode(await bytesOf(client, `${at}/${name}`, sha256))
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]))
  }
  const { shards, entries } = head.files
  return { head, shards: await lines<ShardLine>(shards), entries: await lines<Entry>(entries) }
}

async function downloadShards(client: Client, manifests: readonly Manifest[]): Promise<Map<string, StoredRow[]>> {
  const rows = new Map<string, StoredRow[]>()
  for (const { shards, head } of manifests) {
    for (const { shard, sha256 } of [...shards, ...head.holdout.files]) {
      if (!rows.has(shard)) rows.set(shard, await readRows(await bytesOf(client, `/v1/shards/${shard}`, sha256)))
    }
  }
  return rows
}
