/**
 * Scoring inside workerd: `PUT /ngram`, `PUT /topic` and `PUT /pages` (a JSON list) bring models and what is scored; `GET /score?passes=N`
 * scores every page N times by the models that were put, from text, and answers with tokens and Σ log10 p of one pass and how many pages
 * had each topic. `PUT /ngram` takes the topic model away. One isolate: what was put stays.
 */
import { classifyTopic } from '../../../functions/classify/classify.ts'
import type { PageText } from '../../../functions/classify/features.ts'
import { loadTopicModel } from '../../../functions/classify/topic-model.ts'
import type { TopicModel } from '../../../functions/classify/topic-model.ts'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import type { NgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'

let ngram: NgramModel | undefined
let topic: TopicModel | undefined
let pages: readonly PageText[] = []

function scoreAll(passes: number): { tokens: number; log10p: number; topics: Record<string, number> } {
  let sums = { tokens: 0, log10p: 0, topics: {} as Record<string, number> }
  for (let pass = 0; pass < passes; pass++) {
    sums = { tokens: 0, log10p: 0, topics: {} }
    for (const page of pages) {
      if (topic !== undefined) {
        const { topic: name } = classifyTopic(topic, page)
        sums.topics[name] = (sums.topics[name] ?? 0) + 1
      }
      if (ngram !== undefined) {
        const { tokens, log10p } = scorePerplexity(ngram, page.text)
        sums.tokens += tokens
        sums.log10p += log10p
      }
    }
  }
  return sums
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    switch (pathname) {
      case '/health':
        return new Response()
      case '/ngram':
        ngram = loadNgramModel(new Uint8Array(await request.arrayBuffer()))
        topic = undefined
        return Response.json({ id: ngram.id })
      case '/topic':
        topic = loadTopicModel(new Uint8Array(await request.arrayBuffer()))
        return Response.json({ id: topic.id })
      case '/pages':
        pages = (await request.json()) as readonly PageText[]
        return Response.json({ pages: pages.length })
      case '/score':
        return Response.json(scoreAll(Number(searchParams.get('passes'))))
      default:
        return new Response(`nothing answers ${pathname}`, { status: 404 })
    }
  },
}
