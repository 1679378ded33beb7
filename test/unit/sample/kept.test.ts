import { describe, expect, it } from 'vitest'
import { extract } from '../../../functions/extract/extract.ts'
import { decodeHtml } from '../../../functions/read/charset.ts'
import { charsetOf } from '../../../functions/read/content-type.ts'
import { screen } from '../../../functions/screen/screen.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { documents } from '../../support/sample/documents.ts'
import type { SamplePage } from '../../support/sample/sample-page.ts'
import { expectedLines, samplePages } from '../../support/sample/sample.ts'

const pages = samplePages()

function documentOf({ url, headers, body }: SamplePage) {
  const decoded = decodeHtml(body, charsetOf(headers['Content-Type'] ?? null))
  if (!decoded.kept) return decoded
  return screen({ text: extract(decoded.value.bytes, { url }).text, source: 'web' })
}

describe('what is written breaks no rule', () => {
  it('of the articles', () => {
    const refused = pages.flatMap(({ expected }) => {
      if (expected.kind !== 'good') return []
      const outcome = screen({ text: expectedLines(expected.article).join('\n'), source: 'web' })
      return outcome.kept && outcome.value.lang === expected.lang ? [] : [expected.article, outcome]
    })
    expect(refused).toEqual([])
  })

  it('of the documents', () => {
    const refused = documents().filter(({ text = '', source = 'web', lang }) => {
      const outcome = screen({ text, source, lang: lang ?? null })
      return !outcome.kept || outcome.value.lang !== lang
    })
    expect(refused).toEqual([])
  })
})

describe('pages after extraction', () => {
  const kept = new Map(
    pages.flatMap((page) => {
      const outcome = page.headers['Content-Type']?.startsWith('text/html') === true ? documentOf(page) : null
      return outcome?.kept === true ? [[page.url, outcome.value] as const] : []
    }),
  )
  const good = pages.flatMap(({ url, expected }) => (expected.kind === 'good' ? [{ url, ...expected }] : []))

  it.each(['en', 'zh'].flatMap((lang) => TOPICS.map((topic) => [lang, topic] as const)))(
    'keep eight of %s on %s',
    (lang, topic) => {
      const found = good.filter(
        (page) => page.lang === lang && page.topic === topic && kept.get(page.url)?.lang === lang,
      )
      expect(found.length).toBeGreaterThanOrEqual(8)
    },
  )

  it('hold the text of every good page that is kept, nine tenths of its characters at the least', () => {
    const poor = good.filter(({ url, article }) => {
      const text = kept.get(url)?.text.replaceAll(/\s/g, '')
      const lines = expectedLines(article)
        .filter((line) => line.length > 40 && !/@|\d\.\d+\.\d/.test(line))
        .map((line) => line.replaceAll(/\s/g, ''))
      const found = lines.filter((line) => text === undefined || text.includes(line))
      return found.join('').length < 0.9 * lines.join('').length
    })
    expect(poor.map(({ url }) => url)).toEqual([])
  })

  // A reprint on another site may keep a line of that site; near duplicates are for that.
  it('give a page at a second address the id of the first', () => {
    const strangers = pages.filter(({ url, expected }) => {
      const original = expected.kind === 'rejected' ? expected.of : undefined
      if (original === undefined || new URL(url).host !== new URL(original).host) return false
      return kept.get(url) === undefined || kept.get(url)?.id !== kept.get(original)?.id
    })
    expect(strangers.map(({ url }) => url)).toEqual([])
  })

  it('lose mail and network addresses', () => {
    const page = good.find(({ article }) => article.startsWith('extra/contact-details'))
    const text = kept.get(page?.url ?? '')?.text ?? ''
    expect(text).toContain('our provider')
    expect(text).not.toMatch(/hugo\.lanyon@|backup-team@|8\.8\.8\.8|81\.2\.69\.142/)
    expect(text).toContain('192.168.1.1')
  })

  it.each(['gbk', 'big5', 'broken-markup'])('read the article that comes as %s', (name) => {
    const page = good.find(({ article }) => article.startsWith(`extra/${name}`))
    const lines = expectedLines(page?.article ?? '')
    expect(kept.get(page?.url ?? '')?.text.replaceAll(/\s/g, '')).toContain(lines[0]?.replaceAll(/\s/g, ''))
  })

  it.each(['link-farm', 'machine-text', 'other-language', 'near-empty', 'code-like'])(
    'are turned away when %s',
    (category) => {
      const passed = pages.filter(
        ({ url, expected }) => expected.kind === 'rejected' && expected.category === category && kept.has(url),
      )
      expect(passed.map(({ url }) => url)).toEqual([])
    },
  )
})
