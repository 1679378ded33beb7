import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectFeatures } from '../../../functions/classify/features.ts'
import { batchOf } from '../../../models/training/document-records.ts'
import type { RecordOptions } from '../../../models/training/document-records.ts'
import { lineChunks } from '../../../models/training/line-chunks.ts'
import { LinePool } from '../../../models/training/line-pool.ts'
import type { Work } from '../../../models/training/line-pool.ts'
import { keyOfText } from '../../../models/training/text-keys.ts'
import { sha256 } from '../../../models/training/texts.ts'
import { TopicCorpus, foldOf } from '../../../models/training/topic-corpus.ts'
import { featuresOf, labelsOf, targetOf, weightOf, wordsOver } from '../../../models/training/topic-record.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { ndjson, topicTexts } from '../../support/topic-texts.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-topic-files-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const OPTIONS: RecordOptions = {
  features: { longestRun: 2, maxUnits: 1000 },
  fields: { title: true, url: true },
  secondShare: 0.25,
  part: 'either',
  weight: 2,
}

describe('lines of a file', () => {
  // Lines of all lengths, some longer than a piece; the last without its end.
  const lines = Array.from({ length: 300 }, (_, i) => `${i} `.padEnd(i % 97 === 0 ? 1_500_000 : i * 41, 'x'))
  const bytes = Buffer.from(lines.join('\n'))

  it.each([
    ['plain', bytes],
    ['gzip', gzipSync(bytes)],
    ['gzip in members', Buffer.concat([gzipSync(bytes.subarray(0, 1000)), gzipSync(bytes.subarray(1000))])],
    ['zstd', zstdCompressSync(bytes)],
    [
      'zstd in frames',
      Buffer.concat([zstdCompressSync(bytes.subarray(0, 1000)), zstdCompressSync(bytes.subarray(1000))]),
    ],
  ])('come whole and in order, %s', async (name, content) => {
    const file = path.join(folder, name)
    writeFileSync(file, content)
    let read = 0
    const chunks = await Array.fromAsync(lineChunks(file, (more) => (read += more)))
    expect(read).toBe(content.length)
    expect(chunks.length).toBeGreaterThan(2)
    expect(Buffer.concat(chunks.map((chunk) => chunk.bytes)).equals(bytes)).toBe(true)
    for (const chunk of chunks) {
      const [head = ''] = Buffer.from(chunk.bytes).toString().split(' ', 1)
      expect(Number(head)).toBe(chunk.first - 1)
    }
  })

  it.each([
    ['gzip', gzipSync(bytes).subarray(0, -9), /the gzip file is damaged or cut short/],
    ['zstd', zstdCompressSync(bytes).subarray(0, -9), /the zstd frame at byte 0: is cut short/],
    [
      'what follows a zstd frame',
      Buffer.concat([zstdCompressSync(bytes), Buffer.from('more')]),
      /the zstd frame at byte \d+: /,
    ],
  ])('are refused where a file is damaged, %s', async (name, content, message) => {
    const file = path.join(folder, `cut ${name}`)
    writeFileSync(file, content)
    await expect(Array.fromAsync(lineChunks(file))).rejects.toThrow(message)
  })

  it('of nothing are none', async () => {
    const file = path.join(folder, 'empty')
    writeFileSync(file, '')
    expect(await Array.fromAsync(lineChunks(file))).toEqual([])
  })
})

describe('records', () => {
  it('have the features of a document as often as they count, its labels, weight and target', () => {
    const document = {
      text: 'a court and a court, a court and a court',
      title: 'Court',
      url: 'https://law.example',
      topic: 'law-policy',
      second: 'other',
    } as const
    const { words, starts, keys } = batchOf(
      [
        { text: 'before', topic: null },
        { ...document, weight: 3 },
      ],
      OPTIONS,
    )
    const counted = [...Map.groupBy(collectFeatures(document, OPTIONS.features), (hash) => hash)].flatMap(
      ([hash, all]) => Array.from({ length: 1 + Math.floor(Math.log2(all.length)) }, () => hash),
    )
    expect(counted.length).toBeGreaterThan(new Set(counted).size)
    const at = starts[1] ?? 0
    const { from, to } = featuresOf(words, at)
    expect([...new Int32Array(words.slice(from, to).buffer)]).toEqual(counted)
    expect(to).toBe(words.length)
    expect(labelsOf(words, at)).toEqual({
      topic: TOPICS.indexOf('law-policy'),
      second: TOPICS.indexOf('other'),
      part: 1,
      fold: 0,
    })
    const record = wordsOver(words.buffer)
    expect(weightOf(record, at)).toBe(6)
    expect([...targetOf(record, at)]).toEqual(
      TOPICS.map((topic) => (topic === 'law-policy' ? 0.75 : topic === 'other' ? 0.25 : 0)),
    )
    expect(keys[1]).toBe(keyOfText(document.text))
  })

  it('leave out the fields that they are told to', () => {
    const features = (fields: RecordOptions['fields']): number =>
      batchOf([{ text: 'a text', title: 'one', url: 'two', topic: 'other' }], { ...OPTIONS, fields }).words[0] ?? 0
    const none = features({ title: false, url: false })
    // Its word counts in the title, in the text, and among the first hundred.
    expect(features({ title: true, url: false })).toBe(none + 3)
    expect(features({ title: false, url: true })).toBe(none + 1)
  })
})

