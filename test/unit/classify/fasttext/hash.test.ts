import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashOf, modulusOf, remainder64, runsFrom } from '../../../../functions/classify/fasttext/hash.ts'
import { fnv, wordRuns } from '../../../support/fasttext-reference.ts'

const buckets = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  fc.constantFrom(1, 2, 3, 2_000_000, 2 ** 26 - 1, 2 ** 26, 2 ** 26 + 1, 2 ** 30, 2 ** 31 - 1),
)
const words = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

describe('hashes', () => {
  it('of words carry the sign of each byte', () => {
    expect(hashOf(Int8Array.of(0x61), 0, 1) >>> 0).toBe(0xe40c292c)
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hashOf(new Int8Array(bytes.buffer), 0, bytes.length) >>> 0).toBe(fnv(String.fromCharCode(...bytes)))
      }),
    )
    // FNV-1a over unsigned bytes: another number.
    const unsigned = Math.imul(Math.imul(0x811c9dc5 ^ 0xc3, 0x01000193) ^ 0xa9, 0x01000193)
    expect(hashOf(Int8Array.of(-61, -87), 0, 2)).not.toBe(unsigned)
  })

  it('of 64 bits are reduced exactly', () => {
    fc.assert(
      fc.property(words, words, buckets, (high, low, bucket) => {
        const whole = (BigInt.asUintN(32, BigInt(high)) << 32n) | BigInt.asUintN(32, BigInt(low))
        expect(remainder64(high, low, modulusOf(bucket))).toBe(Number(whole % BigInt(bucket)))
      }),
      { numRuns: 2000 },
    )
  })

  it('of runs of words are 64-bit sums of signed ones', () => {
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 8 }),
        fc.integer({ min: 0, max: 6 }),
        buckets,
        (list, longest, bucket) => {
          const found: number[] = []
          list.forEach((_, i) => {
            const end = Math.min(list.length, i + longest)
            runsFrom(Int32Array.from(list), i, end, modulusOf(bucket), (place) => found.push(place))
          })
          expect(found).toEqual(wordRuns(list, longest, bucket))
        },
      ),
      { numRuns: 1000 },
    )
  })
})
