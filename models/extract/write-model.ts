/** The trained model as a TypeScript module: numbers in base64, so that the Worker's bundle holds it without a loader. */
import type { TreeModel } from '../../functions/extract/tree-model.ts'
import type { WordTable } from './word-counts.ts'

export function writeModel({
  words,
  first,
  second,
}: {
  words: WordTable
  first: TreeModel
  second: TreeModel
}): string {
  const fields = {
    words: base64(words.hashes),
    weights: base64(Int8Array.from(words.weights, (weight) => weight * 16)),
    ...stage('first', first),
    ...stage('second', second),
  }
  const lines = Object.entries(fields).map(([name, value]) => `  ${name}: ${value},`)
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
  `'${Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64')}'`
