/**
 * Learns a softmax regression by stochastic gradient descent with AdaGrad's step per weight (Duchi, Hazan and Singer 2011,
 * section 1.3) and L2 decay. Targets are distributions, so a page with two defensible topics, or a guessed one, is learnt
 * as such. Rows of weights are a kernel's (kernel/learn.ts), which takes four classes at a time.
 * Memory: 96 bytes a feature. Cost: a fifteenth of what the same in TypeScript took on a million features, misses of the cache most of it.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { CLASSES } from '../../functions/classify/topic-model.ts'
import { Wasm } from '../../functions/kernel/kernels.ts'
import type { WasmMemory } from '../../functions/kernel/kernels.ts'
import { lengthOf, softmax } from './softmax.ts'
import type { Linear, Span } from './softmax.ts'

export interface LearnerOptions {
  readonly rate: number
  readonly decay: number
}

export const STEPS: LearnerOptions = { rate: 0.3, decay: 1e-6 }

interface LearnKernels {
  readonly sumRows: (features: number, count: number, rows: number, out: number) => void
  readonly stepRows: (
    features: number,
    count: number,
    rows: number,
    slopes: number,
    rate: number,
    decay: number,
  ) => void
}

const ROW_WORDS = 24
const PAGE_BYTES = 65_536
/** Of one example, three times what a page can have. */
const MOST_FEATURES = 2 ** 17
/** Sums, slopes, then the features of one example, then the rows. */
const SLOPES_AT = 64
const FEATURES_AT = 128
const ROWS_AT = FEATURES_AT + 4 * MOST_FEATURES

/** An example that a model is so sure of moves no weight by more than a thousandth of the rate: it is passed over. */
const LEAST_SLOPE = 1e-3

const module = new Wasm.Module(readFileSync(path.join(import.meta.dirname, 'kernel', 'learn.wasm')))

export class SoftmaxLearner {
  readonly #features: number
  readonly #options: LearnerOptions
  readonly #kernels: LearnKernels
  readonly #words: Uint32Array
  readonly #floats: Float32Array
  readonly #bias: Float32Array
  readonly #biasSquares = new Float32Array(CLASSES)
  readonly #p = new Float32Array(CLASSES)

  /** Begins with a model, or with nothing known of so many features. */
  constructor(begin: Linear | number, options: LearnerOptions) {
    this.#features = typeof begin === 'number' ? begin : begin.weights.length / CLASSES
    this.#options = options
    const bytes = ROWS_AT + 4 * ROW_WORDS * this.#features
    const memory: WasmMemory = new Wasm.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) })
    const { exports } = new Wasm.Instance(module, { env: { memory } })
    this.#kernels = exports as LearnKernels
    this.#words = new Uint32Array(memory.buffer)
    this.#floats = new Float32Array(memory.buffer)
    this.#bias = typeof begin === 'number' ? new Float32Array(CLASSES) : begin.bias.slice()
    if (typeof begin !== 'number') this.#setRows(begin.weights)
  }

  /** Forgets all that it has learnt, and its steps' sizes, for what it is given, or for nothing known. */
  restart(begin: Linear | number): void {
    const features = typeof begin === 'number' ? begin : begin.weights.length / CLASSES
    if (features !== this.#features) {
      throw new Error(`a model of ${features} features to restart from, expected ${this.#features}`)
    }
    this.#floats.fill(0, ROWS_AT / 4)
    this.#biasSquares.fill(0)
    this.#bias.fill(0)
    if (typeof begin === 'number') return
    this.#bias.set(begin.bias)
    this.#setRows(begin.weights)
  }

  #setRows(weights: Float32Array): void {
    for (let feature = 0; feature < this.#features; feature++) {
      const row = weights.subarray(feature * CLASSES, (feature + 1) * CLASSES)
      this.#floats.set(row, ROWS_AT / 4 + feature * ROW_WORDS)
    }
  }

  /** A copy of what has been learnt so far. */
  model(): Linear {
    const weights = new Float32Array(this.#features * CLASSES)
    const floats = this.#floats
    for (let feature = 0; feature < this.#features; feature++) {
      const from = ROWS_AT / 4 + feature * ROW_WORDS
      for (let c = 0; c < CLASSES; c++) weights[feature * CLASSES + c] = floats[from + c] as number
    }
    return { weights, bias: this.#bias.slice() }
  }

  /** One step; returns the loss before it, −Σ target · ln p, in nats. */
  learn(words: Uint32Array, span: Span, target: Float32Array, weight: number): number {
    const { from, to } = span
    const count = to - from
    if (count > MOST_FEATURES) throw new Error(`an example has ${count} features, expected ${MOST_FEATURES} at most`)
    const { rate, decay } = this.#options
    const bias = this.#bias
    const floats = this.#floats
    const p = this.#p
    const features = this.#words
    for (let i = 0; i < count; i++) features[FEATURES_AT / 4 + i] = words[from + i] as number
    this.#kernels.sumRows(FEATURES_AT, count, ROWS_AT, 0)
    const norm = count === 0 ? 0 : 1 / lengthOf(words, span)
    for (let c = 0; c < CLASSES; c++) p[c] = (floats[c] as number) * norm + (bias[c] as number)
    softmax(p)
    let loss = 0
    let steepest = 0
    for (let c = 0; c < CLASSES; c++) {
      const wanted = target[c] as number
      if (wanted > 0) loss -= wanted * Math.log(Math.max(p[c] as number, 1e-9))
      const slope = ((p[c] as number) - wanted) * weight
      steepest = Math.max(steepest, Math.abs(slope))
      floats[SLOPES_AT / 4 + c] = slope * norm
      const square = (this.#biasSquares[c] as number) + slope * slope
      this.#biasSquares[c] = square
      bias[c] = (bias[c] as number) - (rate * slope * 0.1) / Math.sqrt(square + 1e-2)
    }
    if (steepest >= LEAST_SLOPE) this.#kernels.stepRows(FEATURES_AT, count, ROWS_AT, SLOPES_AT, rate, decay)
    return loss
  }
}
