/**
 * Writes a topic model's file (docs/formats/topic-model.md): one byte a weight, one step of the same size for all of
 * them, so that a sum of bytes is a sum of logits. The softmax's temperature is divided out of step and bias.
 */
import { FEATURES } from '../../functions/classify/features.ts'
import type { FeatureOptions } from '../../functions/classify/features.ts'
import { CLASSES, TOPIC_FORMAT } from '../../functions/classify/topic-model.ts'
import { FileWriter } from './model-writer.ts'
import type { Linear } from './softmax.ts'
import type { Places } from './topic-places.ts'

export interface Quantised {
  readonly bytes: Int8Array
  /** Logit of one. */
  readonly step: number
  readonly bias: Float32Array
}

const MOST = 127
/** Largest weight over step; beyond it weights are cut off. */
const CUTS = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]

/** The step whose rounding and cutting off lose least, by the sum of squares: one large weight must not coarsen all. */
export function quantise({ weights, bias }: Linear): Quantised {
  let largest = 1e-6
  for (let i = 0; i < weights.length; i++) largest = Math.max(largest, Math.abs(weights[i] as number))
  const steps = CUTS.map((cut) => (cut * largest) / MOST)
  const losses = steps.map((step) => {
    let loss = 0
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i] as number
      const error = weight - step * byteOf(weight / step)
      loss += error * error
    }
    return loss
  })
  const step = steps[losses.indexOf(Math.min(...losses))] ?? 1
  const bytes = new Int8Array(weights.length)
  for (let i = 0; i < weights.length; i++) bytes[i] = byteOf((weights[i] as number) / step)
  return { bytes, step, bias }
}

const byteOf = (value: number): number => Math.max(-MOST, Math.min(MOST, Math.round(value)))

/** What the file's bytes say. */
export function restored({ bytes, step, bias }: Quantised): Linear {
  const weights = new Float32Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) weights[i] = (bytes[i] as number) * step
  return { weights, bias }
}

export interface TopicFile extends FeatureOptions {
  readonly name: string
  readonly lang: string
  readonly temperature: number
}

export function writeTopicFile(
  { bytes, step, bias }: Quantised,
  { fingerprints, setBits }: Pick<Places, 'fingerprints' | 'setBits'>,
  { name, lang, longestRun, maxUnits, version = FEATURES, temperature }: TopicFile,
): Uint8Array {
  return new FileWriter(TOPIC_FORMAT)
    .u8(CLASSES)
    .u8(version)
    .u8(longestRun)
    .u8(setBits)
    .u32(maxUnits)
    .label(name, 24)
    .label(lang, 8)
    .f32(step / temperature)
    .raw(bias.map((value) => value / temperature))
    .raw(fingerprints)
    .raw(bytes)
    .finish()
}
