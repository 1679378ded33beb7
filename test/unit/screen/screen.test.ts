import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SOURCES } from '../../../schema/shard.ts'
import { documentId } from '../../../functions/screen/document-id.ts'
import { QUALITY_SIGNALS } from '../../../functions/screen/rules.ts'
import { screen, type ScreenInput } from '../../../functions/screen/screen.ts'
import { hardText } from './hard-text.ts'

const ENGLISH = [
  'The river was low this summer and the boats stayed in harbour.',
  'People came to the market with baskets and went home with apples.',
  'A teacher told the class that stars are only very distant suns.',
  'Her letters were kept in a tin box under the kitchen floor.',
  'Write to ann@site.org if you have seen the server at 8.8.8.8 lately.',
].join('\n')
const CHINESE =
  '今年夏天河水很浅，渡船在码头边停了一个多月，船夫们只好到城里去找别的活干。老师告诉孩子们，星星其实是离我们非常遥远的太阳，它们的光要走很多年才能到达这里。'
const GERMAN =
  'Die Boote blieben im Hafen, weil der Fluss für sie nicht tief genug war, und das war auch im Herbst noch so.'

const outcomeOf = (input: ScreenInput): string => {
  const outcome = screen(input)
  if (outcome.kept) return outcome.value.lang
  return outcome.reason.code === 'quality' ? outcome.reason.rule : outcome.reason.code
}

describe('screen', () => {
  it('keeps a good page: edited, masked, with its signals and its id', () => {
    const outcome = screen({ text: `\ufeff${ENGLISH}\r\nThis page uses cookies for you.\0\n`, source: 'web' })
    if (!outcome.kept) expect.fail(JSON.stringify(outcome.reason))
    const { text, lang, langScore, quality, id } = outcome.value
    expect(text).toBe(ENGLISH.replace('ann@site.org', 'email@example.com').replace('8.8.8.8', '192.0.2.1'))
    expect(lang).toBe('en')
    expect(langScore).toBeGreaterThan(0.65)
    expect(id).toBe(documentId(text))
    expect(Object.keys(quality).filter((name) => !QUALITY_SIGNALS.includes(name))).toEqual([])
  })

  it.each<[string, ScreenInput, string]>([
    ['nothing', { text: ' \n\0\ufeff ', source: 'web' }, 'no-main-text'],
    ['19 characters', { text: 'x'.repeat(19), source: 'book' }, 'no-main-text'],
    ['German', { text: GERMAN, source: 'web' }, 'language'],
    ['no language', { text: 'xq zz kw vv '.repeat(20), source: 'web' }, 'language'],
    ['a page that is said to be English but is German', { text: GERMAN, source: 'web', lang: 'en' }, 'language'],
    ['a short page', { text: ENGLISH.slice(0, 130), source: 'web' }, 'gopher-quality/min-words'],
    ['a short Chinese page', { text: CHINESE, source: 'web' }, 'fineweb-2/min-words'],
    ['the same as a book', { text: CHINESE, source: 'book' }, 'zh'],
    ['a German book said to be English', { text: GERMAN.repeat(3), source: 'book', lang: 'en' }, 'language'],
    ['synthetic text has no rules', { text: ENGLISH.slice(0, 130), source: 'synthetic' }, 'en'],
    ['a program', { text: 'for (let i = 0; i < n; i++) { total += prices[i] * rates[i] }', source: 'code' }, 'en'],
    [
      'a program with Chinese comments',
      { text: '// 计算所有商品的总价格，再乘以税率\nsum(x)\n// 返回结果', source: 'code' },
      'zh',
    ],
    [
      'a formula in a Chinese batch',
      { text: 'f(x) = a x^2 + b x + c, 其中 a ≠ 0 x y z u v', source: 'math', lang: 'zh-CN' },
      'zh',
    ],
    ['a paper in a batch of unknown language', { text: ENGLISH, source: 'paper', lang: '' }, 'en'],
    ['Chinese text in an English batch', { text: CHINESE, source: 'paper', lang: 'en-US' }, 'zh'],
  ])('%s', (_, input, expected) => {
    expect(outcomeOf(input)).toBe(expected)
  })

  it('names the language that it turns away', () => {
    expect(screen({ text: GERMAN, source: 'web' })).toMatchObject({ reason: { code: 'language', lang: 'de' } })
    expect(screen({ text: GERMAN, source: 'web' }, { languages: ['de'] })).toMatchObject({ kept: true })
  })

  it('never throws, and what it keeps is well-formed, clean and masked', () => {
    fc.assert(
      fc.property(
        hardText,
        fc.constantFrom(...SOURCES),
        fc.constantFrom(null, 'en', 'zh', 'x-'),
        (text, source, lang) => {
          const outcome = screen({ text: text + ENGLISH, source, lang })
          if (!outcome.kept) return
          expect(outcome.value.text.isWellFormed()).toBe(true)
          for (const gone of ['\0', '\ufeff', '\r', 'ann@site']) expect(outcome.value.text).not.toContain(gone)
        },
      ),
    )
  })
})
