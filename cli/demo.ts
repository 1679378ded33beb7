/**
 * `npm run demo`: the whole way once, on a real local server. Pages over HTTP → slices and stages in workerd → seal →
 * manifest → a tiny Llama trained on the CPU → report → the next manifest.
 */
import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { ManifestHead } from '../schema/manifest.ts'
import { HelpRequest, readArguments, UsageError } from './arguments.ts'
import { ApiError, createClient, type Client } from './client.ts'
import { showCells, showFeedback, showFunnel, showLoss, showQuotas, tokensOf, type CellsView } from './demo-report.ts'
import { sizesOf } from './input-files.ts'
import { emptyOutput } from './output-folder.ts'
import { closeBatch, openBatch, pushFile, untilSealed } from './push.ts'
import { startServer } from './server.ts'

const ROOT = path.join(import.meta.dirname, '..')
const SAMPLE = path.join(ROOT, 'test/fixtures/sample')
const USAGE = `npm run demo [-- [--input FILE…] [--output DIR] [--keep]]

  --input FILE   your own crawl in place of the sample: WARC, WET, NDJSON or HTML, plain or gzip; may be given again
  --output DIR   where the server's files and the trained run go, in place of those of a demo before (default .cache/demo)
  --keep         leave the server running at the end, to look around`

/** A round of at most this many tokens trains in about a minute on two cores. */
const MAX_TOKENS = 250_000

/** Nobody else's: whatever is in it goes. */
const OWN_FOLDER = path.join(ROOT, '.cache/demo')
/** What the demo writes into its folder, the mark first. */
const MARK = '.millrace-demo'
const OURS = [MARK, 'server', 'run', 'train.json']

/** What a small corpus needs of a recipe, by the problem that says so. */
const WAYS_OUT: Readonly<Record<string, readonly [name: string, choice: string]>> = {
  'missing-sources': ['missingSources', 'renormalise'],
  shortfall: ['shortfall', 'repeat'],
}

const say = (text: string): void => console.log(text)
const step = (number: number, title: string): void => console.log(`\n${number}. ${title}`)

async function main(args: string[]): Promise<void> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    options: {
      input: { type: 'string', multiple: true },
      output: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
    positionals: { name: 'FILE', max: 100 },
  })
  const begun = performance.now()
  const output = path.resolve(values.output ?? OWN_FOLDER)
  const inputs = [...(values.input ?? []), ...positionals]
  await sizesOf(inputs)
  if (values.output === undefined) await rm(OWN_FOLDER, { recursive: true, force: true })
  await emptyOutput(output, { ours: OURS, mark: MARK })
  await writeFile(path.join(output, MARK), '')

  step(1, 'Server: R2, D1, queues, Durable Objects and Workflows in workerd')
  // A quarter is held out, so that a corpus of a few hundred pages has documents of every topic to be measured on.
  const server = await startServer({ persistTo: path.join(output, 'server'), vars: { HOLDOUT_SHARE: '0.25' } })
  const key = await server.key(['ingest', 'read', 'plan', 'train'])
  const client = createClient({ url: server.url, key })
  say(`   ${server.url}`)
  try {
    await run(client, { output, key, inputs })
    const seconds = Math.round((performance.now() - begun) / 1000)
    say(`\nDone in ${seconds} s. What is there now:`)
    say(`   ${path.join(path.relative(process.cwd(), output) || '.', 'run')}   checkpoints and reports of the run`)
    say('What to do next:')
    say('   npm run demo -- --input your.warc.gz      the same on your own crawl')
    say('   npm run dev                               a server to send pages to; it prints a key and examples')
    say('   npx millrace process FILES… -o DIR        the stages alone: shards to open in DuckDB, pyarrow, datasets')
    if (values.keep) {
      say(`\nThe server goes on at ${server.url} (key ${key}). Ctrl-C ends it.`)
      await new Promise((resolve) => process.once('SIGINT', resolve))
    }
  } finally {
    await server.stop()
  }
}

/** A small corpus may have no third round in every cell; what is left is mixed then. */
async function planNext(client: Client, { id }: ManifestHead): Promise<ManifestHead> {
  const target = `/v1/manifests/${id}/next`
  try {
    return await client.json<ManifestHead>('POST', target)
  } catch (error) {
    if (!(error instanceof ApiError) || error.problem !== 'shortfall') throw error
    say(`   refused as it stands: ${error.message}`)
    say('   planned again with "shortfall": "renormalise"')
    return client.json<ManifestHead>('POST', target, { json: { shortfall: 'renormalise' } })
  }
}

interface DemoRun {
  readonly output: string
  readonly key: string
  readonly inputs: readonly string[]
}

