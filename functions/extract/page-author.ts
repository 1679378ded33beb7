/** Who wrote a page, where it says so; null otherwise: no guess. */
import type { LinkedData } from './json-ld.ts'
import { firstMeta } from './metadata.ts'
import type { Metadata } from './metadata.ts'

const META_NAMES = [
  'author',
  'article:author',
  'og:article:author',
  'parsely-author',
  'sailthru.author',
  'dc.creator',
  'dcterms.creator',
  'citation_author',
  'byl',
  'article.author',
  'shareaholic:article_author_name',
  'cxenseparse:author',
  'book:author',
  'weibo: article:author',
]
const MAX_CHARS = 100

/** `byline` is the text of what the page marks as its byline. */
export function pageAuthor(
  metadata: Metadata,
  { authors, organisations }: LinkedData,
  byline: string | null,
): string | null {
  const site = firstMeta(metadata, ['og:site_name', 'application-name']) ?? ''
  // A site signs its articles, not its shop.
  const isArticle = metadata.metas.get('og:type') === 'article' || metadata.metas.has('article:published_time')
  const declared = [...META_NAMES.map((name) => metadata.metas.get(name) ?? null), labelled(metadata)]
  const persons = authors.map(cleanName).filter((name) => name !== null)
  const shown = cleanName(byline)
  const named = [persons.length > 0 ? persons.slice(0, 6).join(', ') : null, ...declared.map(cleanName), shown].filter(
    (name) => name !== null,
  )
  const isPerson = (name: string): boolean => !isSite(name, site) && !ORGANISATION.test(name)
  return named.find(isPerson) ?? (isArticle ? (named[0] ?? cleanName(organisations[0] ?? null)) : null)
}

const ORGANISATION =
  /\b(?:team|inc|llc|ltd|gmbh|staff|editors?|editorial|university|services|contributors|company|group|official|network|press|media)\b\.?|\.(?:com|org|net|co|io)$|公司|网络|出版社/i

/** The site's name, or an account named after it. */
const isSite = (name: string, site: string): boolean => {
  const [a, b] = [fold(name), fold(site)]
  return b !== '' && (a === b || (a.length >= 3 && b.startsWith(a)))
}
const fold = (text: string): string => text.toLowerCase().replace(/[\s\p{P}]+/gu, '')

/** `twitter:label1` "Written by" and the name in `twitter:data1`. */
function labelled({ metas }: Metadata): string | null {
  for (const number of [1, 2])
    if (/^(?:written by|author|by)$/i.test(metas.get(`twitter:label${number}`) ?? ''))
      return metas.get(`twitter:data${number}`) ?? null
  return null
}

function cleanName(candidate: string | null): string | null {
  if (candidate === null) return null
  const name = candidate
    .replace(/^\s*(?:(?:written|posted|published|reviewed|text|story)\s+)?by[:\s]+/i, '')
    .replace(/^\s*(?:authors?|作者|记者|文\s*[/／]|编辑|责任编辑|来源|撰文)\s*[:：]?\s*/i, '')
    .replace(/\s*[|•·–—]\s.*$/, '')
    .replace(/^@/, '')
    .replace(/\s*\n[^]*$/, '')
    .replace(
      /,?\s+(?:followers|january|february|march|april|may|june|july|august|september|october|november|december)$/i,
      '',
    )
    .replace(/^[,;\s]+/, '')
    .trim()
  if (name.length < 2 || name.length > MAX_CHARS || /https?:|www\.|[<>{}=]|\bcontent:|^page\./i.test(name)) return null
  if (
    /^(?:admin|administrator|editor|staff|webmaster|unknown|null|undefined|none|guest|root|user|wordpress|anonymous|by|written by|author|authors|size|.*\badmin|discuz!?.*|.*\bCMS)$/i.test(
      name,
    )
  )
    return null
  return /^\d+$/.test(name) || /\d{4}/.test(name) ? null : name
}
