import { describe, expect, it } from 'vitest'
import { findRow } from '../../../functions/seal/find-row.ts'
import { memoryIndex } from '../../../functions/seal/memory-index.ts'
import { openParquet } from '../../../functions/seal/parquet-file.ts'
import { sealAll } from '../../../functions/seal/seal.ts'
import { writeChunk } from '../../../functions/seal/chunk.ts'
import { noEarlierShards } from '../../../functions/seal/withdraw.ts'
import { candidate, SIGNALS } from '../../support/candidates.ts'
import { memoryStore } from '../../support/memory-store.ts'

const SEED = 5

async function sealed(buckets: readonly (number | null)[], count: number) {
  const store = memoryStore()
  const rows = Array.from({ length: count }, (_, i) =>
    candidate(`Text ${i.toString(36)}`, { offset: i }, { bucket: buckets[i % buckets.length] ?? null, bands: null }),
  )
  await writeChunk(store, 'c.parquet', { candidates: rows, signals: SIGNALS, seed: SEED })
  const settings = { seal: 1, seed: SEED, pipeline: 'test', signals: SIGNALS, objectIds: [], provenance: {} }
  const { lines } = await sealAll(
    {
      store,
      index: memoryIndex(),
      shardsOf: noEarlierShards,
      settings: { ...settings, holdoutShare: 1 / 8, rangeBytes: 4000 },
    },
    [{ key: 'c.parquet', objectKeys: { ['a'.repeat(64)]: 'k' } }],
  )
  return { store, lines }
}

describe('the row of a document', () => {
  it.each([[[60, 61, null, 75]], [[null]], [[7]]])(
    'is found in every shard, whatever its bucket: %j',
    async (buckets) => {
      const { store, lines } = await sealed(buckets, 700)
      expect(lines.length).toBeGreaterThan(2)
      let found = 0
      for (const line of lines) {
        const file = await openParquet(store, line.shard)
        const rows = await file.read(0, file.rows, ['id', 'bucket'])
        for (const [i, { id, bucket }] of rows.entries()) {
          const document = { id: String(id), bucket: bucket == null ? null : Number(bucket), seed: SEED }
          expect(await findRow(store, line, document)).toBe(i)
          found += 1
        }
      }
      expect(found).toBe(700)
    },
    60_000,
  )

  it('is nowhere in a shard that does not have it', async () => {
    const { store, lines } = await sealed([60, 62], 100)
    for (const line of lines) {
      expect(await findRow(store, line, { id: 'f'.repeat(32), bucket: 60, seed: SEED })).toBeNull()
      expect(await findRow(store, line, { id: 'f'.repeat(32), bucket: 61, seed: SEED })).toBeNull()
    }
  })
})
