/** The block model as it ships (numbers in base64) → ready to be asked. */
import { Buffer } from 'node:buffer'
import { BOILERPLATE_WEIGHT, BOILERPLATE_WORDS } from './boilerplate-words.ts'
import { FIRST_FEATURES, SECOND_FEATURES } from './features.ts'
import { predictorOf } from './tree-model.ts'
import type { Predictor } from './tree-model.ts'
import { WordWeights } from './word-weights.ts'

/** What models/extract/train.ts writes: base64 of little-endian numbers, weights in sixteenths, leaves in thousandths. */
export interface PackedModel {
  readonly words: string
  readonly weights: string
  readonly textWords: string
  readonly textWeights: string
  readonly firstDepth: number
  readonly firstBias: number
  readonly firstFeatures: string
  readonly firstBorders: string
  readonly firstLeaves: string
  readonly secondDepth: number
  readonly secondBias: number
  readonly secondFeatures: string
  readonly secondBorders: string
  readonly secondLeaves: string
}

export interface BlockModel {
  /** Of class words, and of the words of the text. */
  readonly words: WordWeights
  readonly textWords: WordWeights
  readonly first: Predictor
  readonly second: Predictor
}

export function unpackModel(packed: PackedModel): BlockModel {
  return {
    words: weightsOf(packed.words, packed.weights, []),
    textWords: weightsOf(packed.textWords, packed.textWeights, BOILERPLATE_WORDS),
    first: predictorOf(
      {
        depth: packed.firstDepth,
        bias: packed.firstBias,
        features: new Uint8Array(bufferOf(packed.firstFeatures)),
        borders: new Float32Array(bufferOf(packed.firstBorders)),
        leaves: leavesOf(packed.firstLeaves),
      },
      FIRST_FEATURES,
    ),
    second: predictorOf(
      {
        depth: packed.secondDepth,
        bias: packed.secondBias,
        features: new Uint8Array(bufferOf(packed.secondFeatures)),
        borders: new Float32Array(bufferOf(packed.secondBorders)),
        leaves: leavesOf(packed.secondLeaves),
      },
      SECOND_FEATURES,
    ),
  }
}

/** `unknown` are words that the model may not have met. */
function weightsOf(words: string, weights: string, unknown: readonly number[]): WordWeights {
  const hashes = new Int32Array(bufferOf(words))
  const known = new Set(hashes)
  const added = unknown.filter((hash) => !known.has(hash))
  return new WordWeights(
    [...hashes, ...added],
    [
      ...Float32Array.from(new Int8Array(bufferOf(weights)), (weight) => weight / 16),
      ...added.map(() => BOILERPLATE_WEIGHT),
    ],
  )
}

const leavesOf = (base64: string): Float32Array =>
  Float32Array.from(new Int16Array(bufferOf(base64)), (leaf) => leaf / 1000)

/** A copy: the pooled memory behind a Buffer is not aligned for wider numbers. */
function bufferOf(base64: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(base64, 'base64')).buffer
}
