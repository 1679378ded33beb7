/** Multinomial logistic regression on sparse vectors of counts, scaled to length 1: what a model is and what it says. */
import { CLASSES } from '../../functions/classify/topic-model.ts'

export interface Linear {
  /** feature × class. */
  readonly weights: Float32Array
  readonly bias: Float32Array
}

/** mulberry32: a small generator whose whole state is its seed. */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** In place (Fisher and Yates). */
export function shuffle(items: Uint32Array, next: () => number): Uint32Array {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    const held = items[i] as number
    items[i] = items[j] as number
    items[j] = held
  }
  return items
}

export function shuffled<T>(items: readonly T[], next: () => number): T[] {
  return Array.from(shuffle(Uint32Array.from(items.keys()), next), (i) => items[i] as T)
}

export const emptyModel = (features: number): Linear => ({
  weights: new Float32Array(features * CLASSES),
  bias: new Float32Array(CLASSES),
})

/** Of the vector of counts: a feature that counts more than once stands there as often, side by side. */
export function lengthOf(words: Uint32Array, { from, to }: Span): number {
  let squares = 0
  let count = 0
  for (let i = from; i < to; i++) {
    count = i > from && words[i] === words[i - 1] ? count + 1 : 1
    // What its square grew by.
    squares += 2 * count - 1
  }
  return Math.sqrt(squares)
}

/** Logits of one example, whose features are `words[from … to)`, written into `out`. */
export function logits({ weights, bias }: Linear, words: Uint32Array, span: Span, out: Float32Array): void {
  const { from, to } = span
  out.fill(0)
  for (let i = from; i < to; i++) {
    const row = (words[i] as number) * CLASSES
    for (let c = 0; c < CLASSES; c++) out[c] = (out[c] as number) + (weights[row + c] as number)
  }
  const norm = to === from ? 0 : 1 / lengthOf(words, span)
  for (let c = 0; c < CLASSES; c++) out[c] = (out[c] as number) * norm + (bias[c] as number)
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** In place, stable. */
export function softmax(values: Float32Array, temperature = 1): void {
  let top = -Infinity
  for (let c = 0; c < values.length; c++) if ((values[c] as number) > top) top = values[c] as number
  let sum = 0
  for (let c = 0; c < values.length; c++) {
    const e = Math.exp(((values[c] as number) - top) / temperature)
    values[c] = e
    sum += e
  }
  for (let c = 0; c < values.length; c++) values[c] = (values[c] as number) / sum
}
