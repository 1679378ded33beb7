import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { documentId } from '../../../functions/screen/document-id.ts'

describe('documentId', () => {
  it('is the first half of the sha-256 of the normalised text', () => {
    // sha256sum of "hello world": b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9
    expect(documentId('  Hello\n\tWORLD ')).toBe('b94d27b9934d3e08a52e52d7da7dabfa')
  })

  it.each([
    ['composition', 'caf\u00e9', 'cafe\u0301'],
    ['spaces of any kind', 'a b', 'a\u3000\u00a0\nb'],
    ['letter case', 'ÄB', 'äb'],
  ])('forgives %s', (_, a, b) => {
    expect(documentId(a)).toBe(documentId(b))
  })

  it.each([
    ['a mark', 'a b', 'a, b'],
    ['a space inside a word', 'ab', 'a b'],
    ['a full-width letter', 'a', 'ａ'],
    ['the other Chinese script', '汉', '漢'],
  ])('does not forgive %s', (_, a, b) => {
    expect(documentId(a)).not.toBe(documentId(b))
  })

  it('is 32 hex digits of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(documentId(text)).toMatch(/^[0-9a-f]{32}$/)
      }),
    )
  })
})
