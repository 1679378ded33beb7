import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classOf, SPACE } from '../../../functions/screen/characters.ts'
import { isAddress } from '../../../functions/screen/address.ts'
import { createWordTable, MAX_WORDS } from '../../../functions/screen/word-table.ts'
import { splitWords } from '../../../functions/screen/words.ts'
import { hardText } from './hard-text.ts'

/** The words as strings, read back from their lengths. */
function wordsOf(text: string): string[] {
  const table = createWordTable()
  splitWords(text, table)
  let at = 0
  return Array.from({ length: table.count }, (_, i) => {
    while ((classOf(text.charCodeAt(at)) & SPACE) !== 0) at++
    at += table.units[i] ?? 0
    return text.slice(at - (table.units[i] ?? 0), at)
  })
}

describe('English words', () => {
  // What spaCy 3.8's English tokenizer makes of the same chunks.
  it.each([
    ['a plain sentence', 'The cat sat.', 'The cat sat .'],
    ['quotes and brackets', '("Hello," she said)', '( " Hello , " she said )'],
    ['contractions', "don't can't I'm they'd've cannot gonna", "do n't ca n't I 'm they 'd 've can not gon na"],
    ['curly apostrophes', 'don’t it’s Anna’s', 'do n’t it ’s Anna ’s'],
    ['contractions without apostrophes', 'dont Im well its', 'do nt I m well its'],
    ['abbreviations', 'Mr. Smith, e.g. at 5 p.m. in Calif.', 'Mr. Smith , e.g. at 5 p.m. in Calif.'],
    ['a full stop after one capital', 'Plan B. failed at NASA.', 'Plan B. failed at NASA .'],
    ['hyphens between letters', 'well-known 3-4 10-km --x a--b', 'well - known 3 - 4 10 - km --x a -- b'],
    ['slashes between letters', 'and/or his/her 1/2', 'and/or his / her 1/2'],
    ['dots', 'wait... what..why end.Start', 'wait ... what .. why end . Start'],
    ['units and money', '10km 5% $20 20$ US$5 7pm', '10 km 5 % $ 20 20 $ US$ 5 7 pm'],
    ['addresses', 'see www.example.com/a-b?c=d, mail a.b@c.org.', 'see www.example.com/a-b?c=d , mail a.b@c.org .'],
    ['emoticons', 'fine :) ok:) (8) <3', 'fine :) ok :) ( 8) <3'],
    ['emoji', 'nice😀😀!', 'nice 😀 😀 !'],
    ['numbers', '1,000.50 #1 C++ +5 ++', '1,000.50 # 1 C++ +5 + +'],
    ['other scripts', 'naïve Привет，世界。', 'naïve Привет，世界 。'],
    ['white space of any kind', 'a\u00a0b\u3000c\u0085d\u001ce\ufefff', 'a b c d e\ufefff'],
  ])('%s', (_, text, words) => {
    expect(wordsOf(text)).toEqual(words.split(' '))
  })

  it('loses and invents nothing: words joined are the text without white space', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        const bare = Array.from({ length: text.length }, (_, i) => text.charAt(i))
          .filter((unit) => (classOf(unit.charCodeAt(0)) & SPACE) === 0)
          .join('')
        expect(wordsOf(text).join('')).toBe(bare)
      }),
    )
  })

  it('takes any arrangement of marks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...Array.from('.,:;()\'"-–—…~/<>=$%+*^@a1B😀 \n')), { maxLength: 40 }),
        (units) => {
          const text = units.join('')
          expect(wordsOf(text).join('')).toBe(text.replaceAll(/[ \n]/g, ''))
        },
      ),
    )
  })

  it('stops at its limit', () => {
    const table = createWordTable()
    splitWords('a '.repeat(MAX_WORDS + 10), table)
    expect(table).toMatchObject({ count: MAX_WORDS, full: true })
  })
})

describe('addresses stay whole', () => {
  it.each([
    ['example.com', true],
    ['https://example.com:8080/a?b#c', true],
    ['user:pass@example.com', true],
    ['8.8.8.8/dns', true],
    ['192.168.0.1/dns', false],
    ['example.Com', false],
    ['a_.com', false],
    ['word', false],
    ['example.com:1/x', false],
    ['a/b.com', false],
  ])('%s: %s', (text, expected) => {
    expect(isAddress(text, 0, text.length)).toBe(expected)
  })
})
