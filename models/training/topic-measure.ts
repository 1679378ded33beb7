/** Accuracy and calibration of a topic model's logits on labels that it has not seen. */
import { CLASSES } from '../../functions/classify/topic-model.ts'
import { TOPICS } from '../../schema/shard.ts'
import type { Topic } from '../../schema/shard.ts'
import { softmax } from './softmax.ts'

export interface Scored {
  readonly logits: Float32Array
  readonly topic: Topic
  readonly second: Topic | null
}

export const best = (values: Float32Array): number =>
  values.indexOf(values.reduce((most, value) => Math.max(most, value), -Infinity))

const probabilities = (raw: Float32Array, temperature: number): Float32Array => {
  const p = raw.slice()
  softmax(p, temperature)
  return p
}

/** The temperature under which the labels are likeliest (Guo et al. 2017, arXiv 1706.04599, section 4.2). */
export function fitTemperature(scored: readonly Scored[]): number {
  const loss = (temperature: number): number =>
    scored.reduce((sum, { logits, topic }) => {
      const p = probabilities(logits, temperature)[TOPICS.indexOf(topic)] ?? 0
      return sum - Math.log(Math.max(p, 1e-9))
    }, 0)
  const grid = Array.from({ length: 60 }, (_, i) => 0.3 * 1.05 ** i)
  const losses = grid.map(loss)
  return grid[losses.indexOf(Math.min(...losses))] ?? 1
}

/** Expected calibration error: the gap between confidence and accuracy over ten equal intervals, weighted by texts. */
export function calibrationError(scored: readonly Scored[], temperature: number): number {
  const gaps = new Float64Array(10)
  for (const { logits, topic } of scored) {
    const p = probabilities(logits, temperature)
    const top = best(p)
    const confidence = p[top] ?? 0
    const bin = Math.min(9, Math.floor(10 * confidence))
    gaps[bin] = (gaps[bin] ?? 0) + confidence - Number(TOPICS[top] === topic)
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / scored.length
}

export interface Accuracy {
  readonly texts: number
  readonly strict: number
  /** The second topic counts half. */
  readonly lenient: number
  readonly macroF1: number
  readonly temperature: number
  readonly ece: number
}

const round = (value: number): number => Math.round(value * 1000) / 1000

export function measure(scored: readonly Scored[]): Accuracy {
  const confusion = new Float64Array(CLASSES * CLASSES)
  let strict = 0
  let half = 0
  for (const { logits, topic, second } of scored) {
    const top = best(logits)
    const at = TOPICS.indexOf(topic) * CLASSES + top
    confusion[at] = (confusion[at] ?? 0) + 1
    if (TOPICS[top] === topic) strict++
    else if (TOPICS[top] === second) half++
  }
  const f1 = TOPICS.map((_, c) => {
    const row = confusion.subarray(c * CLASSES, (c + 1) * CLASSES).reduce((sum, n) => sum + n, 0)
    const column = confusion.reduce((sum, n, i) => sum + (i % CLASSES === c ? n : 0), 0)
    return row + column === 0 ? 0 : (2 * (confusion[c * CLASSES + c] ?? 0)) / (row + column)
  })
  const temperature = fitTemperature(scored)
  return {
    texts: scored.length,
    strict: round(strict / scored.length),
    lenient: round((strict + half / 2) / scored.length),
    macroF1: round(f1.reduce((sum, one) => sum + one, 0) / CLASSES),
    temperature: round(temperature),
    ece: round(calibrationError(scored, temperature)),
  }
}
