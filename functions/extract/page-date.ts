/**
 * The day a page was published, as ISO yyyy-mm-dd; null when the page does not say so: a wrong date is worse than none.
 * Order: what is declared for machines (JSON-LD, meta, itemprop), the URL's path, what readers see, a `time` tag; a day that
 * readers see and the page's data confirm goes first.
 */
import type { LinkedData } from './json-ld.ts'
import { firstMeta } from './metadata.ts'
import type { Metadata } from './metadata.ts'

const META_NAMES = [
  'article:published_time',
  'og:article:published_time',
  'datepublished',
  'og:published_time',
  'publishdate',
  'pubdate',
  'publish_date',
  'publish-date',
  'publication_date',
  'parsely-pub-date',
  'sailthru.date',
  'dc.date.issued',
  'dcterms.issued',
  'dcterms.date',
  'dcterms.created',
  'dc.date',
  'dc.date.created',
  'date',
  'weibo: article:create_at',
  'weibo:article:create_at',
  'citation_publication_date',
  'citation_date',
  'bt:pubdate',
  'article.published',
  'cxenseparse:recs:publishtime',
  'shareaholic:article_published_time',
  'article_date_original',
]

export interface Shown {
  /** The text of a byline that a date stands in. */
  readonly byline: string | null
  /** ISO days that the markup around the beginning of the text marks as those of publication and of the last change. */
  readonly head: () => {
    readonly published: string | null
    readonly updated: string | null
    readonly bare: string | null
  }
  /** A date that follows `发表于` and its like, wherever it stands around the text. */
  readonly credited: () => string | null
  /** An ISO day that is said to be the page's behind the text. */
  readonly tail: () => string | null
}

export function publicationDate(
  metadata: Metadata,
  { url, shown, linked }: { readonly url: string; readonly shown: Shown; readonly linked: LinkedData },
): string | null {
  const published = parseDate(linked.published) ?? parseDate(publishedMeta(metadata))
  const time = parseDate(metadata.times[0] ?? null)
  const seen = parseDate(shown.byline)
  if (published === null)
    return (
      parseDate(linked.unparsedDate) ??
      dateOfUrl(url) ??
      parseDate(shown.credited()) ??
      shown.head().published ??
      seen ??
      shown.head().bare ??
      time ??
      shown.head().updated ??
      shown.tail()
    )
  // Machines write the day in a time zone of their own: the day that readers see is the page's.
  if (seen !== null && daysBetween(seen, published) <= 1) return seen
  const head = shown.head()
  if (head.published !== null && daysBetween(head.published, published) <= 1) return head.published
  for (const day of [head.published, seen, head.bare]) if (day !== null && day < published) return day
  return published
}

/** Any name that says published and nothing else of the page's times. */
const PUBLISHED_NAME =
  /(?:^|[^a-z])(?:publish(?:ed)?[-_.]?(?:date|time|on|at)?|date[-_.]?publish(?:ed)?|pub[-_.]?(?:date|time)|publication[-_.]?date|ms\.date|release[-_.]?date)$/

function publishedMeta(metadata: Metadata): string | null {
  const known = firstMeta(metadata, META_NAMES)
  if (known !== null) return known
  let first: string | null = null
  for (const [name, value] of metadata.metas) {
    const day = PUBLISHED_NAME.test(name) ? parseDate(value) : null
    if (day !== null && (first === null || day < first)) first = day
  }
  return first
}

const daysBetween = (a: string, b: string): number => Math.abs(Date.parse(a) - Date.parse(b)) / 86_400_000

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** The first date in a text, in the forms that leave no doubt about day and month. */
export function parseDate(text: string | null): string | null {
  if (text === null) return null
  const iso = /(?<!\d)((?:19|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)/.exec(text)
  if (iso !== null) return isoDay(iso[1], iso[2], iso[3])
  const chinese = /((?:19|20)\d\d)\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日?/.exec(text)
  if (chinese !== null) return isoDay(chinese[1], chinese[2], chinese[3])
  const compact = /(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)/.exec(text)
  if (compact !== null) return isoDay(compact[1], compact[2], compact[3])
  const monthFirst = /\b([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b/.exec(text)
  if (monthFirst !== null) return isoDay(monthFirst[3], monthNumber(monthFirst[1]), monthFirst[2])
  const dayFirst = /(?<!\d)(\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+((?:19|20)\d\d)\b/.exec(
    text,
  )
  if (dayFirst !== null) return isoDay(dayFirst[3], monthNumber(dayFirst[2]), dayFirst[1])
  const numeric = /(?<![\d/.])(\d{1,2})([/.])(\d{1,2})\2((?:19|20)\d\d)(?!\d)/.exec(text)
  return numeric === null ? null : unambiguous(numeric[1], numeric[3], numeric[4])
}

/** Day and month in either order, where one of them can only be a day or both are the same. */
function unambiguous(a = '', b = '', year = ''): string | null {
  if (Number(a) > 12) return isoDay(year, b, a)
  return Number(b) > 12 || Number(a) === Number(b) ? isoDay(year, a, b) : null
}

function monthNumber(name: string | undefined): string {
  return String(MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1)
}

function isoDay(year = '', month = '', day = ''): string | null {
  const [y, m, d] = [Number(year), Number(month), Number(day)]
  if (m < 1 || m > 12 || d < 1 || d > new Date(Date.UTC(y, m, 0)).getUTCDate()) return null
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

/** `/2024/05/17/` and `/20240517/`, as news sites have it; a number inside a longer one is none. */
export function dateOfUrl(url: string): string | null {
  const match = /[/_-]((?:19|20)\d\d)([/_-]?)(\d\d?)\2(\d\d?)(?=[/_.-]|$|t\d)/i.exec(url)
  if (match === null || (match[2] === '' && `${match[3]}${match[4]}`.length !== 4)) return null
  return isoDay(match[1], match[3], match[4])
}
