/** Pages with gold text → how much of each block is gold. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { fileSource } from '../../cli/file-source.ts'
import type { Scan } from '../../functions/extract/scan.ts'
import { decodeHtml } from '../../functions/read/charset.ts'
import { readSlice } from '../../functions/read/read-slice.ts'

const DATA = path.join(import.meta.dirname, '../../../shared/data')
const SETS = [
  ['crawl/wcxb.warc.gz', 'pages/wcxb.gold.jsonl.gz'],
  ['crawl/dev.warc.gz', 'pages/gold.jsonl.gz'],
  ['crawl/zh.warc.gz', 'pages/zh.gold.jsonl.gz'],
] as const

export interface GoldPage {
  readonly url: string
  readonly set: string
  readonly type: string
  /** Pages of one site are in one fold. */
  readonly fold: number
  readonly html: Uint8Array
  /** Null where only snippets are known. */
  readonly gold: string | null
  readonly snippets: Snippets | null
}

/** What must be in the main text and what must not: of the rest of the page nothing is known. */
export interface Snippets {
  readonly with: readonly string[]
  readonly without: readonly string[]
}

interface GoldLine {
  readonly url: string
  readonly set: string
  readonly type?: string
  readonly words?: string
  readonly text?: string
  readonly html?: string
  readonly with?: readonly string[]
  readonly without?: readonly string[]
}

export const NUM_FOLDS = 5

export async function readGoldPages(): Promise<GoldPage[]> {
  const pages: GoldPage[] = []
  for (const [crawl, goldFile] of SETS) {
    const lines = gunzipSync(readFileSync(path.join(DATA, goldFile)))
      .toString('utf8')
      .trim()
      .split('\n')
    const gold = new Map(lines.map((line) => JSON.parse(line) as GoldLine).map((entry) => [entry.url, entry]))
    for await (const event of readSlice(await fileSource(path.join(DATA, crawl)))) {
      if (event.kind !== 'page') continue
      const decoded = decodeHtml(event.page.body, event.page.charset)
      const entry = gold.get(event.page.url)
      if (!decoded.kept || entry === undefined) continue
      const text = entry.words ?? entry.text ?? (entry.html === undefined ? null : stripTags(entry.html))
      pages.push({
        url: event.page.url,
        set: entry.set,
        type: entry.type ?? entry.set,
        fold: foldOf(event.page.url, text ?? ''),
        html: decoded.value.bytes.slice(),
        gold: text !== null && text.trim() !== '' ? text : null,
        snippets: text === null && entry.with !== undefined ? { with: entry.with, without: entry.without ?? [] } : null,
      })
    }
  }
  return pages
}

function foldOf(url: string, gold: string): number {
  const site = (/^[a-z]+:\/\/(?:www\.)?([^/]+)/i.exec(url)?.[1] ?? url).split('.').slice(-2).join('.')
  const key = siteOfMadeUp(site, url, gold) ?? site
  let hash = 7
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) >>> 0
  return (hash >>> 4) % NUM_FOLDS
}

/**
 * Two sets' made-up hosts would put all their pages into one fold. The Chinese pages are of a site each; those of the reader-mode
 * suite are named after theirs (`nytimes-2`), and what is made of one filler text is as if of one site.
 */
function siteOfMadeUp(site: string, url: string, gold: string): string | null {
  if (site === 'zh.example') return url
  if (site !== 'fakehost.example') return null
  return gold.includes('Lorem ipsum') ? 'filler' : (/[^/]+$/.exec(url)?.[0].replace(/-?\d+$/, '') ?? url)
}

const stripTags = (html: string): string =>
  html
    .replace(/<(script|style|noscript)\b.*?<\/\1>/gis, ' ')
    .replace(/<[^>]+>/g, '\n')
    .replace(/&amp;/g, '&')
    .replace(/&nbsp;|&#160;/g, ' ')
    .replace(/&#39;|&apos;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')

const TOKEN =
  /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[\p{L}\p{N}]+?(?=[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])|[\p{L}\p{N}]+/gu
export const tokensOf = (text: string): string[] => text.toLowerCase().match(TOKEN) ?? []

const fold = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** For each block 1 where it holds what must be there, 0 where it holds what must not, -1 where nothing is known. */
export function labelSnippets({ blocks }: Scan, snippets: Snippets): { labels: Float32Array; weights: Float32Array } {
  const labels = new Float32Array(blocks.count).fill(-1)
  const weights = new Float32Array(blocks.count)
  const utf8 = new TextDecoder()
  const [wanted, unwanted] = [snippets.with.map(fold), snippets.without.map(fold)]
  let known = 0
  for (let block = 0; block < blocks.count; block++) {
    const text = fold(utf8.decode(blocks.text.subarray(blocks.starts[block], blocks.ends[block])))
    const isWanted = wanted.some((snippet) => snippet !== '' && text.includes(snippet))
    const isUnwanted = unwanted.some((snippet) => snippet !== '' && text.includes(snippet))
    if (isWanted === isUnwanted) continue
    labels[block] = isWanted ? 1 : 0
    weights[block] = 1
    known++
  }
  for (let block = 0; block < blocks.count; block++) weights[block] = (weights[block] ?? 0) / Math.max(1, known)
  return { labels, weights }
}

const FORMULA = /\$\$?[^$\n]*[\\^_{][^$\n]*\$\$?/g

/** For each block, the share of its token trigrams that are in the gold; short blocks must be a line of it. */
export function labelBlocks({ blocks }: Scan, gold: string): { labels: Float32Array; weights: Float32Array } {
  const tokens = tokensOf(gold)
  const grams = new Set<string>()
  for (let i = 0; i + 2 < tokens.length; i++) grams.add(`${tokens[i]} ${tokens[i + 1]} ${tokens[i + 2]}`)
  const lines = new Set(gold.split('\n').map((line) => tokensOf(line).join(' ')))
  const flat = ` ${tokens.join(' ')} `
  const labels = new Float32Array(blocks.count)
  const weights = new Float32Array(blocks.count)
  const utf8 = new TextDecoder()
  let total = 0
  for (let block = 0; block < blocks.count; block++) {
    const text = utf8.decode(blocks.text.subarray(blocks.starts[block], blocks.ends[block]))
    // Gold texts hold glyphs where we hold TeX.
    const prose = text.replace(FORMULA, ' ')
    const own = tokensOf(prose)
    const isFormula = own.length === 0 && prose !== text
    const joined = own.join(' ')
    if (own.length >= 3) {
      let found = 0
      for (let i = 0; i + 2 < own.length; i++) if (grams.has(`${own[i]} ${own[i + 1]} ${own[i + 2]}`)) found++
      labels[block] = found / (own.length - 2)
    } else if (own.length > 0) labels[block] = lines.has(joined) ? 1 : flat.includes(` ${joined} `) ? 0.4 : 0
    weights[block] = isFormula ? 0 : Math.min(own.length, 200) + 1
    total += weights[block] ?? 0
  }
  for (let block = 0; block < blocks.count; block++) weights[block] = (weights[block] ?? 0) / Math.max(1, total)
  return { labels, weights }
}
