/** A small Llama of text that the n-gram models were counted on: the pipeline's stages, its planner and its runner, in one folder. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { linesOf, MODELS, sha256 } from './texts.ts'

const ROOT = path.join(MODELS, '..')
const RUNNER = path.join(ROOT, 'gpu-runner')
/** Running text has no documents: as many lines make one, and every eighth is taken, 6 MB in English. */
const LINES = 12
const EVERY = 8
const SHARES = { web: 0.8, encyclopedia: 0.2 }
const SEQ_LEN = 256
const INSTANCES = 8

export interface Settings {
  readonly lang: string
  readonly folder: string
  readonly tokens: number
  readonly documents: number
}

export const writeLines = (file: string, lines: readonly object[]): void =>
  writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)

export const readLines = <T>(lines: string): T[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)

export function millrace(...args: string[]): void {
  execFileSync(process.execPath, [path.join(ROOT, 'cli/bin.mjs'), ...args], { stdio: ['ignore', 2, 2] })
}

export function runner(args: readonly string[], input?: Buffer): string {
  const python = path.join(RUNNER, '.venv/bin/python')
  const stdio: ['pipe', 'pipe', 2] = ['pipe', 'pipe', 2]
  const options = { cwd: RUNNER, stdio, maxBuffer: 2 ** 28, encoding: 'utf8', ...(input && { input }) } as const
  return execFileSync(python, ['-m', 'gpu_runner', ...args], options)
}

function* runningText(lang: string): Generator<string> {
  let lines: string[] = []
  let count = 0
  for (const line of linesOf(`lm/${lang}.train.txt.gz`)) {
    lines.push(line)
    if (lines.length < LINES) continue
    if (count++ % EVERY === 0) yield lines.join('\n')
    lines = []
  }
}

/** Shards by the pipeline's own stages, a manifest by its own planner, a Llama by its own runner. */
export function train({ lang, folder, tokens }: Settings, web: readonly string[]): void {
  const input = path.join(folder, 'documents.ndjson')
  const lineOf = (text: string, source: string): object => ({
    url: `https://example.org/${sha256(text)}`,
    source,
    lang,
    text,
  })
  const running = [...runningText(lang)].map((text) => lineOf(text, 'encyclopedia'))
  writeLines(input, [...web.map((text) => lineOf(text, 'web')), ...running])
  const shards = path.join(folder, 'shards')
  millrace('process', input, '-o', shards, '--holdout-share', '0.004')
  const mix = { [lang]: { share: 1, sources: SHARES } }
  const mixture = { name: 'signal', phases: [{ name: 'all', share: 1, mix }], shortfall: 'shrink', maxEpochs: 1 }
  const recipe = path.join(folder, 'mixture.json')
  writeFileSync(recipe, JSON.stringify(mixture))
  const plan = path.join(folder, 'plan')
  const index = path.join(shards, 'index.ndjson')
  millrace('manifest', 'plan', '--index', index, '--recipe', recipe, '--tokens', String(tokens), '-o', plan)
  const training = path.join(folder, 'training.json')
  const schedule = { schedule: 'wsd', decay_tokens: Math.round(tokens * 0.3), warmup_tokens: 40_960 }
  const sizes = { seq_len: SEQ_LEN, instances_per_step: INSTANCES, micro_batch_instances: INSTANCES, save_every: 100 }
  writeFileSync(training, JSON.stringify({ preset: 'tiny', ...sizes, ...schedule }))
  const run = path.join(folder, 'run')
  const manifest = path.join(plan, 'manifest.json')
  const from = ['--manifest', manifest, '--shards', shards, '--recipe', training]
  runner(['train', ...from, '-o', run, '--nproc', '1', '--allow-short'])
}
