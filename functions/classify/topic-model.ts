/**
 * A topic model: a linear softmax over hashed features with one byte a weight, read from its file
 * (docs/formats/topic-model.md).
 *
 * The table is two-way set-associative: a feature's hash names a set, and either of its two places holds the feature,
 * known by 16 bits, or the model does not have it. No search, and no collisions among what the model knows: training
 * gives each place to the feature that matters most (the hashing trick of Weinberger et al. 2009, section 2, with a
 * check in place of its sign). A lookup of what is not there answers wrongly once in 32,000.
 * With 17 bits of set the two share a bit, and that is once in 16,000.
 * Memory: that of the kernel which probes it (topic-kernel.ts): .9 MiB above the file with 17 bits of set.
 */
import { TOPICS } from '../../schema/shard.ts'
import { expectEnd, modelId, readModelFile } from '../kernel/model-file.ts'
import { FEATURES, MAX_RUN, MAX_UNITS, PRESENCE_FEATURES, UNTITLED_FEATURES } from './features.ts'
import type { FeatureOptions } from './features.ts'
import { WAYS, openTopicKernel } from './topic-kernel.ts'
import type { TopicKernel } from './topic-kernel.ts'

export { WAYS } from './topic-kernel.ts'

export const TOPIC_FORMAT = { magic: 'MRTM', version: 1 } as const

export const CLASSES = TOPICS.length

/** 2^17 sets make a file of 3.25 MiB. */
export const MAX_SET_BITS = 17

export interface TopicModel {
  /** `name@` and 12 hex digits of the file's hash. */
  readonly id: string
  readonly lang: string
  readonly features: FeatureOptions
  readonly kernel: TopicKernel
  /** Logit of one weight step, the softmax's temperature divided out. */
  readonly scale: number
  readonly bias: Float32Array
}

/** The set of a feature: the high bits of its hash. The low 16 tell features of a set apart. */
export const setOf = (hash: number, setBits: number): number => hash >>> (32 - setBits)

/** 0 says that a place is empty. */
export const fingerprintOf = (hash: number): number => hash & 0xffff || 1

/** Head, bias and checksum take less than 256 bytes; a place has a fingerprint and a byte a class. */
export const MAX_TOPIC_BYTES = 256 + WAYS * 2 ** MAX_SET_BITS * (2 + CLASSES)

export function loadTopicModel(bytes: Uint8Array): TopicModel {
  const reader = readModelFile('topic model', bytes, TOPIC_FORMAT)
  const expect = (field: string, read: () => number, low: number, high: number): number => {
    const at = reader.at
    const value = read()
    return value >= low && value <= high
      ? value
      : reader.fail(field, at, `found ${value}, expected ${low === high ? low : `${low} to ${high}`}`)
  }
  expect('classes', () => reader.u8('classes'), CLASSES, CLASSES)
  const version = expect('features', () => reader.u8('features'), UNTITLED_FEATURES, FEATURES)
  const longestRun = expect('longest run', () => reader.u8('longest run'), 1, MAX_RUN)
  const setBits = expect('set bits', () => reader.u8('set bits'), 1, MAX_SET_BITS)
  const maxUnits = expect('max units', () => reader.u32('max units'), 1, MAX_UNITS)
  const name = reader.label('name', 24)
  const lang = reader.label('lang', 8)
  const scale = expect('scale', () => reader.f32('scale'), Number.MIN_VALUE, Number.MAX_VALUE)
  const biasAt = reader.at
  const bias = reader.f32s('bias', CLASSES)
  const odd = bias.findIndex((value) => !Number.isFinite(value))
  if (odd >= 0) reader.fail('bias', biasAt + 4 * odd, `expected a finite number, found ${bias[odd]}`)
  const places = WAYS * 2 ** setBits
  const fingerprints = reader.view('fingerprints', 2 * places)
  const weights = reader.view('weights', places * CLASSES)
  expectEnd(reader, bytes)
  return {
    id: modelId(name, bytes),
    lang,
    features: { longestRun, maxUnits, version },
    kernel: openTopicKernel({
      setBits,
      classes: CLASSES,
      isOnce: version <= PRESENCE_FEATURES,
      fingerprints,
      weights,
    }),
    scale,
    bias,
  }
}