async function run(client: Client, { output, key, inputs }: DemoRun): Promise<void> {
  step(2, 'Ingest over HTTP')
  const batch = inputs.length === 0 ? await sendSample(client) : await sendFiles(client, inputs)

  step(3, 'Slices: main text, language, quality, topic, perplexity; then the seal: duplicates, hold-out, shards')
  const sealed = await untilSealed(client, batch, 250)
  showFunnel(sealed)
  if ((sealed.funnel.kept ?? 0) === 0) throw new UsageError('no page was kept, so there is nothing to train on')
  await client.json('POST', '/v1/calibrations')
  showCells(await client.json<CellsView>('GET', '/v1/cells'))

  step(4, "Manifest: the paper's recipe, llama-3-syne, over these shards")
  const first = await plan(client)
  showQuotas(first)

  step(5, 'Training a tiny Llama on the CPU: hold-out before, training, hold-out after')
  await train(client, first, { output, key })
  const losses = await readLosses(output)
  showLoss(losses)

  step(6, 'The next manifest, mixed by what the model learned')
  const next = await planNext(client, first)
  showFeedback(next)
  say(
    `   manifest ${next.id.slice(0, 12)}, round ${next.round}: ${tokensOf(next).toLocaleString('en')} tokens, none of them read before`,
  )
}

async function sendSample(client: Client): Promise<string> {
  const batch = await openBatch(client, { source: 'web' })
  const pages = new Blob([await readFile(path.join(SAMPLE, 'web.warc.gz'))])
  await client.json('PUT', '/v1/objects/sample/web.warc.gz', { query: { batch }, body: pages })
  say(`   PUT  /v1/objects/sample/web.warc.gz   ${pages.size.toLocaleString('en')} bytes of crawled pages`)
  const documents = new Blob([await readFile(path.join(SAMPLE, 'documents.ndjson'))])
  const headers = { 'content-type': 'application/x-ndjson' }
  const { lines } = await client.json<{ lines: number }>('POST', '/v1/pages', {
    query: { batch },
    body: documents,
    headers,
  })
  say(`   POST /v1/pages                        ${lines} documents of other sources, as NDJSON`)
  await closeBatch(client, batch)
  return batch
}

async function sendFiles(client: Client, files: readonly string[]): Promise<string> {
  const batch = await openBatch(client, {})
  for (const file of files) {
    const { key, size } = await pushFile(client, file, { batch })
    say(`   ${key}   ${size.toLocaleString('en')} bytes`)
  }
  await closeBatch(client, batch)
  return batch
}

/**
 * The paper's recipe as it is; over what sources there are when some are missing, and read more than once where a cell is
 * too small; capped to what trains in a minute.
 */
async function plan(client: Client): Promise<ManifestHead> {
  const order = { recipe: 'llama-3-syne', run: 'demo' }
  let options = {}
  for (;;) {
    try {
      const head = await client.json<ManifestHead>('POST', '/v1/manifests', { json: { ...order, ...options } })
      if (tokensOf(head) <= MAX_TOKENS) return head
      options = { ...options, tokens: MAX_TOKENS }
    } catch (error) {
      const [name, choice] = error instanceof ApiError ? (WAYS_OUT[error.problem ?? ''] ?? []) : []
      if (name === undefined || name in options) throw error
      say(`   refused as it stands: ${error instanceof Error ? error.message : ''}`)
      say(`   planned again with "${name}": "${choice}"`)
      options = { ...options, [name]: choice }
    }
  }
}

async function train(
  client: Client,
  head: ManifestHead,
  { output, key }: { output: string; key: string },
): Promise<void> {
  const python = path.join(ROOT, 'gpu-runner/.venv/bin/python')
  const recipe = path.join(output, 'train.json')
  await writeFile(recipe, JSON.stringify(trainRecipe(tokensOf(head)), null, 2))
  const args = ['-m', 'gpu_runner', 'train', '--manifest', `${client.url}/v1/manifests/${head.id}`]
  args.push('--recipe', recipe, '-o', path.join(output, 'run'), '--report', client.url)
  const child = spawn(python, args, {
    cwd: path.join(ROOT, 'gpu-runner'),
    env: { ...process.env, MILLRACE_KEY: key },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  for await (const line of createInterface({ input: child.stderr })) say(`   ${line}`)
  const code = await new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode)
    else child.once('exit', resolve)
  })
  if (code !== 0) throw new Error(`training ended with exit code ${code}`)
}

/** Windows of 128 tokens in steps of at least 2,048, so that a step has both languages; a large round has about 60 steps. */
function trainRecipe(tokens: number): object {
  const window = 128
  const instances = 2 * Math.max(8, Math.round(tokens / window / 60 / 2))
  return { preset: 'tiny', seq_len: window, instances_per_step: instances, warmup_tokens: 0 }
}

async function readLosses(output: string): Promise<{ step: number; loss: number }[]> {
  const report = JSON.parse(await readFile(path.join(output, 'run/reports/after.json'), 'utf8')) as {
    trainLoss?: { step: number; loss: number }[]
  }
  return report.trainLoss ?? []
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const known = error instanceof UsageError || error instanceof ApiError
  if (error instanceof HelpRequest) console.log(error.message)
  else
    console.error(
      `\ndemo: ${error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error)}`,
    )
  process.exitCode = error instanceof HelpRequest ? 0 : error instanceof UsageError ? 2 : 1
}
