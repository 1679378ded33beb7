import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nestedOrder, type OrderedLane } from '../../../functions/manifest/nested-order.ts'

const lane = (cell: string, tokens: readonly number[]): OrderedLane => ({
  cell,
  segments: tokens.map((n) => ({ tokens: n })),
})

describe('the order between cells', () => {
  it('spreads a language whose every cell is one document over the phase', () => {
    const english = lane(
      'web/en/other',
      Array.from({ length: 40 }, () => 100),
    )
    const chinese = Array.from({ length: 10 }, (_, i) => lane(`web/zh/topic-${i}`, [100]))
    const order = nestedOrder([english, ...chinese])
    const positions = order.flatMap((number, position) => (number === 0 ? [] : [position]))
    for (const [i, position] of positions.entries()) expect(Math.abs(position - (i + 0.5) * 5)).toBeLessThanOrEqual(5)
  })

  it('reads every segment once and keeps each language within a segment of its share', () => {
    const lanes = fc.array(
      fc.tuple(fc.constantFrom('en', 'zh'), fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 6 })),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(lanes, (drawn) => {
        const all = drawn.map(([lang, tokens], i) => lane(`web/${lang}/c${i}`, tokens))
        const order = nestedOrder(all)
        const read = all.map(() => 0)
        const sums = new Map<string, number>()
        const totals = new Map<string, number>()
        for (const { cell, segments } of all) {
          const lang = cell.split('/')[1] ?? ''
          totals.set(lang, (totals.get(lang) ?? 0) + segments.reduce((sum, { tokens }) => sum + tokens, 0))
        }
        const total = [...totals.values()].reduce((sum, n) => sum + n, 0)
        let done = 0
        for (const number of order) {
          const own = all[number]
          const { tokens = 0 } = own?.segments[read[number] ?? 0] ?? {}
          read[number] = (read[number] ?? 0) + 1
          done += tokens
          const lang = own?.cell.split('/')[1] ?? ''
          sums.set(lang, (sums.get(lang) ?? 0) + tokens)
          for (const [name, share] of totals)
            expect(Math.abs((sums.get(name) ?? 0) - (done * share) / total)).toBeLessThanOrEqual(901)
        }
        expect(read).toEqual(all.map(({ segments }) => segments.length))
      }),
    )
  })
})
