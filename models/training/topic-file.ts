/**
 * Writes a topic model's file (docs/formats/topic-model.md): one byte a weight, one step of the same size for all of
 * them, so that a sum of bytes is a sum of logits. The softmax's temperature is divided out of step and bias.
 */
import { FEATURES } from '../../functions/classify/features.ts'
import type { FeatureOptions } from '../../functions/classify/features.ts'
import { CLASSES, TOPIC_FORMAT, WAYS, fingerprintOf } from '../../functions/classify/topic-model.ts'
import { FileWriter } from './model-writer.ts'
import type { Linear } from './softmax.ts'

export interface TopicFile extends FeatureOptions {
  readonly name: string
  readonly lang: string
  readonly setBits: number
  readonly temperature: number
}

/** `places` gives the row of each feature hash, its set's `WAYS` rows side by side. */
export function writeTopicFile(
  { weights, bias }: Linear,
  places: ReadonlyMap<number, number>,
  { name, lang, longestRun, maxUnits, setBits, temperature }: TopicFile,
): Uint8Array {
  const fingerprints = new Uint16Array(WAYS * 2 ** setBits)
  for (const [hash, place] of places) fingerprints[place] = fingerprintOf(hash)
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), Number.MIN_VALUE)
  const step = largest / 127
  return new FileWriter(TOPIC_FORMAT)
    .u8(CLASSES)
    .u8(FEATURES)
    .u8(longestRun)
    .u8(setBits)
    .u32(maxUnits)
    .label(name, 24)
    .label(lang, 8)
    .f32(step / temperature)
    .raw(bias.map((value) => value / temperature))
    .raw(fingerprints)
    .raw(Int8Array.from(weights, (weight) => Math.round(weight / step)))
    .finish()
}
