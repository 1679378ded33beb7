import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keep, reject } from '../../../functions/outcome.ts'
import type { Pipeline } from '../../../functions/pipeline.ts'
import { bytesSource } from '../../../functions/read/byte-source.ts'
import type { ChunkRef } from '../../../functions/seal/judge.ts'
import { memoryIndex } from '../../../functions/seal/memory-index.ts'
import { sealAll } from '../../../functions/seal/seal.ts'
import { runSlice, type SliceResult } from '../../../functions/slice.ts'
import { noEarlierShards } from '../../../functions/seal/withdraw.ts'
import { candidate, SIGNALS } from '../../support/candidates.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { gzipped, joined, response } from '../read/warc-fixture.ts'

/** Every seventh page is turned away, every ninth breaks the stage. */
const pipeline: Pipeline = {
  signals: SIGNALS,
  run(page, objectId) {
    const text = new TextDecoder().decode(page.body)
    const number = Number(/\d+/.exec(text)?.[0])
    if (number % 9 === 8) throw new Error(`page ${number} breaks the stage`)
    if (number % 7 === 6) return reject({ code: 'no-main-text', chars: number })
    const place = { offset: page.offset, index: page.index }
    const topic = number % 2 === 0 ? 'other' : 'law-policy'
    return keep(candidate(text, place, { url: page.url, topic, bucket: 60 + (number % 4), objectId }))
  },
}

/** Numbers of pages by member by object; the same number twice is the same page. */
type Crawl = readonly (readonly (readonly number[])[])[]

const objectsOf = (crawl: Crawl, compressed: boolean): Uint8Array[] =>
  crawl.map((object) =>
    joined(
      ...object.map((numbers) => {
        const records = joined(
          ...numbers.map((number) =>
            response(`https://p.example/${number}`, `<p>Page ${number}. ${'x'.repeat(number)}`),
          ),
        )
        return compressed ? gzipped(records, 1) : records
      }),
    ),
  )

async function processed(objects: readonly Uint8Array[], length: number) {
  const store = memoryStore()
  const chunks: ChunkRef[] = []
  const slices: SliceResult[] = []
  const ids = objects.map((bytes) => createHash('sha256').update(bytes).digest('hex'))
  for (const [i, bytes] of objects.entries()) {
    const objectId = ids[i] ?? ''
    for (let start: number | null = 0; start !== null;) {
      const task = { objectUrl: null, objectId, start, length, prefix: 'chunks', seed: 5 }
      const slice: SliceResult = await runSlice(store, pipeline, { source: bytesSource(bytes, 777), ...task })
      slices.push(slice)
      chunks.push(...slice.chunks.map((key) => ({ key, objectKeys: { [objectId]: `object-${i}` } })))
      start = slice.next
    }
  }
  const settings = { seal: 1, seed: 5, pipeline: 'test', signals: SIGNALS, objectIds: ids, provenance: {} }
  const seal = {
    store,
    index: memoryIndex(),
    shardsOf: noEarlierShards,
    settings: { ...settings, holdoutShare: 1 / 4, rangeBytes: 600 },
  }
  const { lines, totals } = await sealAll(seal, chunks)
  const bytes = lines.map(({ shard }) => Buffer.from(store.objects.get(shard) ?? []).toString('base64'))
  const sums = { pages: 0, candidates: 0, rejected: 0, failed: 0 }
  for (const slice of slices)
    for (const name of ['pages', 'candidates', 'rejected', 'failed'] as const) sums[name] += slice[name]
  return { outcome: { lines, totals, bytes, sums }, slices: slices.length }
}

const crawl: fc.Arbitrary<Crawl> = fc.array(
  fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 }),
  { minLength: 1, maxLength: 3 },
)

describe('slices and the seal', () => {
  it('give the same shards at every slice length, gzip or plain', async () => {
    await fc.assert(
      fc.asyncProperty(crawl, fc.boolean(), fc.integer({ min: 1, max: 3000 }), async (pages, compressed, length) => {
        const objects = objectsOf(pages, compressed)
        const whole = await processed(objects, Infinity)
        const cut = await processed(objects, length)
        const least = await processed(objects, 1)
        expect(cut.outcome).toEqual(whole.outcome)
        expect(least.outcome).toEqual(whole.outcome)
        expect(least.slices).toBeGreaterThanOrEqual(cut.slices)
      }),
      { numRuns: 25 },
    )
  }, 60_000)

  it('account for every page', async () => {
    const pages = [
      [
        [1, 2, 3],
        [6, 13],
        [8, 17],
      ],
      [[3], [2, 1]],
    ]
    const { outcome } = await processed(objectsOf(pages, true), 1)
    expect(outcome.sums).toEqual({ pages: 10, candidates: 6, rejected: 2, failed: 2 })
    expect(outcome.totals).toMatchObject({ candidates: 6, duplicates: 3 })
  })
})
