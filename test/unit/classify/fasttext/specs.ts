/** Small models with chosen words and random numbers from a seed. */
import type { Coded, Dense, ModelSpec } from '../../../support/fasttext-writer.ts'

/** xorshift32 (Marsaglia 2003), −.5 to .5. */
export function randomFrom(seed: number): () => number {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32 - 0.5
  }
}

const dense = (rows: number, cols: number, random: () => number): Dense => ({
  kind: 'dense',
  numbers: Array.from({ length: rows }, () => Array.from({ length: cols }, () => 4 * random())),
})

const code = (random: () => number): number => Math.floor((random() + 0.5) * 256)

function coded(rows: number, cols: number, random: () => number, { width = 2, hasNorms = false } = {}): Coded {
  const groups = Math.ceil(cols / width)
  return {
    kind: 'coded',
    cols,
    width,
    codes: Array.from({ length: rows }, () => Array.from({ length: groups }, () => code(random))),
    centroids: Array.from({ length: 256 * cols }, () => 4 * random()),
    norms: hasNorms
      ? {
          codes: Array.from({ length: rows }, () => code(random)),
          centroids: Array.from({ length: 256 }, () => 1 + random()),
        }
      : null,
  }
}

export const WORDS = ['</s>', 'the', 'rain', '雨', 'café', 'a', 'Straße', '<', '🌧️', '_']
export const LABELS = ['__label__wet', '__label__dry', '__label__雪', '__label__c', 'odd']
const COUNTS = [9, 5, 4, 4, 1]

export interface SpecOptions extends Partial<
  Pick<ModelSpec, 'dim' | 'loss' | 'wordNgrams' | 'bucket' | 'minn' | 'maxn'>
> {
  readonly seed?: number
  readonly version?: number
  /** Every how many-th bucket is kept; all without. */
  readonly prunedEvery?: number
  readonly quantised?: { readonly width?: number; readonly hasNorms?: boolean; readonly output?: boolean }
}

export function specOf({ seed = 7, prunedEvery, quantised, version = 12, ...options }: SpecOptions = {}): ModelSpec {
  const random = randomFrom(seed)
  const head = { dim: 5, loss: 3, wordNgrams: 2, bucket: 61, minn: 2, maxn: 4, version, ...options }
  const pruned =
    prunedEvery === undefined
      ? null
      : Array.from({ length: Math.floor(head.bucket / prunedEvery) }, (_, i) => [i * prunedEvery, i] as const).reverse()
  const rows = WORDS.length + (pruned?.length ?? head.bucket)
  return {
    ...head,
    words: WORDS.map((text) => ({ text, count: 3 })),
    labels: LABELS.map((text, i) => ({ text, count: COUNTS[i] ?? 1 })),
    pruned,
    input: quantised === undefined ? dense(rows, head.dim, random) : coded(rows, head.dim, random, quantised),
    output:
      quantised?.output === true
        ? coded(LABELS.length, head.dim, random, quantised)
        : dense(LABELS.length, head.dim, random),
  }
}
