/**
 * Is the n-gram models' perplexity a signal? Trains a small Llama with gpu-runner on text that they were counted on and
 * correlates its loss with their perplexity, document by document, on web pages of sites that neither has seen.
 * Run from the repository root, some ten minutes of one core a language: OMP_NUM_THREADS=1 npx node models/measure-perplexity.ts en zh
 * A training in `--folder` is used again, as far as it went if it was stopped; delete the folder to train anew.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { loadNgramModel } from '../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../functions/perplexity/score.ts'
import { readWeb } from './training/ngram-sources.ts'
import { correlate } from './training/rank-correlation.ts'
import type { Correlation } from './training/rank-correlation.ts'
import { millrace, readLines, runner, train, writeLines } from './training/small-llama.ts'
import type { Settings } from './training/small-llama.ts'
import { MODELS, sha256 } from './training/texts.ts'

interface Doc {
  readonly id: string
  readonly text: string
}

/** A line of `gpu_runner score`: nats over all tokens but the first, the end among them. */
interface Loss {
  readonly id: string
  readonly nllSum: number
  readonly tokens: number
  readonly bytes: number
}

/** A line of `train.ndjson`. */
interface Step {
  readonly step: number
  readonly tokens: number
}

const say = (text: string): void => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)

/** In `losses.ndjson`, so that a second measuring scores only what the first did not. */
function lossesOf(folder: string, docs: readonly Doc[]): Loss[] {
  const file = path.join(folder, 'losses.ndjson')
  const known = new Map(
    (existsSync(file) ? readLines<Loss>(readFileSync(file, 'utf8')) : []).map((one) => [one.id, one]),
  )
  const asked = docs.filter(({ id }) => !known.has(id))
  if (asked.length > 0) {
    const input = Buffer.from(asked.map((doc) => `${JSON.stringify(doc)}\n`).join(''))
    const scored = readLines<Loss>(runner(['score', '--checkpoint', path.join(folder, 'run')], input))
    for (const loss of scored) known.set(loss.id, loss)
    writeLines(file, [...known.values()])
  }
  return docs.flatMap(({ id }) => known.get(id) ?? [])
}

/** Ids of the documents that the pipeline's stages keep: those that a perplexity steers, like those the Llama was trained on. */
function keptOf(folder: string, lang: string, docs: readonly Doc[]): Set<string> {
  const file = path.join(folder, 'held-out.ndjson')
  writeLines(
    file,
    docs.map(({ id, text }) => ({ url: `https://example.org/${id}`, source: 'web', lang, text })),
  )
  const output = path.join(folder, 'held-out')
  millrace('process', file, '-o', output, '--holdout-share', '0')
  const rejects = readLines<{ readonly url: string }>(readFileSync(path.join(output, 'rejects.ndjson'), 'utf8'))
  const turnedAway = new Set(rejects.map(({ url }) => url.slice(url.lastIndexOf('/') + 1)))
  return new Set(docs.map(({ id }) => id).filter((id) => !turnedAway.has(id)))
}

/** The first of them by their hashes, so that nobody chose; those too short for a perplexity are left out. */
function measure({ lang, folder, documents }: Settings, heldOut: readonly string[]): Record<string, unknown> {
  const model = loadNgramModel(readFileSync(path.join(MODELS, 'ngram', `${lang}.bin`)))
  const perplexities = new Map<string, number>()
  const docs: Doc[] = []
  const inOrder = [...new Set(heldOut)]
    .map((text) => ({ id: sha256(text), text }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  for (const doc of inOrder) {
    const { ppl } = scorePerplexity(model, doc.text)
    if (ppl === null || docs.length === documents) continue
    perplexities.set(doc.id, ppl)
    docs.push(doc)
  }
  say(`${lang}: ${docs.length} of ${inOrder.length} held-out documents`)
  const losses = lossesOf(folder, docs)
  const against = (some: readonly Loss[], of: (loss: Loss) => number): Correlation =>
    correlate(some.map((loss) => ({ x: perplexities.get(loss.id) ?? NaN, y: of(loss) })))
  const both = (some: readonly Loss[]): { perToken: Correlation; perByte: Correlation } => ({
    perToken: against(some, ({ nllSum, tokens }) => nllSum / tokens),
    perByte: against(some, ({ nllSum, bytes }) => nllSum / bytes),
  })
  const kept = keptOf(folder, lang, docs)
  const total = { nats: 0, tokens: 0, bytes: 0 }
  for (const { nllSum, tokens, bytes } of losses) {
    total.nats += nllSum
    total.tokens += tokens
    total.bytes += bytes
  }
  return {
    model: model.id,
    documents: losses.length,
    all: both(losses),
    kept: both(losses.filter(({ id }) => kept.has(id))),
    rejected: both(losses.filter(({ id }) => !kept.has(id))),
    natsPerToken: total.nats / total.tokens,
    natsPerByte: total.nats / total.bytes,
  }
}

const { values, positionals } = parseArgs({
  options: {
    folder: { type: 'string', default: path.join(os.tmpdir(), 'millrace-signal') },
    tokens: { type: 'string', default: '1000000' },
    documents: { type: 'string', default: '700' },
  },
  allowPositionals: true,
})
for (const lang of positionals) {
  if (lang !== 'en' && lang !== 'zh') throw new Error(`no model of ${lang}: expected some of en zh`)
  const folder = path.join(values.folder, lang)
  mkdirSync(folder, { recursive: true })
  const settings = { lang, folder, tokens: Number(values.tokens), documents: Number(values.documents) }
  const { counted, heldOut } = await readWeb(lang)
  say(`${lang}: ${counted.length} web texts to train on, ${heldOut.length} held out`)
  const log = path.join(folder, 'run/train.ndjson')
  if (!existsSync(log)) train(settings, counted)
  const { step, tokens } = readLines<Step>(readFileSync(log, 'utf8')).at(-1) ?? { step: 0, tokens: 0 }
  console.log(JSON.stringify({ lang, trained: { step, tokens }, ...measure(settings, heldOut) }))
}
