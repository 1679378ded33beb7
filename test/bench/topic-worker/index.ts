/**
 * The topic model inside workerd: `GET /classify?passes=N` classifies the texts that lie in R2 N times and answers with how
 * many and the milliseconds. Locally the clock runs on during a request, which it does not on the platform.
 */
import { classifyTopic } from '../../../functions/classify/classify.ts'
import type { PageText } from '../../../functions/classify/features.ts'
import { loadTopicModel } from '../../../functions/classify/topic-model.ts'
import type { TopicModel } from '../../../functions/classify/topic-model.ts'

let held: { readonly model: TopicModel; readonly texts: readonly PageText[] } | undefined

async function load(objects: R2Bucket): Promise<NonNullable<typeof held>> {
  if (held !== undefined) return held
  const [model, texts] = await Promise.all([objects.get('model.bin'), objects.get('texts.json')])
  if (model === null || texts === null) throw new Error('expected model.bin and texts.json in the bucket')
  held = { model: loadTopicModel(new Uint8Array(await model.arrayBuffer())), texts: await texts.json<PageText[]>() }
  return held
}

export default {
  async fetch(request: Request, { OBJECTS }: { OBJECTS: R2Bucket }): Promise<Response> {
    const url = new URL(request.url)
    if (url.pathname === '/health') return new Response()
    const { model, texts } = await load(OBJECTS)
    const passes = Number(url.searchParams.get('passes') ?? 1)
    const begun = performance.now()
    for (let pass = 0; pass < passes; pass++) for (const page of texts) classifyTopic(model, page)
    return Response.json({ documents: passes * texts.length, milliseconds: performance.now() - begun })
  },
}
