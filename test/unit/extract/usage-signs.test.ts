import { describe, expect, it } from 'vitest'
import { extract } from '../../../functions/extract/extract.ts'
import { signsOfResponse } from '../../../functions/extract/usage-signs.ts'
import type { UsageHeaders } from '../../../functions/kernel/usage-headers.ts'
import { parseHttpHead } from '../../../functions/read/http-response.ts'

const URL = 'http://site.example/mills/on-races'
const read = (head: string, { body = '', headers = {} }: { body?: string; headers?: UsageHeaders } = {}) =>
  extract(new TextEncoder().encode(`<html><head>${head}</head><body>${body}</body>`), { url: URL, headers })
const BY = 'https://creativecommons.org/licenses/by/4.0/'

describe('the canonical address', () => {
  it.each<[string, string, string | null]>([
    ['as it is', '<link rel="canonical" href="https://site.example/a?b=1&amp;c">', 'https://site.example/a?b=1&c'],
    ['against the page’s own', '<link rel=canonical href="/mills">', 'http://site.example/mills'],
    ['the first of two', '<link rel=canonical href=/a><link rel=canonical href=/b>', 'http://site.example/a'],
    ['no web address', '<link rel=canonical href="mailto:a@site.example">', null],
    ['broken', '<link rel=canonical href="http://[">', null],
    ['none', '<link rel=alternate href="/b">', null],
  ])('%s', (_, head, canonical) => {
    expect(read(head).canonicalUrl).toBe(canonical)
  })
})

describe('the licence', () => {
  it.each<[string, string, string, string | null]>([
    ['of a link element', `<link rel="license" href="${BY}">`, '', BY],
    ['of a link in the text', '', `<p>Under <a rel="noopener license" href="${BY}">this</a>.`, BY],
    ['in British', '', `<a rel=licence href="/terms">this</a>`, 'http://site.example/terms'],
    ['of a link to Creative Commons', '', `<a href="${BY}">CC BY</a>`, BY],
    ['but not of one to its front page', '', '<a href="https://creativecommons.org/">CC</a>', null],
    ['of a meta', '<meta name="DCTERMS.license" content="CC BY-SA 4.0">', '', 'CC BY-SA 4.0'],
    ['of rights that name one', '<meta name="dc.rights" content="CC BY 4.0, Ann Lee">', '', 'CC BY 4.0, Ann Lee'],
    ['all rights reserved', '<meta name="dc.rights" content="© Site, all rights reserved">', '', null],
    ['of JSON-LD', `<script type="application/ld+json">{"@type":"Article","license":"${BY}"}</script>`, '', BY],
    [
      'of a JSON-LD object',
      `<script type="application/ld+json">{"@type":"Article","license":{"@type":"CreativeWork","url":"${BY}"}}</script>`,
      '',
      BY,
    ],
    [
      'of a picture on the page',
      `<script type="application/ld+json">{"@type":"ImageObject","license":"${BY}"}</script>`,
      '',
      null,
    ],
    ['none', '', '<a rel=nofollow href="https://site.example/licenses">licences</a>', null],
  ])('%s', (_, head, body, licence) => {
    expect(read(head, { body }).licence).toBe(licence)
  })
})

