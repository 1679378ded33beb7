/**
 * Gradient boosting of oblivious trees on weighted soft labels (logistic loss, Newton leaves with L2, rows and features
 * sampled for each tree). Features are cut into at most 32 bins by weight. Cost: rows × features × depth for each tree.
 */
import type { TreeModel } from '../../functions/extract/tree-model.ts'

export interface TrainingData {
  /** Columns: one array of values for each feature. */
  readonly columns: readonly Float32Array[]
  readonly labels: Float32Array
  readonly weights: Float32Array
}

export interface BoostOptions {
  readonly trees: number
  readonly depth: number
  readonly rate: number
  readonly l2: number
  readonly rowShare: number
  readonly featureShare: number
  readonly seed: number
}

const MAX_BINS = 32

export function boost(data: TrainingData, options: BoostOptions): TreeModel {
  const { columns, labels, weights } = data
  const { trees, depth, rate, l2, rowShare, featureShare } = options
  const random = mulberry32(options.seed)
  const numRows = labels.length
  const borders = columns.map((column) => bordersOf(column, weights, random))
  const bins = columns.map((column, f) => binsOf(column, borders[f] ?? new Float32Array(0)))
  const bias = logit(weightedMean(labels, weights))
  const scores = new Float64Array(numRows).fill(bias)
  const gradients = new Float32Array(numRows)
  const hessians = new Float32Array(numRows)
  const features = new Uint8Array(trees * depth)
  const cuts = new Float32Array(trees * depth)
  const leaves = new Float32Array(trees << depth)
  for (let tree = 0; tree < trees; tree++) {
    const rows = new Int32Array(numRows)
    let numSampled = 0
    for (let row = 0; row < numRows; row++) {
      const p = 1 / (1 + Math.exp(-at(scores, row)))
      gradients[row] = at(weights, row) * (p - at(labels, row))
      hessians[row] = at(weights, row) * Math.max(1e-6, p * (1 - p))
      if (random() < rowShare) rows[numSampled++] = row
    }
    const sample = rows.subarray(0, numSampled)
    const leafOf = new Uint8Array(numRows)
    const asked = columns.map((_, f) => f).filter(() => random() < featureShare)
    for (let level = 0; level < depth; level++) {
      const best = bestQuestion({ asked, bins, sample, leafOf, gradients, hessians, numLeaves: 1 << level, l2 })
      const column = bins[best.feature] ?? new Uint8Array(0)
      for (let row = 0; row < numRows; row++)
        leafOf[row] = (at(leafOf, row) << 1) | (at(column, row) > best.bin ? 1 : 0)
      features[tree * depth + level] = best.feature
      cuts[tree * depth + level] = borders[best.feature]?.[best.bin] ?? 0
    }
    const sums = new Float64Array(2 << depth)
    for (const row of sample) {
      sums[at(leafOf, row) * 2] = at(sums, at(leafOf, row) * 2) + at(gradients, row)
      sums[at(leafOf, row) * 2 + 1] = at(sums, at(leafOf, row) * 2 + 1) + at(hessians, row)
    }
    for (let leaf = 0; leaf < 1 << depth; leaf++)
      leaves[(tree << depth) + leaf] = (-rate * at(sums, leaf * 2)) / (at(sums, leaf * 2 + 1) + l2)
    for (let row = 0; row < numRows; row++)
      scores[row] = at(scores, row) + at(leaves, (tree << depth) + at(leafOf, row))
  }
  return { depth, bias, features, borders: cuts, leaves }
}

interface Question {
  readonly feature: number
  /** Rows whose bin is larger answer yes. */
  readonly bin: number
}

interface Search {
  readonly asked: readonly number[]
  readonly bins: readonly Uint8Array[]
  readonly sample: Int32Array
  readonly leafOf: Uint8Array
  readonly gradients: Float32Array
  readonly hessians: Float32Array
  readonly numLeaves: number
  readonly l2: number
}

