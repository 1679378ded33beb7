import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../../functions/page.ts'
import { writeChunk } from '../../../functions/seal/chunk.ts'
import type { ChunkRef } from '../../../functions/seal/judge.ts'
import { memoryIndex } from '../../../functions/seal/memory-index.ts'
import { compareKeys, isHeldOut, rowHash, sortKey } from '../../../functions/seal/order.ts'
import { openParquet, rowsOf } from '../../../functions/seal/parquet-file.ts'
import { judge, register, sealAll, type Seal, type SealResult } from '../../../functions/seal/seal.ts'
import { noEarlierShards } from '../../../functions/seal/withdraw.ts'
import { candidate, SIGNALS } from '../../support/candidates.ts'
import { memoryStore, type MemoryStore } from '../../support/memory-store.ts'

const SEED = 7

function settings(seal = 1, rangeBytes?: number): Seal['settings'] {
  return {
    seal,
    seed: SEED,
    pipeline: 'test',
    signals: SIGNALS,
    objectIds: ['a'.repeat(64)],
    provenance: { 'millrace.rules': 'none' },
    holdoutShare: 1 / 4,
    ...(rangeBytes === undefined ? {} : { rangeBytes }),
  }
}

/** Documents over three cells and several buckets; every seventh repeats an earlier text. */
function documents(count: number): Candidate[] {
  return Array.from({ length: count }, (_, i) => {
    const topic = ['law-policy', 'other', 'medicine-health'][i % 3] ?? 'other'
    const unique = i % 7 === 6 ? i - 6 : i
    const text = `Document number ${unique} speaks at some length. `.repeat(1 + (unique % 5))
    const bucket = unique % 11 === 0 ? null : 60 + (unique % 4)
    return candidate(text, { offset: i * 100 }, { bucket, topic: unique === i ? topic : 'other' })
  })
}

async function chunked(store: MemoryStore, rows: readonly Candidate[], sizes: readonly number[]): Promise<ChunkRef[]> {
  const refs: ChunkRef[] = []
  let at = 0
  for (let n = 0; at < rows.length; n++) {
    const candidates = rows.slice(at, at + (sizes[n % sizes.length] ?? 1))
    at += candidates.length
    const key = `chunks/${String(n).padStart(4, '0')}.parquet`
    await writeChunk(store, key, { candidates, signals: SIGNALS, seed: SEED })
    refs.push({ key, objectKeys: { ['a'.repeat(64)]: 'crawl/a.warc.gz' } })
  }
  return refs
}

async function sealed(rows: readonly Candidate[], sizes: readonly number[], rangeBytes?: number) {
  const store = memoryStore()
  const chunks = await chunked(store, rows, sizes)
  const result = await sealAll(
    { store, index: memoryIndex(), shardsOf: noEarlierShards, settings: settings(1, rangeBytes) },
    chunks,
  )
  return { store, result, chunks }
}

const shardBytes = (store: MemoryStore, { lines }: SealResult) =>
  lines.map(({ shard }) => [shard, Buffer.from(store.objects.get(shard) ?? []).toString('base64')])

