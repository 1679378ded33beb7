/** The options of `millrace models train-topic`, read and checked before anything is. */
import { statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { MAX_RUN, MAX_UNITS } from '../functions/classify/features.ts'
import type { FeatureOptions } from '../functions/classify/features.ts'
import { MAX_SET_BITS } from '../functions/classify/topic-model.ts'
import type { TopicFiles } from '../models/training/topic-files.ts'
import { TRAINER, fileBytes } from '../models/training/topic-trainer.ts'
import type { TrainerSettings } from '../models/training/topic-trainer.ts'
import { TOPICS } from '../schema/shard.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { checkLabel, labelOf } from './models-import.ts'
import { checkScratch, outputFile } from './output-file.ts'

const USAGE = `Usage: millrace models train-topic FILE.ndjson … --lang L -o FILE [options]

Trains a topic model on lines of {"text", "topic", "title"?, "url"?, "second"?, "weight"?, "lang"?}, plain, gzip or zstd.
A line may name its text by "sha256" instead (the hash of the text in UTF-8); the text is then in a file of --texts.
The topics: ${TOPICS.slice(0, 6).join(', ')},
  ${TOPICS.slice(6).join(', ')}.

What measures (one of three; a text is in one part only, by its hash):
  --held-out-share S   share of the texts that is held out, default 0.1
  --held-out FILE      lines that are measured by and not learnt from; may be repeated
  --folds K            each text is measured by a model that has not seen its fold; the model learns from all
Data:
  --texts FILE         lines of {"text", "title"?, "url"?}: texts of labels that name a hash; may be repeated
  --guess-weight W     texts of --texts without a label teach what the model first thinks of them, default 0: they do not
  --allow-missing      labels whose texts are nowhere are left out
  --extra FILE         more labelled lines to learn from, never measured by, as weak labels; may be repeated
  --extra-weight W     by which their weights are multiplied, default 1
  --vectors FILE       word vectors as text (GloVe, word2vec, fastText .vec): weights begin near those of words of like meaning
  --second-share S     of the target that "second" has, default 0.25
  --balance B          a topic's texts weigh (mean count / its count)^B, default 0; 1: every topic alike
  --no-title, --no-url leave that field out
Model:
  --max-size SIZE      of the file, default 4MiB
  --longest-run N      of words or characters that is a feature, 1 to ${MAX_RUN}; default 3 for zh, else 2
  --max-units N        of a text that are read, at most ${MAX_UNITS}; default 3000 for zh, else 6000
  --least-documents N  that a feature stands in, default ${TRAINER.leastDocuments}
  --candidates N       features that are weighed for a place, default ${TRAINER.mostFeatures}
  --rate R, --decay D  of the steps, default ${TRAINER.rate} and ${TRAINER.decay}
  --epochs N           at most, default ${TRAINER.epochs}; --patience N: without gain before the end, default
                       ${TRAINER.patience}; 0: all epochs, whatever is gained
  --seed N             default ${TRAINER.seed}: the same input and seed give the same bytes
  --name N             default the output's name
  --folder DIR         for the cache, about as large as the text; default the system's; --threads N: that read
Writes FILE and a card beside it, FILE.card.md without the extension, and prints a line of JSON with the scores.
Memory: about 500 MB with a million texts, and 20 bytes for each further one.`

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  lang: { type: 'string' },
  name: { type: 'string' },
  'held-out-share': { type: 'string' },
  'held-out': { type: 'string', multiple: true },
  folds: { type: 'string' },
  texts: { type: 'string', multiple: true, default: [] as string[] },
  'guess-weight': { type: 'string', default: '0' },
  'allow-missing': { type: 'boolean', default: false },
  extra: { type: 'string', multiple: true, default: [] as string[] },
  'extra-weight': { type: 'string', default: '1' },
  vectors: { type: 'string' },
  'second-share': { type: 'string', default: '0.25' },
  balance: { type: 'string', default: '0' },
  'no-title': { type: 'boolean', default: false },
  'no-url': { type: 'boolean', default: false },
  'max-size': { type: 'string', default: '4MiB' },
  'longest-run': { type: 'string' },
  'max-units': { type: 'string' },
  'least-documents': { type: 'string', default: String(TRAINER.leastDocuments) },
  candidates: { type: 'string', default: String(TRAINER.mostFeatures) },
  rate: { type: 'string', default: String(TRAINER.rate) },
  decay: { type: 'string', default: String(TRAINER.decay) },
  epochs: { type: 'string', default: String(TRAINER.epochs) },
  patience: { type: 'string', default: String(TRAINER.patience) },
  seed: { type: 'string', default: String(TRAINER.seed) },
  folder: { type: 'string', default: os.tmpdir() },
  threads: { type: 'string' },
} as const

function readNumber(value: string, option: string, { min, max }: { min: number; max: number }): number {
  const number = Number(value)
  if (value.trim() === '' || !(number >= min && number <= max)) {
    throw new UsageError(`${option} is "${value}", expected a number from ${min} to ${max}.`)
  }
  return number
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20 }

