/**
 * The output layers of fastText (0.9.2, loss.cc): softmax, independent sigmoids (one-vs-all, and negative sampling, which
 * predicts alike), and the hierarchical softmax over a Huffman tree. In floats of 32 bits where fastText has them.
 *
 * Scores are log(p + 1e-5), so that a probability read back may be 1.00001 and is never below 1e-5: fastText's own.
 */
import type { Best } from './best.ts'
import type { Matrix } from './matrix.ts'

export interface OutputLayer {
  /** Offers the labels whose probability is `threshold` or more. `hidden` is the mean of the input rows. */
  score(hidden: Float32Array, threshold: number, best: Best): void
}

/** A sum was no finite number: the weights are not. */
export class NotFinite extends Error {
  override readonly name = 'NotFinite'
}

const round = Math.fround
const stdLog = (p: number): number => round(Math.log(p + 1e-5))

function finite(sum: number, label: string): number {
  if (Number.isFinite(sum)) return sum
  throw new NotFinite(
    `fastText model: the sum for ${label} is ${sum}, expected a finite number: ` +
      'the file is damaged within its matrices, or training diverged (a learning rate too high)',
  )
}

/** A logarithm is within 1e-6 of its 32 bits: what is lower by ten times that is lower, and needs none. */
const SURELY = 1 - 1e-5

function offerAll(output: Float32Array, threshold: number, best: Best): void {
  let least = threshold
  for (let i = 0; i < output.length; i++) {
    const p = output[i] as number
    if (p < least) continue
    const score = stdLog(p)
    if (score < best.floor()) continue
    best.offer(score, i)
    least = Math.max(threshold, Math.exp(best.floor()) * SURELY - 1e-5)
  }
}

export function softmax(weights: Matrix, labels: readonly string[]): OutputLayer {
  const output = new Float32Array(labels.length)
  return {
    score(hidden, threshold, best) {
      weights.multiply(hidden, output)
      let top = -Infinity
      for (let i = 0; i < output.length; i++) {
        const sum = finite(output[i] as number, labels[i] as string)
        if (sum > top) top = sum
      }
      let total = 0
      for (let i = 0; i < output.length; i++) {
        const p = round(Math.exp(round((output[i] as number) - top)))
        output[i] = p
        total = round(total + p)
      }
      for (let i = 0; i < output.length; i++) output[i] = (output[i] as number) / total
      offerAll(output, threshold, best)
    },
  }
}

const SIGMOIDS = 512
const MAX_SIGMOID = 8

/** fastText looks the sigmoid up: 512 steps from −8 to 8, without interpolation. */
const SIGMOID = Float32Array.from({ length: SIGMOIDS + 1 }, (_, i) => {
  const x = round(round((i * 2 * MAX_SIGMOID) / SIGMOIDS) - MAX_SIGMOID)
  return 1 / (1 + round(Math.exp(-x)))
})

function sigmoid(x: number): number {
  if (x < -MAX_SIGMOID) return 0
  if (x > MAX_SIGMOID) return 1
  return SIGMOID[Math.trunc((round(x + MAX_SIGMOID) * SIGMOIDS) / MAX_SIGMOID / 2)] as number
}

export function sigmoids(weights: Matrix, labels: readonly string[]): OutputLayer {
  const output = new Float32Array(labels.length)
  return {
    score(hidden, threshold, best) {
      weights.multiply(hidden, output)
      for (let i = 0; i < output.length; i++) output[i] = sigmoid(finite(output[i] as number, labels[i] as string))
      offerAll(output, threshold, best)
    },
  }
}

/** Children of node `numLabels + i`; nodes below `numLabels` are the labels. */
export interface Tree {
  readonly left: Int32Array
  readonly right: Int32Array
}

/** More than any count: a node that is not built yet. */
const UNBUILT = 1e15

/** The Huffman tree of the labels' counts, which fastText does not store but builds again: the same ties, the same tree. */
export function huffmanTree(labelCounts: readonly number[]): Tree {
  const numLabels = labelCounts.length
  const counts = new Float64Array(2 * numLabels - 1).fill(UNBUILT)
  counts.set(labelCounts)
  const left = new Int32Array(numLabels - 1)
  const right = new Int32Array(numLabels - 1)
  let leaf = numLabels - 1
  let node = numLabels
  const next = (): number => (leaf >= 0 && (counts[leaf] as number) < (counts[node] as number) ? leaf-- : node++)
  for (let i = 0; i < numLabels - 1; i++) {
    const first = next()
    const second = next()
    left[i] = first
    right[i] = second
    counts[numLabels + i] = (counts[first] as number) + (counts[second] as number)
  }
  return { left, right }
}

export function hierarchicalSoftmax(
  weights: Matrix,
  labels: readonly string[],
  labelCounts: readonly number[],
): OutputLayer {
  const numLabels = labels.length
  const { left, right } = huffmanTree(labelCounts)
  const root = 2 * numLabels - 2
  // A stack of its own: counts can make the tree as deep as there are labels.
  const nodes: number[] = []
  const scores: number[] = []
  return {
    score(hidden, threshold, best) {
      const least = stdLog(threshold)
      nodes.length = scores.length = 0
      nodes.push(root)
      scores.push(0)
      for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
        const score = scores.pop() as number
        if (score < least || score < best.floor()) continue
        if (node < numLabels) {
          best.offer(score, node)
          continue
        }
        const inner = node - numLabels
        const sum = finite(weights.dot(hidden, inner), `node ${inner} of the labels' tree`)
        const p = round(1 / round(1 + round(Math.exp(-sum))))
        nodes.push(right[inner] as number, left[inner] as number)
        scores.push(round(score + stdLog(p)), round(score + stdLog(round(1 - p))))
      }
    },
  }
}
