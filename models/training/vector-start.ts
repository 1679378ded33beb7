/**
 * Where a topic model starts from when words have vectors: each feature's weights are a linear map of its word's vector,
 * fitted so that the sum over a text gives the text's topic. Words that the labelled texts hold once or twice begin near
 * those that mean the same, and learning goes on from there. The model's form stays as it is: the map is folded into the
 * weights (Joulin et al. 2017, section 2, where the map and the vectors are learnt together).
 */
import { CLASSES } from '../../functions/classify/topic-model.ts'
import type { RecordCache } from './record-cache.ts'
import { emptyModel, lengthOf, random, shuffle, softmax } from './softmax.ts'
import type { Linear } from './softmax.ts'
import { NO_TOPIC, featuresOf, isAgain, labelsOf, targetOf, weightOf } from './topic-record.ts'
import type { RecordLabels, Words } from './topic-record.ts'
import type { WordVectors } from './word-vectors.ts'

export interface StartOptions {
  readonly isHeldOut: (labels: RecordLabels) => boolean
  readonly classWeights: Float32Array
  readonly seed: number
}

/** Texts that the map is fitted on, at most: it has a thousand weights. */
const MOST_TEXTS = 2 ** 16
const EPOCHS = 20
const RATE = 0.05
const DECAY = 1e-4
/** Of the widest dimension's. */
const LEAST_SPREAD = 1e-3

/** Inverse document frequency × vector, less its mean over all occurrences: row × dimension. */
function weighVectors(vectors: WordVectors, documents: Uint32Array, texts: number): Float32Array {
  const { dimensions, rows, values } = vectors
  const out = new Float32Array(values.length)
  const mean = new Float64Array(dimensions)
  let occurrences = 0
  for (let feature = 0; feature < rows.length; feature++) {
    const row = rows[feature] as number
    const count = documents[feature] as number
    if (row < 0 || count === 0) continue
    const idf = Math.log(Math.max(1, texts / (count + 1)))
    occurrences += count
    for (let d = 0; d < dimensions; d++) {
      const value = idf * (values[row * dimensions + d] as number)
      out[row * dimensions + d] = value
      mean[d] = (mean[d] as number) + count * value
    }
  }
  // Words that stand in held-out texts alone have no mean, and say nothing.
  if (occurrences === 0) return out
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) - (mean[i % dimensions] as number) / occurrences
  return out
}

interface Sums {
  /** text × dimension. */
  readonly sums: Float32Array
  readonly targets: Float32Array
  readonly weights: Float32Array
  readonly texts: number
}

/** The vectors of a text, summed and divided by the length of its counts, as the model does with weights. */
function sumTexts(cache: RecordCache, vectors: WordVectors, weighed: Float32Array, options: StartOptions): Sums {
  const { dimensions, rows } = vectors
  const every = Math.max(1, Math.ceil(cache.records / MOST_TEXTS))
  const most = Math.ceil(cache.records / every)
  const sums = new Float32Array(most * dimensions)
  const targets = new Float32Array(most * CLASSES)
  const weights = new Float32Array(most)
  let texts = 0
  let n = 0
  const add = (bin: Words, at: number): void => {
    const labels = labelsOf(bin.words, at)
    if (labels.topic === NO_TOPIC || options.isHeldOut(labels) || n++ % every !== 0 || texts === most) return
    const span = featuresOf(bin.words, at)
    const { from, to } = span
    const base = texts * dimensions
    for (let i = from; i < to; i++) {
      const row = rows[bin.words[i] as number] as number
      if (row < 0) continue
      for (let d = 0; d < dimensions; d++)
        sums[base + d] = (sums[base + d] as number) + (weighed[row * dimensions + d] as number)
    }
    const norm = 1 / Math.max(1, lengthOf(bin.words, span))
    for (let d = 0; d < dimensions; d++) sums[base + d] = (sums[base + d] as number) * norm
    targets.set(targetOf(bin, at), texts * CLASSES)
    weights[texts++] = weightOf(bin, at) * (options.classWeights[labels.topic] as number)
  }
  for (const bin of cache.read()) for (const at of bin.starts) add(bin, at)
  return { sums, targets, weights, texts }
}

