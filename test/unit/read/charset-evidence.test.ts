import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { charsetName, decodeHtml } from '../../../functions/read/charset.ts'
import { encode, writableIn } from '../../support/encode.ts'
import { PROBES } from '../../support/languages.ts'
import { bytesOf, joined, textOf } from './warc-fixture.ts'

/** What pages in these languages were written in before UTF-8. */
const WRITTEN_IN: Readonly<Record<string, string>> = {
  'windows-1252': 'fr de es it pt ca gl oc sv da no is fi lb fy eu',
  'windows-1250': 'pl cs sk sl hr hu ro',
  'iso-8859-2': 'pl cs sk sl hr hu ro',
  'windows-1251': 'ru uk be bg sr',
  'koi8-r': 'ru',
  'koi8-u': 'uk',
  'iso-8859-5': 'ru be bg sr',
  ibm866: 'ru',
  'x-mac-cyrillic': 'ru uk',
  'windows-1253': 'el',
  'iso-8859-7': 'el',
  'windows-1254': 'tr',
  'windows-1255': 'he',
  'windows-1256': 'ar fa',
  'iso-8859-6': 'ar',
  'windows-1257': 'lv lt et',
  'iso-8859-13': 'lv lt',
  'iso-8859-4': 'lv lt',
  'windows-1258': 'vi',
  'windows-874': 'th',
  macintosh: 'fr de es pt',
  gbk: 'zh-Hans zh-Hant',
  big5: 'zh-Hant yue',
  shift_jis: 'ja',
  'euc-jp': 'ja',
  'euc-kr': 'ko',
}
interface Case {
  readonly charset: string
  readonly lang: string
  readonly text: string
}
const CASES: readonly Case[] = Object.entries(WRITTEN_IN).flatMap(([charset, langs]) =>
  langs
    .split(' ')
    .flatMap((lang) => (PROBES[lang] ?? []).map((text) => ({ charset, lang, text: writableIn(text, charset) }))),
)
const decodedText = (bytes: Uint8Array, header: string | null): string => {
  const decoded = decodeHtml(bytes, header)
  return decoded.kept ? textOf(decoded.value.bytes) : ''
}
const page = ({ text, charset }: Case): Uint8Array =>
  joined(
    bytesOf('<html><head><title>'),
    encode(text, charset),
    bytesOf('</title></head><body><p class="a">some text</p>'),
  )

describe('which encoding bytes are in', () => {
  it.each(CASES)('$lang in $charset, undeclared', (own) => {
    expect(decodedText(page(own), null)).toContain(own.text)
  })

  it.each(CASES)('$lang in $charset, declared', (own) => {
    expect(decodedText(page(own), own.charset)).toContain(own.text)
  })

  it.each(CASES.filter(({ charset }) => charset !== 'windows-1252' && charset !== 'macintosh'))(
    '$lang in $charset, declared as UTF-8',
    (own) => {
      expect(decodedText(page(own), 'utf-8')).toContain(own.text)
    },
  )

  it.each(
    CASES.filter(({ charset }) => /^(?:gbk|big5|shift|euc|koi8|windows-(?:1251|1253|1255|1256|874))/.test(charset)),
  )('$lang in $charset, declared as ISO-8859-1', (own) => {
    expect(decodedText(page(own), 'iso-8859-1')).toContain(own.text)
  })

  it.each([
    ['big5', 'gb2312', 'zh-Hant'],
    ['gbk', 'big5', 'zh-Hans'],
    ['euc-kr', 'gb2312', 'ko'],
    ['shift_jis', 'euc-jp', 'ja'],
    ['koi8-r', 'windows-1251', 'ru'],
    ['windows-1251', 'koi8-r', 'ru'],
  ])('%s declared as %s', (charset, declared, lang) => {
    for (const text of PROBES[lang] ?? []) expect(decodedText(encode(text, charset), declared)).toBe(text)
  })

  it.each([
    ['en', 'windows-1252', 'a “quoted” word – and a price of 5 €, © 2004'],
    ['en', 'windows-1252', 'the café was naïve'],
    ['pl', 'iso-8859-2', 'Cześć, co słychać'],
    ['ru', 'windows-1251', 'Новости'],
    ['zh', 'gbk', '首页'],
    ['ja', 'shift_jis', 'ホームページ'],
    ['ja', 'iso-8859-1', 'plain'],
  ])('few bytes tell: %s in %s: %s', (_, charset, text) => {
    expect(decodedText(encode(text, charset === 'iso-8859-1' ? 'windows-1252' : charset), null)).toBe(text)
  })

  it('UTF-8 with a broken character stays UTF-8, declared or not', () => {
    const bytes = bytesOf((PROBES['zh-Hans'] ?? []).join('')).subarray(0, -4)
    for (const declared of [null, 'utf-8', 'gbk', 'iso-8859-1']) {
      expect(decodedText(bytes, declared).slice(0, 100)).toBe((PROBES['zh-Hans'] ?? []).join('').slice(0, 100))
    }
  })

  it('ISO-2022-JP by its escapes, a page that holds another escape not', () => {
    const bytes = Uint8Array.of(0x1b, 0x24, 0x42, 0x46, 0x7c, 0x4b, 0x5c, 0x1b, 0x28, 0x42)
    expect(decodedText(bytes, null)).toBe('日本')
    expect(decodedText(bytesOf('\u001b[1mbold\u001b[0m'), null)).toBe('\u001b[1mbold\u001b[0m')
  })

  it.each(['utf-16le', 'utf-16be'])('%s without a mark, markup or none', (charset) => {
    for (const text of ['<p>中文网页</p>'.repeat(20), PROBES.en?.[0] ?? '']) {
      const bytes = new Uint8Array(Buffer.from(text, 'utf16le'))
      if (charset === 'utf-16be') Buffer.from(bytes.buffer).swap16()
      expect(decodedText(bytes, null)).toBe(text)
    }
  })
})

const root = path.join(import.meta.dirname, '../../../../shared/data/encodings')

/** Folders that no browser decodes (WHATWG Encoding 4): there is no decoder to read them with. */
const UNSUPPORTED = new Set(['Johab', 'johab', 'UTF-32BE', 'utf_32', 'utf_32_be', 'utf_32_le'])
/** Files read otherwise than their folder says, and why: none. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map()
const LABELS: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  'utf-8-sig': 'utf-8',
  utf_8: 'utf-8',
  utf_16: 'utf-16',
}

/** `windows-1250-czech` → `windows-1250`. */
const labelOf = (folder: string): string =>
  LABELS[folder] ?? charsetName(folder) ?? charsetName(folder.replaceAll('_', '-')) ?? folder.replace(/-[a-z]+$/, '')

// Skipped with its name where the shared data is not beside the repository.
describe.skipIf(!existsSync(root))('real files in every encoding (../shared/data/encodings)', () => {
  it.each(existsSync(root) ? readdirSync(root).filter((folder) => !UNSUPPORTED.has(folder)) : [])('%s', (folder) => {
    const misread = readdirSync(path.join(root, folder)).filter((name) => {
      const bytes = new Uint8Array(readFileSync(path.join(root, folder, name)))
      const isBigEndian = labelOf(folder) === 'utf-16' && bytes[0] === 0xfe
      const text = new TextDecoder(isBigEndian ? 'utf-16be' : labelOf(folder)).decode(bytes)
      return decodedText(bytes, null) !== text && !EXCEPTIONS.has(`${folder}/${name}`)
    })
    expect(misread).toEqual([])
  })
})
