import { expect, it } from 'vitest'
import { bandTable } from '../../../functions/seal/band-table.ts'
import { randomFrom } from '../../support/index-lines.ts'

it('a band table answers as a map does, while it grows, is overwritten and thinned out', () => {
  const next = randomFrom(11)
  const table = bandTable()
  const reference = new Map<string, number>()
  const word = (): number => Math.floor(next() * 2 ** 32) | 0
  // Half of the bands differ in their high words alone, and all low words fall among few slots.
  const bands = Array.from({ length: 20_000 }, (_, i): [number, number] => [i % 2 === 0 ? word() : i & 0xff, word()])
  for (let i = 0; i < 60_000; i++) {
    const [low, high] = bands[Math.floor(next() * bands.length)] ?? [0, 0]
    table.set(low, high, i)
    reference.set(`${low} ${high}`, i)
  }
  const compare = (): void => {
    for (const [low, high] of bands) expect(table.get(low, high)).toBe(reference.get(`${low} ${high}`) ?? -1)
  }
  compare()
  expect(reference.size).toBeGreaterThan(15_000)
  const isKept = (document: number): boolean => document % 3 !== 0
  table.retain(isKept)
  for (const [band, document] of reference) if (!isKept(document)) reference.delete(band)
  compare()
  expect(table.get(1, 2)).toBe(-1)
})
