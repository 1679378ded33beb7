/** The pages that must be turned away: each category by its generator, copies of good pages, and what is no page of text. */
import { choose } from './choose.ts'
import { codePages } from './rejects/code-page.ts'
import { frame } from './rejects/frame.ts'
import type { RejectedPage } from './rejects/frame.ts'
import { linkFarms } from './rejects/link-farm.ts'
import { machineText } from './rejects/machine-text.ts'
import { otherLanguages } from './rejects/other-language.ts'
import { shortPages } from './rejects/short-page.ts'
import { responseHeaders } from './good-pages.ts'
import type { GoodPage, SamplePage } from './sample-page.ts'
import { pageContext } from './site.ts'
import { reprint } from './templates/reprint.ts'
import { concat, response, storedMember, warcinfo } from './warc.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

export function rejectedPages(good: readonly GoodPage[]): SamplePage[] {
  const written = [...linkFarms(), ...shortPages(), ...machineText(), ...otherLanguages(), ...codePages()]
  return [...written.map(asPage), ...copies(good), ...responsesWithoutText()]
}

const asPage = ({ url, category, lang, reasons, html }: RejectedPage): SamplePage => ({
  url,
  status: 200,
  headers: responseHeaders(url),
  body: utf8(html),
  expected: { kind: 'rejected', category, lang, reasons },
})

/** Articles that stand a second time on a site of copies, in other furniture. */
const REPRINTED = [
  'en/medicine-health#5',
  'en/mathematics-physics#4',
  'zh/mathematics-physics#1',
  'zh/biology-chemistry#1',
]
/** Pages that have a second address on their own site: all the same but for what changes from visit to visit. */
const SECOND_ADDRESSES: readonly (readonly [article: string, suffix: string])[] = [
  ['en/economics-business#2', 'utm_source=letter&utm_medium=email'],
  ['en/philosophy-logic#5', 'print=1'],
  ['zh/history-geography#2', 'from=timeline'],
]
const COPIERS: Readonly<Record<string, string>> = {
  en: 'https://copies-of-everything.example/saved/',
  zh: 'https://zhuanzai-ku.example/t/',
}

function copies(good: readonly GoodPage[]): SamplePage[] {
  const find = (ref: string): GoodPage => {
    const page = good.find(({ article }) => article.ref === ref)
    if (page === undefined) throw new Error(`no page of ${ref} to copy`)
    return page
  }
  const reprints = REPRINTED.map((ref, i) => {
    const original = find(ref)
    const { article } = original
    const url = `${COPIERS[article.lang] ?? ''}${1000 + i}.html`
    const context = pageContext(article, [], { url, host: new URL(url).host })
    return copyOf(original, url, reprint(context))
  })
  const seconds = SECOND_ADDRESSES.map(([ref, suffix]) => {
    const original = find(ref)
    const url = `${original.url}${original.url.includes('?') ? '&' : '?'}${suffix}`
    const visit = `<script>window.visit = { id: '${choose(url).hex(12)}', from: '${suffix}' }</script>\n</head>`
    return copyOf(
      original,
      url,
      original.html.replace('</head>', () => visit),
    )
  })
  return [...reprints, ...seconds]
}

const copyOf = (original: GoodPage, url: string, html: string): SamplePage => ({
  url,
  status: 200,
  headers: responseHeaders(url),
  body: utf8(html),
  expected: {
    kind: 'rejected',
    category: 'duplicate',
    lang: original.article.lang,
    reasons: ['duplicate'],
    of: original.url,
  },
})

const rejected = (category: string, reason: string) =>
  ({ kind: 'rejected', category, lang: 'en', reasons: [reason] }) as const

function responsesWithoutText(): SamplePage[] {
  const missing = 'https://www.port-callow-courier.example/2019/11/harbour-wall-repairs/'
  const moved = 'https://old.structures-weekly.example/index.php?page=12'
  const image = 'https://cdn.weekend-supplement.example/pixel.html'
  const archive = 'https://archive-mirror.example/dumps/tiny.warc.gz'
  const notFound = frame(
    { url: missing, lang: 'en', title: 'Page not found' },
    '<p>The page that you were looking for is not here. It may have been moved when we changed our system in 2020, or somebody mistyped the address. Try the search, or write to the editors, who sometimes remember where things are.</p>',
  )
  const png = concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
    utf8('<!DOCTYPE html><html><body><p>Not a page.</p></body></html>'),
  ])
  return [
    {
      url: missing,
      status: 404,
      headers: responseHeaders(missing, 'text/html; charset=utf-8'),
      body: utf8(notFound),
      expected: rejected('http-error', 'http-status'),
    },
    {
      url: moved,
      status: 301,
      headers: { ...responseHeaders(moved, 'text/html'), Location: 'https://structures-weekly.example/' },
      body: utf8(
        '<html><head><title>301 Moved Permanently</title></head><body><h1>Moved Permanently</h1></body></html>',
      ),
      expected: rejected('http-error', 'http-status'),
    },
    {
      url: image,
      status: 200,
      headers: responseHeaders(image, 'image/png'),
      body: png,
      expected: rejected('not-text', 'not-text'),
    },
    {
      url: archive,
      status: 200,
      headers: responseHeaders(archive, 'application/gzip'),
      body: smallArchive(),
      expected: rejected('not-text', 'not-text'),
    },
  ]
}

/** A WARC inside a page: whoever looks for members by their first bytes will find these and count pages twice. */
function smallArchive(): Uint8Array {
  const date = '2020-02-20T20:20:20Z'
  const inner = ['https://inside.example/one', 'https://inside.example/two'].map((url) =>
    response({
      url,
      date,
      status: 200,
      headers: { 'Content-Type': 'text/html' },
      body: utf8(
        `<html><body><p>${url} lies in an archive inside an archive and is no page of this crawl.</p></body></html>`,
      ),
    }),
  )
  return concat([warcinfo(date, 'tiny.warc.gz'), ...inner].map(storedMember))
}
