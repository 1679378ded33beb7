/** Predictions beside a second, plain writing of fastText's, over random texts and every kind of model. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadFastText, predict } from '../../../../functions/classify/fasttext/fasttext.ts'
import { probabilitiesOf } from '../../../support/fasttext-reference.ts'
import { writeFastText } from '../../../support/fasttext-writer.ts'
import type { ModelSpec } from '../../../support/fasttext-writer.ts'
import { LABELS, specOf, WORDS } from './specs.ts'

const pieces = fc.constantFrom(...WORDS, ...LABELS, '__label__none', 'unknown', '不', '\u00a0', 'é\u0301', '>', 'x')
const blanks = fc.constantFrom(' ', '\n', '\t', '\v', '\f', '\r', '\0', '  ', '')
const texts = fc
  .array(fc.tuple(pieces, blanks), { maxLength: 12 })
  .map((pairs) => pairs.map(([piece, blank]) => piece + blank).join(''))

const MODELS: readonly (readonly [string, ModelSpec])[] = [
  ['softmax', specOf()],
  ['hierarchical softmax', specOf({ loss: 1 })],
  ['negative sampling', specOf({ loss: 2 })],
  ['one-vs-all', specOf({ loss: 4 })],
  ['words alone', specOf({ wordNgrams: 1, minn: 0, maxn: 0, bucket: 0 })],
  ['runs of five words', specOf({ wordNgrams: 5, minn: 0, maxn: 0 })],
  ['runs from one character', specOf({ wordNgrams: 1, minn: 1, maxn: 6 })],
  ['runs of characters from none', specOf({ minn: 0, maxn: 2 })],
  ['shortest run above the longest', specOf({ minn: 4, maxn: 3 })],
  ['version 11, which had no runs of characters', specOf({ version: 11 })],
  ['a bucket that is a power of two', specOf({ bucket: 64, wordNgrams: 3 })],
  ['quantised', specOf({ quantised: {} })],
  ['quantised with norms', specOf({ quantised: { hasNorms: true }, loss: 1 })],
  ['quantised by three', specOf({ quantised: { width: 3, hasNorms: true }, dim: 8, loss: 4 })],
  ['quantised by one', specOf({ quantised: { width: 1 }, dim: 3 })],
  ['quantised whole', specOf({ quantised: { width: 5, output: true } })],
  ['quantised output', specOf({ quantised: { output: true, hasNorms: true }, loss: 1, dim: 9 })],
  ['pruned', specOf({ quantised: {}, prunedEvery: 3 })],
  ['pruned to words', specOf({ quantised: { hasNorms: true }, prunedEvery: 1000, wordNgrams: 3 })],
  ['a dimension', specOf({ dim: 1 })],
  ['sixteen dimensions', specOf({ dim: 16, wordNgrams: 3 })],
  [
    'one label',
    {
      ...specOf({ loss: 1 }),
      labels: [{ text: '__label__only' }],
      output: { kind: 'dense', numbers: [[1, 2, 3, 4, 5]] },
    },
  ],
  ['no word', { ...specOf({ wordNgrams: 3 }), words: [], input: { ...specOf().input, ...rowsOnly(specOf(), 61) } }],
]

function rowsOnly(spec: ModelSpec, rows: number): { numbers: readonly (readonly number[])[] } {
  if (spec.input.kind !== 'dense') throw new Error('expected a dense matrix')
  return { numbers: spec.input.numbers.slice(0, rows) }
}

const asBytes = (text: string): string => Buffer.from(text).toString('latin1')

describe.each(MODELS)('%s', (_, spec) => {
  const model = loadFastText(writeFastText(spec).bytes)

  it('predicts as the plain writing does', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const expected = probabilitiesOf(spec, asBytes(text))
        const found = predict(model, text, { k: 10 })
        if (expected === null) {
          expect(found).toEqual([])
          return
        }
        // A path of the tree below the smoothing of a threshold of 0 is given up, in fastText too.
        const sure = spec.labels.filter((_label, i) => spec.loss !== 1 || (expected[i] ?? 0) > 1.01e-5)
        expect(found.map(({ label }) => label)).toEqual(expect.arrayContaining(sure.map((label) => label.text)))
        expect(new Set(found.map(({ label }) => label)).size).toBe(found.length)
        for (const { label, probability } of found) {
          const p = expected[spec.labels.findIndex(({ text: name }) => name === label)] ?? Number.NaN
          // A sum near a border of the sigmoid's table may fall to either side.
          expect(Math.abs(probability - p)).toBeLessThan(spec.loss === 2 || spec.loss === 4 ? 0.008 : 2e-6)
        }
        const order = found.map(({ probability }) => probability)
        expect(order).toEqual([...order].sort((a, b) => b - a))
      }),
      { numRuns: 150 },
    )
  })

  it('gives the same for bytes, a second time, and in pieces of k and threshold', () => {
    fc.assert(
      fc.property(
        texts,
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (text, k, least) => {
          const all = predict(model, text, { k: 10 })
          expect(predict(model, new TextEncoder().encode(text), { k: 10 })).toEqual(all)
          expect(predict(model, text, { k: 10 })).toEqual(all)
          const some = predict(model, text, { k, threshold: least }).map(({ probability }) => probability)
          // The threshold is for what is not smoothed yet, or for the whole path of a tree: 1e-4 lies between.
          const sure = all.map(({ probability }) => probability).filter((p) => p > least + 1e-4)
          expect(some).toEqual(all.map(({ probability }) => probability).slice(0, some.length))
          expect(some.length).toBeGreaterThanOrEqual(Math.min(k, sure.length))
          expect(some.length).toBeLessThanOrEqual(k)
          expect(some.every((p) => p > least - 1e-4)).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('a text', () => {
  const model = loadFastText(writeFastText(specOf({ wordNgrams: 3 })).bytes)

  it('ends where it says so', () => {
    expect(predict(model, 'the rain </s> a 雨')).toEqual(predict(model, 'the rain'))
  })

  it('is one line, whatever line feeds it has', () => {
    expect(predict(model, '\nthe\n\nrain\r\n')).toEqual(predict(model, 'the rain'))
  })

  it('may be bytes that are no UTF-8', () => {
    const spec = specOf({ wordNgrams: 3 })
    for (const bytes of [[0xff], [0x80, 0x20, 0xbf, 0xbf], [0xe9, 0x9b, 0x20, 0xe9], [0x61, 0xf0]]) {
      const found = predict(model, Uint8Array.from(bytes), { k: 5 })
      const expected = probabilitiesOf(spec, String.fromCharCode(...bytes)) ?? []
      for (const { label, probability } of found) {
        expect(probability).toBeCloseTo(expected[LABELS.indexOf(label)] ?? Number.NaN, 5)
      }
    }
  })

  it.each([
    ['rows of many words', specOf({ wordNgrams: 3 })],
    ['rows of many words, quantised', specOf({ quantised: { hasNorms: true }, prunedEvery: 2, wordNgrams: 2 })],
    ['runs of one long word', specOf({ maxn: 5 })],
  ])('has more %s than are added at once', (what, spec) => {
    const text = what.includes('one') ? `the ${'雨the'.repeat(1500)} rain` : 'the rain 不 unknown '.repeat(700)
    const expected = probabilitiesOf(spec, asBytes(text)) ?? []
    const found = predict(loadFastText(writeFastText(spec).bytes), text, { k: 5 })
    expect(found).toHaveLength(5)
    for (const { label, probability } of found) {
      expect(probability).toBeCloseTo(expected[LABELS.indexOf(label)] ?? Number.NaN, 4)
    }
  })

  it('may be long, in one word and in many', () => {
    const long = loadFastText(writeFastText(specOf({ wordNgrams: 2 })).bytes)
    const short = predict(long, 'the', { k: 5 })
    for (const text of ['雨the'.repeat(20_000), 'the rain 不 '.repeat(90_000)]) {
      const [first, second] = [predict(long, text, { k: 5 }), predict(long, text, { k: 5 })]
      expect(first).toHaveLength(5)
      expect(second).toEqual(first)
    }
    expect(predict(long, 'the', { k: 5 })).toEqual(short)
  })

  it.each([
    [{ k: 0 }, /k is 0, expected a whole number from 1/],
    [{ k: 1.5 }, /k is 1.5/],
    [{ threshold: Number.NaN }, /threshold is NaN/],
  ])('is not asked for %o', (options, message) => {
    expect(() => predict(model, 'the', options)).toThrow(message)
  })
})
