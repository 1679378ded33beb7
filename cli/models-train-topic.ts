/** `millrace models train-topic`: a topic model from labelled texts, measured on texts that it has not learnt from. */
import { statSync } from 'node:fs'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { MAX_RUN, MAX_UNITS } from '../functions/classify/features.ts'
import { MAX_SET_BITS } from '../functions/classify/topic-model.ts'
import { modelId } from '../functions/kernel/model-file.ts'
import { confusionTable, reliabilityTable, topicCard } from '../models/training/topic-card.ts'
import { TopicCorpus } from '../models/training/topic-corpus.ts'
import { readTopicFiles } from '../models/training/topic-files.ts'
import { TRAINER, fileBytes, trainTopic } from '../models/training/topic-trainer.ts'
import type { TrainedTopics } from '../models/training/topic-trainer.ts'
import { TOPICS } from '../schema/shard.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { sizesOf } from './input-files.ts'
import { checkLabel, labelOf } from './models-import.ts'
import { showProgress } from './progress.ts'

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
  --epochs N           at most, default ${TRAINER.epochs}; --patience N: without gain before the end, default ${TRAINER.patience}
  --seed N             default ${TRAINER.seed}: the same input and seed give the same bytes
  --name N             default the output's name
  --folder DIR         for the cache, about as large as the text; default the system's; --threads N: that read
