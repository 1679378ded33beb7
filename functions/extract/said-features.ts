/** What a block knows from words: what the page declares, where its title and description stand, what the block's own words say. */
import { PATH_TAGS } from './element-sums.ts'
import type { ElementSums } from './element-sums.ts'
import { distance, MARGIN, raised } from './feature-columns.ts'
import type { FeatureColumns } from './feature-columns.ts'
import { FACTS } from './page-facts.ts'
import type { PageFacts } from './page-facts.ts'
import type { Scan } from './scan.ts'
import { MAX_TEXT_WORDS, textWords } from './text-words.ts'
import type { WordWeights } from './word-weights.ts'

const SAID = ['fromTitle', 'hasTitle', 'fromDescription', 'hasDescription'] as const
const TEXT = ['textSum', 'textLargest', 'textSmallest', 'headSum', 'headSmallest', 'sinceHead'] as const

/** The columns that this file writes. */
export const SAID_COLUMNS: readonly string[] = [...FACTS, ...SAID, ...TEXT]
const SAID_AT = FACTS.length
const TEXT_AT = SAID_AT + SAID.length

interface Known {
  readonly sums: ElementSums
  readonly facts: PageFacts
  readonly textWeights: WordWeights
  /** The column that SAID_COLUMNS begin at. */
  readonly first: number
}

/** Writes the columns of SAID_COLUMNS. Cost: a look at the first words of each block. */
export function saidFeatures(scan: Scan, known: Known, into: FeatureColumns): void {
  const { floats, stride } = into
  const { facts, first } = known
  const { count } = scan.blocks
  for (const [i, value] of facts.values.entries()) {
    const from = (first + i) * stride + MARGIN
    if (value !== 0) floats.fill(value, from, from + count)
  }
  for (const [i, said] of [facts.title, facts.description].entries()) {
    if (said < 0) continue
    const to = (first + SAID_AT + 2 * i) * stride + MARGIN
    for (let block = 0; block < count; block++) floats[to + block] = distance(block - said)
    floats.fill(1, to + stride, to + stride + count)
  }
  textFeatures(scan, known, into)
}

const HEADING_BITS = PATH_TAGS.reduce((bits, names, i) => (/^h\d/.test(names) ? bits | (1 << i) : bits), 0)
const MAX_HEADING_BYTES = 200
const hashes = new Int32Array(MAX_TEXT_WORDS)

/** What the block's words say, and what those of the heading that it stands under say. */
function textFeatures(
  { blocks }: Scan,
  { sums, textWeights, first }: Known,
  { floats: matrix, stride }: FeatureColumns,
): void {
  let [headSum, headSmallest, head] = [0, 0, -1]
  for (let block = 0; block < blocks.count; block++) {
    const start = blocks.starts[block] as number
    const end = blocks.ends[block] as number
    const count = textWords(blocks.text, start, end, hashes)
    let [sum, largest, smallest] = [0, 0, 0]
    for (let i = 0; i < count; i++) {
      const weight = textWeights.get(hashes[i] as number)
      sum += weight
      if (weight > largest) largest = weight
      if (weight < smallest) smallest = weight
    }
    let to = (first + TEXT_AT) * stride + MARGIN + block
    matrix[to] = raised(sum)
    matrix[(to += stride)] = raised(largest)
    matrix[(to += stride)] = raised(smallest)
    if (head >= 0) {
      matrix[(to += stride)] = raised(headSum)
      matrix[(to += stride)] = raised(headSmallest)
      matrix[(to += stride)] = distance(block - head)
    }
    if (end - start > MAX_HEADING_BYTES) continue
    if (((sums.path[blocks.elements[block] as number] as number) & HEADING_BITS) === 0) continue
    headSum = sum
    headSmallest = smallest
    head = block
  }
}
