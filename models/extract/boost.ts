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
  const features = new Uint8Array(trees * depth)
  const cuts = new Float32Array(trees * depth)
  const leaves = new Float32Array(trees << depth)
  const rows = new Int32Array(numRows)
  const leafOf = new Uint8Array(numRows)
  for (let tree = 0; tree < trees; tree++) {
    let numSampled = 0
    for (let row = 0; row < numRows; row++) if (random() < rowShare) rows[numSampled++] = row
    const sample = sampleOf(data, { rows: rows.subarray(0, numSampled), scores })
    const asked = columns.map((_, f) => f).filter(() => random() < featureShare)
    const askedBins = asked.map((f) => {
      const column = bins[f] as Uint8Array
      const own = new Uint8Array(numSampled)
      for (let i = 0; i < numSampled; i++) own[i] = column[rows[i] as number] as number
      return own
    })
    let sums = askedBins.map((column) => sumRows(sample, { column, numLeaves: 1, rows: null }))
    for (let level = 0; level < depth; level++) {
      if (level > 0) sums = splitSums(sample, { askedBins, above: sums, numLeaves: 1 << level })
      const best = bestQuestion(sums, { numLeaves: 1 << level, l2 })
      const column = askedBins[best.asked] as Uint8Array
      for (let i = 0; i < numSampled; i++)
        sample.leafOf[i] = (at(sample.leafOf, i) << 1) | (at(column, i) > best.bin ? 1 : 0)
      const feature = asked[best.asked] ?? 0
      features[tree * depth + level] = feature
      cuts[tree * depth + level] = borders[feature]?.[best.bin] ?? 0
      const all = bins[feature] as Uint8Array
      for (let row = 0; row < numRows; row++) {
        const before = level === 0 ? 0 : at(leafOf, row) << 1
        leafOf[row] = before | (at(all, row) > best.bin ? 1 : 0)
      }
    }
    const totals = new Float64Array(2 << depth)
    for (let i = 0; i < numSampled; i++) {
      const leaf = at(sample.leafOf, i) * 2
      totals[leaf] = at(totals, leaf) + at(sample.gradients, i)
      totals[leaf + 1] = at(totals, leaf + 1) + at(sample.hessians, i)
    }
    for (let leaf = 0; leaf < 1 << depth; leaf++)
      leaves[(tree << depth) + leaf] = (-rate * at(totals, leaf * 2)) / (at(totals, leaf * 2 + 1) + l2)
    for (let row = 0; row < numRows; row++)
      scores[row] = at(scores, row) + at(leaves, (tree << depth) + at(leafOf, row))
  }
  return { depth, bias, features, borders: cuts, leaves }
}

/** The rows that one tree learns from, side by side: what is read in turn is near. */
interface TreeSample {
  readonly gradients: Float32Array
  readonly hessians: Float32Array
  readonly leafOf: Uint8Array
}

function sampleOf(
  { labels, weights }: TrainingData,
  { rows, scores }: { readonly rows: Int32Array; readonly scores: Float64Array },
): TreeSample {
  const gradients = new Float32Array(rows.length)
  const hessians = new Float32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number
    const p = 1 / (1 + Math.exp(-at(scores, row)))
    gradients[i] = at(weights, row) * (p - at(labels, row))
    hessians[i] = at(weights, row) * Math.max(1e-6, p * (1 - p))
  }
  return { gradients, hessians, leafOf: new Uint8Array(rows.length) }
}

interface Question {
  /** Which of the features that the tree may ask. */
  readonly asked: number
  /** Rows whose bin is larger answer yes. */
  readonly bin: number
}

