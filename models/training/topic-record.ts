/**
 * A document as the trainer keeps it, in words of 32 bits:
 * how many features | topic, second topic, part, fold (a byte each) | weight (f32) | target (f32 × classes) | features.
 * A feature is a hash in what was read, and a number or a row of the table in what was made of it. It stands there as often as
 * it counts, side by side.
 */
import { CLASSES } from '../../functions/classify/topic-model.ts'
import type { Span } from './softmax.ts'

export const COUNT = 0
const LABELS = 1
const WEIGHT = 2
const TARGET = 3
export const HEADER_WORDS = TARGET + CLASSES

/** No topic: a text that nobody has labelled, or of which only the first topic is known. */
export const NO_TOPIC = 255

/** Whether a document may be held out: never, by its fold, always. */
export const PARTS = { train: 0, either: 1, test: 2 } as const
export type Part = keyof typeof PARTS

export interface RecordLabels {
  /** Index in `TOPICS`, or `NO_TOPIC`. */
  readonly topic: number
  readonly second: number
  readonly part: number
  readonly fold: number
}

export interface Words {
  readonly words: Uint32Array
  /** The same memory. */
  readonly floats: Float32Array
}

export const wordsOver = (buffer: ArrayBuffer): Words => ({
  words: new Uint32Array(buffer),
  floats: new Float32Array(buffer),
})

export const recordEnd = (words: Uint32Array, at: number): number => at + HEADER_WORDS + (words[at + COUNT] as number)

export const featuresOf = (words: Uint32Array, at: number): Span => ({
  from: at + HEADER_WORDS,
  to: recordEnd(words, at),
})

/** Whether the feature at `i` is the one before it once more. */
export const isAgain = (words: Uint32Array, i: number, { from }: Span): boolean => i > from && words[i] === words[i - 1]

export function labelsOf(words: Uint32Array, at: number): RecordLabels {
  const packed = words[at + LABELS] as number
  return {
    topic: packed & 0xff,
    second: (packed >>> 8) & 0xff,
    part: (packed >>> 16) & 0xff,
    fold: packed >>> 24,
  }
}

export const weightOf = ({ floats }: Words, at: number): number => floats[at + WEIGHT] as number

export const targetOf = ({ floats }: Words, at: number): Float32Array =>
  floats.subarray(at + TARGET, at + TARGET + CLASSES)

export function setLabels(words: Uint32Array, at: number, { topic, second, part, fold }: RecordLabels): void {
  words[at + LABELS] = (topic | (second << 8) | (part << 16) | (fold << 24)) >>> 0
}

/** Weight, and a target of which the second topic has `secondShare`. */
export function setTarget({ words, floats }: Words, at: number, { weight, secondShare }: TargetOptions): void {
  const { topic, second } = labelsOf(words, at)
  floats[at + WEIGHT] = weight
  const target = floats.subarray(at + TARGET, at + TARGET + CLASSES).fill(0)
  if (topic === NO_TOPIC) return
  target[topic] = second === NO_TOPIC ? 1 : 1 - secondShare
  if (second !== NO_TOPIC) target[second] = secondShare
}

export interface TargetOptions {
  readonly weight: number
  readonly secondShare: number
}
