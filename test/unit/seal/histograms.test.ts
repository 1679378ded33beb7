import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addCounts, bucketSums } from '../../../functions/kernel/histogram.ts'
import type { Candidate } from '../../../functions/page.ts'
import { HISTOGRAMS_KEY, histogramsOf, RUNS_KEY, writeChunk } from '../../../functions/seal/chunk.ts'
import { memoryIndex } from '../../../functions/seal/memory-index.ts'
import { cellOf } from '../../../functions/seal/order.ts'
import { CHUNK_GROUP_BYTES, openParquet, rowsOf, writeParquet } from '../../../functions/seal/parquet-file.ts'
import { sealAll } from '../../../functions/seal/seal.ts'
import { noEarlierShards } from '../../../functions/seal/withdraw.ts'
import type { CellHistogram } from '../../../schema/calibration.ts'
import type { BucketCount } from '../../../schema/shard.ts'
import { candidate, SIGNALS } from '../../support/candidates.ts'
import { memoryStore, type MemoryStore } from '../../support/memory-store.ts'

const OBJECT = 'a'.repeat(64)

function documents(count: number): Candidate[] {
  return Array.from({ length: count }, (_, i) => {
    const unique = i % 9 === 8 ? i - 8 : i
    const text = `Page ${unique} tells of the wheel. `.repeat(1 + (unique % 4))
    const over = { pplTokens: 90 + 7 * (unique % 13), lang: unique % 4 === 0 ? 'zh' : 'en' }
    const bucket = unique % 10 === 0 ? null : 50 + (unique % 6)
    const pplModel = over.lang === 'zh' ? 'ngram-zh@1' : 'ngram-en@0'
    return candidate(
      text,
      { offset: i * 50 },
      { ...over, bucket, pplModel, topic: i % 2 === 0 ? 'other' : 'law-policy' },
    )
  })
}

async function chunked(store: MemoryStore, rows: readonly Candidate[], sizes: readonly number[]): Promise<string[]> {
  const keys: string[] = []
  for (let at = 0; at < rows.length;) {
    const candidates = rows.slice(at, at + (sizes[keys.length % sizes.length] ?? 1))
    at += candidates.length
    const key = `chunks/${String(keys.length).padStart(4, '0')}.parquet`
    await writeChunk(store, key, { candidates, signals: SIGNALS, seed: 1 })
    keys.push(key)
  }
  return keys
}

async function sealed(store: MemoryStore, keys: readonly string[]) {
  const settings = {
    seal: 1,
    seed: 1,
    pipeline: 'test',
    signals: SIGNALS,
    objectIds: [OBJECT],
    provenance: {},
    holdoutShare: 1 / 4,
    rangeBytes: 2000,
  }
  const chunks = keys.map((key) => ({ key, objectKeys: { [OBJECT]: 'crawl/a.warc.gz' } }))
  return sealAll({ store, index: memoryIndex(), shardsOf: noEarlierShards, settings }, chunks)
}

/** Counts by cell and model. */
const totals = (histograms: readonly CellHistogram[]): Record<string, BucketCount[]> =>
  Object.fromEntries(
    [...Map.groupBy(histograms, ({ cell, pplModel }) => `${cell} ${pplModel}`)].map(([key, own]) => [
      key,
      addCounts(own.map(({ counts }) => counts)),
    ]),
  )

describe('histograms on the way from slices to the index', () => {
  it('travel with every chunk, and any split of the documents adds up to the same', async () => {
    const rows = documents(60)
    const expected = rows.map((row) => {
      const sums = bucketSums()
      sums.addRow(row)
      return { cell: cellOf(row), pplModel: row.pplModel, counts: sums.counts() }
    })
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 })
    const property = fc.asyncProperty(sizes, async (split) => {
      const store = memoryStore()
      const found = []
      for (const key of await chunked(store, rows, split)) {
        found.push(...(histogramsOf((await openParquet(store, key)).metadata) ?? []))
      }
      expect(totals(found)).toEqual(totals(expected))
    })
    await fc.assert(property, { numRuns: 12 })
  })

  it('are those of the rows in every shard, in its line and in its file', async () => {
    const store = memoryStore()
    const { lines } = await sealed(store, await chunked(store, documents(90), [17]))
    expect(lines.length).toBeGreaterThan(6)
    for (const { shard, histogram, cuts, rows } of lines) {
      const file = await openParquet(store, shard)
      const sums = bucketSums()
      for await (const row of rowsOf(file, 0, file.rows)) sums.addRow(row)
      expect(histogram).toEqual(sums.counts())
      expect(JSON.parse(file.metadata['millrace.histogram'] ?? '')).toEqual(histogram)
      const byCuts = cuts.map(
        ([start, bucket, bytes], i) => [bucket, (cuts[i + 1]?.[0] ?? rows) - start, bytes, 0] as const,
      )
      const withoutTokens = histogram?.map(([bucket, count, bytes]) => [bucket, count, bytes, 0])
      expect(addCounts([byCuts.map(([...count]) => count)])).toEqual(withoutTokens)
    }
  })

  it('are refused where a chunk counted otherwise than its rows add up', async () => {
    const store = memoryStore()
    const [key = ''] = await chunked(store, documents(8).slice(0, 7), [7])
    const file = await openParquet(store, key)
    const histograms = JSON.parse(file.metadata[HISTOGRAMS_KEY] ?? '') as { counts: number[][] }[]
    const count = histograms[0]?.counts[0]
    if (count?.[3] !== undefined) count[3] += 1
    const columns = { signals: SIGNALS, bands: true, groupBytes: CHUNK_GROUP_BYTES }
    const sink = writeParquet(await store.upload(key), columns)
    for await (const row of rowsOf(file, 0, file.rows)) await sink.add(row)
    const metadata = { [RUNS_KEY]: file.metadata[RUNS_KEY] ?? '', [HISTOGRAMS_KEY]: JSON.stringify(histograms) }
    await sink.finish(metadata)
    await expect(sealed(store, [key])).rejects.toThrow(/chunks\/0000.parquet counted web\/.* otherwise .* 1 tokens/)
  })
})