/** Bits of the largest table whose file is no larger. */
export function setBitsFor(size: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)(KiB|MiB|)$/.exec(size.trim()) ?? []
  const bytes = Number(digits) * (UNITS[unit] ?? 0)
  if (digits === '' || bytes < fileBytes(1)) {
    throw new UsageError(
      `--max-size is "${size}", expected a size as in 4MiB, 832KiB or 100000, at least ${fileBytes(1)} bytes.`,
    )
  }
  let bits = 1
  while (bits < MAX_SET_BITS && fileBytes(bits + 1) <= bytes) bits++
  return bits
}

/** Where the model and its card can be written, or an error before hours of work. */
function checkOutput(output: string | undefined, inputs: readonly string[]): string {
  if (output === undefined) throw new UsageError('-o FILE is missing: where the model is to be written.', USAGE)
  outputFile(cardOf(output), inputs)
  return outputFile(output, inputs)
}

/** The card's place, beside the model. */
export const cardOf = (output: string): string =>
  `${output.slice(0, output.length - path.extname(output).length)}.card.md`

/** Refuses, before the texts are read, what is no file. */
function checkVectors(file: string | undefined): string | null {
  if (file === undefined) return null
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new UsageError(`There is no file ${file} for --vectors.`)
  return file
}

export interface TrainTopicOptions {
  readonly output: string
  readonly lang: string
  readonly name: string
  readonly files: TopicFiles
  /** All files that are read. */
  readonly inputs: readonly string[]
  /** 0 where there are none. */
  readonly folds: number
  readonly heldOutShare: number
  readonly secondShare: number
  readonly features: FeatureOptions
  readonly fields: { readonly title: boolean; readonly url: boolean }
  readonly settings: TrainerSettings
  /** A file of word vectors. */
  readonly vectors: string | null
  readonly allowMissing: boolean
  readonly folder: string
  readonly threads: number
}

export function readTrainOptions(args: string[]): TrainTopicOptions {
  const { values, positionals: labelled } = readArguments(args, {
    usage: USAGE,
    options: OPTIONS,
    positionals: { name: 'labelled file', min: 1, max: 10_000 },
  })
  if (values.lang === undefined)
    throw new UsageError('--lang L is missing: the language of the texts, as in en.', USAGE)
  const lang = checkLabel(values.lang, '--lang', 8)
  const heldOut = values['held-out'] ?? []
  const ways = [heldOut.length > 0, values.folds !== undefined, values['held-out-share'] !== undefined]
  if (ways.filter(Boolean).length > 1) {
    throw new UsageError('--held-out, --folds and --held-out-share are three ways to measure: give one of them.', USAGE)
  }
  const folds = values.folds === undefined ? 0 : readInteger(values.folds, '--folds', { min: 2, max: 100 })
  const share = readNumber(values['held-out-share'] ?? '0.1', '--held-out-share', { min: 0.001, max: 0.9 })
  const texts = values.texts as readonly string[]
  const extra = values.extra as readonly string[]
  const inputs = [...heldOut, ...labelled, ...extra, ...texts]
  const output = checkOutput(values.output, [...inputs, ...(values.vectors === undefined ? [] : [values.vectors])])
  const name = checkLabel(values.name ?? labelOf(path.parse(output).name), '--name', 24)
  const features = {
    longestRun: readInteger(values['longest-run'] ?? (lang === 'zh' ? '3' : '2'), '--longest-run', { max: MAX_RUN }),
    maxUnits: readInteger(values['max-units'] ?? (lang === 'zh' ? '3000' : '6000'), '--max-units', { max: MAX_UNITS }),
  }
  const guessWeight = readNumber(values['guess-weight'], '--guess-weight', { min: 0, max: 1000 })
  const settings = {
    ...TRAINER,
    guessWeight,
    mostSetBits: setBitsFor(values['max-size']),
    leastDocuments: readInteger(values['least-documents'], '--least-documents', { max: 60_000 }),
    mostFeatures: readInteger(values.candidates, '--candidates', { min: 1000, max: 2 ** 24 }),
    rate: readNumber(values.rate, '--rate', { min: 1e-6, max: 100 }),
    decay: readNumber(values.decay, '--decay', { min: 0, max: 1 }),
    epochs: readInteger(values.epochs, '--epochs', { max: 1000 }),
    patience: readInteger(values.patience, '--patience', { min: 0, max: 1000 }),
    seed: readInteger(values.seed, '--seed', { min: 0, max: 2 ** 31 }),
    balance: readNumber(values.balance, '--balance', { min: 0, max: 1 }),
  }
  const secondShare = readNumber(values['second-share'], '--second-share', { min: 0, max: 0.5 })
  const extraWeight = readNumber(values['extra-weight'], '--extra-weight', { min: 1e-6, max: 1000 })
  const threads =
    values.threads === undefined
      ? Math.min(4, os.availableParallelism())
      : readInteger(values.threads, '--threads', { min: 0, max: 64 })

  return {
    output,
    lang,
    name,
    files: { heldOut, labelled, extra, extraWeight, texts },
    inputs,
    folds,
    heldOutShare: heldOut.length > 0 || folds > 0 ? 0 : share,
    secondShare,
    features,
    fields: { title: !values['no-title'], url: !values['no-url'] },
    settings,
    vectors: checkVectors(values.vectors),
    allowMissing: values['allow-missing'],
    folder: checkScratch(values.folder),
    threads,
  }
}
