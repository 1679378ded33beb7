/** Candidates for tests of the seal: deterministic, with ids that are hashes of their text. */
import { createHash } from 'node:crypto'
import { nearBands } from '../../functions/near/minhash.ts'
import type { Candidate } from '../../functions/page.ts'

export const SIGNALS = ['gopher_words', 'c4_sentences'] as const

export function candidate(
  text: string,
  place: { offset: number; index?: number },
  over: Partial<Candidate> = {},
): Candidate {
  const bytes = Buffer.byteLength(text)
  return {
    id: createHash('sha256').update(text).digest('hex').slice(0, 32),
    url: `https://pages.example/${place.offset}`,
    source: 'web',
    lang: 'en',
    langScore: 0.98,
    topic: 'law-policy',
    topicScore: 0.75,
    text,
    chars: text.length,
    bytes,
    ppl: 120.5,
    pplTokens: 140,
    pplModel: 'ngram-en@0',
    bucket: 76,
    bands: nearBands(text, over.lang ?? 'en'),
    quality: { gopher_words: 120, c4_sentences: 7 },
    fetchedAt: '2026-03-01T00:00:00Z',
    title: null,
    author: null,
    date: null,
    pageType: null,
    declaredLang: null,
    canonicalUrl: null,
    licence: null,
    optOut: null,
    objectId: 'a'.repeat(64),
    recordOffset: place.offset,
    recordIndex: place.index ?? 0,
    ...over,
  }
}
