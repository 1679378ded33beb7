/** Objects for the tests: the sample's articles as crawled pages. */
import { env } from 'cloudflare:workers'
import { addObjects, closeBatch, openBatch, type NewObject } from '../../functions/platform/batches.ts'
import type { Bindings } from '../../functions/platform/bindings.ts'
import { sendBatchObjects } from '../../functions/platform/hand-on.ts'
import type { Article } from '../support/sample/articles.ts'
import { gzipped, joined, response } from '../unit/read/warc-fixture.ts'

/** `count` articles of a language, from the `from`th on. */
export const articles = (count: number, { lang = 'en', from = 0 } = {}): Article[] => {
  const own = (JSON.parse(env.TEST_ARTICLES) as Article[]).filter((article) => article.lang === lang)
  if (own.length < from + count) throw new Error(`the sample has ${own.length} articles in ${lang}`)
  // Every 11th: neighbours in the list share a topic.
  return Array.from(
    { length: count },
    (_, i) => own[((from + i) * 11 + Math.floor((from + i) / 8)) % own.length],
  ).flatMap((article) => article ?? [])
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

export function pageOf({ title, lang, blocks }: Article): string {
  const body = blocks.map((block) => {
    if (block.kind === 'list') return `<ul>${block.items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`
    const tag = block.kind === 'heading' ? 'h2' : 'p'
    return `<${tag}>${escape(block.text)}</${tag}>`
  })
  return `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><title>${escape(title)}</title></head>
<body><nav><a href="/">Home</a> <a href="/all">All</a></nav><article><h1>${escape(title)}</h1>
${body.join('\n')}</article><footer>Example</footer></body></html>`
}

/** The article with another ending and another address: a near duplicate, whose text has another id. */
export function nearCopyOf(article: Article, ending = 'reprinted'): Article {
  const last = article.blocks.findLastIndex((block) => block.kind !== 'list')
  const blocks = article.blocks.map((block, i) =>
    i === last && block.kind !== 'list' ? { ...block, text: `${block.text} ${ending}.` } : block,
  )
  return { ...article, ref: `${article.ref}-${ending}`, blocks }
}

export const urlOf = ({ ref, site }: Article): string => `https://${site}/${ref.replaceAll(/[^a-z0-9]+/g, '-')}`

/** One gzip member a page, as crawlers write them. */
export const members = (pages: readonly Article[]): Uint8Array[] =>
  pages.map((page) => gzipped(response(urlOf(page), pageOf(page))))

export const warcOf = (pages: readonly Article[]): Uint8Array => joined(...members(pages))

/** A page that every rule set turns away. */
export const emptyPage = (url: string): Uint8Array => gzipped(response(url, ''))

export async function storeObject(key: string, bytes: Uint8Array): Promise<NewObject> {
  const object = await env.OBJECTS.put(key, bytes)
  if (object === null) throw new Error(`${key} was not stored`)
  return { key, etag: object.etag, size: object.size }
}

/** Opens a batch of its own over stored objects, closes it and queues its slices, as the webhook does. */
export async function beginBatch(bindings: Bindings, id: string, objects: readonly NewObject[]): Promise<void> {
  const nowMs = Date.now()
  await openBatch(bindings, { id, kind: 'webhook', owner: 'test', source: 'web', lang: '' }, nowMs)
  await addObjects(bindings, id, objects, nowMs)
  await closeBatch(bindings, id, nowMs)
  await sendBatchObjects(bindings, id)
}
