/**
 * Trains the default n-gram models, the way `millrace models train-ngram --max-size` does, and measures them on what was kept back.
 * Run from the repository root: npx node --max-old-space-size=6000 models/train-ngram.ts en zh
 * With `--curve` it measures a model of each size besides: what a byte is worth.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { loadNgramModel } from '../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../functions/perplexity/score.ts'
import { heldOutProse, otherPages, readWeb, sourcesOf } from './training/ngram-sources.ts'
import { entriesWithin, writeTableFile } from './training/ngram-table-file.ts'
import { countSources, modelOfSize } from './training/sized-train.ts'
import type { Counted } from './training/sized-train.ts'
import { MODELS } from './training/texts.ts'

const RECIPES = {
  en: { order: 4, minCount: 5, prune: [0, 0, 1, 2], webWeight: 8, maxBytes: 6 * 2 ** 20 },
  zh: { order: 4, minCount: 5, prune: [0, 0, 1, 2], webWeight: 8, maxBytes: 6 * 2 ** 20 },
} as const
/** MiB; the size that ships is measured in any case. */
const CURVE = [1, 2, 4, 8, 12, 20, Infinity]
/** Fuller than usual (1.55 lines are looked at for what is not there, not 1.1): what a file has room for matters more here. */
const LOAD = 0.8

type Lang = keyof typeof RECIPES
type HeldOut = Readonly<Record<string, readonly string[]>>

const isLang = (lang: string): lang is Lang => Object.hasOwn(RECIPES, lang)

/** Perplexity over all tokens of each set. */
function measure(file: string, sets: HeldOut): Record<string, number> {
  const model = loadNgramModel(readFileSync(file))
  return Object.fromEntries(
    Object.entries(sets).map(([name, texts]) => {
      let tokens = 0
      let log10p = 0
      for (const text of texts) {
        const score = scorePerplexity(model, text)
        tokens += score.tokens
        log10p += score.log10p
      }
      return [name, Math.round(10 * 10 ** (-log10p / tokens)) / 10]
    }),
  )
}

interface Made {
  readonly lang: Lang
  readonly file: string
  readonly maxBytes: number
}

function make(counted: Counted, { lang, file, maxBytes }: Made, sets: HeldOut): void {
  const { order } = RECIPES[lang]
  const most = entriesWithin(maxBytes, { order, bits: 8, load: LOAD })
  const { table, sizes, unknown, discounts } = modelOfSize(counted, { most, progress: say })
  const head = { name: `millrace-ngram-${lang}`, lang, order, unknown, hasUnknown: false, isOwn: true } as const
  const { id, bytes, shadowed } = writeTableFile(file, table, { ...head, bits: 8, load: LOAD })
  const { tokens } = counted
  const rounded = discounts.map((one) => one.map((value) => Math.round(1000 * value) / 1000))
  const about = { id, bytes, tokens, ngrams: sizes, unknown, shadowed, discounts: rounded, ...measure(file, sets) }
  console.log(JSON.stringify(about))
}

function say(step: string): void {
  const { user, system } = process.cpuUsage()
  const { maxRSS } = process.resourceUsage()
  console.error(`${((user + system) / 1e6).toFixed(0)} s of processor, peak ${(maxRSS / 1024).toFixed(0)} MB: ${step}`)
}

async function train(lang: Lang, isCurve: boolean): Promise<void> {
  const { order, minCount, prune, webWeight, maxBytes } = RECIPES[lang]
  const { counted: web, heldOut } = await readWeb(lang)
  say(`${lang}: ${web.length} web texts to count, ${heldOut.length} held out`)
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-ngram-'))
  try {
    const options = { order, minCount, prune, isOwn: true, folder, bufferBytes: 2 ** 28, progress: say }
    const counted = await countSources(sourcesOf(lang, web, { web: webWeight }), options)
    const sets = { web: heldOut, other: otherPages(lang), running: heldOutProse(lang) }
    make(counted, { lang, file: path.join(MODELS, 'ngram', `${lang}.bin`), maxBytes }, sets)
    const file = path.join(folder, 'model.bin')
    for (const size of isCurve ? CURVE : []) make(counted, { lang, file, maxBytes: size * 2 ** 20 }, sets)
    say('done')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const { values, positionals } = parseArgs({
  options: { curve: { type: 'boolean', default: false } },
  allowPositionals: true,
})
mkdirSync(path.join(MODELS, 'ngram'), { recursive: true })
for (const lang of positionals) {
  if (!isLang(lang)) throw new Error(`no data for ${lang}: expected some of ${Object.keys(RECIPES).join(' ')}`)
  await train(lang, values.curve)
}
