/**
 * Trains the default n-gram models: interpolated modified Kneser–Ney of order 3 on running prose and web text.
 * Run from the repository root: npx node models/train-ngram.ts en zh   (three minutes and 2 GB a language, one core)
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { loadNgramModel } from '../functions/perplexity/ngram-model.ts'
import type { NgramModel } from '../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../functions/perplexity/score.ts'
import { addText, tokenStream } from './training/ngram-counts.ts'
import type { TokenStream } from './training/ngram-counts.ts'
import { writeNgramFile } from './training/ngram-file.ts'
import { trainNgrams } from './training/ngram-train.ts'
import { MODELS, isHeldOut, linesOf, webTexts } from './training/texts.ts'

// 4 MiB = 2^20 slots of 4 bytes, less the head; at a load of .8 that holds 838,000 n-grams.
const ENTRIES = 836_000
const MIN_COUNT = 5
const LANGUAGES = ['en', 'zh']

function readCorpus(lang: string): TokenStream {
  const stream = tokenStream()
  for (const line of linesOf(`lm/${lang}.train.txt.gz`)) addText(stream, line)
  for (const web of webTexts(lang)) if (!isHeldOut(web)) addText(stream, web.text)
  return stream
}

/** Perplexity over all tokens of the held-out texts. */
function heldOut(model: NgramModel, texts: Iterable<string>): number {
  let tokens = 0
  let log10p = 0
  for (const text of texts) {
    const score = scorePerplexity(model, text)
    tokens += score.tokens
    log10p += score.log10p
  }
  return Math.round(10 * 10 ** (-log10p / tokens)) / 10
}

function* heldOutWeb(lang: string): Generator<string> {
  for (const web of webTexts(lang)) if (isHeldOut(web)) yield web.text
}

function train(lang: string): void {
  const stream = readCorpus(lang)
  console.error(`${lang}: ${stream.size} tokens read`)
  const { ngrams, unknown, words } = trainNgrams(stream, { minCount: MIN_COUNT, entries: ENTRIES })
  const { bytes, shadowed } = writeNgramFile(ngrams, { name: `millrace-ngram-${lang}`, lang, order: 3, unknown })
  mkdirSync(path.join(MODELS, 'ngram'), { recursive: true })
  writeFileSync(path.join(MODELS, 'ngram', `${lang}.bin`), bytes)
  const model = loadNgramModel(bytes)
  const orders = [1, 2, 3].map((order) => ngrams.filter(({ tokens }) => tokens.length === order).length)
  const running = heldOut(model, linesOf(`lm/${lang}.held.txt.gz`))
  const web = heldOut(model, heldOutWeb(lang))
  console.log(JSON.stringify({ id: model.id, words, orders, shadowed, bytes: bytes.length, unknown, running, web }))
}

const languages = process.argv.slice(2)
const foreign = languages.find((lang) => !LANGUAGES.includes(lang))
if (foreign !== undefined) throw new Error(`no data for ${foreign}: expected some of ${LANGUAGES.join(' ')}`)
for (const lang of languages) train(lang)
