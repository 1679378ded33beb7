/** Documents → their records, with the hashes of their features as often as they count, and a key that tells their texts apart. */
import { MAX_FEATURES, collectFeatures, countOf, versionOf } from '../../functions/classify/features.ts'
import type { FeatureOptions, PageText } from '../../functions/classify/features.ts'
import { TOPICS } from '../../schema/shard.ts'
import type { Topic } from '../../schema/shard.ts'
import { keyOfText } from './text-keys.ts'
import { COUNT, HEADER_WORDS, NO_TOPIC, PARTS, setLabels, setTarget, wordsOver } from './topic-record.ts'
import type { Part, Words } from './topic-record.ts'

export interface TopicDocument extends PageText {
  /** Null where nobody has labelled it. */
  readonly topic: Topic | null
  readonly second?: Topic | null
  /** 1 by default. */
  readonly weight?: number
}

export interface RecordOptions {
  readonly features: FeatureOptions
  readonly fields: { readonly title: boolean; readonly url: boolean }
  readonly secondShare: number
  readonly part: Part
  /** By which the documents' own weights are multiplied. */
  readonly weight: number
}

export interface Batch {
  /** Records one after the other. */
  readonly words: Uint32Array<ArrayBuffer>
  readonly starts: Uint32Array
  /** Of each record's text. */
  readonly keys: Float64Array
}

const indexOf = (topic: Topic | null | undefined): number =>
  topic === null || topic === undefined ? NO_TOPIC : TOPICS.indexOf(topic)

/** Slots for a page's hashes; a page has at most 30,000 features. */
const SLOTS = 2 ** 16
const slots = new Int32Array(SLOTS)
const stamps = new Uint32Array(SLOTS)
const occurrences = new Uint16Array(SLOTS)
let stamp = 0

/** Where the hash has its slot, or the empty one where it would be. */
function slotOf(hash: number): number {
  let slot = hash & (SLOTS - 1)
  while (stamps[slot] === stamp && slots[slot] !== hash) slot = (slot + 1) & (SLOTS - 1)
  return slot
}

/** Writes the hashes of the page behind `at`, in the order in which they are met, each as often as it counts; returns how many. */
function countedHashes(page: PageText, options: FeatureOptions, out: Uint32Array, at: number): number {
  const hashes = collectFeatures(page, options)
  const version = versionOf(options)
  if (++stamp === 2 ** 32) {
    stamps.fill(0)
    stamp = 1
  }
  for (const hash of hashes) {
    const slot = slotOf(hash)
    occurrences[slot] = stamps[slot] === stamp ? (occurrences[slot] as number) + 1 : 1
    stamps[slot] = stamp
    slots[slot] = hash
  }
  let found = 0
  for (const hash of hashes) {
    const slot = slotOf(hash)
    const to = found + countOf(occurrences[slot] as number, version)
    while (found < to) out[at + found++] = hash
    occurrences[slot] = 0
  }
  return found
}

const LONGEST_RECORD = HEADER_WORDS + MAX_FEATURES

/** Collects records; the memory grows with what is in it. */
export class BatchBuilder {
  #memory: Words = wordsOver(new ArrayBuffer(2 ** 20))
  #size = 0
  readonly #starts: number[] = []
  readonly #keys: number[] = []
  readonly #options: RecordOptions

  constructor(options: RecordOptions) {
    this.#options = options
  }

  add({ text, title, url, topic, second, weight = 1 }: TopicDocument): void {
    const { features, fields, secondShare, part, weight: factor } = this.#options
    const at = this.#size
    this.#reserve(at + LONGEST_RECORD)
    const { words } = this.#memory
    const page = { text, title: fields.title ? (title ?? null) : null, url: fields.url ? (url ?? null) : null }
    const count = countedHashes(page, features, words, at + HEADER_WORDS)
    words[at + COUNT] = count
    setLabels(words, at, { topic: indexOf(topic), second: indexOf(second), part: PARTS[part], fold: 0 })
    setTarget(this.#memory, at, { weight: weight * factor, secondShare })
    this.#starts.push(at)
    this.#keys.push(keyOfText(text))
    this.#size = at + HEADER_WORDS + count
  }

  #reserve(words: number): void {
    const old = this.#memory.words
    if (words <= old.length) return
    this.#memory = wordsOver(new ArrayBuffer(8 * words))
    this.#memory.words.set(old.subarray(0, this.#size))
  }

  finish(): Batch {
    return {
      words: this.#memory.words.slice(0, this.#size),
      starts: Uint32Array.from(this.#starts),
      keys: Float64Array.from(this.#keys),
    }
  }
}

export function batchOf(documents: readonly TopicDocument[], options: RecordOptions): Batch {
  const builder = new BatchBuilder(options)
  for (const document of documents) builder.add(document)
  return builder.finish()
}
