/**
 * What a topic model is trained on and measured with, as it comes in: each text once, either held out or learnt from,
 * never both. Memory: 20 bytes a text and what record-cache.ts and feature-counts.ts say.
 */
import { CLASSES } from '../../functions/classify/topic-model.ts'
import { TOPICS } from '../../schema/shard.ts'
import { batchOf } from './document-records.ts'
import type { Batch, RecordOptions, TopicDocument } from './document-records.ts'
import { CellCounts } from './feature-counts.ts'
import { RecordCache } from './record-cache.ts'
import { KeyTable, keyOfHash } from './text-keys.ts'
import type { TextLabel } from './topic-lines.ts'
import { NO_TOPIC, PARTS, labelsOf, setLabels, setTarget, wordsOver } from './topic-record.ts'
import type { RecordLabels, Words } from './topic-record.ts'

/** The documents do not make a model; the message says why. */
export class BadCorpus extends Error {
  override readonly name = 'BadCorpus'
  readonly exitCode = 2
}

export interface CorpusOptions {
  readonly folder: string
  readonly bins: number
  /** Folds of what is neither always nor never held out; 0 where a share is held out instead. */
  readonly folds: number
  /** Of the texts that may be held out, by their hash. */
  readonly heldOutShare: number
  readonly secondShare: number
  /** Whether texts without a topic are kept. */
  readonly keepsUnlabelled: boolean
}

export interface CorpusCounts {
  /** By topic. */
  readonly learnt: number[]
  /** By topic; with folds what is held out once. */
  readonly heldOut: number[]
  unlabelled: number
  /** Left out: a text that came before, with the same topic or without one. */
  repeated: number
  /** Left out: a text that came before with another topic. */
  contradicted: number
  /** Left out of training: a text of the held-out files. */
  leaked: number
  /** Left out: a text without a topic where such texts are not learnt from. */
  unused: number
}

const SHARES = 10_000

/** By its hash, so that the order of the input is nothing. */
export const foldOf = (key: number, folds: number): number => Math.floor(key / SHARES) % folds

/** Among the keys' values: the text is held out always. */
const HELD = 0x80

const topicOf = (value: number): number => (value === NO_TOPIC ? NO_TOPIC : value & ~HELD)

export class TopicCorpus {
  readonly counts: CorpusCounts = {
    learnt: Array.from({ length: CLASSES }, () => 0),
    heldOut: Array.from({ length: CLASSES }, () => 0),
    unlabelled: 0,
    repeated: 0,
    contradicted: 0,
    leaked: 0,
    unused: 0,
  }
  readonly cells = new CellCounts()
  readonly cache: RecordCache
  readonly options: CorpusOptions
  readonly #texts = new KeyTable()
  readonly #labels = new Map<number, TextLabel & { found: boolean }>()

  constructor(options: CorpusOptions) {
    this.options = options
    this.cache = new RecordCache(options.folder, options.bins)
  }

  addDocuments(documents: readonly TopicDocument[], options: Omit<RecordOptions, 'secondShare'>): void {
    this.addBatch(batchOf(documents, { ...options, secondShare: this.options.secondShare }))
  }

  /** Labels of texts that are to come. A text that is labelled twice keeps its first. */
  addLabels(labels: readonly TextLabel[]): void {
    for (const label of labels) {
      const key = keyOfHash(label.sha256)
      const known = this.#labels.get(key)
      const topic = known ? TOPICS.indexOf(known.topic) : topicOf(this.#texts.get(key))
      if (known || this.#texts.get(key) >= 0) this.#countRepeated(topic, TOPICS.indexOf(label.topic))
      else this.#labels.set(key, { ...label, found: false })
    }
  }

  /** Labels whose texts did not come. */
  missing(): TextLabel[] {
    return [...this.#labels.values()].filter(({ found }) => !found)
  }

  get labels(): number {
    return this.#labels.size
  }

  addBatch({ words, starts, keys }: Batch): void {
    const all = wordsOver(words.buffer)
    starts.forEach((at, i) => this.#add(all, at, keys[i] as number))
  }

  #add(all: Words, at: number, key: number): void {
    const { words } = all
    let labels = labelsOf(words, at)
    const label = this.#labels.get(key)
    if (label && !label.found) {
      // What a line says of its own topic came later, or is a weaker label.
      if (labels.topic !== NO_TOPIC) this.#countRepeated(TOPICS.indexOf(label.topic), labels.topic)
      labels = {
        ...labels,
        topic: TOPICS.indexOf(label.topic),
        second: label.second === null ? NO_TOPIC : TOPICS.indexOf(label.second),
        part: PARTS.either,
      }
      label.found = true
      setLabels(words, at, labels)
      setTarget(all, at, { weight: label.weight, secondShare: this.options.secondShare })
    }
    if (this.#isRepeated(key, labels)) return
    const placed = this.#place(key, labels)
    setLabels(words, at, placed)
    this.#count(placed)
    if (placed.topic === NO_TOPIC && !this.options.keepsUnlabelled) return
    if (placed.part !== PARTS.test) this.cells.add(words, at)
    this.cache.add(Math.floor(key / 2 ** 20) % this.options.bins, words, at)
  }

  #isRepeated(key: number, { topic, part }: RecordLabels): boolean {
    const known = this.#texts.get(key)
    if (known < 0) {
      this.#texts.set(key, part === PARTS.test ? topic | HELD : topic)
      return false
    }
    if ((known & HELD) !== 0 && known !== NO_TOPIC && part !== PARTS.test) this.counts.leaked++
    else this.#countRepeated(topicOf(known), topic)
    return true
  }

  #countRepeated(known: number, topic: number): void {
    if (known === topic || topic === NO_TOPIC || known === NO_TOPIC) this.counts.repeated++
    else this.counts.contradicted++
  }

  /** The fold of a text, and whether it is held out for good. */
  #place(key: number, labels: RecordLabels): RecordLabels {
    const { folds, heldOutShare } = this.options
    if (folds > 0) return { ...labels, fold: foldOf(key, folds) }
    const isHeld = labels.part === PARTS.either && labels.topic !== NO_TOPIC && key % SHARES < heldOutShare * SHARES
    return { ...labels, fold: foldOf(key, 2), part: isHeld ? PARTS.test : labels.part }
  }

  #count({ topic, part }: RecordLabels): void {
    const { learnt, heldOut } = this.counts
    const { folds } = this.options
    if (topic === NO_TOPIC) {
      if (this.options.keepsUnlabelled) this.counts.unlabelled++
      else this.counts.unused++
      return
    }
    if (part !== PARTS.test) learnt[topic] = (learnt[topic] ?? 0) + 1
    if (part === PARTS.test || (folds > 0 && part === PARTS.either)) heldOut[topic] = (heldOut[topic] ?? 0) + 1
  }

  close(): void {
    this.cache.close()
  }
}
