import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import type { NgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePrefix, scoreSentence } from '../../../functions/perplexity/score-ready.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'
import { wordCheck, wordHash } from '../../../functions/perplexity/ready-tokens.ts'
import { spellTokens } from '../../../functions/perplexity/spell-tokens.ts'
import { adjustCounts } from '../../../models/training/adjusted-counts.ts'
import { importArpa } from '../../../models/training/arpa-import.ts'
import { discountsOf } from '../../../models/training/kneser-ney-estimate.ts'
import { trainModel } from '../../../models/training/lm-train.ts'
import type { TrainedModel, TrainOptions } from '../../../models/training/lm-train.ts'
import { readCorpus, textPieces } from '../../../models/training/ngram-corpus.ts'
import { writeTableFile } from '../../../models/training/ngram-table-file.ts'
import { SortedRuns } from '../../../models/training/sorted-runs.ts'
import { WordNumbers } from '../../../models/training/word-numbers.ts'

const FIXTURES = path.join(import.meta.dirname, '../../fixtures/ngram')
const CORPUS = path.join(FIXTURES, 'corpus.txt')
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-lm-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text)
}

const OPTIONS: TrainOptions = {
  order: 4,
  prune: [0, 0, 0, 0],
  isOwn: false,
  fallback: [0.5, 1, 1.5],
  folder,
  bufferBytes: 1e6,
}

const train = (text: string, options: Partial<TrainOptions> = {}): Promise<TrainedModel> =>
  trainModel([{ pieces: () => pieces(text) }], { ...OPTIONS, ...options })

function load({ table, unknown }: Pick<TrainedModel, 'table' | 'unknown'>, { order, isOwn }: TrainOptions): NgramModel {
  const file = path.join(folder, 'model.bin')
  writeTableFile(file, table, { name: 'tiny', lang: 'en', order, unknown, hasUnknown: false, isOwn, bits: 32 })
  return loadNgramModel(readFileSync(file))
}

const SENTENCES = fc.array(
  fc
    .array(fc.constantFrom('the', 'wheel', 'turns', 'stream', '水', '车', 'zebra'), { maxLength: 9 })
    .map((words) => words.join(' ')),
  { minLength: 1, maxLength: 8 },
)

describe('the trainer beside lmplz', () => {
  it.each([
    ['all.arpa', [0, 0, 0, 0]],
    ['pruned.arpa', [0, 0, 1, 1]],
  ])('%s: the same n-grams, the same probabilities', async (name, prune) => {
    const options = { ...OPTIONS, prune }
    const trained = await trainModel([{ pieces: () => textPieces(CORPUS) }], options)
    const theirs = await importArpa(path.join(FIXTURES, name), { isOwn: false })
    expect([trained.words, ...trained.counts.slice(1).map(({ kept }) => kept)]).toEqual(theirs.counts)
    expect(trained.unknown).toBeCloseTo(theirs.unknown, 5)
    const [ours, reference] = [load(trained, options), load(theirs, options)]
    fc.assert(
      fc.property(SENTENCES, (sentences) => {
        for (const sentence of sentences) {
          expect(scoreSentence(ours, sentence).log10p).toBeCloseTo(scoreSentence(reference, sentence).log10p, 4)
        }
      }),
    )
  })
})

describe('the external sort', () => {
  it('gives the same model whatever the buffer, and leaves nothing behind', async () => {
    const text = readFileSync(CORPUS, 'utf8')
    const bytesOf = async (bufferBytes: number): Promise<Buffer> => {
      load(await train(text, { bufferBytes }), OPTIONS)
      return readFileSync(path.join(folder, 'model.bin'))
    }
    const once = await bytesOf(1e6)
    for (const bufferBytes of [1, 500, 3000]) expect((await bytesOf(bufferBytes)).equals(once)).toBe(true)
    expect(readdirSync(folder).filter((name) => name.startsWith('millrace-'))).toEqual([])
  })

  it('merges runs in order, with their counts', () => {
    const WORD = fc.nat(5000)
    fc.assert(
      fc.property(fc.array(fc.tuple(WORD, fc.nat(2)), { minLength: 1, maxLength: 300 }), (records) => {
        const runs = new SortedRuns({ order: 2, folder, bufferBytes: 16 })
        for (const record of records) runs.add(Uint32Array.from(record), 2)
        expect(records.length <= 16 || runs.runs > 0).toBe(true)
        const merged: number[][] = []
        runs.merge((words, count) => merged.push([...words, count]))
        const counts = new Map<string, number>()
        for (const record of records) counts.set(record.join(' '), (counts.get(record.join(' ')) ?? 0) + 1)
        const expected = [...counts].map(([key, count]) => [...key.split(' ').map(Number), count])
        expected.sort(([a1 = 0, a2 = 0], [b1 = 0, b2 = 0]) => a2 - b2 || a1 - b1)
        expect(merged).toEqual(expected)
      }),
    )
  })
})

