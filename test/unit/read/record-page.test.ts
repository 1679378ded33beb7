import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { brief, bytesOf, http, joined, readAll, record, response, textOf } from './warc-fixture.ts'

const HTML = '<html><body><p>Ein Satz über nichts.</p></body></html>'
const html = bytesOf(HTML)
const chunked = bytesOf(`${html.length.toString(16)};ext=1\r\n${HTML}\r\n0\r\n\r\n`)
const url = 'http://page/'

const version = (bytes: Uint8Array, number: string): Uint8Array =>
  joined(bytesOf(`WARC/${number}`), bytes.subarray('WARC/1.0'.length))

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
    [
      'zstd in two frames',
      joined(zstdCompressSync(html.subarray(0, 9)), zstdCompressSync(html.subarray(9))),
      { 'Content-Encoding': 'zstd' },
    ],
    ['zstd in the head only', html, { 'Content-Encoding': 'zstd' }],
    ['zstd over gzip, as one list', zstdCompressSync(gzipSync(html)), { 'Content-Encoding': 'gzip, zstd' }],
    [
      'zstd over gzip, in two fields',
      zstdCompressSync(gzipSync(html)),
      { 'Content-Encoding': 'gzip', 'content-encoding': 'ZSTD' },
    ],
    ['gzip of the transfer', gzipSync(html), { 'Transfer-Encoding': 'gzip' }],
    ['a charset by mistake', html, { 'Content-Encoding': 'utf-8' }],
    ['compress in the head only', html, { 'Content-Encoding': 'compress' }],
    [
      'chunked with trailers',
      joined(chunked.subarray(0, -2), bytesOf('X-Checked: no\r\n\r\n')),
      { 'Transfer-Encoding': 'chunked' },
    ],
    ['chunked without its end', chunked.subarray(0, -7), { 'Transfer-Encoding': 'chunked' }],
    [
      'chunked with bare line feeds',
      bytesOf(`${html.length.toString(16)}\n${HTML}\n0\n\n`),
      { 'Transfer-Encoding': 'chunked' },
    ],
    ['gzip over brotli', gzipSync(brotliCompressSync(html)), { 'Content-Encoding': 'br, gzip' }],
  ])('%s', async (_, body, fields) => {
    const [event] = await readAll(response(url, new Uint8Array(body), fields))
    expect(event?.kind === 'page' && textOf(event.page.body)).toBe(HTML)
  })

  it.each<[string, string, Record<string, string>, RegExp]>([
    [
      'a chunk without size',
      `5\r\n<html\r\nzz\r\n>\r\n0\r\n\r\n`,
      { 'Transfer-Encoding': 'chunked' },
      /^transfer-encoding chunked: at byte 10 of the body .* found "zz/,
    ],
    [
      'a chunk longer than its size',
      `5\r\n<html\r\n1\r\n><p>\r\n0\r\n\r\n`,
      { 'Transfer-Encoding': 'chunked' },
      /^transfer-encoding chunked: at byte 14 of the body/,
    ],
    ['compress', '\x1f\x9d\x90', { 'Content-Encoding': 'compress' }, /^content-encoding compress is not read/],
    ['broken zstd', '\x28\xb5\x2f\xfd\x00\x50\xff\xff\xff', { 'Content-Encoding': 'zstd' }, /^content-encoding zstd: /],
  ])('that break are told by name: %s', async (_, body, fields, said) => {
    const [event] = await readAll(response(url, new Uint8Array(Buffer.from(body, 'latin1')), fields))
    expect(event).toMatchObject({ kind: 'failed', url, failure: { code: 'unreadable-encoding' } })
    expect(event?.kind === 'failed' && event.failure.detail).toMatch(said)
  })

  it('in zstd that are cut off give their beginning', async () => {
    const text = `<html><p>${Array.from({ length: 200_000 }, (_, i) => (i * i) % 65521).join(' ')}`
    const whole = zstdCompressSync(bytesOf(text))
    const cut = new Uint8Array(whole.subarray(0, whole.length >> 1))
    const [event] = await readAll(response(url, cut, { 'Content-Encoding': 'zstd' }))
    const body = event?.kind === 'page' ? textOf(event.page.body) : ''
    expect(body.length).toBeGreaterThan(100_000)
    expect(text.startsWith(body)).toBe(true)
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
    [
      'an HTTP head without end',
      record('response', url, bytesOf('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n<html><p>A page.')),
      `failed ${url} broken-record`,
    ],
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
    [
      'WARC 0.18',
      version(record('conversion', url, bytesOf('text'), { 'Content-Type': 'text/plain' }), '0.18'),
      `page ${url}`,
    ],
    ['WARC 1.1', version(record('resource', url, html), '1.1'), `page ${url}`],
    [
      'a resource of text',
      record('resource', url, bytesOf('text'), { 'Content-Type': 'text/plain; charset=utf-8' }),
      `page ${url}`,
    ],
    [
      'a resource that is an image',
      record('resource', url, html, { 'Content-Type': 'image/gif' }),
      `rejected ${url} not-text`,
    ],
    [
      'a conversion to JSON',
      record('conversion', url, html, { 'Content-Type': 'application/json' }),
      `rejected ${url} not-text`,
    ],
    ['a revisit', record('revisit', url, http(html)), `rejected ${url} record-type`],
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
