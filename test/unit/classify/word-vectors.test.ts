import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { collectFeatures } from '../../../functions/classify/features.ts'
import { CLASSES } from '../../../functions/classify/topic-model.ts'
import { logits } from '../../../models/training/softmax.ts'
import { best } from '../../../models/training/scored-texts.ts'
import { startFromVectors } from '../../../models/training/vector-start.ts'
import { BadVectors, readVectors } from '../../../models/training/word-vectors.ts'
import type { WordVectors } from '../../../models/training/word-vectors.ts'
import { cacheOf } from '../../support/topic-records.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-vectors-'))
afterAll(() => rmSync(folder, { recursive: true }))

const WORDS = ['river', 'court', 'enzyme', 'river court']

const hashOf = (word: string): number =>
  (collectFeatures({ text: word }, { longestRun: 1, maxUnits: 64 })[0] as number) >>> 0

const numbers = new Map(WORDS.slice(0, 3).map((word, i) => [hashOf(word), i]))

function read(content: string | Uint8Array): WordVectors {
  const file = path.join(folder, 'vectors.txt')
  writeFileSync(file, content)
  return readVectors(file, 3, (hash) => numbers.get(hash) ?? -1)
}

const vectorOf = ({ rows, values, dimensions }: WordVectors, feature: number): number[] => {
  const row = rows[feature] as number
  return [...values.subarray(row * dimensions, (row + 1) * dimensions)]
}

describe('files of word vectors', () => {
  it('keeps the words that are features, of whatever case', () => {
    const vectors = read('of 9 9\nRiver .5 -1\nenzyme 2 1e-1\nunknown 0 0\n')
    expect(vectors).toMatchObject({ dimensions: 2, words: 2 })
    expect(vectorOf(vectors, 0)).toEqual([0.5, -1])
    expect(vectorOf(vectors, 2)).toEqual([2, Math.fround(0.1)])
    expect(vectors.rows[1]).toBe(-1)
  })

  it('reads the first line of word2vec, a last line without an end, and lines longer than a read', () => {
    const long = `court ${Array.from({ length: 200_000 }, (_, i) => i / 8).join(' ')}`
    expect(read('2 3\nriver 1 2 3\ncourt 4 5 6')).toMatchObject({ dimensions: 3, words: 2 })
    expect(read(`${long}\n${long.replace('court', 'enzyme')}\n`)).toMatchObject({ dimensions: 200_000, words: 2 })
  })

  it('takes the first of two spellings that are one feature', () => {
    expect(vectorOf(read('river 1 2\nRIVER 3 4\n'), 0)).toEqual([1, 2])
  })

  it.each([
    ['numbers that are too few', 'river 1 2\ncourt 1\n', /line 2: found 1 numbers behind the word, expected 2/],
    ['no number', 'river 1 x\n', /line 1: "x" is no number/],
    ['a word alone', 'river\n', /line 1: found 0 numbers/],
    ['nothing', '', /no word of the file stands in the texts/],
    ['other words', 'fluss 1 2\n', /of another language/],
    ['gzip', gzipSync('river 1 2\n'), /packed: unpack it/],
    [
      'fewer words than it names',
      '3 2\nriver 1 2\ncourt 1 2\n',
      /found 2 words, expected the 3 that line 1 names: .*cut/,
    ],
    ['other vectors than it names', '2 3\nriver 1 2\n', /line 2: found 2 numbers behind the word, expected 3/],
    ['zip', 'PK\u0003\u0004 river 1 2\n', /packed/],
  ])('refuses %s', (_, content, message) => {
    expect(() => read(content)).toThrow(BadVectors)
    expect(() => read(content)).toThrow(message)
    expect(() => read(content)).toThrow(/^\/.*vectors.txt: /)
  })
})

describe('a start from word vectors', () => {
  /** A word a topic that labelled texts hold, and one of the same vector that none of them does. */
  const synonymOf = (topic: number): number => CLASSES + topic
  const texts = Array.from({ length: CLASSES }, (_, topic) => [
    ...Array.from({ length: 20 }, () => ({ features: [topic], topic })),
    { features: [synonymOf(topic)] },
  ])
  const cache = cacheOf(folder, texts.flat(), 2)
  afterAll(() => cache.close())
  const vectors: WordVectors = {
    dimensions: CLASSES,
    words: 2 * CLASSES,
    rows: Int32Array.from({ length: 2 * CLASSES + 1 }, (_, i) => (i < 2 * CLASSES ? i : -1)),
    values: Float32Array.from({ length: 2 * CLASSES * CLASSES }, (_, i) =>
      Number(Math.floor(i / CLASSES) % CLASSES === i % CLASSES),
    ),
  }
  const options = { isHeldOut: () => false, classWeights: new Float32Array(CLASSES).fill(1), seed: 1 }
  const topicOf = (model: ReturnType<typeof startFromVectors>, feature: number): number => {
    const out = new Float32Array(CLASSES)
    logits(model, Uint32Array.of(feature), { from: 0, to: 1 }, out)
    return best(out)
  }

  it('knows the topic of a word that no labelled text has by the words of like vectors', () => {
    const model = startFromVectors(cache, vectors, options)
    for (let topic = 0; topic < CLASSES; topic++) expect(topicOf(model, synonymOf(topic))).toBe(topic)
  })

  it('gives a feature without a vector nothing, and the same again for the same seed', () => {
    const model = startFromVectors(cache, vectors, options)
    expect([...model.weights.subarray(-CLASSES)]).toEqual(Array.from({ length: CLASSES }, () => 0))
    expect(startFromVectors(cache, vectors, options)).toEqual(model)
  })

  it('is finite where all words with vectors are held out', () => {
    const rows = vectors.rows.map((row, feature) => (feature === 3 ? row : -1))
    const isHeldOut = ({ topic }: { readonly topic: number }): boolean => topic === 3
    const model = startFromVectors(cache, { ...vectors, rows }, { ...options, isHeldOut })
    expect(model.weights.every((weight) => weight === 0)).toBe(true)
  })

  it('learns nothing from what is held out', () => {
    const isHeldOut = ({ topic }: { readonly topic: number }): boolean => topic === 3
    const model = startFromVectors(cache, vectors, { ...options, isHeldOut })
    expect(topicOf(model, synonymOf(3))).not.toBe(3)
    expect(topicOf(model, synonymOf(4))).toBe(4)
  })
})
