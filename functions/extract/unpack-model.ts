/** The block model as it ships (numbers in base64) → ready to be asked. */
import { Buffer } from 'node:buffer'
import { FIRST_FEATURES, SECOND_FEATURES } from './features.ts'
import { predictorOf } from './tree-model.ts'
import type { Predictor } from './tree-model.ts'
import { WordWeights } from './word-weights.ts'

/** What models/extract/train.ts writes: base64 of little-endian numbers, weights in sixteenths, leaves in thousandths. */
export interface PackedModel {
  readonly words: string
  readonly weights: string
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
  readonly words: WordWeights
  readonly first: Predictor
  readonly second: Predictor
}

export function unpackModel(packed: PackedModel): BlockModel {
  return {
    words: new WordWeights(
      new Int32Array(bufferOf(packed.words)),
      Float32Array.from(new Int8Array(bufferOf(packed.weights)), (weight) => weight / 16),
    ),
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

const leavesOf = (base64: string): Float32Array =>
  Float32Array.from(new Int16Array(bufferOf(base64)), (leaf) => leaf / 1000)

/** A copy: the pooled memory behind a Buffer is not aligned for wider numbers. */
function bufferOf(base64: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(base64, 'base64')).buffer
}
