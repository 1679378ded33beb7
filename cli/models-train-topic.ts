/** `millrace models train-topic`: a topic model from labelled texts, measured on texts that it has not learnt from. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { modelId } from '../functions/kernel/model-file.ts'
import { confusionTable, reliabilityTable, topicCard } from '../models/training/topic-card.ts'
import { TopicCorpus } from '../models/training/topic-corpus.ts'
import type { CorpusCounts } from '../models/training/topic-corpus.ts'
import { readTopicFiles } from '../models/training/topic-files.ts'
import type { FilesCounts } from '../models/training/topic-files.ts'
import { trainTopic } from '../models/training/topic-trainer.ts'
import type { TrainedTopics } from '../models/training/topic-trainer.ts'
import { readVectors } from '../models/training/word-vectors.ts'
import { sizesOf } from './input-files.ts'
import { showProgress } from './progress.ts'
import { cardOf, readTrainOptions } from './train-topic-options.ts'
import type { TrainTopicOptions } from './train-topic-options.ts'

/** Bytes of cached records a bin: it is read whole. A compressed file is taken to hold four times its size. */
const BIN_BYTES = 2 ** 24
const MOST_BINS = 256

const binsFor = (bytes: number): number => Math.max(1, Math.min(MOST_BINS, Math.ceil(bytes / BIN_BYTES)))

const say = (text: string): void => console.error(`train-topic: ${text}`)

async function readCorpus(options: TrainTopicOptions): Promise<{ corpus: TopicCorpus; read: FilesCounts }> {
  const { inputs, files, folds, heldOutShare, secondShare, settings, folder } = options
  const sizes = await sizesOf(inputs)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const unpacked = inputs.reduce((sum, file, i) => sum + (sizes[i] ?? 0) * (/\.(gz|zst)$/.test(file) ? 4 : 1), 0)
  const keepsUnlabelled = settings.guessWeight > 0
  const bins = binsFor(unpacked)
  const corpus = new TopicCorpus({ folder, bins, folds, heldOutShare, secondShare, keepsUnlabelled })
  const bar = showProgress('train-topic: reading', { total, unit: 'bytes' })
  const read = await readTopicFiles(corpus, files, { ...options, onBytes: (bytes) => bar.add(bytes) })
  bar.done()
  sayLeftOut(corpus.counts, read, options.lang)
  return { corpus, read }
}

function sayLeftOut(counts: CorpusCounts, read: FilesCounts, lang: string): void {
  if (read.otherLanguages > 0) say(`${read.otherLanguages} lines of other languages than ${lang} are left out`)
  if (read.missing > 0) say(`${read.missing} of ${read.labels} labels name texts that are not there and are left out`)
  if (counts.leaked > 0) say(`${counts.leaked} texts to learn from are held-out texts and are left out`)
  if (counts.repeated > 0) say(`${counts.repeated} texts came before and are left out`)
  if (counts.contradicted > 0) say(`${counts.contradicted} texts came before with another topic and are left out`)
  if (counts.unused > 0) say(`${counts.unused} texts without a topic are left out; --guess-weight learns from them`)
}

function train(corpus: TopicCorpus, options: TrainTopicOptions): TrainedTopics {
  const { name, lang, features, settings, vectors } = options
  let passBar: ReturnType<typeof showProgress> | null = null
  const endPass = (): void => {
    passBar?.done()
    passBar = null
  }
  return trainTopic(corpus, {
    name,
    lang,
    features,
    settings,
    ...(vectors !== null && { vectors: (size, numberOf) => readVectors(vectors, size, numberOf) }),
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
}

function measuredOn({ files, folds, heldOutShare }: TrainTopicOptions, texts: number): string {
  if (folds > 0) {
    return `${texts} texts in ${folds} folds, each by a model that has not learnt from its fold, stopped in sight of it`
  }
  const names = files.heldOut.map((file) => path.basename(file)).join(', ')
  const how = names === '' ? `by their hash, a share of ${heldOutShare}` : `in ${names}`
  return `${texts} texts that were held out ${how}; training was stopped in sight of them`
}

export async function trainTopicCommand(args: string[]): Promise<number> {
  const begunMs = Date.now()
  const options = readTrainOptions(args)
  const { output, name, lang, inputs, settings } = options
  const { corpus, read } = await readCorpus(options)
  const trained = train(corpus, options)
  const { bytes, scores } = trained
  const id = modelId(name, bytes)
  const card = cardOf(output)
  const page = topicCard(trained, {
    id,
    file: path.basename(output),
    lang,
    date: new Date().toISOString().slice(0, 10),
    command: `millrace models train-topic ${args.join(' ')}`,
    inputs: [...inputs, ...(options.vectors === null ? [] : [options.vectors])].map((file) => path.basename(file)),
    lines: read.lines,
    measuredOn: measuredOn(options, scores.texts),
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
