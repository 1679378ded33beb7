import fc from 'fast-check'
import { expect, it } from 'vitest'
import { invalidUtf8At, openSequence } from '../../../functions/kernel/utf8.ts'

const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

it('finds fault where the decoder does, and what comes before it is sound', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
      const bytes = new Uint8Array(Buffer.concat(pieces))
      const at = invalidUtf8At(bytes)
      expect(at < 0).toBe(isUtf8(bytes))
      if (at >= 0) expect(isUtf8(bytes.subarray(0, at))).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

it.each<[string, number[], number]>([
  ['Latin-1', [0x63, 0xe9, 0x20], 1],
  ['an overlong slash', [0xc0, 0xaf], 0],
  ['a surrogate', [0x61, 0xed, 0xa0, 0x80], 1],
  ['beyond the last code point', [0xf4, 0x90, 0x80, 0x80], 0],
  ['cut off', [0x61, 0xe4, 0xb8], 1],
])('%s', (_, bytes, at) => expect(invalidUtf8At(Uint8Array.from(bytes))).toBe(at))

it('knows what a piece ends within', () => {
  const bytes = new TextEncoder().encode('a中😀')
  expect([...bytes.keys(), bytes.length].map((end) => openSequence(bytes.subarray(0, end)))).toEqual([
    0, 0, 1, 2, 0, 1, 2, 3, 0,
  ])
})
