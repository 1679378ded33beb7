/**
 * Input as it should not be: small objects, each with one thing wrong (or merely unusual), and what reading it must give.
 * The pages in them are good ones, so that whatever is not damaged goes all the way through.
 */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { readArticles } from './articles.ts'
import { wrongRecords, zstdFiles } from './bad-archives.ts'
import { bgzf, chunked, cut, flip, wetRecord } from './damage.ts'
import { pageContext } from './site.ts'
import { reprint } from './templates/reprint.ts'
import { concat, member, response, warcinfo } from './warc.ts'

export interface BadFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** Addresses of the pages that can be read, in order; an HTML object's page has none. */
  readonly pages: readonly string[]
  /** Codes of the failures, in order. */
  readonly failures: readonly string[]
  /** Codes of the rejections that reading alone decides. */
  readonly rejected: readonly string[]
}

const DATE = '2025-10-05T12:00:00Z'
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

interface SmallPage {
  readonly url: string
  readonly html: string
  readonly text: string
}

function smallPages(): SmallPage[] {
  const articles = [...readArticles('en'), ...readArticles('zh')]
  return ['en/law-policy#2', 'zh/law-policy#2', 'en/other#4', 'zh/other#4'].map((ref, i) => {
    const article = articles.find((candidate) => candidate.ref === ref)
    if (article === undefined) throw new Error(`no article ${ref}`)
    const url = `https://bad-input.example/${i + 1}`
    const text = article.blocks.flatMap((block) => (block.kind === 'list' ? block.items : [block.text])).join('\n')
    return { url, html: reprint(pageContext(article, [], { url })), text }
  })
}

const html = { 'Content-Type': 'text/html; charset=utf-8' }

