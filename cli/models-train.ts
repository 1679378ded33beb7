/** `millrace models train-ngram`: an n-gram model from text, with the options of `lmplz`. */
import os from 'node:os'
import path from 'node:path'
import { MAX_ORDER } from '../functions/perplexity/ngram-model.ts'
import { trainModel } from '../models/training/lm-train.ts'
import { textPieces } from '../models/training/ngram-corpus.ts'
import { writeTableFile } from '../models/training/ngram-table-file.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { sizesOf } from './input-files.ts'
import { checkLabel, choice, labelOf } from './models-import.ts'
import { outputFile } from './output-file.ts'
import { showProgress } from './progress.ts'

const USAGE = `Usage: millrace models train-ngram FILE … -o FILE [options]

Trains an n-gram model on text in UTF-8, plain or gzip, a sentence a line: interpolated modified Kneser–Ney.
  --order N            longest n-gram, 2 to ${MAX_ORDER}, default 5
  --prune "0 0 1"      n-grams of an order that occur no more often go: a number an order, the first 0, never falling,
                       the last for all orders behind it; default 0, nothing goes
  --tokens T           millrace (default): text, read as Millrace reads it; ready: words between blanks, as they stand
  --quantise Q         8 (default): 6 bytes an n-gram; none: floats, 15 bytes an n-gram
  --discount-fallback  discounts of .5, 1 and 1.5 where the text has too few different counts to estimate them
  --memory MB          for sorting, default 256; beside it about 60 bytes a word and 55 an n-gram that stays
  --folder DIR         for the sorted runs and counts, about 80 bytes a token at order 5; default the system's
  --lang L, --name N   default "und" and the output's name
Prints a line of JSON: {"id", "file", "bytes", "tokens", "words", "ngrams", "counted", "discounts", "unknown", "shadowed"}.`

export function readThresholds(value: string, order: number): number[] {
  const given = value.trim().split(/[\s,]+/)
  if (given.some((one) => !/^\d{1,9}$/.test(one)) || given.length > order) {
    throw new UsageError(`--prune is "${value}", expected 1 to ${order} whole numbers, as in "0 0 1".`, USAGE)
  }
  const thresholds = Array.from({ length: order }, (_, k) => Number(given[k] ?? given.at(-1)))
  if (given.length === 1 || thresholds[0] !== 0) {
    if (thresholds[0] !== 0) throw new UsageError(`--prune begins with ${given[0]}, expected 0: words stay.`, USAGE)
  }
  if (thresholds.some((one, k) => k > 0 && one < (thresholds[k - 1] ?? 0))) {
    throw new UsageError(
      `--prune is "${value}", expected numbers that do not fall: an n-gram needs its context.`,
      USAGE,
    )
  }
  return thresholds
}

async function* allPieces(files: readonly string[], progress: (bytes: number) => void): AsyncGenerator<string> {
  for (const file of files) yield* textPieces(file, progress)
}

export async function trainCommand(args: string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, {
    usage: USAGE,
    options: {
      output: { type: 'string', short: 'o' },
      order: { type: 'string', default: '5' },
      prune: { type: 'string', default: '0' },
      tokens: { type: 'string', default: 'millrace' },
      quantise: { type: 'string', default: '8' },
      'discount-fallback': { type: 'boolean', default: false },
      memory: { type: 'string', default: '256' },
      folder: { type: 'string', default: os.tmpdir() },
      lang: { type: 'string', default: 'und' },
      name: { type: 'string' },
    },
    positionals: { name: 'text file', min: 1, max: 10_000 },
  })
  const { output } = values
  if (output === undefined) throw new UsageError('-o FILE is missing: where the model is to be written.', USAGE)
  const place = outputFile(output)
  const order = readInteger(values.order, '--order', { min: 2, max: MAX_ORDER })
  const prune = readThresholds(values.prune, order)
  const bits = choice(values.quantise, '--quantise', ['8', 'none']) === '8' ? 8 : 32
  const isOwn = choice(values.tokens, '--tokens', ['ready', 'millrace']) === 'millrace'
  const lang = checkLabel(values.lang, '--lang', 8)
  const name = checkLabel(values.name ?? labelOf(path.parse(output).name), '--name', 24)
  const bufferBytes = readInteger(values.memory, '--memory', { max: 16_000 }) * 2 ** 20
  const total = (await sizesOf(files)).reduce((sum, size) => sum + size, 0)
  const bar = showProgress('train-ngram: reading', { total, unit: 'bytes' })
  const trained = await trainModel(
    allPieces(files, (bytes) => bar.add(bytes)),
    {
      order,
      prune,
      isOwn,
      fallback: values['discount-fallback'] ? [0.5, 1, 1.5] : null,
      folder: values.folder,
      bufferBytes,
      progress(step) {
        bar.done()
        console.error(`train-ngram: ${step}`)
      },
    },
  )
  const { table, unknown, corpus, words, counts, discounts } = trained
  const written = writeTableFile(place, table, { name, lang, order, unknown, hasUnknown: false, isOwn, bits })
  const { id, bytes, shadowed } = written
  const ngrams = [words, ...counts.slice(1).map(({ kept }) => kept)]
  const counted = [words, ...counts.slice(1).map(({ all }) => all)]
  const { tokens } = corpus
  const about = { id, file: output, bytes, tokens, words: words - 3, ngrams, counted, discounts, unknown, shadowed }
  console.log(JSON.stringify(about))
  return 0
}
