/** Accuracy and calibration of logits on documents that a model has not learnt from. */
import { CLASSES } from '../../functions/classify/topic-model.ts'
import { best } from './scored-texts.ts'
import type { ScoredTexts } from './scored-texts.ts'
import { softmax } from './softmax.ts'
import { NO_TOPIC } from './topic-record.ts'

type Choose = (i: number) => boolean
const EVERY: Choose = () => true

/** Mean −ln p of the topics, in nats. */
export function logLoss(scored: ScoredTexts, temperature: number, choose = EVERY): number {
  const p = new Float32Array(CLASSES)
  let loss = 0
  let count = 0
  for (let i = 0; i < scored.count; i++) {
    if (!choose(i)) continue
    p.set(scored.logits(i))
    softmax(p, temperature)
    loss -= Math.log(Math.max(p[scored.topic(i)] ?? 0, 1e-9))
    count++
  }
  return count === 0 ? 0 : loss / count
}

const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * The temperature under which the labels are likeliest (Guo et al. 2017, arXiv 1706.04599, section 4.2), by golden
 * section over its logarithm: the loss is convex in 1 / T, so it has one minimum.
 */
export function fitTemperature(scored: ScoredTexts, choose = EVERY): number {
  const loss = (log: number): number => logLoss(scored, Math.exp(log), choose)
  let low = Math.log(0.1)
  let high = Math.log(10)
  let a = high - GOLDEN * (high - low)
  let b = low + GOLDEN * (high - low)
  let lossA = loss(a)
  let lossB = loss(b)
  while (high - low > 0.002) {
    if (lossA <= lossB) {
      high = b
      b = a
      lossB = lossA
      a = high - GOLDEN * (high - low)
      lossA = loss(a)
    } else {
      low = a
      a = b
      lossA = lossB
      b = low + GOLDEN * (high - low)
      lossB = loss(b)
    }
  }
  return Math.exp((low + high) / 2)
}

export interface ReliabilityBin {
  readonly texts: number
  /** Means over the bin's texts, 0 where it has none. */
  readonly confidence: number
  readonly accuracy: number
}

const NUM_BINS = 10

/** Ten equal intervals of confidence. */
export function reliability(scored: ScoredTexts, temperatureOf: (part: number) => number): ReliabilityBin[] {
  const sums = Array.from({ length: NUM_BINS }, () => ({ texts: 0, confidence: 0, right: 0 }))
  const p = new Float32Array(CLASSES)
  for (let i = 0; i < scored.count; i++) {
    p.set(scored.logits(i))
    softmax(p, temperatureOf(scored.part(i)))
    const top = best(p)
    const confidence = p[top] as number
    const bin = sums[Math.min(NUM_BINS - 1, Math.floor(NUM_BINS * confidence))]
    if (bin === undefined) continue
    bin.texts++
    bin.confidence += confidence
    bin.right += Number(top === scored.topic(i))
  }
  return sums.map(({ texts, confidence, right }) => ({
    texts,
    confidence: confidence / Math.max(1, texts),
    accuracy: right / Math.max(1, texts),
  }))
}

/** Expected calibration error: the gap between confidence and accuracy, weighted by texts. */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  const texts = bins.reduce((sum, bin) => sum + bin.texts, 0)
  return bins.reduce((sum, bin) => sum + bin.texts * Math.abs(bin.confidence - bin.accuracy), 0) / Math.max(1, texts)
}

export interface TopicScores {
  readonly texts: number
  readonly strict: number
  /** The second topic counts half. */
  readonly lenient: number
  /** Over the topics that occur as a label or an answer. */
  readonly macroF1: number
  readonly temperature: number
  /** Each part under the temperature of the others. */
  readonly ece: number
  readonly reliability: readonly ReliabilityBin[]
  /** By label, then by answer. */
  readonly confusion: readonly (readonly number[])[]
  readonly logLoss: number
}

export function measure(scored: ScoredTexts): TopicScores {
  const confusion = Array.from({ length: CLASSES }, () => Array.from({ length: CLASSES }, () => 0))
  let strict = 0
  let half = 0
  for (let i = 0; i < scored.count; i++) {
    const top = best(scored.logits(i))
    const topic = scored.topic(i)
    const row = confusion[topic] ?? []
    row[top] = (row[top] ?? 0) + 1
    if (top === topic) strict++
    else if (scored.second(i) !== NO_TOPIC && top === scored.second(i)) half++
  }
  const texts = Math.max(1, scored.count)
  const temperature = fitTemperature(scored)
  const bins = reliability(scored, crossTemperatures(scored))
  return {
    texts: scored.count,
    strict: strict / texts,
    lenient: (strict + half / 2) / texts,
    macroF1: macroF1(confusion),
    temperature,
    ece: calibrationError(bins),
    reliability: bins,
    confusion,
    logLoss: logLoss(scored, temperature),
  }
}

/** For each part the temperature of all others, so that no text is judged by one that it helped to fit. */
function crossTemperatures(scored: ScoredTexts): (part: number) => number {
  const temperatures = new Map<number, number>()
  return (part) => {
    const known = temperatures.get(part)
    if (known !== undefined) return known
    const fitted = fitTemperature(scored, (i) => scored.part(i) !== part)
    temperatures.set(part, fitted)
    return fitted
  }
}

function macroF1(confusion: readonly (readonly number[])[]): number {
  const scores = confusion.flatMap((row, c) => {
    const labelled = row.reduce((sum, n) => sum + n, 0)
    const answered = confusion.reduce((sum, other) => sum + (other[c] ?? 0), 0)
    return labelled + answered === 0 ? [] : [(2 * (row[c] ?? 0)) / (labelled + answered)]
  })
  return scores.reduce((sum, one) => sum + one, 0) / Math.max(1, scores.length)
}