/** Standard deviation of each dimension over the texts; infinite where they hardly differ, which says nothing of topics. */
function spreads({ sums, texts }: Sums, dimensions: number): Float64Array {
  const spread = Float64Array.from({ length: dimensions }, (_, d) => {
    let first = 0
    let second = 0
    for (let t = 0; t < texts; t++) {
      const value = sums[t * dimensions + d] as number
      first += value
      second += value * value
    }
    return Math.sqrt(Math.max(0, second / texts - (first / texts) ** 2))
  })
  const least = LEAST_SPREAD * spread.reduce((most, one) => Math.max(most, one), 0)
  return spread.map((one) => (one > least ? one : Infinity))
}

/** Logistic regression on the sums, scaled to spread 1, by AdaGrad: dimension × class, and the bias. */
function fitMap(sums: Sums, spread: Float64Array, seed: number): Linear {
  const dimensions = spread.length
  const weights = new Float32Array(dimensions * CLASSES)
  const squares = new Float32Array(weights.length)
  const bias = new Float32Array(CLASSES)
  const biasSquares = new Float32Array(CLASSES)
  const order = Uint32Array.from({ length: sums.texts }, (_, i) => i)
  const next = random(seed)
  const p = new Float32Array(CLASSES)
  const x = new Float32Array(dimensions)
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const text of shuffle(order, next)) {
      p.set(bias)
      for (let d = 0; d < dimensions; d++) {
        const value = (sums.sums[text * dimensions + d] as number) / (spread[d] as number)
        x[d] = value
        for (let c = 0; c < CLASSES; c++) p[c] = (p[c] as number) + value * (weights[d * CLASSES + c] as number)
      }
      softmax(p)
      const weight = sums.weights[text] as number
      for (let c = 0; c < CLASSES; c++) {
        const slope = ((p[c] as number) - (sums.targets[text * CLASSES + c] as number)) * weight
        p[c] = slope
        biasSquares[c] = (biasSquares[c] as number) + slope * slope
        bias[c] = (bias[c] as number) - (RATE * slope) / Math.sqrt((biasSquares[c] as number) + 1)
      }
      for (let d = 0; d < dimensions; d++) {
        for (let c = 0; c < CLASSES; c++) {
          const at = d * CLASSES + c
          const slope = (p[c] as number) * (x[d] as number) + DECAY * (weights[at] as number)
          const square = Math.fround((squares[at] as number) + slope * slope)
          squares[at] = square
          weights[at] = (weights[at] as number) - (RATE * slope) / Math.sqrt(square + 1)
        }
      }
    }
  }
  return { weights, bias }
}

/** A model over the features of `cache`, which `vectors` names by the same numbers. */
export function startFromVectors(cache: RecordCache, vectors: WordVectors, options: StartOptions): Linear {
  const { dimensions, rows } = vectors
  const documents = new Uint32Array(rows.length)
  for (const { words, starts } of cache.read()) {
    for (const at of starts) {
      if (options.isHeldOut(labelsOf(words, at))) continue
      const span = featuresOf(words, at)
      for (let i = span.from; i < span.to; i++) {
        if (isAgain(words, i, span)) continue
        documents[words[i] as number] = (documents[words[i] as number] as number) + 1
      }
    }
  }
  const weighed = weighVectors(vectors, documents, cache.records)
  const sums = sumTexts(cache, vectors, weighed, options)
  const spread = spreads(sums, dimensions)
  const map = fitMap(sums, spread, options.seed)
  const model = emptyModel(rows.length)
  model.bias.set(map.bias)
  for (let feature = 0; feature < rows.length; feature++) {
    const row = rows[feature] as number
    if (row < 0) continue
    for (let d = 0; d < dimensions; d++) {
      const value = (weighed[row * dimensions + d] as number) / (spread[d] as number)
      for (let c = 0; c < CLASSES; c++) {
        const at = feature * CLASSES + c
        model.weights[at] = (model.weights[at] as number) + value * (map.weights[d * CLASSES + c] as number)
      }
    }
  }
  return model
}