describe('batches by threads', () => {
  it('come in the order of their pieces, and a bad line when its turn comes', async () => {
    const pool = new LinePool(2)
    async function* works(): AsyncGenerator<Work> {
      for (let i = 0; i < 12; i++) {
        const text = i === 9 ? 'no JSON\n' : ndjson(topicTexts(1 + ((i * 7) % 11), i))
        const bytes = new Uint8Array(Buffer.from(text))
        await Promise.resolve()
        yield { lines: { bytes, first: 1000 * i + 1, kind: 'labelled', lang: 'en' }, options: OPTIONS }
      }
    }
    const sizes: number[] = []
    const reading = (async () => {
      for await (const { starts } of pool.run(works())) sizes.push(starts.length)
    })()
    await expect(reading).rejects.toThrow(/^line 9001 is not JSON/)
    expect(sizes).toEqual(Array.from({ length: 9 }, (_, i) => 11 * (1 + ((i * 7) % 11))))
    await pool.end()
  })
})

describe('a corpus', () => {
  const corpusOf = (change: object = {}): TopicCorpus =>
    new TopicCorpus({
      folder,
      bins: 4,
      folds: 0,
      heldOutShare: 0.2,
      secondShare: 0.25,
      keepsUnlabelled: true,
      ...change,
    })
  const texts = topicTexts(50, 1)
  const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0)

  it('holds out a share by the texts alone, whatever their order', () => {
    const held = (documents: typeof texts): number[] => {
      const corpus = corpusOf()
      corpus.addDocuments(documents, OPTIONS)
      corpus.close()
      return corpus.counts.heldOut
    }
    expect(sum(held(texts))).toBeGreaterThan(0.15 * texts.length)
    expect(sum(held(texts))).toBeLessThan(0.25 * texts.length)
    expect(held(texts.toReversed())).toEqual(held(texts))
  })

  it('has each text in the fold of its hash, and what is to be learnt from only in none', () => {
    const corpus = corpusOf({ folds: 3 })
    corpus.addDocuments(texts, OPTIONS)
    corpus.addDocuments(topicTexts(10, 2), { ...OPTIONS, part: 'train' })
    expect(sum(corpus.counts.heldOut)).toBe(texts.length)
    expect(sum(corpus.counts.learnt)).toBe(texts.length + 110)
    const folds = new Map<number, number>()
    for (const { words, starts } of corpus.cache.finish().read()) {
      for (const at of starts) {
        const { fold, part } = labelsOf(words, at)
        if (part === 1) folds.set(fold, (folds.get(fold) ?? 0) + 1)
      }
    }
    const expected = [0, 1, 2].map((fold) => texts.filter(({ text }) => foldOf(keyOfText(text), 3) === fold).length)
    expect([0, 1, 2].map((fold) => folds.get(fold))).toEqual(expected)
    corpus.close()
  })

  it('keeps a label by hash above a weaker label of the same text', () => {
    const corpus = corpusOf({ folds: 2 })
    const [first = { text: '', topic: 'other' as const }] = texts
    corpus.addLabels([{ sha256: sha256(first.text), topic: 'other', second: null, weight: 1, line: 1 }])
    expect(corpus.missing()).toHaveLength(1)
    corpus.addDocuments([{ ...first, topic: 'law-policy' }], { ...OPTIONS, part: 'train' })
    // The text is there: the label needs no other, and loses none.
    expect(corpus.missing()).toEqual([])
    expect(corpus.counts).toMatchObject({ contradicted: 1, repeated: 0 })
    corpus.addDocuments([{ ...first, topic: null }], { ...OPTIONS, part: 'train' })
    expect(corpus.counts).toMatchObject({ contradicted: 1, repeated: 1, learnt: corpus.counts.heldOut })
    expect(sum(corpus.counts.heldOut)).toBe(1)
    expect(corpus.counts.heldOut[TOPICS.indexOf('other')]).toBe(1)
    expect(corpus.cache.finish().records).toBe(1)
    corpus.close()
  })
})
