/**
 * What the second stage knows beside the first stage's features: what the first stage said of the blocks around, of what
 * the block stands in, of the blocks shaped like it, and of the whole page. Structure repeats, and a group decides together.
 */
import type { ElementSums } from './element-sums.ts'
import { distance, FAR, MARGIN } from './feature-columns.ts'
import type { FeatureColumns } from './feature-columns.ts'
import type { Scan } from './scan.ts'

const WINDOWS = [5, 20] as const
const LEVELS = 6

/** The columns that this file writes. */
export const CONTEXT_COLUMNS: readonly string[] = [
  'p',
  ...WINDOWS.map((blocks) => `mean${blocks}`),
  ...Array.from({ length: LEVELS }, (_, level) => `up${level}`),
  'like',
  'afterFirst',
  'beforeLast',
  'pageMean',
  'pageKept',
  'left',
  'right',
  'sinceKept',
  'untilKept',
  'coreGap',
  'coreUp',
  'coreMean',
]

/**
 * Writes the columns of CONTEXT_COLUMNS, from column `first` on; `p` is what the first stage said. Of a block below `least` nothing
 * but that is sure to be written: its neighbours ask for it.
 */
export function contextFeatures(
  scan: Scan,
  { sums, p, first: column, least = 0 }: { sums: ElementSums; p: Float32Array; first: number; least?: number },
  { floats: matrix, stride }: FeatureColumns,
): void {
  const { blocks, elements } = scan
  const { count } = blocks
  const mass = cumulated(scan, p)
  const shapes = new Map<number, number>()
  const inside = insideSums(scan, p)
  let [first, last, kept] = [-1, -1, 0]
  for (let block = 0; block < count; block++) {
    const shape = sums.shape[blocks.elements[block] as number] as number
    const bytes = (blocks.ends[block] as number) - (blocks.starts[block] as number)
    shapes.set(shape, (shapes.get(shape) ?? 0) + (p[block] as number) * bytes)
    shapes.set(~shape, (shapes.get(~shape) ?? 0) + bytes)
    if ((p[block] as number) <= 0.5) continue
    if (first < 0) first = block
    last = block
    kept++
  }
  const pageMean = (inside[0] as number) / Math.max(1, sums.bytes[0] as number)
  for (let block = 0; block < count; block++) {
    let to = column * stride + MARGIN + block
    // Raised by one, so that 0 is a neighbour that is not there.
    matrix[to] = 1 + (p[block] as number)
    if ((p[block] as number) < least) continue
    for (const reach of WINDOWS) {
      const [from, end] = [Math.max(0, block - reach), Math.min(count, block + reach + 1)]
      const bytes = (blocks.ends[end - 1] as number) - (blocks.starts[from] as number)
      matrix[(to += stride)] = ((mass[end] as number) - (mass[from] as number)) / Math.max(1, bytes)
    }
    let up = blocks.elements[block] as number
    const shape = sums.shape[up] as number
    for (let level = 0; level < LEVELS; level++) {
      matrix[(to += stride)] = up <= 0 ? 0 : 1 + (inside[up] as number) / Math.max(1, sums.bytes[up] as number)
      up = up <= 0 ? -1 : (elements.parents[up] as number)
    }
    matrix[(to += stride)] = (shapes.get(shape) ?? 0) / Math.max(1, shapes.get(~shape) ?? 1)
    matrix[(to += stride)] = first < 0 ? 0 : distance(block - first)
    matrix[(to += stride)] = first < 0 ? 0 : distance(last - block)
    matrix[(to += stride)] = pageMean
    matrix[(to += stride)] = kept
  }
  sideFeatures(scan, p, { floats: matrix, stride, first: column + BASE })
  coreFeatures(scan, { sums, inside }, { floats: matrix, stride, first: column + BASE + 4 })
}