Writes FILE and a card beside it, FILE.card.md without the extension, and prints a line of JSON with the scores.
Memory: about 400 MB, and 20 bytes a text.`

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

/** Refuses, before hours of work, a place where no file can be written. */
function checkOutput(output: string | undefined, inputs: readonly string[]): string {
  if (output === undefined) throw new UsageError('-o FILE is missing: where the model is to be written.', USAGE)
  const about = statSync(output, { throwIfNoEntry: false })
  if (about?.isDirectory() === true || output.endsWith('/')) {
    throw new UsageError(`-o ${output} is a directory, expected a file, as in ${path.join(output, 'topic.bin')}`)
  }
  if (about && !about.isFile())
    throw new UsageError(`-o ${output} is no regular file: the model and its card are files.`)
  const folder = statSync(path.dirname(output), { throwIfNoEntry: false })
  if (folder?.isDirectory() !== true)
    throw new UsageError(`There is no directory ${path.dirname(output)} for -o ${output}.`)
  if (inputs.some((input) => path.resolve(input) === path.resolve(output))) {
    throw new UsageError(`-o ${output} is one of the inputs: the model would take its place.`)
  }
  return output
}

/** Bytes of cached records a bin: it is read whole. A compressed file is taken to hold four times its size. */
const BIN_BYTES = 2 ** 24
const MOST_BINS = 256

const binsFor = (bytes: number): number => Math.max(1, Math.min(MOST_BINS, Math.ceil(bytes / BIN_BYTES)))

export async function trainTopicCommand(args: string[]): Promise<number> {
  const begunMs = Date.now()
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
  const output = checkOutput(values.output, inputs)
  const card = `${output.slice(0, output.length - path.extname(output).length)}.card.md`
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
    patience: readInteger(values.patience, '--patience', { max: 1000 }),
    seed: readInteger(values.seed, '--seed', { min: 0, max: 2 ** 31 }),
    balance: readNumber(values.balance, '--balance', { min: 0, max: 1 }),
  }
  const secondShare = readNumber(values['second-share'], '--second-share', { min: 0, max: 0.5 })
  const extraWeight = readNumber(values['extra-weight'], '--extra-weight', { min: 1e-6, max: 1000 })
  const threads =
    values.threads === undefined
      ? Math.min(4, os.availableParallelism())
      : readInteger(values.threads, '--threads', { min: 0, max: 64 })

  const sizes = await sizesOf(inputs)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const unpacked = inputs.reduce((sum, file, i) => sum + (sizes[i] ?? 0) * (/\.(gz|zst)$/.test(file) ? 4 : 1), 0)
  const corpus = new TopicCorpus({
    folder: values.folder,
    bins: binsFor(unpacked),
    folds,
    heldOutShare: heldOut.length > 0 ? 0 : share,
    secondShare,
    keepsUnlabelled: guessWeight > 0,
  })
  const bar = showProgress('train-topic: reading', { total, unit: 'bytes' })
  const read = await readTopicFiles(
    corpus,
    { heldOut, labelled, extra, extraWeight, texts },
    {
      lang,
      features,
      fields: { title: !values['no-title'], url: !values['no-url'] },
      secondShare,
      threads,
      allowMissing: values['allow-missing'],
      onBytes: (bytes) => bar.add(bytes),
    },
  )
  bar.done()
  const { counts } = corpus
  const say = (text: string): void => console.error(`train-topic: ${text}`)
  if (read.otherLanguages > 0) say(`${read.otherLanguages} lines of other languages than ${lang} are left out`)
  if (read.missing > 0) say(`${read.missing} of ${read.labels} labels name texts that are not there and are left out`)
  if (counts.leaked > 0) say(`${counts.leaked} texts to learn from are held-out texts and are left out`)
  if (counts.repeated > 0) say(`${counts.repeated} texts came before and are left out`)
  if (counts.contradicted > 0) say(`${counts.contradicted} texts came before with another topic and are left out`)
  if (counts.unused > 0) say(`${counts.unused} texts without a topic are left out; --guess-weight learns from them`)

  let passBar: ReturnType<typeof showProgress> | null = null
  const endPass = (): void => {
    passBar?.done()
    passBar = null
  }
  const trained = trainTopic(corpus, {
    name,
    lang,
    features,
    settings,
    pass(label, records) {
      endPass()
      const started = showProgress(`train-topic: ${label}`, { total: records, unit: 'texts' })
      passBar = started
      return (done) => started.add(done)
    },
    say(text) {
      endPass()
      say(text)
    },
  })
  const { bytes, scores } = trained
  const id = modelId(name, bytes)
  const measuredOn =
    folds > 0
      ? `${scores.texts} texts in ${folds} folds, each by a model that has not learnt from its fold; an epoch count is chosen in sight of it`
      : `${scores.texts} texts that were held out ${heldOut.length > 0 ? `in ${heldOut.map((file) => path.basename(file)).join(', ')}` : `by their hash, a share of ${share}`}; training was stopped in sight of them`
  const page = topicCard(trained, {
    id,
    file: path.basename(output),
    lang,
    date: new Date().toISOString().slice(0, 10),
    command: `millrace models train-topic ${args.join(' ')}`,
    inputs: inputs.map((file) => path.basename(file)),
    lines: read.lines,
    measuredOn,
    settings,
    minutes: (Date.now() - begunMs) / 60_000,
  })
  writeBoth([
    [output, bytes],
    [card, page],
  ])
  console.error(`\n${reliabilityTable(scores)}\n\n${confusionTable(scores)}\n`)
  console.log(JSON.stringify(summary(trained, { id, output, card })))
  return 0
}

/** Beside their places first, so that neither is ever half there. */
function writeBoth(files: readonly (readonly [string, Uint8Array | string])[]): void {
  try {
    for (const [file, content] of files) writeFileSync(`${file}.part`, content)
    for (const [file] of files) renameSync(`${file}.part`, file)
  } finally {
    for (const [file] of files) rmSync(`${file}.part`, { force: true })
  }
}

const round = (value: number): number => Math.round(value * 10_000) / 10_000

function summary(
  { bytes, scores, epochs, features, candidates, counts }: TrainedTopics,
  { id, output, card }: { id: string; output: string; card: string },
): object {
  const { texts, strict, lenient, macroF1, ece, temperature, confusion } = scores
  const rounded = {
    strict: round(strict),
    lenient: round(lenient),
    macroF1: round(macroF1),
    ece: round(ece),
    temperature: round(temperature),
  }
  return {
    id,
    file: output,
    card,
    bytes: bytes.length,
    features,
    candidates,
    epochs,
    counts,
    texts,
    ...rounded,
    confusion,
  }
}