describe('adjusted counts', () => {
  it('are distinct words in front, or all uses where a sentence begins', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.constantFrom([0, 0, 0], [0, 1, 1], [0, 0, 2]),
        async (sentences, prune) => {
          const numbers = new WordNumbers()
          const runs = new SortedRuns({ order: 3, folder, bufferBytes: 100 })
          const text = sentences.map((words) => `${words.join(' ')}\n`)
          const add = (words: Uint32Array, end: number): void => runs.add(words, end)
          await readCorpus({ pieces: () => pieces(...text) }, { order: 3, isOwn: false, numbers, add })
          const counted = adjustCounts(runs, { order: 3, words: numbers.size, prune, folder })
          // By definition, over strings of word numbers.
          const uses = new Map<string, number>()
          const before = new Map<string, Set<number>>()
          for (const words of sentences) {
            const ids = [1, ...words.map((word) => numberOf(word, numbers)), 2]
            for (let size = 1; size <= 3; size++) {
              for (let from = size === 1 ? 1 : 0; from + size <= ids.length; from++) {
                const key = ids.slice(from, from + size).join(' ')
                uses.set(key, (uses.get(key) ?? 0) + 1)
                if (from > 0) before.set(key, (before.get(key) ?? new Set()).add(ids[from - 1] ?? 0))
              }
            }
          }
          const adjusted = (key: string, size: number): number =>
            size === 3 || key.startsWith('1 ') ? (uses.get(key) ?? 0) : (before.get(key)?.size ?? 0)
          const expected = [...uses.keys()]
            .filter((key) => key.includes(' '))
            .map((key) => {
              const size = key.split(' ').length
              return [key, adjusted(key, size), (uses.get(key) ?? 0) > (prune[size - 1] ?? 0)]
            })
          const found: unknown[] = []
          for (const size of [2, 3]) {
            counted.read(size, (words, count, isKept) => found.push([words.subarray(0, size).join(' '), count, isKept]))
          }
          expect(new Set(found.map(String))).toEqual(new Set(expected.map(String)))
          expect(found).toHaveLength(expected.length)
          counted.close()
          for (const key of uses.keys())
            if (!key.includes(' ')) expect(counted.unigrams[Number(key)]).toBe(adjusted(key, 1))
        },
      ),
      { numRuns: 100 },
    )
  })
})

const numberOf = (word: string, numbers: WordNumbers): number =>
  numbers.of(wordHash(word, 0, word.length), wordCheck(word, 0, word.length))

