/** Files of text → an n-gram model: counts by external sort, interpolated modified Kneser–Ney, count thresholds. */
import { adjustCounts } from './adjusted-counts.ts'
import type { AdjustedCounts } from './adjusted-counts.ts'
import { estimateModel } from './kneser-ney-estimate.ts'
import type { Discounts, Estimated } from './kneser-ney-estimate.ts'
import { BadText, readCorpus } from './ngram-corpus.ts'
import type { Corpus, TextSource } from './ngram-corpus.ts'
import { SortedRuns } from './sorted-runs.ts'
import { WordNumbers } from './word-numbers.ts'

export interface TrainOptions {
  readonly order: number
  /** As many as orders, never falling, the first 0. */
  readonly prune: readonly number[]
  readonly isOwn: boolean
  readonly fallback: Discounts | null
  /** Where runs and counts lie meanwhile: about 80 bytes a token at order 5. */
  readonly folder: string
  readonly bufferBytes: number
  readonly progress?: (step: string) => void
}

export interface TrainedModel extends Estimated {
  readonly corpus: Corpus
  readonly counts: AdjustedCounts['orders']
  readonly words: number
}

/** A sentence ends where its source ends. */
export async function trainModel(sources: readonly TextSource[], options: TrainOptions): Promise<TrainedModel> {
  const { order, prune, isOwn, folder, bufferBytes, progress } = options
  const numbers = new WordNumbers()
  const runs = new SortedRuns({ order, folder, bufferBytes })
  let counts: AdjustedCounts | null = null
  try {
    const add = (words: Uint32Array, end: number): void => runs.add(words, end)
    const corpus = { tokens: 0, sentences: 0 }
    for (const source of sources) {
      const { tokens, sentences } = await readCorpus(source, { order, isOwn, numbers, add })
      corpus.tokens += tokens
      corpus.sentences += sentences
    }
    if (corpus.tokens === 0) throw new BadText('the text has no token: nothing to train on')
    progress?.(`${corpus.tokens} tokens in ${corpus.sentences} sentences, ${numbers.size - 3} words`)
    counts = adjustCounts(runs, { order, words: numbers.size, prune, folder })
    progress?.(`${counts.orders.map(({ kept, all }) => `${kept}/${all}`).join(', ')} n-grams stay`)
    const { fallback } = options
    const estimated = estimateModel(numbers, counts, {
      order,
      isOwn,
      fallback,
      progress: (size) => progress?.(`order ${size} of ${order} estimated`),
    })
    return { ...estimated, corpus, counts: counts.orders, words: numbers.size }
  } finally {
    runs.close()
    counts?.close()
  }
}
