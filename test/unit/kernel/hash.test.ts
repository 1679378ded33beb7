import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { combine, hashUnits, mix } from '../../../functions/kernel/hash.ts'

describe('hash', () => {
  // fmix32 of MurmurHash3 has a known inverse: its multipliers' inverses modulo 2^32, and the same shifts undone.
  const unmix = (hash: number): number => {
    let h = hash ^ (hash >>> 16)
    h = Math.imul(h, 0x7ed1b41d)
    h ^= (h >>> 13) ^ (h >>> 26)
    h = Math.imul(h, 0xa5cb9243)
    return h ^ (h >>> 16)
  }

  it('mixes 32 bits one to one', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(unmix(mix(value))).toBe(value)
      }),
    )
  })

  it('knows order and repetition in a run', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (x, y) => {
        fc.pre(x !== y)
        const [a, b] = [mix(x), mix(y)]
        expect(combine(a, b)).not.toBe(combine(b, a))
        expect(combine(combine(a, a), a)).not.toBe(combine(a, a))
      }),
    )
  })

  it('keeps the hashes that model files hold', () => {
    expect([hashUnits(''), hashUnits('mill'), hashUnits('水车')]).toEqual([-1421968373, -1175913425, -364991753])
  })
})