describe('what is no licence', () => {
  const link = (href: string): string => `<a rel=license href="${href}">this</a>`
  const meta = (content: string): string => `<meta name="license" content="${content}">`
  it.each<[string, string, string, string | null]>([
    ['a script', '', link('javascript:void(0)'), null],
    ['the page itself', '', link('#'), null],
    ['a stretch of the page is one', '', link('#terms'), `${URL}#terms`],
    ['an address in the text', '', link('terms.html'), 'http://site.example/mills/terms.html'],
    ['an address of another scheme', '', link('mailto:a@site.example'), null],
    ['an address without its scheme', '', link('//site.example/by'), 'http://site.example/by'],
    ['an address as people copy it', '', link('creativecommons.org/licenses/by/4.0/'), BY],
    ['a script in a meta', meta('javascript:show()'), '', null],
    ['a sign in a meta', meta('#'), '', null],
    ['an address in a meta', meta('/terms'), '', 'http://site.example/terms'],
    ['a file in a meta', meta('LICENSE.md'), '', 'http://site.example/mills/LICENSE.md'],
    ['a name with a slash', meta('MIT/Apache-2.0'), '', 'MIT/Apache-2.0'],
    ['a name with a colon', meta('License: MIT'), '', 'License: MIT'],
    ['nothing, as a template says it', meta('null'), '', null],
    ['a script before a name', meta('CC BY 4.0'), link('javascript:void(0)'), 'CC BY 4.0'],
  ])('%s', (_, head, body, licence) => {
    expect(read(head, { body }).licence).toBe(licence)
  })

  it('a relative address of a page without one is none', () => {
    const html = new TextEncoder().encode(`<html><body>${link('/terms')}</body>`)
    expect(extract(html, { url: '' }).licence).toBe(null)
  })
})

describe('signs that keep machines out', () => {
  it.each<[string, string, UsageHeaders, string[]]>([
    ['robots', '<meta name="robots" content="noai, noimageai">', {}, ['robots:noai', 'robots:noimageai']],
    [
      'two robots metas',
      '<meta name=robots content=noindex><meta name=ROBOTS content=NoAI>',
      {},
      ['robots:noai', 'robots:noindex'],
    ],
    ['what lets in', '<meta name="robots" content="index, follow, max-snippet:-1">', {}, []],
    ['for one agent', '<meta name="GPTBot" content="noindex">', {}, ['robots@gptbot:noindex']],
    [
      'for one agent that is no bot by name',
      '<meta name="google-extended" content="none">',
      {},
      ['robots@google-extended:none'],
    ],
    ['a header', '', { 'x-robots-tag': 'noai, noindex' }, ['robots:noai', 'robots:noindex']],
    [
      'a header for agents',
      '',
      { 'x-robots-tag': 'CCBot: noindex, noai\nnoimageai' },
      ['robots:noimageai', 'robots@ccbot:noai', 'robots@ccbot:noindex'],
    ],
    [
      'a header with a date',
      '',
      { 'x-robots-tag': 'unavailable_after: 25 Jun 2030 15:00:00 PST, noai' },
      ['robots:noai'],
    ],
    ['a reservation', '<meta name="tdm-reservation" content="1">', {}, ['tdm-reservation']],
    [
      'a reservation with a policy',
      '',
      { 'tdm-reservation': '1', 'tdm-policy': 'https://site.example/tdm.json' },
      ['tdm-policy', 'tdm-reservation'],
    ],
    ['a header before a meta', '<meta name="tdm-reservation" content="1">', { 'tdm-reservation': '0' }, []],
    ['a policy alone', '<meta name="tdm-policy" content="https://site.example/tdm.json">', {}, []],
    ['no sign', '<meta name=description content="noai is a word">', {}, []],
  ])('%s', (_, head, headers, optOut) => {
    expect(read(head, { headers }).optOut).toEqual(optOut)
  })

  it('of a plain text’s response', () => {
    expect(signsOfResponse({ 'x-robots-tag': 'noai' }, URL)).toEqual({
      canonicalUrl: null,
      licence: null,
      optOut: ['robots:noai'],
    })
  })

  it('every line of a response’s head', () => {
    const head =
      'HTTP/1.1 200 OK\r\nX-Robots-Tag: noarchive,\r\n noai\r\nContent-Type: text/html\r\nx-robots-tag: gptbot: none\r\nTDM-Reservation: 1\r\n\r\n'
    const usage = parseHttpHead(new TextEncoder().encode(head))?.usage
    expect(usage).toEqual({ 'x-robots-tag': 'noarchive, noai\ngptbot: none', 'tdm-reservation': '1' })
    expect(read('', { headers: usage ?? {} }).optOut).toEqual(['robots:noai', 'robots@gptbot:none', 'tdm-reservation'])
  })
})
