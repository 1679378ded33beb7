import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chineseSignals } from '../../../functions/screen/chinese.ts'
import { screenQuality } from '../../../functions/screen/quality.ts'
import { hardText } from './hard-text.ts'

/** Different sentences in both scripts' common characters; passes every rule. */
const GOOD = [
  '今年夏天河水很浅，渡船在码头边停了一个多月，船夫们只好到城里去找别的活干。',
  '老师告诉孩子们，星星其实是离我们非常遥远的太阳，它们的光要走很多年才能到达这里。',
  '村里的集市每逢初五开张，附近的人都会带着自家种的蔬菜和水果来换些日用的东西。',
  '他花了两年时间修好了那座桥，虽然没有人付给他工钱，他还是每天早上准时出现在河边。',
  '面包的价格又涨了，店主说这是因为收成不好，可是顾客们并不相信这样的解释。',
  '图书馆的窗户朝着花园，下午的阳光照在书架上，灰尘在空气里慢慢地飘着。',
]
const good = GOOD.join('\n')
const verdictOf = (text: string): string => {
  const { verdict } = screenQuality(text, 'zh')
  if (verdict.kept) return 'kept'
  return verdict.reason.code === 'quality' ? verdict.reason.rule : verdict.reason.code
}

describe('the first broken rule names the reason', () => {
  it.each([
    ['a clean text', good, 'kept'],
    ['the same in one paragraph', GOOD.join(''), 'kept'],
    ['a text twice', `${good}\n${good}`, 'fineweb-2/duplicate-lines'],
    ['one phrase all over', `${good}${'北京天气预报，'.repeat(20)}`, 'fineweb-2/top-2-gram'],
    ['no sentence ends', good.replaceAll(/[，。]/g, '').replaceAll('\n', '\n'), 'fineweb-2/terminal-lines'],
    [
      'a line for every phrase',
      good.replaceAll(/[，]/g, '。\n').replaceAll(/(...)(?=.)/g, '$1\n'),
      'fineweb-2/newlines',
    ],
    ['too few words', `${GOOD[0]}${GOOD[5]}`, 'fineweb-2/min-words'],
    ['bullets', GOOD.map((line) => `- ${line}`).join('\n'), 'fineweb-2/bullet-lines'],
    [
      'cut lines',
      GOOD.map((line, i) => (i < 3 ? line.replace(/。$/, '……') : line)).join('\n'),
      'fineweb-2/ellipsis-lines',
    ],
    [
      'numbers',
      `${good}${Array.from({ length: 99 }, (_, i) => `${i * 37}、`).join('')}。`,
      'fineweb-2/alphabetic-words',
    ],
    ['calls to show more', GOOD.map((line, i) => (i < 3 ? `${line}展开` : line)).join('\n'), 'map-neo/more-lines'],
    ['mostly brackets', `${good}【电影推荐欧美大片高清在线观看手机版下载地址全集连载小说】`, 'map-neo/brackets'],
    ['mostly Latin letters', `${good}\n${latinWords()}。`, 'evalweb/han-share'],
  ])('%s', (_, text, rule) => {
    expect(verdictOf(text)).toBe(rule)
  })

  it('leaves the text as it is', () => {
    expect(screenQuality(good, 'zh').verdict).toEqual({ kept: true, value: good })
  })
})

describe('counts', () => {
  it.each([
    ['traditional characters are Han', '漢字與文化', { hanShare: 1 }],
    ['so are rare ones above U+FFFF', '𠮷野家店', { hanShare: 1 }],
    ['brackets that close', '【甲】乙【丙', { bracketShare: 3 / 6 }],
    ['digits among what is no mark', '2024年，十月', { digitShare: 4 / 7 }],
    ['a number is one word, a run of dashes too', '3.14 --- 5%', { alphabeticWords: 0, meanWordLength: 3 }],
    ['a stop word counts once', '的的的是', { stopWords: 2 }],
    ['entropy of two equal characters', '甲乙 甲乙', { charEntropy: Math.log(2) }],
    ['entropy of nothing', '\n', { charEntropy: 0 }],
    [
      'repetition of 13 characters, spaces apart',
      '春夏秋冬东西南北甲乙丙丁戊\n春夏秋冬东西南北甲乙丙丁戊',
      { repeated13chars: 2 / 14 },
    ],
  ])('%s', (_, text, signals) => {
    expect(chineseSignals(text).signals).toMatchObject(
      Object.fromEntries(Object.entries(signals).map(([name, value]) => [name, expect.closeTo(value, 6)])),
    )
  })

  it('the number of words comes near a segmenter', () => {
    // jieba 0.42.1 finds 123 words that are not marks.
    expect(Math.abs((chineseSignals(good).signals['words'] ?? 0) / 123 - 1)).toBeLessThan(0.07)
  })

  it('counts a segmenter’s words where they are given', () => {
    const words = good.split('').filter((char) => char !== '\n')
    const { signals } = chineseSignals(good, words)
    expect(signals['words']).toBe(words.filter((word) => !'，。'.includes(word)).length)
    expect(signals['meanWordLength']).toBe(1)
    expect(signals['hanShare']).toBe(chineseSignals(good).signals['hanShare'])
  })

  it('turns away what is too long to read', () => {
    // A character that hardly ever begins a word would else stay under every limit.
    expect(verdictOf(`${good}${'他们的书在月是和年。'.repeat(30_000)}`)).toMatch(/^fineweb-2/)
    expect(chineseSignals('们'.repeat(300_000)).signals['words']).toBe(2 ** 18)
  })

  it('never throws, and gives finite values for every signal', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        expect(Object.values(chineseSignals(text).signals).filter((value) => !Number.isFinite(value))).toEqual([])
      }),
    )
  })
})

function latinWords(): string {
  return Array.from(
    { length: 160 },
    (_, i) => `w${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}rd`,
  ).join(' ')
}
