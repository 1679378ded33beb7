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
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { checkLabel, labelOf } from './models-import.ts'
import { checkScratch, outputFile } from './output-file.ts'
import { readSize } from './read-size.ts'
import { OPTIONS, USAGE } from './train-topic-usage.ts'

function readNumber(value: string, option: string, { min, max }: { min: number; max: number }): number {
  const number = Number(value)
  if (value.trim() === '' || !(number >= min && number <= max)) {
    throw new UsageError(`${option} is "${value}", expected a number from ${min} to ${max}.`)
  }
  return number
}

/** Bits of the largest table whose file is no larger. */
export function setBitsFor(size: string): number {
  const bytes = readSize(size, '--max-size')
  if (bytes < fileBytes(1)) {
    throw new UsageError(`--max-size is ${bytes} bytes, expected ${fileBytes(1)} at least.`)
  }
  let bits = 1
  while (bits < MAX_SET_BITS && fileBytes(bits + 1) <= bytes) bits++
  return bits
}

/** Where the model and its card can be written, or an error before hours of work. */
function checkOutput(output: string | undefined, inputs: readonly string[]): string {
  if (output === undefined) throw new UsageError('-o FILE is missing: where the model is to be written.', USAGE)
  const place = outputFile(output, inputs)
  outputFile(cardOf(place), inputs)
  return place
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
    runTexts: readInteger(values['run-texts'], '--run-texts', { min: 0, max: 2 ** 31 }) || Infinity,
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
