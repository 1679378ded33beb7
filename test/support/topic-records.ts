/** Records of made-up texts, as the topic trainer caches them. */
import { RecordCache } from '../../models/training/record-cache.ts'
import { HEADER_WORDS, NO_TOPIC, PARTS, setLabels, setTarget, wordsOver } from '../../models/training/topic-record.ts'

export interface Text {
  readonly features: readonly number[]
  readonly topic?: number
  readonly second?: number
  readonly part?: keyof typeof PARTS
}

/** Texts by turns in the bins, and in two folds; a second topic has .3 of the target. */
export function cacheOf(folder: string, texts: readonly Text[], bins = 3): RecordCache {
  const cache = new RecordCache(folder, bins)
  texts.forEach(({ features, topic = NO_TOPIC, second = NO_TOPIC, part = 'train' }, i) => {
    const record = wordsOver(new ArrayBuffer(4 * (HEADER_WORDS + features.length)))
    record.words[0] = features.length
    setLabels(record.words, 0, { topic, second, part: PARTS[part], fold: i % 2 })
    setTarget(record, 0, { weight: 1, secondShare: 0.3 })
    record.words.set(features, HEADER_WORDS)
    cache.add(i % bins, record.words, 0)
  })
  return cache.finish()
}
