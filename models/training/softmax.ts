/**
 * Multinomial logistic regression on sparse binary vectors of length 1, by stochastic gradient descent with AdaGrad's
 * step per weight (Duchi, Hazan and Singer 2011, section 1.3) and L2 decay. Targets are distributions, so a page with
 * two defensible topics, or a guessed one, is learnt as such. Cost: 40 ns a feature while the weights fit the cache.
 */
import { CLASSES } from '../../functions/classify/topic-model.ts'

export interface Linear {
  /** feature × class. */
  readonly weights: Float32Array
  readonly bias: Float32Array
}

export interface LearnerOptions {
  readonly rate: number
  readonly decay: number
}

export const STEPS: LearnerOptions = { rate: 0.3, decay: 1e-6 }

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

export const copyOf = ({ weights, bias }: Linear): Linear => ({ weights: weights.slice(), bias: bias.slice() })

/** Logits of one example, whose features are `words[from … to)`, written into `out`. */
export function logits({ weights, bias }: Linear, words: Uint32Array, span: Span, out: Float32Array): void {
  const { from, to } = span
  out.fill(0)
  for (let i = from; i < to; i++) {
    const row = (words[i] as number) * CLASSES
    for (let c = 0; c < CLASSES; c++) out[c] = (out[c] as number) + (weights[row + c] as number)
  }
  const norm = to === from ? 0 : 1 / Math.sqrt(to - from)
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

/** Takes examples one by one; `model` is what it has learnt so far, and what it began with if that was given. */
export class SoftmaxLearner {
  readonly model: Linear
  readonly #squares: Float32Array
  readonly #biasSquares = new Float32Array(CLASSES)
  readonly #p = new Float32Array(CLASSES)
  readonly #options: LearnerOptions

  constructor(model: Linear, options: LearnerOptions) {
    this.model = model
    this.#squares = new Float32Array(model.weights.length)
    this.#options = options
  }

  /** One step; returns the loss before it, −Σ target · ln p, in nats. */
  learn(words: Uint32Array, span: Span, target: Float32Array, weight: number): number {
    const { rate, decay } = this.#options
    const { weights, bias } = this.model
    const squares = this.#squares
    const p = this.#p
    const { from, to } = span
    logits(this.model, words, span, p)
    softmax(p)
    const norm = to === from ? 0 : 1 / Math.sqrt(to - from)
    let loss = 0
    for (let c = 0; c < CLASSES; c++) {
      const wanted = target[c] as number
      if (wanted > 0) loss -= wanted * Math.log(Math.max(p[c] as number, 1e-9))
      const slope = ((p[c] as number) - wanted) * weight
      const square = (this.#biasSquares[c] as number) + slope * slope
      this.#biasSquares[c] = square
      bias[c] = (bias[c] as number) - (rate * slope * 0.1) / Math.sqrt(square + 1e-2)
      p[c] = slope * norm
    }
    for (let i = from; i < to; i++) {
      const row = (words[i] as number) * CLASSES
      for (let c = 0; c < CLASSES; c++) {
        const at = row + c
        const value = weights[at] as number
        const slope = (p[c] as number) + decay * value
        const square = (squares[at] as number) + slope * slope
        squares[at] = square
        weights[at] = value - (rate * slope) / Math.sqrt(square + 1e-4)
      }
    }
    return loss
  }
}
