import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINE_END, readTokens, tokenBlock } from '../../../functions/kernel/tokens.ts'
import { wordCheck, wordHash } from '../../../functions/perplexity/ready-tokens.ts'
import { spellTokens } from '../../../functions/perplexity/spell-tokens.ts'

function hashesOf(text: string): number[] {
  const block = tokenBlock(8192)
  readTokens(text, 0, block)
  return [...block.hashes.subarray(0, block.count)]
}

const TEXT = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'B', 'é', ' ', '\n', '\r', '水', '１', '9', '“', '—', '😀', '𠀀', '\u200b', '\u3000', '-'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 60,
})

describe('spellTokens', () => {
  it('spells what the reader of tokens hashes', () => {
    fc.assert(
      fc.property(TEXT, (text) => {
        const spelt = spellTokens(text).flatMap((line) => [
          ...line.map((word) => wordHash(word, 0, word.length)),
          LINE_END,
        ])
        expect(spelt).toEqual(hashesOf(text))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['The “Wheel” turns 19%', [['the', '"', 'wheel', '"', 'turns', '00', '%']]],
    ['水车\n\n Ｗheel\u200bs ', [['水', '车'], ['wheels']]],
    ['', []],
  ])('%j', (text, lines) => expect(spellTokens(text)).toEqual(lines))
})

describe('the two hashes of a word', () => {
  it('are independent: of 300,000 words some share the first, some the second, none both', () => {
    const count = 300_000
    const words = Array.from({ length: count }, (_, i) => `w${(i * 7919).toString(36)}`)
    const first = new Set(words.map((word) => wordHash(word, 0, word.length)))
    const second = new Set(words.map((word) => wordCheck(word, 0, word.length)))
    const both = new Set(words.map((word) => `${wordHash(word, 0, word.length)} ${wordCheck(word, 0, word.length)}`))
    // n² / 2³³ = 10.5 pairs are expected of a hash of 32 bits.
    expect(count - first.size).toBeLessThan(40)
    expect(count - second.size).toBeLessThan(40)
    expect(both.size).toBe(count)
  })
})
