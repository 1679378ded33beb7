/** `millrace models train-ngram`: an n-gram model from text, with the options of `lmplz`. */
import os from 'node:os'
import path from 'node:path'
import { MAX_ORDER } from '../functions/perplexity/ngram-model.ts'
import { trainModel } from '../models/training/lm-train.ts'
import { entriesWithin, writeTableFile } from '../models/training/ngram-table-file.ts'
import type { Written } from '../models/training/ngram-table-file.ts'
import { countSources, modelOfSize } from '../models/training/sized-train.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { sizesOf } from './input-files.ts'
import { checkLabel, choice, labelOf } from './models-import.ts'
import { TRAIN_USAGE, readThresholds, readWeights } from './models-train-options.ts'
import { checkScratch, outputFile } from './output-file.ts'
import { showProgress } from './progress.ts'
import { readSize } from './read-size.ts'
import { sourcePieces } from './text-source.ts'

interface Wanted {
  readonly files: readonly string[]
  readonly output: string
  readonly order: number
  readonly prune: readonly number[]
  readonly bits: 8 | 32
  readonly isOwn: boolean
  readonly lang: string
  readonly name: string
  readonly folder: string
  readonly bufferBytes: number
}

/** What both kinds of training say, a line of JSON. */
interface About extends Pick<Written, 'id' | 'bytes' | 'shadowed'> {
  readonly tokens: number
  readonly words: number
  readonly ngrams: readonly number[]
  readonly counted: readonly number[]
  readonly discounts: readonly (readonly number[])[]
  readonly unknown: number
}

async function trainAll(wanted: Wanted, fallback: boolean): Promise<About> {
  const { files, output, order, bits, isOwn } = wanted
  const bar = showProgress('train-ngram: reading', { total: await totalOf(files), unit: 'bytes' })
  const trained = await trainModel(
    files.map((file) => ({ name: file, pieces: () => sourcePieces(file, (bytes) => bar.add(bytes)) })),
    {
      ...wanted,
      fallback: fallback ? [0.5, 1, 1.5] : null,
      progress(step) {
        bar.done()
        say(step)
      },
    },
  )
  const { table, unknown, corpus, words, counts, discounts } = trained
  const written = writeTableFile(output, table, { ...wanted, order, unknown, hasUnknown: false, isOwn, bits })
  const ngrams = [words, ...counts.slice(1).map(({ kept }) => kept)]
  const counted = [words, ...counts.slice(1).map(({ all }) => all)]
  return { ...written, tokens: corpus.tokens, words: words - 3, ngrams, counted, discounts, unknown }
}

interface Size {
  readonly maxBytes: number
  readonly minCount: number
  readonly weights: readonly number[]
}

async function trainToSize(wanted: Wanted, { maxBytes, minCount, weights }: Size): Promise<About> {
  const { files, output } = wanted
  const most = entriesWithin(maxBytes, wanted)
  if (most < 4)
    throw new UsageError(`--max-size is ${maxBytes} bytes, less than the head of a model takes.`, TRAIN_USAGE)
  const bar = showProgress('train-ngram: reading twice', { total: 2 * (await totalOf(files)), unit: 'bytes' })
  const sources = files.map((file, i) => ({
    name: file,
    pieces: () => sourcePieces(file, (bytes) => bar.add(bytes)),
    weight: weights[i] ?? 1,
  }))
  const counted = await countSources(sources, {
    ...wanted,
    minCount,
    progress(step) {
      bar.done()
      say(step)
    },
  })
  const numWords = counted.candidates.orders[0]?.length ?? 0
  if (most < numWords) {
    throw new UsageError(
      `--max-size ${maxBytes} has room for ${most} n-grams, and the words alone are ${numWords}: ` +
        `give more room, or leave rarer words out with --min-count above ${minCount}.`,
      TRAIN_USAGE,
    )
  }
  const { table, unknown, sizes, discounts } = modelOfSize(counted, { most, progress: say })
  const written = writeTableFile(output, table, { ...wanted, unknown, hasUnknown: false })
  const all = [numWords, ...counted.orders.slice(1).map((tally) => tally.all)]
  return { ...written, tokens: counted.tokens, words: numWords - 3, ngrams: sizes, counted: all, discounts, unknown }
}

const say = (step: string): void => console.error(`train-ngram: ${step}`)

const totalOf = async (files: readonly string[]): Promise<number> =>
  (await sizesOf(files)).reduce((sum, size) => sum + size, 0)

export async function trainCommand(args: string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, {
    usage: TRAIN_USAGE,
    options: {
      output: { type: 'string', short: 'o' },
      order: { type: 'string', default: '5' },
      prune: { type: 'string', default: '0' },
      tokens: { type: 'string', default: 'millrace' },
      quantise: { type: 'string', default: '8' },
      'discount-fallback': { type: 'boolean', default: false },
      'max-size': { type: 'string' },
      'min-count': { type: 'string' },
      weights: { type: 'string' },
      memory: { type: 'string', default: '256' },
      folder: { type: 'string', default: os.tmpdir() },
      lang: { type: 'string', default: 'und' },
      name: { type: 'string' },
    },
    positionals: { name: 'text file', min: 1, max: 10_000 },
  })
  const { output } = values
  if (output === undefined) throw new UsageError('-o FILE is missing: where the model is to be written.', TRAIN_USAGE)
  const place = outputFile(output, files)
  const order = readInteger(values.order, '--order', { min: 2, max: MAX_ORDER })
  const wanted: Wanted = {
    files,
    output: place,
    order,
    prune: readThresholds(values.prune, order),
    bits: choice(values.quantise, '--quantise', ['8', 'none']) === '8' ? 8 : 32,
    isOwn: choice(values.tokens, '--tokens', ['ready', 'millrace']) === 'millrace',
    lang: checkLabel(values.lang, '--lang', 8),
    name: checkLabel(values.name ?? labelOf(path.parse(output).name), '--name', 24),
    folder: checkScratch(values.folder),
    bufferBytes: readInteger(values.memory, '--memory', { max: 16_000 }) * 2 ** 20,
  }
  const size = values['max-size']
  for (const option of ['min-count', 'weights'] as const) {
    if (size === undefined && values[option] !== undefined) {
      throw new UsageError(`--${option} is for a model of a given size: --max-size is missing.`, TRAIN_USAGE)
    }
  }
  const about =
    size === undefined
      ? await trainAll(wanted, values['discount-fallback'])
      : await trainToSize(wanted, {
          maxBytes: readSize(size, '--max-size'),
          minCount: readInteger(values['min-count'] ?? '1', '--min-count'),
          weights: readWeights(values.weights, files),
        })
  const { id, bytes, tokens, words, ngrams, counted, discounts, unknown, shadowed } = about
  const line = { id, file: output, bytes, tokens, words, ngrams, counted, discounts, unknown, shadowed }
  console.log(JSON.stringify(line))
  return 0
}
