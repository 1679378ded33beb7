/** Model files made up for tests: small enough to be cut at every byte, or as large as is asked for. */
import { FEATURES } from '../../functions/classify/features.ts'
import { CLASSES, TOPIC_FORMAT, WAYS } from '../../functions/classify/topic-model.ts'
import { LINE_SLOTS } from '../../functions/perplexity/ngram-hash.ts'
import { CENTROIDS, NGRAM_FORMAT, READY, TOKENISATION } from '../../functions/perplexity/ngram-model.ts'
import { FileWriter } from '../../models/training/model-writer.ts'
import { TOPICS, type Topic } from '../../schema/shard.ts'
import { specOf } from '../unit/classify/fasttext/specs.ts'
import { writeFastText } from './fasttext-writer.ts'
import { randomFrom } from './index-lines.ts'

interface About {
  readonly lang?: string
  readonly name?: string
}

/** Says one topic of every page. */
export function topicFile({ lang = 'en', name = 'small-topic', topic = 'law-policy' }: About & { topic?: Topic } = {}) {
  const setBits = 2
  const places = WAYS * 2 ** setBits
  return new FileWriter(TOPIC_FORMAT)
    .u8(CLASSES)
    .u8(FEATURES)
    .u8(3)
    .u8(setBits)
    .u32(4096)
    .label(name, 24)
    .label(lang, 8)
    .f32(0.01)
    .raw(Float32Array.from(TOPICS, (one) => (one === topic ? 4 : 0)))
    .raw(new Uint16Array(places))
    .raw(new Int8Array(places * CLASSES))
    .finish()
}

interface NgramAbout extends About {
  readonly isReady?: boolean
  /** Slots of the table, or up to 16 an order less; 4 bytes each. */
  readonly slots?: number
  readonly seed?: number
  readonly order?: number
  readonly bits?: 8 | 32
}

const FILLED = 11

/** A table with random n-grams in the first eleven slots of each line. */
export function ngramFile({
  lang = 'en',
  name = 'small-ngram',
  isReady = false,
  slots: wanted = 48,
  seed = 1,
  order = 3,
  bits = 8,
}: NgramAbout = {}): Uint8Array {
  const random = randomFrom(seed)
  const lines = Math.floor(wanted / order / LINE_SLOTS)
  const count = LINE_SLOTS * lines
  const slots = Int32Array.from({ length: order * count }, (_, i) =>
    i % LINE_SLOTS < FILLED ? Math.floor(random() * 2 ** 32) | 0x10000 : 0,
  )
  const writer = new FileWriter(NGRAM_FORMAT)
    .u8(order)
    .u8(isReady ? READY : TOKENISATION)
    .label(name, 24)
    .label(lang, 8)
    .f32(-5)
    .u8(bits)
    .u8(0)
  for (let k = 0; k < order; k++) writer.u32(FILLED * lines).u32(count)
  if (bits === 32)
    return writer
      .raw(slots)
      .raw(Float32Array.from({ length: 2 * slots.length }, () => -random()))
      .finish()
  for (let k = 0; k < order; k++) writer.raw(Float32Array.from({ length: CENTROIDS }, () => -5 * random()))
  for (let k = 1; k < order; k++) writer.raw(Float32Array.from({ length: CENTROIDS }, () => -random()))
  return writer.raw(slots).finish()
}

/** About so many MiB in memory. */
export const ngramOf = (mebibytes: number, about: NgramAbout = {}): Uint8Array =>
  ngramFile({ ...about, slots: mebibytes * 2 ** 18 - 2 ** 15 })

/** A fastText model whose labels are five topics. */
export function topicsFastText({ isQuantised = false } = {}): Uint8Array {
  const spec = specOf(isQuantised ? { quantised: { hasNorms: true, output: true }, prunedEvery: 5 } : {})
  const labels = spec.labels.map(({ count = 1 }, i) => ({ text: `__label__${TOPICS[i] ?? ''}`, count }))
  return writeFastText({ ...spec, labels }).bytes
}
