/** Models that native fastText 0.9.2 trained, and what it predicted (test/support/build-fasttext.ts). */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadFastText, predict } from '../../../../functions/classify/fasttext/fasttext.ts'

const FOLDER = path.join(import.meta.dirname, '../../../fixtures/fasttext')
const { lines, models } = JSON.parse(readFileSync(path.join(FOLDER, 'expected.json'), 'utf8')) as {
  lines: string[]
  models: Record<string, Record<1 | 4, [label: string, probability: number][][]>>
}

describe.each(Object.entries(models))('%s', (file, expected) => {
  const bytes = new Uint8Array(readFileSync(path.join(FOLDER, file)))

  it.each(lines.map((line, i) => [line, i] as const))('%j', (line, i) => {
    const model = loadFastText(bytes)
    for (const k of [1, 4] as const) {
      // Native prints six digits.
      const found = predict(model, line, { k }).map(({ label, probability }) => [
        label,
        Number(probability.toPrecision(6)),
      ])
      expect(found).toEqual(expected[k][i])
    }
  })

  it('says what it is', () => {
    const { labels, numWords, heldBytes, isQuantised } = loadFastText(bytes)
    expect([...labels].sort()).toEqual(['garden', 'kitchen', 'railway', 'weather'].map((name) => `__label__${name}`))
    expect(numWords).toBeGreaterThan(50)
    expect(heldBytes).toBeGreaterThan(bytes.length)
    expect(isQuantised).toBe(file.endsWith('.ftz'))
  })
})
