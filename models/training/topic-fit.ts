/**
 * One model from numbered records: a wide softmax over all candidates says which features are worth a place, a narrow one
 * learns the places' weights until held-out documents stop gaining (Prechelt 1998, section 2.3), and its weights become
 * bytes. Texts without a topic are learnt in a second round with the first round's probabilities as soft targets
 * (self-training; Yarowsky 1995, section 3, without his threshold).
 */
import { CLASSES } from '../../functions/classify/topic-model.ts'
import { renumber } from './feature-counts.ts'
import type { FeatureNumbers } from './feature-counts.ts'
import type { RecordCache } from './record-cache.ts'
import { emptyModel, logits, softmax } from './softmax.ts'
import type { Linear } from './softmax.ts'
import { SoftmaxLearner } from './softmax-learner.ts'
import type { LearnerOptions } from './softmax-learner.ts'
import { quantise, restored } from './topic-file.ts'
import type { Quantised } from './topic-file.ts'
import { ScoredTexts, best, fitTemperature, logLoss } from './topic-measure.ts'
import { choosePlaces } from './topic-places.ts'
import type { Places } from './topic-places.ts'
import { NO_TOPIC, featuresOf, labelsOf, targetOf, weightOf } from './topic-record.ts'
import type { RecordLabels } from './topic-record.ts'
import { startFromVectors } from './vector-start.ts'
import type { WordVectors } from './word-vectors.ts'

export interface EpochReport {
  readonly epoch: number
  /** Mean −Σ target · ln p while learning, by weight. */
  readonly loss: number
  /** Mean −ln p of held-out topics, calibrated; null where nothing is held out. */
  readonly heldLoss: number | null
  readonly heldAccuracy: number | null
}

export interface FitSettings extends LearnerOptions {
  /** Of the wide model, and the texts of each: a share of the bins, others each time. */
  readonly wideEpochs: number
  readonly wideTexts: number
  /** Most of the narrow one, exactly so many where nothing is held out. */
  readonly epochs: number
  /** Epochs without gain before training stops. */
  readonly patience: number
  /** Weight of a text without a topic in the second round; 0 for one round. */
  readonly guessWeight: number
  readonly classWeights: Float32Array
  readonly mostSetBits: number
  readonly seed: number
}

export interface FitOptions {
  readonly settings: FitSettings
  /** These are scored, and not learnt from. */
  readonly isHeldOut: (labels: RecordLabels) => boolean
  /** Of features by number: where weights start from. */
  readonly vectors?: WordVectors | null
  /** Begins a pass over so many records; what it returns is told of records as they are done. */
  readonly pass?: (label: string, records: number) => (records: number) => void
  readonly onEpoch?: (report: EpochReport) => void
}

export interface Fit {
  readonly places: Places
  readonly quantised: Quantised
  /** Logits of what was held out, by the bytes of the file. */
  readonly scored: ScoredTexts
  /** After which the weights were taken. */
  readonly epochs: number
  readonly reports: readonly EpochReport[]
}

export interface EpochOptions {
  readonly cache: RecordCache
  readonly settings: FitSettings
  readonly seed: number
  readonly isHeldOut?: (labels: RecordLabels) => boolean
  /** Gives texts without a topic their targets; without it they are left out. */
  readonly teacher?: Linear | null
  /** Ends behind the bin that brings so many records. */
  readonly most?: number
  readonly done?: (records: number) => void
}

/** One pass over all records; returns the mean loss. */
export function learnEpoch(learner: SoftmaxLearner, options: EpochOptions): number {
  const { cache, settings, seed, isHeldOut, teacher, most = Infinity, done } = options
  const target = new Float32Array(CLASSES)
  let loss = 0
  let weights = 0
  let records = 0
  for (const bin of cache.read(seed)) {
    for (const at of bin.starts) {
      const labels = labelsOf(bin.words, at)
      if (isHeldOut?.(labels) === true) continue
      const span = featuresOf(bin.words, at)
      let weight = weightOf(bin, at)
      if (labels.topic === NO_TOPIC) {
        if (!teacher) continue
        logits(teacher, bin.words, span, target)
        softmax(target)
        weight *= settings.guessWeight
      } else {
        target.set(targetOf(bin, at))
        weight *= settings.classWeights[labels.topic] as number
      }
      loss += weight * learner.learn(bin.words, span, target, weight)
      weights += weight
    }
    done?.(bin.starts.length)
    records += bin.starts.length
    if (records >= most) break
  }
  return weights === 0 ? 0 : loss / weights
}

export function scoreAll(model: Linear, cache: RecordCache): ScoredTexts {
  const scored = new ScoredTexts()
  const out = new Float32Array(CLASSES)
  for (const { words, starts } of cache.read()) {
    for (const at of starts) {
      const { topic, second, fold } = labelsOf(words, at)
      logits(model, words, featuresOf(words, at), out)
      scored.add(out, { topic, second, part: fold })
    }
  }
  return scored
}

const startPass = ({ pass }: FitOptions, label: string, records: number): ((records: number) => void) =>
  pass?.(label, records) ?? (() => undefined)

/** How often each feature stands in what is learnt from; rare kinds of text weigh more when they teach, hardly here. */
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

/** Of the models after each epoch up to this one: noise of single steps goes (Polyak and Juditsky 1992, section 2). */
function averageOf(average: Linear | null, model: Linear, epoch: number): Linear {
  if (average === null) return model
  const mix = (mean: Float32Array, values: Float32Array): Float32Array =>
    mean.map((value, i) => value + ((values[i] as number) - value) / epoch)
  return { weights: mix(average.weights, model.weights), bias: mix(average.bias, model.bias) }
}

interface Round {
  readonly model: Linear
  readonly epochs: number
  readonly reports: readonly EpochReport[]
}

/** Learns until `held` stops gaining, and goes back to where it was best. */
export function learnRound(
  begin: Linear | number,
  { cache, held, teacher, seed }: { cache: RecordCache; held: RecordCache; teacher: Linear | null; seed: number },
  options: FitOptions,
): Round {
  const { settings, onEpoch } = options
  const learner = new SoftmaxLearner(begin, settings)
  const reports: EpochReport[] = []
  let average: Linear | null = null
  let top: { model: Linear; epochs: number; loss: number } | null = null
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    const done = startPass(options, `epoch ${epoch} of at most ${settings.epochs}`, cache.records)
    const loss = learnEpoch(learner, { cache, settings, seed: seed + epoch, teacher, done })
    average = averageOf(average, learner.model(), epoch)
    const model = held.records > 0 ? average : null
    const report = { epoch, loss, ...heldFigures(model, held) }
    reports.push(report)
    onEpoch?.(report)
    if (report.heldLoss === null || model === null) continue
    if (settings.patience === 0) continue
    if (top === null || report.heldLoss < top.loss) {
      top = { model, epochs: epoch, loss: report.heldLoss }
    } else if (epoch - top.epochs >= settings.patience) break
  }
  return { model: top?.model ?? average ?? learner.model(), epochs: top?.epochs ?? settings.epochs, reports }
}

function heldFigures(model: Linear | null, held: RecordCache): Pick<EpochReport, 'heldLoss' | 'heldAccuracy'> {
  if (model === null) return { heldLoss: null, heldAccuracy: null }
  const scored = scoreAll(model, held)
  let right = 0
  for (let i = 0; i < scored.count; i++) right += Number(best(scored.logits(i)) === scored.topic(i))
  // A model that has become too sure is cooled afterwards: what counts is what it knows then.
  return { heldLoss: logLoss(scored, fitTemperature(scored)), heldAccuracy: right / scored.count }
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
