import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FNV_OFFSET, FNV_PRIME, mix } from '../../../functions/kernel/hash.ts'
import { NORMALISER, normalise } from '../../../functions/kernel/normalise.ts'
import { textKernel } from '../../../functions/kernel/text-kernel.ts'
import { LINE, LINE_END, MARK, SINGLE, WORD, readTokens, tokenBlock } from '../../../functions/kernel/tokens.ts'

/** All tokens of a text, read in blocks of `capacity` units. */
function tokensOf(text: string, capacity = 8192): { hash: number; kind: number }[] {
  const block = tokenBlock(capacity)
  const tokens: { hash: number; kind: number }[] = []
  for (let from = 0; from < text.length;) {
    from = readTokens(text, from, block)
    for (let i = 0; i < block.count; i++) tokens.push({ hash: block.hashes[i] ?? 0, kind: block.kinds[i] ?? 0 })
  }
  return tokens
}

function hashOf(token: string): number {
  const code = token.codePointAt(0) ?? 0
  if (code > 0xffff) return mix(Math.imul(FNV_OFFSET ^ code, FNV_PRIME))
  let h = FNV_OFFSET
  for (let i = 0; i < token.length; i++) h = Math.imul(h ^ token.charCodeAt(i), FNV_PRIME)
  return mix(h)
}

const HAN = /[\u3005-\u3007\u3040-\u30fa\u30fc-\u312f\u3190-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]/u
const MARKS =
  /[!-/:-@[-`{-~\u00a1-\u00a9\u00ab\u00ac\u00ae-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2010-\u2bff\u3001-\u303f]/u

/** The slow, obvious twin for texts of the characters that it knows: one string a token, regular expressions. */
function slowTokens(text: string): string[] {
  return normalise(text)
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const tokens: string[] = []
      let word = ''
      const end = (): void => {
        if (word !== '') tokens.push(word)
        word = ''
      }
      for (const character of line) {
        const alone = HAN.test(character) || MARKS.test(character) || (character.codePointAt(0) ?? 0) > 0xffff
        if (alone || character === ' ') end()
        if (alone) tokens.push(character)
        else if (character !== ' ') word += character
      }
      end()
      return tokens.length === 0 ? [] : [...tokens, '\n']
    })
}

const ALPHABET = Array.from('abcXYZ019éßÄΩж ,.!?-_“”’—…１Ａ％，。「」漢字国か\u0301\u00ad\u200b\t\n\r\u3000\u2028😀𠀀')

describe('tokens', () => {
  it.each([
    ['words are lower case, digits are 0', 'The Year 1984', ['the', 'year', '0000', '\n']],
    ['marks stand alone', "don't (stop)!", ['don', "'", 't', '(', 'stop', ')', '!', '\n']],
    ['Han stand alone, Latin words do not', '中国AI模型v2', ['中', '国', 'ai', '模', '型', 'v0', '\n']],
    ['width and quotation marks fold', '“ＡＢ１”', ['"', 'ab0', '"', '\n']],
    ['accents fold', 'Café ÉLAN', ['cafe', 'elan', '\n']],
    ['a line without tokens has no end', 'a\n\n \nb', ['a', '\n', 'b', '\n']],
    ['soft hyphens and joiners end nothing', 'co\u00adop\u200berate', ['cooperate', '\n']],
    ['pairs are one token', 'a😀b', ['a', '😀', 'b', '\n']],
    ['nothing', ' \n\t', []],
  ])('%s', (_, text, expected) => {
    const hashes = expected.map((token) => (token === '\n' ? LINE_END : hashOf(token)))
    expect(tokensOf(text).map(({ hash }) => hash)).toEqual(hashes)
  })

  it('tells kinds apart', () => {
    expect(tokensOf('x 中,𠀀😀').map(({ kind }) => kind)).toEqual([WORD, SINGLE, MARK, SINGLE, MARK, LINE])
  })

  it('equals its slow twin', () => {
    const text = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 60 }).map((units) => units.join(''))
    fc.assert(
      fc.property(text, (units) => {
        const expected = slowTokens(units).map((token) => (token === '\n' ? LINE_END : hashOf(token)))
        expect(tokensOf(units).map(({ hash }) => hash)).toEqual(expected)
      }),
      { numRuns: 1000 },
    )
  })

  it('reads the same tokens in blocks of any size', () => {
    const text = fc.array(fc.constantFrom('ab', 'c', ' ', '\n', '国', '😀', ',', 'ß1', '\u00ad'), { maxLength: 80 })
    fc.assert(
      fc.property(text, fc.integer({ min: 24, max: 40 }), (parts, capacity) => {
        // No word of more than 20 units, which a block of 24 would have to cut.
        const units = parts.map((part, i) => (i % 9 === 8 ? ' ' : part)).join('')
        expect(tokensOf(units, capacity)).toEqual(tokensOf(units))
      }),
      { numRuns: 1000 },
    )
  })

  it('reads as much as the kernel has room for where more is asked for', () => {
    for (const text of ['水'.repeat(20_000), '\n水車'.repeat(6000)])
      expect(tokensOf(text, 10_000)).toEqual(tokensOf(text))
  })

  it('reads a text again as if it were new', () => {
    const texts = ['streams of several millraces', 'stream', 'streams of several\nmillwrights', '水车', '']
    const step = fc.record({
      text: fc.constantFrom(...texts),
      hasStems: fc.boolean(),
      capacity: fc.constantFrom(12, 99),
    })
    type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
    const read = ({ text, hasStems, capacity }: Step): unknown => {
      const block = tokenBlock(capacity)
      block.hasStems = hasStems
      const end = readTokens(text, 0, block)
      const { add, features } = textKernel()
      const stems = hasStems ? features.slice(0, add.stems(block.count, 0, 7)) : []
      return [end, block.open, block.hashes.slice(0, block.count), block.kinds.slice(0, block.count), stems]
    }
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 6 }), (steps) => {
        const inTurn = steps.map(read)
        const apart = steps.map((one) => {
          read({ text: 'another', hasStems: false, capacity: 99 })
          return read(one)
        })
        expect(inTurn).toEqual(apart)
      }),
    )
  })

  it('cuts a word that is longer than a block, and nothing is lost', () => {
    const tokens = tokensOf('x'.repeat(100), 32)
    expect(tokens.map(({ kind }) => kind)).toEqual([WORD, WORD, WORD, WORD, LINE])
  })
})

describe('normalise', () => {
  it('names its version', () => expect(NORMALISER).toBe('millrace-norm-1'))

  it.each([
    ['１２３', '000'],
    ['Ｈｅｌｌｏ，世界！', 'hello,世界!'],
    ['  a \t b\r\n\r\nc ', 'a b\nc'],
    ['naïve “Ångström”—№', 'naive "angstrom"-№'],
    ['İstanbul STRASSE ß', 'istanbul strasse ß'],
    ['《史记》、「论语」…', '"史记","论语".'],
    ['ﾊﾝｶｸ', 'ハンカク'],
  ])('%j is read as %j', (text, expected) => expect(normalise(text)).toBe(expected))

  it('changes nothing twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(normalise(normalise(text))).toBe(normalise(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('gives the tokens of the text itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        expect(tokensOf(normalise(text))).toEqual(tokensOf(text))
      }),
      { numRuns: 2000 },
    )
  })
})