describe('a seal', () => {
  it('keeps one document of each text, in order, and accounts for every candidate', async () => {
    const rows = documents(120)
    const { store, result } = await sealed(rows, [50])
    const unique = new Set(rows.map(({ id }) => id))
    expect(result.totals.candidates).toBe(120)
    expect(result.totals.kept + result.totals.heldOut).toBe(unique.size)
    expect(result.totals.duplicates).toBe(120 - unique.size)
    const seen = new Set<string>()
    for (const line of result.lines) {
      const file = await openParquet(store, line.shard)
      let last = sortKey('0'.repeat(32), Number.NEGATIVE_INFINITY, SEED)
      let bytes = 0
      for await (const row of rowsOf(file, 0, file.rows)) {
        const key = sortKey(row.id, row.bucket, SEED)
        expect(compareKeys(last, key)).toBeLessThan(0)
        expect(isHeldOut(rowHash(row.id, SEED), 1 / 4)).toBe(line.holdout ?? false)
        last = key
        bytes += row.bytes
        seen.add(row.id)
        expect(row.dupClusterSize).toBe(rows.filter(({ id }) => id === row.id).length)
      }
      expect([file.rows, bytes]).toEqual([line.rows, line.bytes])
      expect(line.cuts.reduce((sum, [, , size]) => sum + size, 0)).toBe(line.bytes)
    }
    expect(seen).toEqual(unique)
  })

  it('names the rows that are kept from training, with their places and bytes', async () => {
    const rows = documents(60).map((row, i) =>
      i % 5 === 2 ? { ...row, optOut: i % 2 === 0 ? 'robots:noai' : 'robots:noindex tdm-reservation' } : row,
    )
    const others = documents(120)
      .slice(60)
      .map((row) => ({ ...row, optOut: 'robots:noindex' }))
    const { store, result } = await sealed([...rows, ...others], [50])
    let found = 0
    for (const { shard, optOut = [] } of result.lines) {
      const file = await openParquet(store, shard)
      const own = await file.read(0, file.rows, ['optOut', 'bytes'])
      let before = 0
      const expected = own.flatMap((row, i) => {
        const bytes = Number(row['bytes'])
        before += bytes
        return /noai|tdm/.test(String(row['optOut'])) ? [[i, before - bytes, bytes]] : []
      })
      expect(optOut).toEqual(expected)
      found += optOut.length
    }
    expect(found).toBeGreaterThan(5)
  })

  it('writes the same shards however its candidates were cut into chunks', async () => {
    const rows = documents(90)
    const reference = await sealed(rows, [90])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }), async (sizes) => {
        const other = await sealed(rows, sizes)
        expect(shardBytes(other.store, other.result)).toEqual(shardBytes(reference.store, reference.result))
      }),
      { numRuns: 8 },
    )
  })

  it('writes no shard for a part of a bucket that none of its few documents falls into', async () => {
    const rows = documents(12).map((row) => ({ ...row, bucket: 60 }))
    const { result } = await sealed(rows, [12], 40)
    const unique = new Set(rows.map(({ id }) => id)).size
    expect(result.lines.length).toBeLessThan(unique)
    expect(result.lines.reduce((sum, line) => sum + line.rows, 0)).toBe(unique)
  })

  it('merges more runs than its fan-in, and cuts a cell into ranges', async () => {
    const rows = documents(80)
    const { store, result } = await sealed(rows, [1], 900)
    expect(result.lines.length).toBeGreaterThan(6)
    expect(new Set(result.lines.map(({ shard }) => shard)).size).toBe(result.lines.length)
    const whole = await sealed(rows, [80], 900)
    expect(shardBytes(store, result)).toEqual(shardBytes(whole.store, whole.result))
  })

  it('cuts at every bucket border and nowhere inside a row', async () => {
    const { store, result } = await sealed(documents(60), [60])
    for (const line of result.lines) {
      const file = await openParquet(store, line.shard)
      const rows = []
      for await (const row of rowsOf(file, 0, file.rows)) rows.push(row)
      for (const [i, [start, bucket, bytes]] of line.cuts.entries()) {
        const inside = rows.slice(start, line.cuts[i + 1]?.[0])
        expect(new Set(inside.map((row) => row.bucket))).toEqual(new Set([bucket]))
        expect(inside.reduce((sum, row) => sum + row.bytes, 0)).toBe(bytes)
      }
    }
  })

  it('changes nothing when a step runs again', async () => {
    const store = memoryStore()
    const chunks = await chunked(store, documents(60), [20])
    const seal: Seal = { store, index: memoryIndex(), shardsOf: noEarlierShards, settings: settings() }
    await sealAll(seal, chunks)
    const before = new Map(store.objects)
    for (const chunk of chunks) await register(seal, chunk)
    for (const chunk of chunks) await judge(seal, chunk)
    await sealAll(seal, chunks)
    expect(store.objects).toEqual(before)
  })

  it('names an earlier seal as the holder of a duplicate', async () => {
    const store = memoryStore()
    const index = memoryIndex()
    const rows = documents(30)
    await sealAll({ store, index, shardsOf: noEarlierShards, settings: settings(1) }, await chunked(store, rows, [30]))
    const again = await sealAll(
      { store, index, shardsOf: noEarlierShards, settings: settings(2) },
      await chunked(store, rows, [30]),
    )
    expect(again.totals).toEqual({ candidates: 30, kept: 0, duplicates: 30, nearDuplicates: 0, heldOut: 0 })
    const lines = [...store.objects].find(([key]) => key.startsWith('seals/00000002/duplicates/'))?.[1]
    const first = JSON.parse(new TextDecoder().decode(lines).split('\n')[0] ?? '') as { holder: { seal: number } }
    expect(first.holder.seal).toBe(1)
  })

  it('leaves no trace in the index when it is given up', async () => {
    const index = memoryIndex()
    const claim = { id: '0'.repeat(32), seal: 3, key: 'k', offset: 0, index: 0, cell: 'c', bucket: 1, bands: null }
    await index.register([claim])
    await index.release(3)
    await expect(index.ask([claim.id], 3)).rejects.toThrow(/never registered/)
  })
})
