/**
 * What the default n-gram models are trained on and measured with (../shared/data/README.md says what may train one):
 * running text, and the web with the sites of `isHeldOut` left out. The pages of the extraction benchmark WCXB and the Chinese
 * gold pages are never counted: they measure the models on pages of another make.
 */
import path from 'node:path'
import { fileSource } from '../../cli/file-source.ts'
import { extract } from '../../functions/extract/extract.ts'
import { decodeHtml } from '../../functions/read/charset.ts'
import { readSlice } from '../../functions/read/read-slice.ts'
import { detectLanguage } from '../../functions/screen/language.ts'
import { textPieces } from './ngram-corpus.ts'
import type { Source } from './sized-train.ts'
import { DATA, goldTextsOf, isHeldOut, linesOf, webTexts } from './texts.ts'
import type { WebText } from './texts.ts'

/** Main texts of a crawl's pages, as the pipeline reads them. */
async function* crawlTexts(name: string): AsyncGenerator<WebText> {
  for await (const event of readSlice(await fileSource(path.join(DATA, 'crawl', name)))) {
    if (event.kind !== 'page') continue
    const { url, body, charset } = event.page
    const decoded = decodeHtml(body, charset)
    if (!decoded.kept) continue
    const { text, title } = extract(decoded.value.bytes, { url, headers: {} })
    yield { origin: null, url, title: title ?? '', text }
  }
}

async function* allWeb(lang: string): AsyncGenerator<WebText> {
  yield* webTexts(lang)
  const marked = lang === 'en' ? [...goldTextsOf('gold')] : []
  yield* marked
  const urls = new Set(marked.map(({ url }) => url))
  for await (const page of crawlTexts(lang === 'en' ? 'dev.warc.gz' : 'zh-sites.warc.gz')) {
    if (!urls.has(page.url)) yield page
  }
}

/** A line at least this long that was counted, too, is no coincidence: 40 units are a sentence in Chinese. */
const LONG_LINE = 40

/**
 * Texts without a long line that is in what was counted: sites copy each other, and collections hold the same page twice.
 * Memory: the long lines of the texts.
 */
export async function notCounted(
  texts: readonly string[],
  counted: readonly AsyncIterable<string>[],
): Promise<string[]> {
  const longLines = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.length >= LONG_LINE)
  const places = new Map<string, number[]>()
  texts.forEach((text, i) => {
    for (const line of longLines(text)) places.set(line, [...(places.get(line) ?? []), i])
  })
  const met = new Set<number>()
  for (const pieces of counted) {
    for await (const piece of pieces) {
      for (const line of longLines(piece)) for (const i of places.get(line) ?? []) met.add(i)
    }
  }
  return texts.filter((_, i) => !met.has(i))
}

/** Read once, since extraction takes longer than counting: 30 MB a language. */
export async function readWeb(lang: string): Promise<{ counted: string[]; heldOut: string[] }> {
  const counted: string[] = []
  const heldOut: string[] = []
  for await (const web of allWeb(lang)) {
    if (detectLanguage(web.text).lang === lang) (isHeldOut(web) ? heldOut : counted).push(web.text)
  }
  const sources = sourcesOf(lang, counted, { web: 1 }).map(({ pieces }) => pieces())
  return { counted, heldOut: await notCounted(heldOut, sources) }
}

async function* inPieces(texts: readonly string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(`${text}\n`)
}

async function* documentPieces(name: string): AsyncGenerator<string> {
  for (const line of linesOf(name)) yield await Promise.resolve(`${(JSON.parse(line) as { text: string }).text}\n`)
}

export function sourcesOf(lang: string, web: readonly string[], weights: { readonly web: number }): Source[] {
  const running: Source = { pieces: () => textPieces(path.join(DATA, `lm/${lang}.train.txt.gz`)), weight: 1 }
  const documents: Source[] = lang === 'zh' ? [{ pieces: () => documentPieces('lm/zh.docs.jsonl.gz'), weight: 1 }] : []
  return [running, ...documents, { pieces: () => inPieces(web), weight: weights.web }]
}

/** Gold texts of pages that no model was trained on. */
export const otherPages = (lang: string): string[] =>
  [...goldTextsOf(lang === 'en' ? 'wcxb.gold' : 'zh.gold')].map(({ text }) => text)

/** Held-out paragraphs of the running text. */
export const heldOutProse = (lang: string): string[] => [...linesOf(`lm/${lang}.held.txt.gz`)]
