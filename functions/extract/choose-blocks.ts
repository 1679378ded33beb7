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
import { predict } from './tree-model.ts'
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
  const probabilities = new Float32Array(count)
  sums.sum(scan, words)
  blockFeatures(scan, { sums, facts, textWeights: textWords }, columns)
  predict(first, columns, { probabilities })
  contextFeatures(scan, { sums, p: probabilities, first: CONTEXT_START, least: HOPELESS }, columns)
  predict(second, columns, { probabilities, least: HOPELESS })
  return decideBlocks(scan, { p: probabilities, sums, facts })
}
