/** The trained model as a TypeScript module: numbers in base64, so that the Worker's bundle holds it without a loader. */
import type { TreeModel } from '../../functions/extract/tree-model.ts'
import type { WordTable } from './word-counts.ts'

export interface TrainedModel {
  /** Of class words, and of the words of the text. */
  readonly words: WordTable
  readonly textWords: WordTable
  readonly first: TreeModel
  readonly second: TreeModel
}

/** What is in the module, by name: numbers in base64, rounded as they ship. */
export const packModel = ({ words, textWords, first, second }: TrainedModel): Record<string, string | number> => ({
  words: base64(words.hashes),
  weights: base64(Int8Array.from(words.weights, (weight) => weight * 16)),
  textWords: base64(textWords.hashes),
  textWeights: base64(Int8Array.from(textWords.weights, (weight) => weight * 16)),
  ...stage('first', first),
  ...stage('second', second),
})

export function writeModel(model: TrainedModel): string {
  const lines = Object.entries(packModel(model)).map(
    ([name, value]) => `  ${name}: ${typeof value === 'string' ? `'${value}'` : value},`,
  )
  return `/** Made by models/extract/train.ts; what it was trained on and how it scores: models/extract/card.md. */\nexport const BLOCK_MODEL = {\n${lines.join('\n')}\n} as const\n`
}

/** Leaves are kept as 16-bit thousandths: the score of a page moves by less than its own rounding. */
const stage = (
  name: string,
  { depth, bias, features, borders, leaves }: TreeModel,
): Record<string, string | number> => ({
  [`${name}Depth`]: depth,
  [`${name}Bias`]: Math.round(bias * 1000) / 1000,
  [`${name}Features`]: base64(features),
  [`${name}Borders`]: base64(borders),
  [`${name}Leaves`]: base64(Int16Array.from(leaves, (leaf) => Math.round(leaf * 1000))),
})

const base64 = (numbers: Int32Array | Int8Array | Int16Array | Uint8Array | Float32Array): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64')
