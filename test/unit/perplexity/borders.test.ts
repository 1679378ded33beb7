import { describe, expect, it } from 'vitest'
import { Calibration } from '../../../schema/manifest.ts'

const withBorders = (borders: number[]): unknown => ({
  id: 'cal',
  borders: { en: { pplModel: 'ngram-en@0', borders } },
})

describe('borders of quantiles', () => {
  it('rise, and may be equal where a bucket holds more than a tenth', () => {
    expect(Calibration.safeParse(withBorders([80, 80, 81, 82, 83, 84, 85, 86, 90])).success).toBe(true)
  })

  it('are refused where one falls', () => {
    const { error } = Calibration.safeParse(withBorders([80, 79, 81, 82, 83, 84, 85, 86, 90]))
    expect(error?.issues).toMatchObject([
      { path: ['borders', 'en', 'borders'], message: 'borders fall, expected them in order: q02 first' },
    ])
  })
})
