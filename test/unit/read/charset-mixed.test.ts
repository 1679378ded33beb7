import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHtml } from '../../../functions/read/charset.ts'
import { mendUtf8 } from '../../../functions/read/charset-mixed.ts'
import { bytesOf, joined, textOf } from './warc-fixture.ts'

/** Text in UTF-8, with bytes of windows-1252 where it has `\xNN`. */
function mixed(text: string): Uint8Array {
  const parts = text.split(/\\x([0-9a-f]{2})/i)
  return joined(...parts.map((part, i) => (i % 2 === 0 ? bytesOf(part) : Uint8Array.of(Number.parseInt(part, 16)))))
}
const decoded = (text: string, header: string | null = null): string => {
  const outcome = decodeHtml(mixed(text), header)
  return outcome.kept ? textOf(outcome.value.bytes) : JSON.stringify(outcome.reason)
}

describe('single bytes of windows-1252 in UTF-8', () => {
  it.each<[string, string, string]>([
    ['quotes', 'é \\x93mill\\x94, Ann\\x92s', 'é “mill”, Ann’s'],
    ['a dash, dots and the euro', 'é \\x96 and\\x85 5 \\x80', 'é – and… 5 €'],
    [
      'letters in words',
      'À la carte: caf\\xe9, fa\\xe7ade, \\xc9cole, Stra\\xdfe, \\x8cuvre',
      'À la carte: café, façade, École, Straße, Œuvre',
    ],
    ['beside a letter in UTF-8', 'caf\u00e9\\x94', 'café”'],
    ['the no-break space', '5\\xa0km, 20\\xb0, \\xa9 é', '5\u00a0km, 20°, © é'],
  ])('%s', (_, text, expected) => {
    expect(textOf(mendUtf8(mixed(text)).bytes)).toBe(expected)
    // As a page's words among others of its template.
    expect(decoded(`<p>${'Mühle – naïve. '.repeat(3)}</p><p>${text}</p>`)).toContain(expected)
    expect(decoded(`<p>${'Mühle – naïve. '.repeat(3)}</p><p>${text}</p>`, 'utf-8')).toContain(expected)
  })

  it.each<[string, string]>([
    ['a sequence that was cut', 'text \\xe4\\xb8'],
    ['a quote that was cut', 'Ann\\xe2 é'],
    ['the end of a sequence', '\\x80\\x99s é'],
    ['an à whose second byte was trimmed', 'voil\\xc3 é'],
    ['what windows-1252 does not have', 'é a\\x81b'],
    ['a lead byte between Chinese', '中\\xe4文'],
    ['a byte among Cyrillic that is cut', 'Мельница \\xd0'],
    ['a byte after a Cyrillic letter', 'Мельница\\x85'],
    ['an emoji that was cut', 'well done\\xf0 é'],
  ])('%s stays what it is', (_, text) => {
    const bytes = mixed(text)
    expect(mendUtf8(bytes)).toMatchObject({ bytes, mended: 0 })
  })

  it('leaves valid UTF-8 alone, and mends nothing but what is not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = bytesOf(text)
        expect(mendUtf8(bytes).bytes).toBe(bytes)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const before = textOf(bytes)
        const after = textOf(mendUtf8(bytes).bytes)
        // Outside of what could not be decoded both say the same.
        const stable = before.split('\ufffd')
        let at = 0
        for (const part of stable) {
          at = after.indexOf(part, at)
          expect(at).toBeGreaterThanOrEqual(0)
          at += part.length
        }
      }),
    )
  })

  it('a page in windows-1252 alone stays one', () => {
    const text = '<p>\\x93Caf\\xe9\\x94 \\x96 na\\xefve d\\xe9j\\xe0 vu, \\xbfqu\\xe9?</p>'
    expect(decodeHtml(mixed(text), null)).toMatchObject({ kept: true, value: { charset: 'windows-1252' } })
    expect(decoded(text)).toBe('<p>“Café” – naïve déjà vu, ¿qué?</p>')
  })
})
