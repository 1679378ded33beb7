import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { brief, bytesOf, http, joined, readAll, record, response, textOf } from './warc-fixture.ts'

const HTML = '<html><body><p>Ein Satz über nichts.</p></body></html>'
const html = bytesOf(HTML)
const chunked = bytesOf(`${html.length.toString(16)};ext=1\r\n${HTML}\r\n0\r\n\r\n`)
const url = 'http://page/'

describe('HTTP bodies', () => {
  it.each<[string, Uint8Array, Record<string, string>]>([
    ['as they are', html, {}],
    ['chunked', chunked, { 'Transfer-Encoding': 'chunked' }],
    ['chunked in the head only', html, { 'Transfer-Encoding': 'chunked' }],
    ['gzip', gzipSync(html), { 'Content-Encoding': 'gzip' }],
    ['gzip in the head only', html, { 'Content-Encoding': 'gzip' }],
    ['gzip that lacks its trailer', gzipSync(html).subarray(0, -8), { 'Content-Encoding': 'x-gzip' }],
    ['deflate', deflateSync(html), { 'Content-Encoding': 'deflate' }],
    ['deflate without its zlib frame', deflateRawSync(html), { 'Content-Encoding': 'deflate' }],
    ['brotli', brotliCompressSync(html), { 'Content-Encoding': 'br' }],
    ['brotli in the head only', html, { 'Content-Encoding': 'br' }],
    ['zstd', zstdCompressSync(html), { 'Content-Encoding': 'zstd' }],
    ['gzip over brotli', gzipSync(brotliCompressSync(html)), { 'Content-Encoding': 'br, gzip' }],
  ])('%s', async (_, body, fields) => {
    const [event] = await readAll(response(url, new Uint8Array(body), fields))
    expect(event?.kind === 'page' && textOf(event.page.body)).toBe(HTML)
  })

  it('pass the charset on and keep the date', async () => {
    const [event] = await readAll(response(url, html, { 'Content-Type': 'text/html; charset="GBK"' }))
    expect(event).toMatchObject({
      kind: 'page',
      page: { charset: 'gbk', status: 200, fetchedAt: '2026-01-02T03:04:05Z', kind: 'html' },
    })
  })
})

describe('what is no page', () => {
  it.each<[string, Uint8Array, string]>([
    ['another status', record('response', url, http(html, {}, '404 Not Found')), `rejected ${url} http-status`],
    ['an image', response(url, html, { 'Content-Type': 'image/png' }), `rejected ${url} not-text`],
    ['unknown bytes', response(url, Uint8Array.of(1, 2, 3), { 'Content-Type': '' }), `rejected ${url} not-text`],
    ['an empty body', response(url, ''), `rejected ${url} empty`],
    ['17 MiB', response(url, new Uint8Array(17 << 20).fill(97)), `rejected ${url} too-large`],
    [
      '17 MiB of an image',
      response(url, new Uint8Array(17 << 20), { 'Content-Type': 'image/png' }),
      `rejected ${url} not-text`,
    ],
    [
      '17 MiB when decoded',
      response(url, new Uint8Array(gzipSync(new Uint8Array(17 << 20))), { 'Content-Encoding': 'gzip' }),
      `rejected ${url} too-large`,
    ],
    [
      'broken gzip',
      response(url, joined(Uint8Array.of(0x1f, 0x8b, 8, 0), html), { 'Content-Encoding': 'gzip' }),
      `failed ${url} unreadable-encoding`,
    ],
    [
      'a DNS record',
      record('response', 'dns:page', bytesOf('1.2.3.4'), { 'Content-Type': 'text/dns' }),
      'rejected dns:page not-text',
    ],
    ['a WET record', record('conversion', url, bytesOf('text'), { 'Content-Type': 'text/plain' }), `page ${url}`],
    ['a missing type over HTML', response(url, html, { 'Content-Type': '' }), `page ${url}`],
    ['a URI in brackets', record('resource', `<${url}>`, html), `page ${url}`],
  ])('%s', async (_, object, expected) => {
    expect((await readAll(joined(object, response('http://next/', html)))).map(brief)).toEqual([
      expected,
      'page http://next/',
      'end null',
    ])
  })
})
