import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { englishSignals } from '../../../functions/screen/english.ts'
import { screenQuality } from '../../../functions/screen/quality.ts'
import { duplicates, eachLine } from '../../../functions/screen/lines.ts'
import { hardText } from './hard-text.ts'

/** Twelve sentences of twelve words, all different: passes every rule. */
const GOOD = [
  'The river was low this summer and the boats stayed in harbour.',
  'People came to the market with baskets and went home with apples.',
  'A teacher told the class that stars are only very distant suns.',
  'We have walked along the old railway line since early this morning.',
  'Nobody could say who had painted the door of the chapel green.',
  'Her letters were kept in a tin box under the kitchen floor.',
  'It took two years to build a bridge that everyone could trust.',
  'The price of bread rose again, and bakers blamed the wet harvest.',
  'Some birds return to the same tree with the first warm wind.',
  'His brother sold maps of cities that he had never once visited.',
  'They argued about money until the lamp ran out of its oil.',
  'Rain fell on the stone steps and nobody went out to look.',
]
const good = GOOD.join('\n')
const verdictOf = (text: string): string => {
  const { verdict } = screenQuality(text, 'en')
  if (verdict.kept) return 'kept'
  return verdict.reason.code === 'quality' ? verdict.reason.rule : verdict.reason.code
}

describe('the first broken rule names the reason', () => {
  it.each([
    ['a clean text', good, 'kept'],
    ['49 words', GOOD.slice(0, 4).join(' ').split(' ').slice(0, 46).join(' '), 'gopher-quality/min-words'],
    ['the same paragraph again', [good, good].join('\n\n'), 'gopher-repetition/duplicate-paragraphs'],
    ['the same line again and again', [...GOOD, ...GOOD].join('\n'), 'gopher-repetition/duplicate-lines'],
    ['one phrase all over', `${'very good day, '.repeat(40)}${good}`, 'gopher-repetition/top-2-gram'],
    [
      'words of two letters',
      Array.from({ length: 80 }, (_, i) => letters(i * 7)).join(' '),
      'gopher-quality/min-mean-word-length',
    ],
    ['hash tags', GOOD.map((line) => `${line} #one #two`).join('\n'), 'gopher-quality/hashes'],
    ['ellipses', good.replaceAll(/(\w+ \w+) /g, '$1... '), 'gopher-quality/ellipses'],
    ['bullets', GOOD.map((line) => `- ${line}`).join('\n'), 'gopher-quality/bullet-lines'],
    [
      'lines cut short',
      GOOD.map((line, i) => (i < 4 ? line.replace('.', '…') : line)).join('\n'),
      'gopher-quality/ellipsis-lines',
    ],
    [
      'numbers',
      `${good}\n${Array.from({ length: 60 }, (_, i) => 1000 + i * 7).join(' ')}`,
      'gopher-quality/alphabetic-words',
    ],
    ['no stop words', Array.from({ length: 80 }, (_, i) => `noun${letters(i)}`).join(' '), 'gopher-quality/stop-words'],
    ['lorem ipsum', `${good}\nThis is Lorem Ipsum text for you.`, 'c4/lorem-ipsum'],
    ['a curly bracket', `${good}\nfunction run() { return 1 }`, 'c4/curly-bracket'],
    ['four sentences', GOOD.slice(0, 4).join('\n').replace('harbour', 'the harbour of that town'), 'c4/sentences'],
    ['five sentences', GOOD.slice(0, 5).join('\n'), 'kept'],
    ['one sentence', GOOD.slice(0, 6).join(' ').replaceAll('.', ','), 'c4/sentences'],
    [
      'lines without an end',
      GOOD.map((line, i) => (i === 0 ? line : line.replace('.', ''))).join('\n') + '\nOne. Two. Three. Four. Five',
      'fineweb/terminal-lines',
    ],
    ['short lines', good.replaceAll(/(\w+ \w+ \w+ \w+) /g, '$1\n'), 'fineweb/short-lines'],
    ['a line said twice', `${good}\n${GOOD[0]}`, 'fineweb/duplicate-line-chars'],
  ])('%s', (_, text, rule) => {
    expect(verdictOf(text)).toBe(rule)
  })

  it('more newlines than .3 of its words', () => {
    // Lines of three words: C4 keeps them, and the share of newlines is near a third.
    const lines = good.replaceAll(/(\S+ \S+ \S+) /g, '$1\n')
    expect(englishSignals(lines).signals['newlinesPerWord']).toBeGreaterThan(0.25)
    expect(englishSignals(good).signals['newlinesPerWord']).toBeLessThan(0.1)
  })
})

