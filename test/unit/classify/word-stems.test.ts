import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { STEM_UNITS, readStems } from '../../../functions/classify/word-stems.ts'
import { WORD, readTokens, tokenBlock } from '../../../functions/kernel/tokens.ts'

const block = tokenBlock(8192)

function tokensOf(text: string): number[] {
  readTokens(text, 0, block)
  return Array.from(block.hashes.subarray(0, block.count)).filter((_, i) => block.kinds[i] === WORD)
}

function stemsOf(text: string): number[] {
  readTokens(text, 0, block)
  const stems = new Int32Array(text.length + 1)
  return [...stems.subarray(0, readStems(block.units, text.length, stems))]
}

describe('stems', () => {
  it('are the hashes of a long word’s first letters, as if they were the word', () => {
    expect(stemsOf('Elections of electoral law elect')).toEqual([...tokensOf('elect'), 0, ...tokensOf('elect'), 0, 0])
    expect(stemsOf('Éléctions 中国elections2024，')).toEqual([...tokensOf('elect'), ...tokensOf('elect')])
    expect(stemsOf('elec\u00adtion e\u0301lection')).toEqual([...tokensOf('elect'), ...tokensOf('elect')])
  })

  it('are one for each word, and nothing for a word of five letters', () => {
    const pieces = fc.constantFrom('a', 'B', 'é', '1', '中', '，', ' ', '\n', '\u00ad', '😀', '\ud83d', '\udc00', '.')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 200 }), (all) => {
        const text = all.join('')
        const stems = stemsOf(text)
        expect(stems).toHaveLength(tokensOf(text).length)
        const long = text.replaceAll('\u00ad', '').match(/[aBé1]+/g) ?? []
        expect(stems.map((stem) => stem !== 0)).toEqual(long.map((word) => word.length > STEM_UNITS))
        long.forEach((word, i) => {
          if (word.length > STEM_UNITS) expect(stems[i]).toBe(tokensOf(word.slice(0, STEM_UNITS))[0])
        })
      }),
    )
  })
})
