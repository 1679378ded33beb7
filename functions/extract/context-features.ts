/**
 * What the second stage knows beside the first stage's features: what the first stage said of the blocks around, of what
 * the block stands in, of the blocks shaped like it, and of the whole page. Structure repeats, and a group decides together.
 */
import type { ElementSums } from './element-sums.ts'
import type { Scan } from './scan.ts'

const STEPS = [-4, -3, -2, -1, 1, 2, 3, 4] as const
const WINDOWS = [5, 20] as const
const LEVELS = 6

export const CONTEXT_NAMES: readonly string[] = [
  'p',
  ...STEPS.map((step) => `p${step > 0 ? '+' : ''}${step}`),
  ...WINDOWS.map((blocks) => `mean${blocks}`),
  ...Array.from({ length: LEVELS }, (_, level) => `up${level}`),
  'like',
  'afterFirst',
  'beforeLast',
  'pageMean',
  'pageKept',
]
export const NUM_CONTEXT = CONTEXT_NAMES.length

let matrix = new Float32Array(0)

/** One row of NUM_CONTEXT a block; good until the next call. */
export function contextFeatures(scan: Scan, sums: ElementSums, p: Float32Array): Float32Array {
  const { blocks, elements } = scan
  const { count } = blocks
  if (matrix.length < count * NUM_CONTEXT || matrix.length > 1 << 21)
    matrix = new Float32Array((count + 256) * NUM_CONTEXT)
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
    let to = block * NUM_CONTEXT
    matrix[to++] = p[block] as number
    for (const step of STEPS)
      matrix[to++] = block + step >= 0 && block + step < count ? (p[block + step] as number) : -1
    for (const reach of WINDOWS) {
      const [from, end] = [Math.max(0, block - reach), Math.min(count, block + reach + 1)]
      const bytes = (blocks.ends[end - 1] as number) - (blocks.starts[from] as number)
      matrix[to++] = ((mass[end] as number) - (mass[from] as number)) / Math.max(1, bytes)
    }
    let up = blocks.elements[block] as number
    const shape = sums.shape[up] as number
    for (let level = 0; level < LEVELS; level++) {
      matrix[to++] = up <= 0 ? -1 : (inside[up] as number) / Math.max(1, sums.bytes[up] as number)
      up = up <= 0 ? -1 : (elements.parents[up] as number)
    }
    matrix[to++] = (shapes.get(shape) ?? 0) / Math.max(1, shapes.get(~shape) ?? 1)
    matrix[to++] = first < 0 ? -1000 : block - first
    matrix[to++] = first < 0 ? -1000 : last - block
    matrix[to++] = pageMean
    matrix[to++] = kept
  }
  return matrix
}

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
