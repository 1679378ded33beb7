import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../../../functions/read/byte-source.ts'
import { readSlice } from '../../../functions/read/read-slice.ts'
import { PostedPage } from '../../../schema/page.ts'
import { SOURCES, TOPICS } from '../../../schema/shard.ts'
import { FIXTURES, readArticles } from '../../support/sample/articles.ts'
import { decodedMembers } from '../../support/gzip-members.ts'
import type { ExpectedFile } from '../../support/sample/sample-page.ts'
import { documentLines, expectations, expectedLines, sampleMembers, samplePages } from '../../support/sample/sample.ts'

const committed = (name: string): Uint8Array => new Uint8Array(readFileSync(path.join(FIXTURES, name)))
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const pages = samplePages()
const expected = JSON.parse(text(committed('expected.json'))) as ExpectedFile
const count = (category: string): number =>
  Object.values(expected).filter((page) => page.kind === 'rejected' && page.category === category).length

describe('the committed files are what the builder makes', () => {
  it('web.warc.gz, member by member after decoding (compressed bytes differ between versions of zlib)', () => {
    const built = sampleMembers(pages).map(({ decoded }) => decoded)
    const found = decodedMembers(committed('web.warc.gz'))
    expect(found.length).toBe(built.length)
    expect(built.findIndex((bytes, i) => !Buffer.from(bytes).equals(found[i] ?? Buffer.alloc(0)))).toBe(-1)
  })

  it('expected.json', () => {
    expect(expected).toEqual(expectations(pages))
  })

  it('documents.ndjson', () => {
    expect(text(committed('documents.ndjson'))).toBe(documentLines())
  })

  it('web.warc.gz stays small', () => {
    expect(committed('web.warc.gz').length).toBeLessThan(1.5e6)
  })
})

describe('the crawl', () => {
  it.each(['en', 'zh'].flatMap((lang) => TOPICS.map((topic) => [lang, topic] as const)))(
    '%s has at least eight good pages on %s',
    (lang, topic) => {
      const good = Object.values(expected).filter(
        (page) => page.kind === 'good' && page.lang === lang && page.topic === topic,
      )
      expect(good.length).toBeGreaterThanOrEqual(8)
    },
  )

  it.each([
    ['link-farm', 4],
    ['login-wall', 4],
    ['machine-text', 6],
    ['other-language', 6],
    ['near-empty', 4],
    ['too-short', 3],
    ['code-like', 4],
    ['duplicate', 7],
    ['http-error', 2],
    ['not-text', 2],
  ])('has pages of the kind %s', (category, pagesOfIt) => {
    expect(count(category)).toBe(pagesOfIt)
  })

  it('has one page for an address', () => {
    expect(Object.keys(expected).length).toBe(pages.length)
  })

  it.each(['en', 'zh'])('uses at least eight templates in %s', (lang) => {
    const templates = Object.values(expected).flatMap((page) =>
      page.kind === 'good' && page.lang === lang ? [page.template] : [],
    )
    expect(new Set(templates).size).toBeGreaterThanOrEqual(8)
  })

  it('shows every line of every article on its page', () => {
    const lost = pages.flatMap((page) => {
      if (page.expected.kind !== 'good') return []
      const charset = /charset=["']?(gb2312|utf-8)/i.exec(page.headers['Content-Type'] + text(page.body))?.[1] ?? 'big5'
      const plain = plainText(new TextDecoder(charset).decode(page.body))
      return expectedLines(page.expected.article).filter((line) => !plain.includes(line.replaceAll(' ', '')))
    })
    expect(lost).toEqual([])
  })

  it('has four times as much page as text', () => {
    const good = pages.filter((page) => page.expected.kind === 'good')
    const bytes = good.reduce((sum, page) => sum + page.body.length, 0)
    const textBytes = ['en', 'zh']
      .flatMap(readArticles)
      .flatMap(({ ref }) => expectedLines(ref))
      .join('\n')
    expect(bytes / Buffer.byteLength(textBytes)).toBeGreaterThan(4)
  })
})

describe('reading the crawl', () => {
  const events = async (length: number) => {
    const source = bytesSource(committed('web.warc.gz'))
    const found: string[] = []
    for (let start: number | null = 0; start !== null;) {
      let next: number | null = null
      for await (const event of readSlice(source, { start, length })) {
        if (event.kind === 'page') found.push(`page ${event.page.url}`)
        else if (event.kind === 'rejected') found.push(`${event.reason.code} ${event.url}`)
        else if (event.kind === 'failed') found.push(`failed ${event.failure.code}`)
        else next = event.next
      }
      start = next
    }
    return found
  }
  const wanted = pages.map(({ url, expected: fate }) => {
    const [reason = ''] = fate.kind === 'rejected' ? fate.reasons : []
    return `${['http-status', 'not-text'].includes(reason) ? reason : 'page'} ${url}`
  })

  it.each([1, 100_000, Infinity])(
    'gives one event for a response with slices of %d bytes, archives inside pages or not',
    async (length) => {
      expect(await events(length)).toEqual(wanted)
    },
  )
})

describe('the articles', () => {
  const articles = ['en', 'zh'].flatMap(readArticles)

  it.each(articles.map((article) => [article.ref, article] as const))(
    '%s has the length of an article and no markup',
    (_ref, { lang, ref }) => {
      const body = expectedLines(ref).join('\n')
      const words = lang === 'zh' ? (body.match(/\p{Script=Han}/gu) ?? []).length / 1.6 : body.split(/\s+/).length
      expect(words).toBeGreaterThanOrEqual(150)
      expect(words).toBeLessThanOrEqual(600)
      expect(body).not.toMatch(/[{}<>]|\*\*|https?:|lorem ipsum|javascript/i)
    },
  )

  it('share no paragraph', () => {
    const all = articles.flatMap(({ ref }) => expectedLines(ref)).filter((line) => line.length > 30)
    expect(all.length).toBe(new Set(all).size)
  })
})

describe('documents.ndjson', () => {
  const documents = text(committed('documents.ndjson'))
    .trim()
    .split('\n')
    .map((line) => PostedPage.parse(JSON.parse(line)))

  it('has at least sixty documents of every source but the web', () => {
    expect(documents.length).toBeGreaterThanOrEqual(60)
    const sources = new Set(documents.map(({ source }) => source))
    expect(sources).toEqual(new Set(SOURCES.filter((source) => source !== 'web')))
  })

  it('has an address and a text of its own for each', () => {
    expect(new Set(documents.map(({ url }) => url)).size).toBe(documents.length)
    expect(new Set(documents.map((page) => page.text)).size).toBe(documents.length)
    expect(Math.min(...documents.map((page) => page.text?.length ?? 0))).toBeGreaterThan(300)
  })
})

/** Tags out, the references that the templates use resolved, spaces out. */
function plainText(html: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    rsquo: '’',
    lsquo: '‘',
    ldquo: '“',
    rdquo: '”',
    mdash: '—',
    eacute: 'é',
    egrave: 'è',
    uuml: 'ü',
    deg: '°',
    middot: '·',
  }
  return html
    .replaceAll(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->|<\/?[a-zA-Z!][^>]*>/g, '')
    .replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&([a-z]+);/g, (all, name: string) => named[name] ?? all)
    .replaceAll(' ', '')
}