const responseOf = (url: string, body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Uint8Array =>
  response({ url, date: DATE, status: 200, headers: { ...html, ...headers }, body })

export function badFiles(): BadFile[] {
  const pages = smallPages()
  const urls = pages.map(({ url }) => url)
  const records = [warcinfo(DATE, 'bad.warc.gz'), ...pages.map((page) => responseOf(page.url, utf8(page.html)))]
  const members = records.map(member)
  const [info, first, second, third, fourth] = members as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const whole = { pages: urls, failures: [], rejected: [] }
  const withoutSecond = urls.filter((_url, i) => i !== 1)
  return [
    { ...whole, name: 'plain.warc', bytes: concat(records) },
    { ...whole, name: 'single-member.warc.gz', bytes: member(concat(records)) },
    { ...whole, name: 'zero-padding.warc.gz', bytes: concat([...members, new Uint8Array(512)]) },
    {
      ...whole,
      name: 'trailing-garbage.warc.gz',
      bytes: concat([...members, utf8('\n-- end of transfer --\n')]),
      failures: ['trailing-garbage'],
    },
    {
      ...whole,
      name: 'truncated.warc.gz',
      bytes: concat([info, first, second, third, cut(fourth, 0.6)]),
      pages: urls.slice(0, 3),
      failures: ['truncated'],
    },
    {
      ...whole,
      name: 'truncated.warc',
      bytes: cut(concat(records), 0.9),
      pages: urls.slice(0, 3),
      failures: ['truncated'],
    },
    {
      ...whole,
      name: 'corrupt-deflate.warc.gz',
      bytes: concat([info, first, flip(second, 0.5), third, fourth]),
      pages: withoutSecond,
      failures: ['corrupt-member'],
    },
    {
      ...whole,
      name: 'corrupt-checksum.warc.gz',
      bytes: concat([info, first, flip(second, 1), third, fourth]),
      pages: withoutSecond,
      failures: ['corrupt-member'],
    },
    {
      ...whole,
      name: 'text.warc.wet.gz',
      bytes: concat([info, ...pages.map(({ url, text }) => member(wetRecord(url, DATE, text)))]),
    },
    ...wrongRecords({ urls, info: records[0] ?? info, records: records.slice(1) }),
    ...zstdFiles({ urls, info: records[0] ?? info, records: records.slice(1) }),
    ...ndjsonFiles(pages),
    {
      name: 'utf-16.ndjson',
      bytes: new Uint8Array(
        Buffer.from(`\ufeff${JSON.stringify({ url: urls[0], text: pages[0]?.text })}\n`, 'utf16le'),
      ),
      pages: [],
      failures: ['unreadable-encoding'],
      rejected: [],
    },
    { ...whole, name: 'page.html', bytes: utf8(pages[0]?.html ?? ''), pages: [''] },
    { ...whole, name: 'page.html.gz', bytes: member(utf8(pages[1]?.html ?? '')), pages: [''] },
    encodings(pages),
    { name: 'empty.warc.gz', bytes: new Uint8Array(0), pages: [], failures: ['unreadable-encoding'], rejected: [] },
    {
      name: 'archive.zip',
      bytes: utf8('PK\u0003\u0004 and no more of a zip file than this'),
      pages: [],
      failures: ['unreadable-encoding'],
      rejected: [],
    },
  ]
}

function ndjsonFiles(pages: readonly SmallPage[]): BadFile[] {
  const lines = pages.map((page, i) =>
    utf8(
      `${JSON.stringify(i % 2 === 0 ? { url: page.url, html: page.html } : { url: page.url, text: page.text, source: 'book' })}\n`,
    ),
  )
  const [first, second, third, fourth] = lines as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const urls = pages.map(({ url }) => url)
  const broken = [
    first,
    utf8('{"url": "https://bad-input.example/cut", "text": "This line has no\n'),
    second,
    concat([
      utf8('{"url": "https://bad-input.example/latin1", "text": "caf'),
      Uint8Array.of(0xe9),
      utf8(' au lait"}\n'),
    ]),
    utf8('\n'),
    third,
    utf8('{"text": "A page without an address."}\n'),
    utf8('{"url": "https://bad-input.example/both", "text": "one", "html": "<p>two</p>"}\n'),
    utf8('{"url": "https://bad-input.example/empty", "text": ""}\n'),
    utf8('[1, 2, 3]\n'),
    fourth,
  ]
  const failures = ['broken-line', 'broken-line', 'broken-record', 'broken-record', 'broken-record']
  return [
    { name: 'broken-lines.ndjson', bytes: concat(broken), pages: urls, failures, rejected: ['empty'] },
    // The last line has no line feed, and that is no fault.
    {
      name: 'bgzf.ndjson.gz',
      bytes: bgzf(concat(lines).subarray(0, -1), 1500),
      pages: urls,
      failures: [],
      rejected: [],
    },
  ]
}

/** One response each as chunks, gzip, deflate, brotli, gzip in chunks, gzip only by name, and gzip that is broken. */
function encodings(pages: readonly SmallPage[]): BadFile {
  const page = utf8(pages[2]?.html ?? '')
  const base = 'https://bad-input.example/encoded'
  const gzip = new Uint8Array(gzipSync(page))
  const records = [
    responseOf(`${base}/chunked`, chunked(page, 1000), { 'Transfer-Encoding': 'chunked' }),
    responseOf(`${base}/gzip`, gzip, { 'Content-Encoding': 'gzip' }),
    responseOf(`${base}/deflate`, new Uint8Array(deflateSync(page)), { 'Content-Encoding': 'deflate' }),
    responseOf(`${base}/br`, new Uint8Array(brotliCompressSync(page)), { 'Content-Encoding': 'br' }),
    responseOf(`${base}/both`, chunked(gzip, 700), { 'Content-Encoding': 'gzip', 'Transfer-Encoding': 'chunked' }),
    responseOf(`${base}/only-by-name`, page, { 'Content-Encoding': 'gzip', 'Transfer-Encoding': 'chunked' }),
    responseOf(`${base}/broken`, flip(gzip, 0.02), { 'Content-Encoding': 'gzip' }),
    responseOf(`${base}/nothing`, new Uint8Array(0)),
  ]
  const readable = ['chunked', 'gzip', 'deflate', 'br', 'both', 'only-by-name'].map((name) => `${base}/${name}`)
  return {
    name: 'encodings.warc.gz',
    bytes: concat(records.map(member)),
    pages: readable,
    failures: ['unreadable-encoding'],
    rejected: ['empty'],
  }
}
