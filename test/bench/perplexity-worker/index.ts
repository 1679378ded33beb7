/**
 * Perplexity inside workerd: `PUT /model` and `PUT /documents` (a JSON list of texts) bring what is scored, `GET /score?passes=N` scores
 * every document N times, from text to log10 p, and answers with tokens and Σ log10 p of one pass; behind `PUT /topics` it names the topic of
 * each besides. One isolate: what was put stays.
 */
import { classifyTopic } from '../../../functions/classify/classify.ts'
import { loadTopicModel } from '../../../functions/classify/topic-model.ts'
import type { TopicModel } from '../../../functions/classify/topic-model.ts'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import type { NgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'

let model: NgramModel | undefined
let topics: TopicModel | undefined
let documents: readonly string[] = []

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/health') return new Response()
    if (pathname === '/model') {
      model = loadNgramModel(new Uint8Array(await request.arrayBuffer()))
      topics = undefined
      return Response.json({ id: model.id })
    }
    if (pathname === '/topics') {
      topics = loadTopicModel(new Uint8Array(await request.arrayBuffer()))
      return Response.json({ id: topics.id })
    }
    if (pathname === '/documents') {
      documents = (await request.json()) as readonly string[]
      return Response.json({ documents: documents.length })
    }
    if (model === undefined) return new Response('no model was put', { status: 409 })
    let [tokens, log10p] = [0, 0]
    for (let pass = Number(searchParams.get('passes')); pass > 0; pass--) {
      ;[tokens, log10p] = [0, 0]
      for (const document of documents) {
        const score = scorePerplexity(model, document)
        tokens += score.tokens
        log10p += score.log10p
        if (topics !== undefined) classifyTopic(topics, { text: document })
      }
    }
    return Response.json({ tokens, log10p })
  },
}
