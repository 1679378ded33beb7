/** How often class words stand above gold and above other text, and the log-odds made of it. */
import { HAS_WORDS } from '../../functions/extract/element-table.ts'
import type { Scan } from '../../functions/extract/scan.ts'
import { MAX_TEXT_WORDS, textWords } from '../../functions/extract/text-words.ts'
import { WordWeights } from '../../functions/extract/word-weights.ts'

/** Shares of the page's text under each word: gold and other. */
export type WordCounts = ReadonlyMap<number, readonly [gold: number, other: number]>

const MIN_PAGES = 6
const MAX_WORDS = 4096
/** Counts are shares of a page; this much of a page on both sides is assumed before any is seen. */
const PRIOR = 0.35

export function countWords({ elements, blocks }: Scan, labels: Float32Array): WordCounts {
  const gold = new Float32Array(elements.count)
  const other = new Float32Array(elements.count)
  const total = Math.max(1, blocks.length)
  for (let block = 0; block < blocks.count; block++) {
    const element = blocks.elements[block] ?? 0
    const share = ((blocks.ends[block] ?? 0) - (blocks.starts[block] ?? 0)) / total
    gold[element] = (gold[element] ?? 0) + share * (labels[block] ?? 0)
    other[element] = (other[element] ?? 0) + share * (1 - (labels[block] ?? 0))
  }
  for (let element = elements.count - 1; element > 0; element--) {
    const parent = elements.parents[element] ?? 0
    gold[parent] = (gold[parent] ?? 0) + (gold[element] ?? 0)
    other[parent] = (other[parent] ?? 0) + (other[element] ?? 0)
  }
  const counts = new Map<number, [number, number]>()
  for (let element = 0; element < elements.count; element++) {
    if (((elements.flags[element] ?? 0) & HAS_WORDS) === 0) continue
    if ((gold[element] ?? 0) + (other[element] ?? 0) === 0) continue
    const own = elements.words.slice(elements.wordStarts[element], elements.wordStarts[element + 1])
    for (const word of new Set(own)) {
      const count = counts.get(word) ?? [0, 0]
      // Under nested elements of one word the text counts once at most.
      count[0] = Math.min(1, count[0] + (gold[element] ?? 0))
      count[1] = Math.min(1, count[1] + (other[element] ?? 0))
      counts.set(word, count)
    }
  }
  return counts
}

/** The same of the words that blocks begin with: each block is one count, long or short, and a page one at most. */
export function countTextWords({ blocks }: Scan, labels: Float32Array): WordCounts {
  const sums = new Map<number, [gold: number, blocks: number]>()
  const words = new Int32Array(MAX_TEXT_WORDS)
  for (let block = 0; block < blocks.count; block++) {
    const label = labels[block] ?? -1
    if (label < 0) continue
    const found = textWords(blocks.text, blocks.starts[block] ?? 0, blocks.ends[block] ?? 0, words)
    for (const word of new Set(words.subarray(0, found))) {
      const sum = sums.get(word) ?? [0, 0]
      sum[0] += label
      sum[1]++
      sums.set(word, sum)
    }
  }
  return new Map([...sums].map(([word, [gold, all]]) => [word, [gold / all, 1 - gold / all]]))
}

export interface WordTable {
  readonly hashes: Int32Array
  readonly weights: Float32Array
  readonly table: WordWeights
}

export function wordTable(pages: readonly WordCounts[]): WordTable {
  const sums = new Map<number, { gold: number; other: number; pages: number }>()
  for (const counts of pages)
    for (const [word, [gold, other]] of counts) {
      const sum = sums.get(word) ?? { gold: 0, other: 0, pages: 0 }
      sum.gold += gold
      sum.other += other
      sum.pages++
      sums.set(word, sum)
    }
  const kept = [...sums]
    .filter(([, sum]) => sum.pages >= MIN_PAGES)
    .sort((a, b) => b[1].pages - a[1].pages || a[0] - b[0])
    .slice(0, MAX_WORDS)
    .map(([word, sum]) => [word, Math.log((sum.gold + PRIOR) / (sum.other + PRIOR))] as const)
    .filter(([, weight]) => Math.abs(weight) >= 0.05)
  // Eighths are as fine as the model can use, and fit a byte.
  const weights = Float32Array.from(kept, ([, weight]) => Math.max(-127, Math.min(127, Math.round(weight * 16))) / 16)
  const hashes = Int32Array.from(kept, ([word]) => word)
  return { hashes, weights, table: new WordWeights(hashes, weights) }
}
