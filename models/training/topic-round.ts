/**
 * Epochs over cached records, and rounds of them: a round goes on until held-out documents stop gaining (Prechelt 1998,
 * section 2.3), and back to where it was best.
 */
import { CLASSES } from '../../functions/classify/topic-model.ts'
import type { RecordCache } from './record-cache.ts'
import { ScoredTexts, best } from './scored-texts.ts'
import { logits, softmax } from './softmax.ts'
import type { Linear } from './softmax.ts'
import { SoftmaxLearner } from './softmax-learner.ts'
import type { LearnerOptions } from './softmax-learner.ts'
import { fitTemperature, logLoss } from './topic-measure.ts'
import { NO_TOPIC, featuresOf, labelsOf, targetOf, weightOf } from './topic-record.ts'
import type { RecordLabels } from './topic-record.ts'
import type { WordVectors } from './word-vectors.ts'

export interface EpochReport {
  readonly epoch: number
  /** From 1: how often learning has begun. */
  readonly run: number
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
  /** Learning of the narrow one begins anew once it has seen about so many texts, in whole epochs; infinite: never. */
  readonly runTexts: number
  /** Most of the narrow one, of all runs together, exactly so many where nothing is held out. */
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

export const startPass = ({ pass }: FitOptions, label: string, records: number): ((records: number) => void) =>
  pass?.(label, records) ?? (() => undefined)

/** Epochs of a run. Texts that are few are read as often as many texts would teach. */
export const runEpochs = (runTexts: number, texts: number): number =>
  Math.max(1, Math.round(runTexts / Math.max(1, texts)))

/**
 * Of the models after each epoch up to this one: noise of single steps goes (Polyak and Juditsky 1992, section 2), and with
 * it what a run has from the order of its texts (Breiman 1996, section 4, without his resampling).
 */
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

/**
 * Learns until `held` stops gaining, and goes back to where it was best. What is read again and again is learnt by heart, rare
 * features first; so a run is short, the next begins anew and reads in another order, and the model is the mean of them all.
 */
export function learnRound(
  begin: Linear | number,
  { cache, held, teacher, seed }: { cache: RecordCache; held: RecordCache; teacher: Linear | null; seed: number },
  options: FitOptions,
): Round {
  const { settings, onEpoch } = options
  const learner = new SoftmaxLearner(begin, settings)
  const epochsOfRun = runEpochs(settings.runTexts, cache.records)
  const reports: EpochReport[] = []
  let average: Linear | null = null
  let top: { model: Linear; epochs: number; loss: number } | null = null
  for (let epoch = 1; epoch <= settings.epochs; epoch++) {
    const run = 1 + Math.floor((epoch - 1) / epochsOfRun)
    if (run > (reports.at(-1)?.run ?? 1)) learner.restart(begin)
    const done = startPass(options, `epoch ${epoch} of at most ${settings.epochs}`, cache.records)
    const loss = learnEpoch(learner, { cache, settings, seed: seed + epoch, teacher, done })
    average = averageOf(average, learner.model(), epoch)
    const model = held.records > 0 ? average : null
    const report = { epoch, run, loss, ...heldFigures(model, held) }
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
