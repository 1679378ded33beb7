/** Token stream → the n-grams of a model of a given size, with their log10 probabilities and back-offs. */
import { levelsOf } from './kneser-ney.ts'
import type { Estimate, Kept, Levels } from './kneser-ney.ts'
import { BASE, START, UNKNOWN, countNgrams, countVocabulary } from './ngram-counts.ts'
import type { TokenStream } from './ngram-counts.ts'
import type { Ngram } from './ngram-file.ts'
import { prune } from './ngram-prune.ts'

export interface Trained {
  readonly ngrams: readonly Ngram[]
  /** log10 probability of one unknown word. */
  readonly unknown: number
  readonly words: number
}

/** Predicted nowhere; any value that `log10` would not give. */
const NEVER = -99

function listNgrams(hashes: Int32Array, levels: Levels, { kept, model }: { kept: Kept; model: Estimate }): Ngram[] {
  const ngrams: Ngram[] = []
  const hash = (id: number): number => hashes[id] ?? 0
  const log = (value: number | undefined): number => Math.log10(value ?? 1)
  for (let id = START; id < hashes.length; id++) {
    const log10p = id === START ? NEVER : log(model.unigrams[id])
    ngrams.push({ tokens: [hash(id)], log10p, log10Backoff: log(model.bigrams.gamma[id]) })
  }
  levels.bigrams.keys.forEach((key, i) => {
    if (kept.bigrams[i] === 0) return
    const tokens = [hash(Math.floor(key / BASE)), hash(key % BASE)]
    ngrams.push({ tokens, log10p: log(model.bigrams.p[i]), log10Backoff: log(model.trigrams.gamma[i]) })
  })
  levels.trigrams.keys.forEach((key, i) => {
    if (kept.trigrams[i] === 0) return
    const tokens = [hash(Math.floor(key / BASE / BASE)), hash(Math.floor(key / BASE) % BASE), hash(key % BASE)]
    ngrams.push({ tokens, log10p: log(model.trigrams.p[i]), log10Backoff: 0 })
  })
  return ngrams
}

/** `entries` bounds the n-grams of all orders together; words below `minCount` are unknown. */
export function trainNgrams(
  stream: TokenStream,
  { minCount, entries }: { minCount: number; entries: number },
): Trained {
  const vocabulary = countVocabulary(stream, { minCount })
  const levels = levelsOf(countNgrams(stream, vocabulary))
  const words = vocabulary.hashes.length
  const pruned = prune(levels, entries - words)
  // The words that were left out share what unknown words have, each the same: a page of words that nobody has seen
  // must cost what rare words cost, not what one frequent token does.
  const share = (pruned.model.unigrams[UNKNOWN] ?? 0) / Math.max(1, vocabulary.rareTypes)
  return { ngrams: listNgrams(vocabulary.hashes, levels, pruned), unknown: share > 0 ? Math.log10(share) : -8, words }
}
