/** Reading leans on zlib, TextDecoder and node:buffer: the same bytes must give the same pages in workerd. */
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { extract } from '../../functions/extract/extract.ts'
import { decodeHtml } from '../../functions/read/charset.ts'
import { encode, writableIn } from '../support/encode.ts'
import { PROBES } from '../support/languages.ts'
import { brief, bytesOf, gzipped, joined, readAll, readInSlices, response, textOf } from '../unit/read/warc-fixture.ts'

const page = (name: string) => gzipped(response(`http://${name}/`, `<p>${name} ${'text of some length '.repeat(40)}`))
const [a, b] = [page('a'), page('b')]

describe('gzip in workerd', () => {
  it('members one after another, and where they begin', async () => {
    const { events, starts } = await readInSlices(joined(a, b), 1)
    expect(events.map(brief)).toEqual(['page http://a/', 'page http://b/'])
    expect(starts).toEqual([0, a.length])
  })

  it.each<[string, Uint8Array, string[]]>([
    ['a corrupt member', joined(a.slice().fill(0x55, 50, 70), b), ['failed null corrupt-member', 'page http://b/']],
    [
      'a wrong CRC',
      joined(a.slice().fill(0, a.length - 8, a.length - 4), b),
      ['failed null corrupt-member', 'page http://b/'],
    ],
    ['a truncated member', joined(a, b.subarray(0, 90)), ['page http://a/', 'failed null truncated']],
    ['trailing garbage', joined(a, bytesOf('garbage')), ['page http://a/', 'failed null trailing-garbage']],
  ])('%s', async (_, object, expected) => {
    expect((await readAll(object)).map(brief)).toEqual([...expected, 'end null'])
  })

  it('a member over the small limit is streamed to its exact end', async () => {
    const many = joined(
      ...Array.from({ length: 6 }, (_, i) => response(`http://big/${i}`, '<p>' + 'streamed text '.repeat(80_000))),
    )
    const big = gzipped(many)
    const events = await readAll(joined(big, a))
    expect(events.map(brief)).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => `page http://big/${i}`).concat('page http://a/', 'end null'),
    )
    const cut = await readAll(big.subarray(0, big.length - 3))
    expect(cut.map(brief).slice(-2)).toEqual(['failed null truncated', 'end null'])
    const damaged = await readAll(joined(big.slice().fill(0, big.length - 8, big.length - 4), a))
    expect(damaged.map(brief).slice(-3)).toEqual(['failed null corrupt-member', 'page http://a/', 'end null'])
  })

  it('bodies that are encoded, and one that is too large when decoded', async () => {
    const html = bytesOf('<html><p>text')
    for (const [name, body] of [
      ['gzip', gzipSync(html)],
      ['br', brotliCompressSync(html)],
    ] as const) {
      const [event] = await readAll(response('http://x/', new Uint8Array(body), { 'Content-Encoding': name }))
      expect(event?.kind === 'page' && textOf(event.page.body)).toBe('<html><p>text')
    }
    const bomb = response('http://x/', new Uint8Array(gzipSync(new Uint8Array(17 << 20))), {
      'Content-Encoding': 'gzip',
    })
    expect((await readAll(bomb)).map(brief)).toEqual(['rejected http://x/ too-large', 'end null'])
  })
})

describe('zstd in workerd', () => {
  const packed = (bytes: Uint8Array) =>
    new Uint8Array(zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }))
  const plain = (name: string) =>
    response(`http://${name}/`, `<p>${name} ${Array.from({ length: 40 }, (_, i) => (i * i) % 65521).join(' ')}`)
  const [pa, pb] = [packed(plain('a')), packed(plain('b'))]

  it.each<[string, Uint8Array, string[]]>([
    ['frames', joined(pa, pb), ['page http://a/', 'page http://b/']],
    ['one frame', packed(joined(plain('a'), plain('b'))), ['page http://a/', 'page http://b/']],
    [
      'a wrong checksum',
      joined(pa.slice().fill(0, pa.length - 4), pb),
      ['failed null corrupt-member', 'page http://b/'],
    ],
    ['a broken block', joined(pa.slice().fill(0xff, 20, 80), pb), ['failed null corrupt-member', 'page http://b/']],
    ['a frame cut off', joined(pa, pb.subarray(0, 90)), ['page http://a/', 'failed null truncated']],
  ])('%s', async (_, object, expected) => {
    expect((await readAll(object)).map(brief)).toEqual([...expected, 'end null'])
    expect((await readInSlices(object, 1)).events.map(brief)).toEqual(expected)
  })

  // Made in Node: workerd compresses only little at a time.
  const fixture = (name: string) => new Uint8Array(Buffer.from(env.TEST_FIXTURES[name] ?? '', 'base64'))
  const url = (i: number) => `page https://bad-input.example/${i}`

  it('a large frame is streamed', async () => {
    expect((await readAll(fixture('large-frame.warc.zst'))).map(brief)).toEqual([url(4), url(4), 'end null'])
  })
})

