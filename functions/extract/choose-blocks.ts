/**
 * Which blocks are main text: two stages of boosted trees, the second of which sees what the first said of the blocks
 * around, above and alike. Trained by models/extract/train.ts; the card there says on what and how it scores.
 * Cost: some 150 numbers and 1,320 comparisons a block.
 */
import { blockFeatures } from './block-features.ts'
import { contextFeatures } from './context-features.ts'
import { decideBlocks } from './decide-blocks.ts'
import { ElementSums } from './element-sums.ts'
import { featureColumns } from './feature-columns.ts'
import { CONTEXT_START, NUM_COLUMNS } from './features.ts'
import type { PageFacts } from './page-facts.ts'
import type { Scan } from './scan.ts'
import { predict, predictSome } from './tree-model.ts'
import type { BlockModel } from './unpack-model.ts'

/** Of 204,000 blocks out of fold that the first stage gave less, the second raised none above .4. */
const HOPELESS = 0.05
const sums = new ElementSums()

/** 1 for each block that is main text. */
export function chooseBlocks(
  scan: Scan,
  { model, facts }: { readonly model: BlockModel; readonly facts: PageFacts },
): Uint8Array {
  const { words, textWords, first, second } = model
  const { count } = scan.blocks
  const columns = featureColumns(count, NUM_COLUMNS)
  const p = new Float32Array(count)
  sums.sum(scan, words)
  blockFeatures(scan, { sums, facts, textWeights: textWords }, columns)
  predict(first, columns, p)
  contextFeatures(scan, { sums, p, first: CONTEXT_START }, columns)
  predictSome(second, columns, { blocks: blocksAbove(p, HOPELESS), out: p })
  return decideBlocks(scan, { p, sums, facts })
}

function blocksAbove(p: Float32Array, least: number): Int32Array {
  const blocks = new Int32Array(p.length)
  let count = 0
  for (let block = 0; block < p.length; block++) if ((p[block] as number) >= least) blocks[count++] = block
  return blocks.subarray(0, count)
}
