/**
 * One model from numbered records: a wide softmax over all candidates says which features are worth a place, a narrow one
 * learns the places' weights (topic-round.ts), and its weights become bytes. Texts without a topic are learnt in a second
 * round with the first round's probabilities as soft targets (self-training; Yarowsky 1995, section 3, without his
 * threshold).
 */
import { renumber } from './feature-counts.ts'
import type { FeatureNumbers } from './feature-counts.ts'
import type { RecordCache } from './record-cache.ts'
import type { ScoredTexts } from './scored-texts.ts'
import { emptyModel } from './softmax.ts'
import type { Linear } from './softmax.ts'
import { SoftmaxLearner } from './softmax-learner.ts'
import { quantise, restored } from './topic-file.ts'
import type { Quantised } from './topic-file.ts'
import { choosePlaces } from './topic-places.ts'
import type { Places } from './topic-places.ts'
import { NO_TOPIC, featuresOf, labelsOf, weightOf } from './topic-record.ts'
import { learnEpoch, learnRound, scoreAll, startPass } from './topic-round.ts'
import type { EpochReport, FitOptions } from './topic-round.ts'
import { startFromVectors } from './vector-start.ts'
import type { WordVectors } from './word-vectors.ts'

export interface Fit {
  readonly places: Places
  readonly quantised: Quantised
  /** Logits of what was held out, by the bytes of the file. */
  readonly scored: ScoredTexts
  /** After which the weights were taken. */
  readonly epochs: number
  readonly reports: readonly EpochReport[]
}

/** How much each feature counts in what is learnt from; rare kinds of text weigh more when they teach, hardly here. */
function frequenciesOf(cache: RecordCache, size: number, isHeldOut: FitOptions['isHeldOut']): Float32Array {
  const frequencies = new Float32Array(size)
  for (const bin of cache.read()) {
    for (const at of bin.starts) {
      if (isHeldOut(labelsOf(bin.words, at))) continue
      const weight = Math.min(1.5, weightOf(bin, at))
      const { from, to } = featuresOf(bin.words, at)
      for (let i = from; i < to; i++) {
        const feature = bin.words[i] as number
        frequencies[feature] = (frequencies[feature] as number) + weight
      }
    }
  }
  return frequencies
}

/** What learning begins with: weights from word vectors, or nothing known of `size` features. */
function beginningOf(
  cache: RecordCache,
  vectors: WordVectors | null,
  size: number,
  { isHeldOut, settings: { classWeights, seed } }: FitOptions,
): Linear | number {
  return vectors ? startFromVectors(cache, vectors, { isHeldOut, classWeights, seed }) : size
}

function choose(cache: RecordCache, numbers: FeatureNumbers, options: FitOptions): Places {
  const { settings, isHeldOut, vectors = null } = options
  const size = numbers.hashes.length
  const begin = beginningOf(cache, vectors, size, options)
  const rounds = settings.guessWeight > 0 ? 2 : 1
  const texts = Math.min(cache.records, settings.wideTexts)
  let teacher: Linear | null = null
  for (let round = 0; round < rounds; round++) {
    const learner = new SoftmaxLearner(begin, settings)
    for (let epoch = 0; epoch < settings.wideEpochs; epoch++) {
      const seed = settings.seed + 1000 * round + epoch
      const done = startPass(options, `choosing features, epoch ${epoch + 1} of ${settings.wideEpochs}`, texts)
      learnEpoch(learner, { cache, settings, seed, isHeldOut, teacher, most: texts, done })
    }
    teacher = learner.model()
  }
  const frequencies = frequenciesOf(cache, size, isHeldOut)
  return choosePlaces(teacher ?? emptyModel(size), {
    hashes: numbers.hashes,
    frequencies,
    mostSetBits: settings.mostSetBits,
  })
}

/** Vectors of the table's rows instead of features. */
function placed(vectors: WordVectors | null, { rows, fingerprints }: Places): WordVectors | null {
  if (vectors === null) return null
  const out = new Int32Array(fingerprints.length).fill(-1)
  for (let feature = 0; feature < rows.length; feature++) {
    const place = rows[feature] as number
    if (place >= 0) out[place] = vectors.rows[feature] as number
  }
  return { ...vectors, rows: out }
}

/** `cache` holds features by number. */
export function fitTopic(cache: RecordCache, numbers: FeatureNumbers, options: FitOptions): Fit {
  const { settings, isHeldOut } = options
  const places = choose(cache, numbers, options)
  const rowOf = (feature: number): number => places.rows[feature] as number
  const [narrow, held] = cache.split((bin, at) => {
    const labels = labelsOf(bin.words, at)
    renumber(bin, at, rowOf)
    if (!isHeldOut(labels)) return 0
    return labels.topic === NO_TOPIC ? null : 1
  })
  try {
    const begin = beginningOf(narrow, placed(options.vectors ?? null, places), places.fingerprints.length, options)
    const data = { cache: narrow, held }
    let round = learnRound(begin, { ...data, teacher: null, seed: settings.seed }, options)
    if (settings.guessWeight > 0) {
      round = learnRound(begin, { ...data, teacher: round.model, seed: settings.seed + 1000 }, options)
    }
    const quantised = quantise(round.model)
    const { epochs, reports } = round
    return { places, quantised, scored: scoreAll(restored(quantised), held), epochs, reports }
  } finally {
    narrow.close()
    held.close()
  }
}
