import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endsWord, hanAt, hanWeights, NUM_FEATURES, placeSlots } from '../../../functions/screen/han-segmenter.ts'

describe('the end of a Chinese word', () => {
  it('is where the weights that the trainer learns for a place sum to nothing less than 0', () => {
    const weights = hanWeights()
    const character = fc.oneof(
      fc.constantFrom('的', '一', '是', '中', '国', '人', '民', '大', '学', '生'),
      fc.integer({ min: 0x4e00, max: 0x9fff }),
    )
    const unit = character.map((one) => (typeof one === 'string' ? one.charCodeAt(0) : one))
    const around = fc.oneof(fc.constant(0), unit)
    const ends = new Set<boolean>()
    fc.assert(
      fc.property(around, unit, unit, around, (p, a, b, n) => {
        const slots = new Int32Array(NUM_FEATURES)
        placeSlots(p, a, b, n, slots)
        const sum = slots.reduce((all, slot) => all + (weights.all[slot] ?? Number.NaN), 0)
        ends.add(sum >= 0)
        expect(endsWord(weights, p, a, b, n)).toBe(sum >= 0)
      }),
      { numRuns: 2000, seed: 1 },
    )
    expect(ends.size).toBe(2)
  })
})

describe('a Han character', () => {
  it('is its own unit; half a pair, another script and what lies outside the text are none', () => {
    expect('的〇a、'.split('').map((_, i) => hanAt('的〇a、', i))).toEqual([0x7684, 0x3007, 0, 0])
    expect([hanAt('𠀀', 0), hanAt('的', 1), hanAt('的', -1)]).toEqual([0, 0, 0])
  })
})