const BASE = CONTEXT_COLUMNS.indexOf('left')
/** What a block of so many bytes takes of the mean: of what was said before each leaves .8, and a long one as much as ten. */
const MAX_FADE_BYTES = 900
const FADES = Float64Array.from({ length: MAX_FADE_BYTES + 1 }, (_, bytes) => 1 - 0.8 ** (1 + bytes / 100))

interface Into {
  readonly floats: Float32Array
  readonly stride: number
  readonly first: number
}

/** What was said before the block and after it, the nearer the heavier, and how far the next kept block is. */
function sideFeatures({ blocks }: Scan, p: Float32Array, { floats, stride, first }: Into): void {
  for (const [side, step] of [1, -1].entries()) {
    let [mean, kept] = [0, -1]
    const [from, to] = [(first + side) * stride + MARGIN, (first + 2 + side) * stride + MARGIN]
    for (let i = 0; i < blocks.count; i++) {
      const block = step === 1 ? i : blocks.count - 1 - i
      floats[from + block] = mean
      floats[to + block] = kept < 0 ? 2 * FAR : Math.min(FAR, i - kept)
      const bytes = (blocks.ends[block] as number) - (blocks.starts[block] as number)
      mean += ((p[block] as number) - mean) * (FADES[Math.min(MAX_FADE_BYTES, bytes)] as number)
      if ((p[block] as number) > 0.5) kept = i
    }
  }
}

/**
 * The core is the innermost element that holds most of what was said to be main text. How far a block stands outside of it,
 * and how deep inside, tells what follows an article from the article.
 */
function coreFeatures(
  { blocks, elements }: Scan,
  { sums, inside }: { readonly sums: ElementSums; readonly inside: Float32Array },
  { floats, stride, first }: Into,
): void {
  const isCore = new Uint8Array(elements.count)
  const half = (inside[0] as number) * CORE_SHARE
  let core = 0
  // A child stands after its parent: the last element that still holds that much is the innermost.
  for (let element = 0; element < elements.count; element++) {
    const parent = elements.parents[element] as number
    if ((inside[element] as number) < half || (parent >= 0 && isCore[parent] === 0)) continue
    isCore[element] = 1
    core = element
  }
  const coreDepth = sums.depths[core] as number
  const meets = new Int32Array(elements.count)
  for (let element = 1; element < elements.count; element++)
    meets[element] =
      isCore[element] === 1 ? (sums.depths[element] as number) : (meets[elements.parents[element] as number] as number)
  const coreMean = (inside[core] as number) / Math.max(1, sums.bytes[core] as number)
  for (let block = 0; block < blocks.count; block++) {
    const element = blocks.elements[block] as number
    let to = first * stride + MARGIN + block
    floats[to] = coreDepth - (meets[element] as number)
    floats[(to += stride)] = (sums.depths[element] as number) - (meets[element] as number)
    floats[(to += stride)] = coreMean
  }
}

const CORE_SHARE = 0.6

/** Bytes times p, summed up to each block. */
function cumulated({ blocks }: Scan, p: Float32Array): Float64Array {
  const mass = new Float64Array(blocks.count + 1)
  for (let block = 0; block < blocks.count; block++) {
    const bytes = (blocks.ends[block] as number) - (blocks.starts[block] as number)
    mass[block + 1] = (mass[block] as number) + (p[block] as number) * bytes
  }
  return mass
}

/** Bytes times p inside each element. */
function insideSums({ blocks, elements }: Scan, p: Float32Array): Float32Array {
  const inside = new Float32Array(elements.count)
  for (let block = 0; block < blocks.count; block++) {
    const element = blocks.elements[block] as number
    const bytes = (blocks.ends[block] as number) - (blocks.starts[block] as number)
    inside[element] = (inside[element] as number) + (p[block] as number) * bytes
  }
  for (let element = elements.count - 1; element > 0; element--) {
    const parent = elements.parents[element] as number
    inside[parent] = (inside[parent] as number) + (inside[element] as number)
  }
  return inside
}