/** Gradients and hessians, side by side, for each leaf and bin; of all rows or of some. */
function sumRows(
  { gradients, hessians, leafOf }: TreeSample,
  {
    column,
    numLeaves,
    rows,
  }: { readonly column: Uint8Array; readonly numLeaves: number; readonly rows: Int32Array | null },
): Float64Array {
  const sums = new Float64Array(numLeaves * MAX_BINS * 2)
  const count = rows === null ? gradients.length : rows.length
  for (let i = 0; i < count; i++) {
    const row = rows === null ? i : (rows[i] as number)
    const slot = ((leafOf[row] as number) * MAX_BINS + (column[row] as number)) * 2
    sums[slot] = (sums[slot] as number) + (gradients[row] as number)
    sums[slot + 1] = (sums[slot + 1] as number) + (hessians[row] as number)
  }
  return sums
}

interface Split {
  readonly askedBins: readonly Uint8Array[]
  /** The sums of the level above. */
  readonly above: readonly Float64Array[]
  readonly numLeaves: number
}

/** Of each leaf that was split only the half with fewer rows is summed: the other is what is left of the whole. */
function splitSums(sample: TreeSample, { askedBins, above, numLeaves }: Split): Float64Array[] {
  const { leafOf } = sample
  const counts = new Int32Array(numLeaves)
  for (let i = 0; i < leafOf.length; i++) counts[leafOf[i] as number] = (counts[leafOf[i] as number] as number) + 1
  const isSummed = Uint8Array.from(counts, (count, leaf) => {
    const other = counts[leaf ^ 1] as number
    return count < other || (count === other && (leaf & 1) === 0) ? 1 : 0
  })
  const rows = new Int32Array(leafOf.length)
  let numRows = 0
  for (let i = 0; i < leafOf.length; i++) if (isSummed[leafOf[i] as number] === 1) rows[numRows++] = i
  const width = MAX_BINS * 2
  return askedBins.map((column, asked) => {
    const whole = above[asked] as Float64Array
    const sums = sumRows(sample, { column, numLeaves, rows: rows.subarray(0, numRows) })
    for (let leaf = 0; leaf < numLeaves; leaf++) {
      if (isSummed[leaf] === 1) continue
      for (let i = 0; i < width; i++)
        sums[leaf * width + i] = at(whole, (leaf >> 1) * width + i) - at(sums, (leaf ^ 1) * width + i)
    }
    return sums
  })
}

/** The question that lowers the loss most, summed over all leaves of the level. */
function bestQuestion(
  allSums: readonly Float64Array[],
  { numLeaves, l2 }: { readonly numLeaves: number; readonly l2: number },
): Question {
  let best: Question = { asked: 0, bin: 0 }
  let bestGain = -Infinity
  for (const [asked, sums] of allSums.entries()) {
    const gains = new Float64Array(MAX_BINS)
    for (let leaf = 0; leaf < numLeaves; leaf++) {
      const base = leaf * MAX_BINS * 2
      let [gAll, hAll] = [0, 0]
      for (let bin = 0; bin < MAX_BINS; bin++) {
        gAll += at(sums, base + bin * 2)
        hAll += at(sums, base + bin * 2 + 1)
      }
      let [gLow, hLow] = [0, 0]
      for (let bin = 0; bin < MAX_BINS - 1; bin++) {
        gLow += at(sums, base + bin * 2)
        hLow += at(sums, base + bin * 2 + 1)
        const [gHigh, hHigh] = [gAll - gLow, hAll - hLow]
        gains[bin] = at(gains, bin) + (gLow * gLow) / (hLow + l2) + (gHigh * gHigh) / (hHigh + l2)
      }
    }
    for (let bin = 0; bin < MAX_BINS - 1; bin++) {
      if (at(gains, bin) <= bestGain) continue
      bestGain = at(gains, bin)
      best = { asked, bin }
    }
  }
  return best
}

/** Borders between bins of about equal weight, from a sample. */
function bordersOf(column: Float32Array, weights: Float32Array, random: () => number): Float32Array {
  const share = Math.min(1, 20_000 / column.length)
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
  const bins = new Uint8Array(column.length)
  for (let row = 0; row < column.length; row++) {
    const value = at(column, row)
    let [low, high] = [0, borders.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (value > at(borders, middle)) low = middle + 1
      else high = middle
    }
    bins[row] = low
  }
  return bins
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
