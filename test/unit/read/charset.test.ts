import { describe, expect, it } from 'vitest'
import { decodeHtml } from '../../../functions/read/charset.ts'
import { bytesOf, joined, textOf } from './warc-fixture.ts'

const GBK = Uint8Array.of(0xd6, 0xd0, 0xce, 0xc4, 0xcd, 0xf8, 0xd2, 0xb3) // 中文网页
const BIG5 = Uint8Array.of(0xa4, 0xa4, 0xa4, 0xe5, 0xba, 0xf4, 0xad, 0xb6) // 中文網頁
const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'))
const page = (meta: string, text: Uint8Array) =>
  joined(bytesOf(`<html><head>${meta}</head><body>`), text, bytesOf('</body>'))

describe('decodeHtml', () => {
  it.each<[string, Uint8Array, string | null, string, string]>([
    ['UTF-8', page('', bytesOf('naïve 中文')), null, 'utf-8', 'naïve 中文'],
    [
      'UTF-8 whatever the meta says',
      page('<meta charset=gb2312>', bytesOf('中文网页的文字')),
      null,
      'utf-8',
      '中文网页的文字',
    ],
    ['the header', page('', GBK), 'gb2312', 'gbk', '中文网页'],
    ['the meta', page('<meta charset="gbk">', GBK), null, 'gbk', '中文网页'],
    [
      'the old meta',
      page('<META http-equiv=Content-Type content="text/html; charset=big5">', BIG5),
      null,
      'big5',
      '中文網頁',
    ],
    ['the header before the meta', page('<meta charset=big5>', GBK), 'gbk', 'gbk', '中文网页'],
    ['a label nobody knows', page('<meta charset=gbk>', GBK), 'x-nonsense', 'gbk', '中文网页'],
    ['evidence for GB18030', page('', joined(GBK, GBK)), null, 'gb18030', '中文网页中文网页'],
    ['a wrong declaration', page('<meta charset=utf-8>', joined(GBK, GBK, GBK)), null, 'gb18030', '中文网页中文网页'],
    ['UTF-16 by its mark', joined(Uint8Array.of(0xff, 0xfe), utf16('<p>中文')), 'gbk', 'utf-16le', '中文'],
    ['UTF-16 by its zeros', utf16('<html>中文'), null, 'utf-16le', '中文'],
    [
      'windows-1252',
      page('', Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x20, 0x72, 0xe9, 0x73)),
      null,
      'windows-1252',
      'café rés',
    ],
    [
      'windows-1251 declared',
      page('<meta charset=cp1251>', Uint8Array.of(0xcc, 0xe8, 0xf0)),
      null,
      'windows-1251',
      'Мир',
    ],
  ])('%s', (_, bytes, header, charset, text) => {
    const decoded = decodeHtml(bytes, header)
    expect(decoded).toMatchObject({ kept: true, value: { charset } })
    expect(decoded.kept && textOf(decoded.value.bytes)).toContain(text)
  })

  it('hands valid UTF-8 on without a copy', () => {
    const bytes = page('', bytesOf('中文'))
    const decoded = decodeHtml(bytes, null)
    expect(decoded.kept && decoded.value.bytes).toBe(bytes)
  })

  it('turns bytes away that are no text', () => {
    const noise = Uint8Array.from({ length: 4000 }, (_, i) => (i * i * 31 + i * 7) & 255)
    expect(decodeHtml(noise, 'utf-8')).toMatchObject({ kept: false, reason: { code: 'undecodable' } })
  })
})