it.each<[string, number[], string]>([
  ['gb2312', [0xd6, 0xd0, 0xce, 0xc4, 0xa1, 0xa3], '中文。'],
  ['gb18030', [0x81, 0x30, 0x81, 0x30, 0xd6, 0xd0], '\u0080中'],
  ['big5', [0xa4, 0xa4, 0xa4, 0xe5], '中文'],
  ['shift_jis', [0x93, 0xfa, 0x96, 0x7b], '日本'],
  ['euc-kr', [0xc7, 0xd1, 0xb1, 0xdb], '한글'],
  ['windows-1251', [0xcc, 0xe8, 0xf0], 'Мир'],
  ['windows-1252', [0x93, 0xe9, 0x80], '“é€'],
  ['windows-1250', [0xe8, 0x9a], 'čš'],
  ['windows-1253', [0xe1, 0xa2], 'αΆ'],
  ['windows-1254', [0xfe, 0xfd], 'şı'],
  ['windows-1255', [0xf9, 0xec], 'של'],
  ['windows-1256', [0xc7, 0xe1], 'ال'],
  ['windows-1257', [0xe0, 0xf0], 'ąš'],
  ['windows-1258', [0xf0, 0xd2], 'đ\u0309'],
  ['windows-874', [0xa1, 0xd2], 'กา'],
  ['iso-8859-2', [0xe8, 0xb9], 'čš'],
  ['iso-8859-4', [0xe0, 0xb9], 'āš'],
  ['iso-8859-5', [0xbc, 0xd8], 'Ми'],
  ['iso-8859-6', [0xc7, 0xe4], 'ال'],
  ['iso-8859-7', [0xe1, 0xb6], 'αΆ'],
  ['iso-8859-13', [0xe0, 0xf0], 'ąš'],
  ['iso-8859-15', [0xbd, 0xa4], 'œ€'],
  ['koi8-r', [0xed, 0xc9], 'Ми'],
  ['koi8-u', [0xa6, 0xa7], 'ії'],
  ['ibm866', [0x8c, 0xa8], 'Ми'],
  ['x-mac-cyrillic', [0x8c, 0xe8], 'Ми'],
  ['macintosh', [0x8e, 0xd2], 'é“'],
])('%s is decoded in workerd', (charset, bytes, text) => {
  const decoded = decodeHtml(joined(bytesOf('<p>'), Uint8Array.from(bytes)), charset)
  expect(decoded.kept && textOf(decoded.value.bytes)).toBe(`<p>${text}`)
})

it.each([
  ['gbk', 'zh-Hans'],
  ['big5', 'zh-Hant'],
  ['shift_jis', 'ja'],
  ['euc-jp', 'ja'],
  ['euc-kr', 'ko'],
  ['windows-1250', 'hu'],
  ['windows-1251', 'ru'],
  ['koi8-r', 'ru'],
  ['windows-1253', 'el'],
  ['windows-1254', 'tr'],
  ['windows-874', 'th'],
])('%s is recognised in workerd', (charset, lang) => {
  const text = writableIn(PROBES[lang]?.[0] ?? '', charset)
  const decoded = decodeHtml(encode(text, charset), null)
  expect(decoded.kept && textOf(decoded.value.bytes)).toBe(text)
})

it('the block model is decoded in workerd', () => {
  const paragraph =
    '<p>The mill stands by the water, and the wheel that turns it has stood there for more than two hundred years.</p>'
  const html = `<nav><ul><li><a href=/>Home</a><li><a href=/x>News</a></ul></nav><article><h1>The mill</h1>${paragraph.repeat(4)}</article>`
  expect(extract(bytesOf(html), { url: 'http://x/' }).text).toContain('The mill stands by the water')
})