describe('quirks of the sources', () => {
  it.each([
    ['a word of marks is no word', 'one -- two , three !', { words: 3 }],
    ['the full-width one is a mark, two is not', '１ ２', { words: 1 }],
    ['only straight and curly ellipses, not overlapping', `a ${'.'.repeat(7)} b … c`, { ellipsesPerWord: 3 / 5 }],
    ['a blank line is a line', '- a b\n\n- c d\n', { bulletLines: 2 / 3 }],
    ['stop words are counted once each, and in lower case only', 'the the The THE of Of', { stopWords: 2 }],
    ['a code point is a character', `${'😀'.repeat(4)} go`, { meanWordLength: 6 / 5 }],
    ['the paragraphs of stripped text', '\n\na\n\na\n\n', { duplicateParagraphs: 1 / 2 }],
    ['lines of unstripped text: the empty first and last are equal', '\na\n', { duplicateLines: 1 / 3 }],
    ['a top n-gram is as long as with spaces', 'aa bb aa bb', { top2gram: 10 / 11 }],
    ['letters of any script', 'мир 12 34 世界', { alphabeticWords: 2 / 4 }],
  ])('%s', (_, text, signals) => {
    expect(englishSignals(text).signals).toMatchObject(
      Object.fromEntries(Object.entries(signals).map(([name, value]) => [name, expect.closeTo(value, 9)])),
    )
  })
})

describe("C4's edits", () => {
  it.each([
    ['citations go, their space stays', 'Rome [1] fell [12] in a day.[edit]', 'Rome  fell  in a day.'],
    ['three words are counted before the citations go', 'Rome fell [1]', 'Rome fell'],
    ['two words', 'Read more\nRome fell in a day.', 'Rome fell in a day.'],
    ['javascript', 'Please enable JavaScript in your browser.\nRome fell in a day.', 'Rome fell in a day.'],
    ['a phrase that a citation cut', 'Turn on java[1]script in there.\nRome fell in a day.', 'Rome fell in a day.'],
    ['cookies', 'This site uses cookies for you.\nRome fell in a day.', 'Rome fell in a day.'],
    ['a cookie that is no notice', 'She ate a cookie.\nRome fell in a day.', 'She ate a cookie.\nRome fell in a day.'],
    ['a word of 1,001 characters', `a b ${'x'.repeat(1001)}\nRome fell in a day.`, 'Rome fell in a day.'],
    ['a word of 1,000 code points', `a b ${'😀'.repeat(1000)}`, `a b ${'😀'.repeat(1000)}`],
    [
      'line ends of any kind',
      'one two three\r\nfour five six\u2028seven eight nine',
      'one two three\nfour five six\nseven eight nine',
    ],
    ['nothing is left', 'Read more\nBack', ''],
  ])('%s', (_, text, edited) => {
    expect(englishSignals(text).text).toBe(edited)
  })

  it('stops at the first offence of the document', () => {
    const both = englishSignals('a { b c\nlorem ipsum is here').signals
    expect(both).toMatchObject({ curlyBracket: 1, loremIpsum: 0 })
    const dropped = englishSignals('javascript { b c\nlorem ipsum is here').signals
    expect(dropped).toMatchObject({ curlyBracket: 0, loremIpsum: 1 })
  })

  it.each([
    ['a stop and a capital', 'One two three. Four five.', 2],
    ['an abbreviation', 'Mr. Smith met Dr. Jones. They talked.', 2],
    ['marks after a stop belong to it', 'He said "no way." And left!?!', 2],
    ['an ellipsis ends nothing', 'Well... so it is', 1],
    ['two spaces after a stop are a word', 'One two three.  Four', 2],
    ['two citations at the end leave a gap, which is a sentence', 'One two three. [1] [2]', 2],
  ])('sentences: %s', (_, text, sentences) => {
    expect(englishSignals(text).signals['sentences']).toBe(sentences)
  })
})

it('never throws, and gives finite values for every signal', () => {
  fc.assert(
    fc.property(hardText, (text) => {
      const { signals } = englishSignals(text)
      expect(Object.values(signals).filter((value) => !Number.isFinite(value))).toEqual([])
    }),
  )
})

it('turns away what is too long to read, by the number of its words', () => {
  const { signals } = englishSignals(`${good}\n`.repeat(2000))
  expect(signals).toMatchObject({ words: 2 ** 18 })
  expect(signals['duplicateLines']).toBeGreaterThan(0.9)
})

it('reads a chunk longer than its buffers to the end', () => {
  // Each of the emoticons is one word, but for those that the parts of 65,536 units cut.
  expect(englishSignals(':)'.repeat(100_000)).signals).toMatchObject({ words: 0, meanWordLength: 0 })
  expect(englishSignals('a-'.repeat(100_000)).signals['words']).toBeGreaterThan(99_990)
}, 30_000)

it('is not led by the text before', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), (other) => {
      const before = englishSignals(good)
      englishSignals(other)
      expect(englishSignals(good)).toEqual(before)
    }),
  )
})

describe('lines', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    ['a\n', ['a']],
    ['\n', ['']],
    ['a\n\nb', ['a', '', 'b']],
    ['a\r\nb\rc\x85d\x1ee', ['a', 'b', 'c', 'd', 'e']],
  ])('%j', (text, lines) => {
    const found: string[] = []
    eachLine(text, (start, end) => found.push(text.slice(start, end)))
    expect(found).toEqual(lines)
  })

  it('duplicates count from the second on, in code points', () => {
    expect(duplicates(['😀', 'a', '😀', '😀'])).toEqual({ count: 2, chars: 2 })
  })
})

function letters(n: number): string {
  return String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26))
}