/** The question that lowers the loss most, summed over all leaves of the level. */
function bestQuestion({ asked, bins, sample, leafOf, gradients, hessians, numLeaves, l2 }: Search): Question {
  let best: Question = { feature: asked[0] ?? 0, bin: 0 }
  let bestGain = -Infinity
  const g = new Float64Array(numLeaves * MAX_BINS)
  const h = new Float64Array(numLeaves * MAX_BINS)
  for (const feature of asked) {
    const column = bins[feature] as Uint8Array
    g.fill(0)
    h.fill(0)
    for (let i = 0; i < sample.length; i++) {
      const row = sample[i] as number
      const slot = (leafOf[row] as number) * MAX_BINS + (column[row] as number)
      g[slot] = (g[slot] as number) + (gradients[row] as number)
      h[slot] = (h[slot] as number) + (hessians[row] as number)
    }
    const gains = new Float64Array(MAX_BINS)
    for (let leaf = 0; leaf < numLeaves; leaf++) {
      let [gAll, hAll] = [0, 0]
      for (let bin = 0; bin < MAX_BINS; bin++) {
        gAll += at(g, leaf * MAX_BINS + bin)
        hAll += at(h, leaf * MAX_BINS + bin)
      }
      let [gLow, hLow] = [0, 0]
      for (let bin = 0; bin < MAX_BINS - 1; bin++) {
        gLow += at(g, leaf * MAX_BINS + bin)
        hLow += at(h, leaf * MAX_BINS + bin)
        const [gHigh, hHigh] = [gAll - gLow, hAll - hLow]
        gains[bin] = at(gains, bin) + (gLow * gLow) / (hLow + l2) + (gHigh * gHigh) / (hHigh + l2)
      }
    }
    for (let bin = 0; bin < MAX_BINS - 1; bin++) {
      if (at(gains, bin) <= bestGain) continue
      bestGain = at(gains, bin)
      best = { feature, bin }
    }
  }
  return best
}

/** Borders between bins of about equal weight, from a sample. */
function bordersOf(column: Float32Array, weights: Float32Array, random: () => number): Float32Array {
  const share = Math.min(1, 60_000 / column.length)
  const rows: number[] = []
  for (let row = 0; row < column.length; row++) if (random() < share) rows.push(row)
  rows.sort((a, b) => at(column, a) - at(column, b))
  const total = rows.reduce((sum, row) => sum + at(weights, row), 0)
  const borders: number[] = []
  let seen = 0
  for (const [i, row] of rows.entries()) {
    seen += at(weights, row)
    const next = at(column, rows[i + 1] ?? row)
    if (next === at(column, row)) continue
    if (seen >= ((borders.length + 1) * total) / MAX_BINS || distinctBelow(column, rows))
      borders.push((at(column, row) + next) / 2)
    if (borders.length === MAX_BINS - 1) break
  }
  return Float32Array.from(borders)
}

const distinctBelow = (column: Float32Array, rows: readonly number[]): boolean => {
  const first = at(column, rows[0] ?? 0)
  const last = at(column, rows.at(-1) ?? 0)
  return (
    Number.isInteger(first) &&
    Number.isInteger(last) &&
    last - first < 8 &&
    at(column, rows[rows.length >> 1] ?? 0) % 1 === 0
  )
}

function binsOf(column: Float32Array, borders: Float32Array): Uint8Array {
  return Uint8Array.from(column, (value) => {
    let [low, high] = [0, borders.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (value > at(borders, middle)) low = middle + 1
      else high = middle
    }
    return low
  })
}

function weightedMean(values: Float32Array, weights: Float32Array): number {
  let [sum, total] = [0, 0]
  for (let row = 0; row < values.length; row++) {
    sum += at(values, row) * at(weights, row)
    total += at(weights, row)
  }
  return sum / total
}

const logit = (p: number): number => Math.log(p / (1 - p))
const at = (array: Float32Array | Float64Array | Uint8Array, index: number): number => array[index] as number

/** A small generator with a seed: the same data give the same model. */
export function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
