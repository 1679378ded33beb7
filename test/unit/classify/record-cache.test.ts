/** What the topic trainer has on the disk, and how it knows texts and features. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CellCounts, numberFeatures, renumber } from '../../../models/training/feature-counts.ts'
import { random } from '../../../models/training/softmax.ts'
import { KeyTable, keyOfHash, keyOfText } from '../../../models/training/text-keys.ts'
import { sha256 } from '../../../models/training/texts.ts'
import { featuresOf } from '../../../models/training/topic-record.ts'
import { cacheOf } from '../../support/topic-records.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-records-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the cache of records', () => {
  const texts = Array.from({ length: 50 }, (_, i) => ({ features: Array.from({ length: i }, (__, k) => 100 * i + k) }))

  it('gives every record back once, in an order that the seed says, and leaves no file', () => {
    const cache = cacheOf(folder, texts)
    const read = (seed?: number): number[][] => {
      const all: number[][] = []
      for (const { words, starts } of cache.read(seed)) {
        for (const at of starts) {
          const { from, to } = featuresOf(words, at)
          all.push([...words.subarray(from, to)])
        }
      }
      return all
    }
    const sorted = (all: number[][]): number[][] => all.toSorted((a, b) => a.length - b.length)
    expect(readdirSync(folder)).toEqual([])
    expect(sorted(read())).toEqual(texts.map(({ features }) => features))
    expect(sorted(read(5))).toEqual(texts.map(({ features }) => features))
    expect(read(5)).toEqual(read(5))
    expect(read(5)).not.toEqual(read(6))
    expect(cache.records).toBe(50)
    cache.close()
  })

  it('holds records that are larger than its buffers', () => {
    const long = { features: Array.from({ length: 40_000 }, (_, i) => i) }
    const cache = cacheOf(folder, [long, { features: [1] }, long], 1)
    const [bin] = [...cache.read()]
    expect([...(bin?.starts ?? [])].map((at) => bin?.words[at])).toEqual([40_000, 1, 40_000])
    cache.close()
  })

  it('makes another of what a change leaves', () => {
    const cache = cacheOf(folder, texts)
    const odd = cache.map((record, at) => {
      renumber(record, at, (feature) => (feature % 100 < 2 ? feature % 100 : -1))
      return (record.words[at] ?? 0) > 0
    })
    expect(odd.records).toBe(49)
    for (const { words, starts } of odd.read()) {
      for (const at of starts) expect(words[at]).toBeLessThanOrEqual(2)
    }
    cache.close()
    odd.close()
  })
})

describe('the numbers of features', () => {
  it('are those of features in enough texts, the most frequent first', () => {
    // Feature f (any 32 bits) stands in f's rank of texts.
    const hashes = Array.from({ length: 40 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 0)
    const texts = Array.from({ length: 40 }, (_, t) => ({ features: hashes.filter((__, f) => f >= t) }))
    const cache = cacheOf(folder, texts)
    const cells = new CellCounts()
    for (const { words, starts } of cache.read()) for (const at of starts) cells.add(words, at)
    const found = numberFeatures(cache, cells, { leastDocuments: 11, mostFeatures: 1000, counts: () => true })
    expect([...found.hashes]).toEqual(hashes.slice(10).reverse())
    expect([...found.documents]).toEqual(Array.from({ length: 30 }, (_, i) => 40 - i))
    expect(found.numberOf(hashes[39] ?? 0)).toBe(0)
    expect(found.numberOf(hashes[9] ?? 0)).toBe(-1)
    expect(found.numberOf(12345)).toBe(-1)
    cache.close()
  })

  it('are no more than asked for: the threshold rises', () => {
    const next = random(4)
    const features = Array.from({ length: 3000 }, () => Math.floor(next() * 2 ** 32))
    const cache = cacheOf(
      folder,
      Array.from({ length: 30 }, (_, t) => ({ features: features.slice(100 * t) })),
    )
    const cells = new CellCounts()
    for (const { words, starts } of cache.read()) for (const at of starts) cells.add(words, at)
    const found = numberFeatures(cache, cells, { leastDocuments: 1, mostFeatures: 1000, counts: () => true })
    expect(found.threshold).toBe(21)
    expect(found.hashes).toHaveLength(1000)
    cache.close()
  })
})

describe('keys of texts', () => {
  it('are the same by text and by hash', () => expect(keyOfText('A text.')).toBe(keyOfHash(sha256('A text.'))))

  it('are found again, however many', () => {
    const table = new KeyTable()
    for (let i = 0; i < 5000; i++) table.set(keyOfText(`text ${i}`), i % 11)
    expect(table.size).toBe(5000)
    for (let i = 0; i < 5000; i++) expect(table.get(keyOfText(`text ${i}`))).toBe(i % 11)
    expect(table.get(keyOfText('another'))).toBe(-1)
  })
})
