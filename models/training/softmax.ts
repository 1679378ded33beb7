/**
 * Multinomial logistic regression on sparse binary vectors of length 1, by stochastic gradient descent with AdaGrad's
 * step per weight (Duchi, Hazan and Singer 2011, section 1.3) and L2 decay. Targets are distributions, so a page with
 * two defensible topics, or a guessed one, is learnt as such. Cost: 25 ns a feature and epoch.
 */

export interface Example {
  /** Indices of the features that are there. */
  readonly features: Int32Array
  /** Probability of each class; sums to 1. */
  readonly target: Float32Array
  readonly weight: number
}

export interface Linear {
  readonly classes: number
  /** feature × class. */
  readonly weights: Float32Array
  readonly bias: Float32Array
}

export interface SoftmaxOptions {
  readonly features: number
  readonly classes: number
  readonly epochs: number
  readonly rate: number
  readonly decay: number
  readonly seed: number
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

export function shuffled<T>(items: readonly T[], next: () => number): T[] {
  const out = [...items]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1))
    const held = out[i] as T
    out[i] = out[j] as T
    out[j] = held
  }
  return out
}

/** Logits of one example, written into `out`. */
export function logits({ weights, bias, classes }: Linear, features: Int32Array, out: Float32Array): void {
  out.fill(0)
  for (const feature of features) {
    const row = feature * classes
    for (let c = 0; c < classes; c++) out[c] = (out[c] as number) + (weights[row + c] as number)
  }
  const norm = features.length === 0 ? 0 : 1 / Math.sqrt(features.length)
  for (let c = 0; c < classes; c++) out[c] = (out[c] as number) * norm + (bias[c] as number)
}

/** In place, stable. */
export function softmax(values: Float32Array, temperature = 1): void {
  const top = values.reduce((max, value) => Math.max(max, value), -Infinity)
  let sum = 0
  for (let c = 0; c < values.length; c++) {
    const e = Math.exp(((values[c] as number) - top) / temperature)
    values[c] = e
    sum += e
  }
  for (let c = 0; c < values.length; c++) values[c] = (values[c] as number) / sum
}

export function trainSoftmax(examples: readonly Example[], options: SoftmaxOptions): Linear {
  const { features, classes, epochs, rate, decay, seed } = options
  const model: Linear = { classes, weights: new Float32Array(features * classes), bias: new Float32Array(classes) }
  const { weights, bias } = model
  const squares = new Float32Array(features * classes)
  const biasSquares = new Float32Array(classes)
  const next = random(seed)
  const p = new Float32Array(classes)
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const { features: present, target, weight } of shuffled(examples, next)) {
      logits(model, present, p)
      softmax(p)
      const norm = present.length === 0 ? 0 : 1 / Math.sqrt(present.length)
      for (let c = 0; c < classes; c++) {
        const slope = ((p[c] as number) - (target[c] as number)) * weight
        p[c] = slope
        biasSquares[c] = (biasSquares[c] as number) + slope * slope
        bias[c] = (bias[c] as number) - (rate * slope * 0.1) / Math.sqrt((biasSquares[c] as number) + 1e-2)
      }
      for (const feature of present) {
        const row = feature * classes
        for (let c = 0; c < classes; c++) {
          const at = row + c
          const value = weights[at] as number
          const slope = (p[c] as number) * norm + decay * value
          const square = (squares[at] as number) + slope * slope
          squares[at] = square
          weights[at] = value - (rate * slope) / Math.sqrt(square + 1e-4)
        }
      }
    }
  }
  return model
}