describe('the model', () => {
  it.each([[[0, 0, 0, 0]], [[0, 0, 1, 1]], [[0, 1, 1, 2]]])('sums to 1 in every context, pruned %j', async (prune) => {
    const text = readFileSync(CORPUS, 'utf8')
    const options = { ...OPTIONS, prune }
    const model = load(await train(text, options), options)
    const words = [...new Set(text.split(/\s+/).filter((word) => word !== ''))]
    for (const context of ['', 'the', 'the wheel', 'the wheel turns in', 'wheel the', 'zebra', '水 车']) {
      // p(w | context) is what w adds to the words before it, and so is the end's.
      const before = scorePrefix(model, context)
      let sum = 10 ** (scoreSentence(model, context).log10p - before)
      for (const word of [...words, 'quagga']) sum += 10 ** (scorePrefix(model, `${context} ${word}`) - before)
      expect(sum).toBeCloseTo(1, 4)
    }
  })

  it('is the same from text and from its tokens', async () => {
    const text = 'The Wheel turns;\nthe wheel TURNS in 1999.\r\n\n水车、水车\nthe “wheel”'
    const tokens = spellTokens(text).map((words) => words.join(' '))
    const options = { ...OPTIONS, order: 3, prune: [0, 0, 0] }
    const own = load(await train(text, { ...options, isOwn: true }), { ...options, isOwn: true })
    const file = path.join(folder, 'tokens.gz')
    writeFileSync(file, gzipSync(`${tokens.join('\r\n')}\r\n\n`))
    const ready = load(await trainModel([{ pieces: () => textPieces(file) }], options), options)
    const both = [text, 'the zebra turns', '水 1'].map((one) => {
      const words = spellTokens(one).map((line) => scoreSentence(ready, line.join(' ')).log10p)
      return [scorePerplexity(own, one).log10p, words.reduce((sum, log10p) => sum + log10p, 0)]
    })
    for (const [a, b] of both) expect(a).toBeCloseTo(b ?? 0, 9)
  })

  it.each([
    ['an image', Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), /other, behind byte 0: not UTF-8/],
    [
      'gzip that was cut',
      gzipSync('the wheel turns\n'.repeat(99)).subarray(0, 40),
      /other: .*the gzip file is damaged or cut short/,
    ],
  ])('refuses %s, and names the file', async (_, bytes, message) => {
    const file = path.join(folder, 'other')
    writeFileSync(file, bytes)
    await expect(trainModel([{ pieces: () => textPieces(file) }], OPTIONS)).rejects.toThrow(message)
  })

  it('reads a character that stands on both sides of a piece', async () => {
    const file = path.join(folder, 'long')
    writeFileSync(file, `a${'水'.repeat(400_000)}\n`)
    const all: string[] = []
    for await (const piece of textPieces(file)) all.push(piece)
    expect(all.join('')).toBe(`a${'水'.repeat(400_000)}\n`)
  })

  it('does not depend on where pieces of the text end', async () => {
    const lines = readFileSync(CORPUS, 'utf8').split(/(?<=\n)/)
    const options = { ...OPTIONS, prune: [0, 0, 0, 0] }
    load(await trainModel([{ pieces: () => pieces(...lines) }], options), options)
    const byLine = readFileSync(path.join(folder, 'model.bin'))
    load(await train(lines.join(''), options), options)
    expect(readFileSync(path.join(folder, 'model.bin')).equals(byLine)).toBe(true)
  })

  it('ends a sentence where a file ends, and names the file of a mistake', async () => {
    const one = await train('a b\nc d\n')
    const two = await trainModel([{ pieces: () => pieces('a b') }, { pieces: () => pieces('c d') }], OPTIONS)
    expect(two.corpus).toEqual(one.corpus)
    const bad = trainModel(
      [{ pieces: () => pieces('a\nb\n') }, { name: 'second.txt', pieces: () => pieces('c\n</s>\n') }],
      OPTIONS,
    )
    await expect(bad).rejects.toThrow(/^second.txt: line 2: found <\/s>, expected words alone/)
  })

  it.each([
    ['nothing', '\n \n', {}, /no token: nothing to train on/],
    ['a marker', 'a b\n\nthe <s> wheel\n', {}, /the text: line 3: found <s>, expected words alone/],
    [
      'too little text',
      'a b\n',
      { fallback: null },
      /none of the 1-grams has an adjusted count of \d.*--discount-fallback/,
    ],
  ])('is not made of %s', async (_, text, options, message) => {
    await expect(train(text, options)).rejects.toThrow(message)
    expect(readdirSync(folder).filter((name) => name.startsWith('millrace-'))).toEqual([])
  })
})

describe('discounts', () => {
  const counts = (...ofCounts: [number, number, number, number]) => ({ all: 9, kept: 9, ofCounts })
  it('are those of Chen and Goodman', () => {
    // Y = 4 / 8, D1 = 1 − 2 Y n2/n1, D2 = 2 − 3 Y n3/n2, D3 = 3 − 4 Y n4/n3.
    expect(discountsOf(counts(4, 2, 1, 1), 2, null)).toEqual([0.5, 1.25, 1])
  })

  it.each([
    ['no singletons', counts(0, 2, 1, 1), /none of the 2-grams has an adjusted count of 1/],
    ['a discount below 0', counts(4, 2, 1, 9), /the 2-grams' discount of count 3 is -15, expected 0 to 3/],
  ])('fall back with %s', (_, given, message) => {
    expect(discountsOf(given, 2, [0.5, 1, 1.5])).toEqual([0.5, 1, 1.5])
    expect(() => discountsOf(given, 2, null)).toThrow(message)
  })
})
