/** Who wrote a page, where it says so; null otherwise: no guess. */
import type { LinkedData } from './json-ld.ts'
import { firstMeta } from './metadata.ts'
import type { Metadata } from './metadata.ts'
import { declaresArticle, pageType } from './page-type.ts'

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

/** `shownAuthor` looks for what readers see; it is asked only where nothing is declared. */
export function pageAuthor(
  metadata: Metadata,
  linked: LinkedData,
  { shownAuthor, url }: { readonly shownAuthor: () => string | null; readonly url: string },
): string | null {
  const site = firstMeta(metadata, ['og:site_name', 'application-name']) ?? ''
  const place = placeOf(url)
  const { authors, organisations } = linked
  const type = pageType(metadata, linked)
  // A site signs its articles, not its shop.
  const isArticle = metadata.metas.get('og:type') === 'article' || metadata.metas.has('article:published_time')
  // Shops show who liked what they sell, front pages and lists who wrote what they list.
  if (!declaresArticle(metadata, linked) && (type === 'product' || type === 'collection')) return null
  if ((place.depth === 0 && !isArticle) || place.isOffer) return null
  const isListed = place.isList || (place.depth === 1 && !isArticle && type !== 'forum')
  const persons = authors.map(cleanName).filter((name) => name !== null)
  const named = [
    persons.length > 0 ? persons.slice(0, 6).join(', ') : null,
    ...META_NAMES.map((name) => cleanName(metadata.metas.get(name) ?? null)),
    cleanName(labelled(metadata)),
  ].filter((name) => name !== null)
  const isPerson = (name: string): boolean =>
    !ORGANISATION.test(name) && (!isSite(name, site, place.host) || (place.depth > 1 && PERSON.test(name)))
  const person = named.find(isPerson) ?? (isListed ? null : cleanName(shownAuthor()))
  if (person !== null && person !== undefined) return person
  return isArticle && type !== 'documentation' && !/\/docs?\//.test(url)
    ? (named[0] ?? cleanName(organisations[0] ?? null))
    : null
}

/** A name of a person, where a person's site is named after its owner. */
const PERSON = /^\p{Lu}\p{Ll}+(?: \p{Lu}\.)?(?: \p{Lu}\p{Ll}+){1,2}$/u

interface Place {
  /** The host's own word: `example` of `www.example.com`. */
  readonly host: string
  /** 0 for a front page, 1 for a part of the site, 2 for a page; a page without an address is one. */
  readonly depth: 0 | 1 | 2
  readonly isList: boolean
  /** Sells goods or services. */
  readonly isOffer: boolean
}

const OFFER = /\/(?:services?|products?|solutions|shop|collections|dp)\//i
const LIST = /\/(?:category|categories|topics?|tags?|sections?|archives?|lists?|issues)\/(?:[^/]*\/?$|.*list)/i

function placeOf(url: string): Place {
  const match = /^https?:\/\/(?:www\.)?([^/:?#]*)[^/?#]*([^?#]*)(\?(?!srsltid=|utm_))?/i.exec(url)
  if (match === null) return { host: '', depth: 2, isList: false, isOffer: false }
  const [, name = '', path = '', query = ''] = match
  const labels = name.split('.')
  const host = labels.at(/^(?:co|com|org|net|gov|edu|ac)$/.test(labels.at(-2) ?? '') ? -3 : -2) ?? ''
  const parts = path.split('/').filter((part) => part !== '')
  // One word names a part of the site; what is longer or has a digit names a page.
  const isPart = parts.length === 1 && query === '' && /^[^\d.]{1,19}$/.test(parts[0] ?? '')
  return {
    host,
    depth: parts.length === 0 && query === '' ? 0 : isPart ? 1 : 2,
    isList: LIST.test(path),
    isOffer: OFFER.test(path),
  }
}

const ORGANISATION =
  /\b(?:team|inc|llc|ltd|gmbh|staff|editors?|editorial|university|services|contributors|company|group|official|network|press|media)\b\.?|\.(?:com|org|net|co|io)$|公司|网络|出版社/i

/** The site's name, or an account named after it. */
const isSite = (name: string, site: string, host: string): boolean => {
  const [a, b] = [fold(name), fold(site)]
  return a === fold(host) || (b !== '' && (a === b || (a.length >= 3 && b.startsWith(a))))
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
  // An editor and a source wrote nothing.
  if (candidate === null || /^\s*(?:责任编辑|责编|编辑|責任編輯|來源|来源)\s*[:：]/.test(candidate)) return null
  const name = candidate
    .replace(/^\s*(?:(?:written|posted|published|reviewed|text|story)\s+)?by[:\s]+/i, '')
    .replace(/^\s*(?:authors?|作者|记者|文\s*[/／]|撰文)\s*[:：]?\s*/i, '')
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
    /^(?:admin|administrator|editor|staff|webmaster|unknown|null|undefined|none|guest|root|user|wordpress|anonymous|by|written by|author|authors|size|.*\badmin|discuz!?.*|.*\bCMS|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)[a-z]*)$/i.test(
      name,
    )
  )
    return null
  return /^[a-z\d]{18,}$|^\d+$/.test(name) || /\d{4}/.test(name) ? null : name
}
