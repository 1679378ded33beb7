import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BAND_BYTES, BANDS, SIGNATURE_BYTES } from '../../../functions/kernel/bands.ts'
import type { IndexLine } from '../../../schema/shard.ts'
import type { Candidate } from '../../../functions/page.ts'
import { writeChunk } from '../../../functions/seal/chunk.ts'
import type { DuplicateLine } from '../../../functions/seal/duplicate-lines.ts'
import { duplicatesKey, type ChunkRef } from '../../../functions/seal/judge.ts'
import { memoryIndex } from '../../../functions/seal/memory-index.ts'
import { clustersKey, type Clusters } from '../../../functions/seal/near.ts'
import { openParquet, rowsOf } from '../../../functions/seal/parquet-file.ts'
import type { DuplicateIndex } from '../../../functions/seal/ports.ts'
import { judge, link, register, sealAll, settle, withdraw, type Seal } from '../../../functions/seal/seal.ts'
import { noEarlierShards, type ShardsOf } from '../../../functions/seal/withdraw.ts'
import { candidate, SIGNALS } from '../../support/candidates.ts'
import { memoryStore } from '../../support/memory-store.ts'

const OBJECT = 'a'.repeat(64)
const PATIENCE_MS = 60_000

/** A document by its number, and the marks that it shares with others: two documents are near when they share one. */
interface Doc {
  readonly number: number
  readonly marks: readonly number[]
}

/** Mark m is the value of band m mod 14; every other band is the document's own. */
function bandsOf({ number, marks }: Doc): Uint8Array {
  const bytes = Buffer.alloc(SIGNATURE_BYTES)
  for (let band = 0; band < BANDS; band++) {
    const mark = marks.find((own) => own % BANDS === band)
    const hash = createHash('sha256').update(`${band} ${mark === undefined ? `own ${number}` : `mark ${mark}`}`)
    hash.digest().copy(bytes, band * BAND_BYTES, 0, BAND_BYTES)
  }
  return new Uint8Array(bytes)
}

/** The place of a row is its position among all, so that another order is another place. */
const rowOf = (doc: Doc, position: number): Candidate =>
  candidate(`Document ${doc.number} has a text.`, { offset: position }, { bands: bandsOf(doc), bucket: doc.number % 3 })

const idOf = (doc: Doc): string => rowOf(doc, 0).id

/** Components of "share a mark or a number", slow and obvious. */
function componentsOf(docs: readonly Doc[]): Doc[][] {
  const left = new Set(docs.keys())
  const components: Doc[][] = []
  for (const [start, doc] of docs.entries()) {
    if (!left.delete(start)) continue
    const component = [doc]
    for (const { number, marks } of component) {
      for (const i of left) {
        const other = docs[i]
        const isNear = other?.number === number || other?.marks.some((mark) => marks.includes(mark))
        if (other !== undefined && isNear && left.delete(i)) component.push(other)
      }
    }
    components.push(component)
  }
  return components
}

async function sealed(
  docs: readonly Doc[],
  {
    index = memoryIndex(),
    seal = 1,
    sizes = [1000],
    store = memoryStore(),
    maxLinked = 1000,
    earlier = [],
  }: {
    index?: DuplicateIndex
    seal?: number
    sizes?: readonly number[]
    store?: ReturnType<typeof memoryStore>
    maxLinked?: number
    /** Index lines of the seals before. */
    earlier?: IndexLine[]
  } = {},
) {
  const chunks: ChunkRef[] = []
  for (let at = 0; at < docs.length;) {
    const rows = docs.slice(at, at + (sizes[chunks.length % sizes.length] ?? 1)).map((doc, i) => rowOf(doc, at + i))
    const key = `chunks/${seal}-${chunks.length}.parquet`
    await writeChunk(store, key, { candidates: rows, signals: SIGNALS, seed: 7 })
    chunks.push({ key, objectKeys: { [OBJECT]: `crawl/${seal}.warc.gz` } })
    at += rows.length
  }
  const settings = { seal, seed: 7, pipeline: 'test', signals: SIGNALS, objectIds: [`${seal}`], provenance: {} }
  const shardsOf: ShardsOf = async ({ seal: wanted, cell, holdout }) =>
    earlier.filter((line) => line.seal === wanted && line.cell === cell && (line.holdout ?? false) === holdout)
  const job: Seal = { store, index, shardsOf, settings: { ...settings, holdoutShare: 1 / 4, maxLinked } }
  const { lines, totals, withdrawn } = await sealAll(job, chunks)
  earlier.push(...lines)
  const rows: { id: string; size: number }[] = []
  for (const { shard } of lines) {
    const file = await openParquet(store, shard)
    for await (const row of rowsOf(file, 0, file.rows)) rows.push({ id: row.id, size: row.dupClusterSize })
  }
  const read = (key: string): string => new TextDecoder().decode(store.objects.get(key))
  const duplicates = chunks
    .flatMap((chunk) => read(duplicatesKey(seal, chunk)).split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as DuplicateLine)
  const clusters = JSON.parse(read(clustersKey(seal))) as Clusters
  const shards = Object.fromEntries(lines.map(({ shard }) => [shard, store.objects.get(shard)]))
  return {
    job,
    chunks,
    totals,
    withdrawn,
    lines,
    rows: rows.sort((a, b) => (a.id < b.id ? -1 : 1)),
    duplicates,
    clusters,
    shards,
  }
}

/** At most one mark a band. */
const doc = fc.record({
  number: fc.integer({ min: 0, max: 60 }),
  marks: fc.uniqueArray(fc.integer({ min: 0, max: 25 }), { maxLength: 3, selector: (mark) => mark % BANDS }),
})
/** A number stands for one text, so it has one set of marks. */
const documents = fc.array(doc, { maxLength: 40 }).map((all) => {
  const first = new Map(all.toReversed().map((own) => [own.number, own]))
  return all.map((own) => first.get(own.number) ?? own)
})

describe('near duplicates in one seal', () => {
  it(
    'leave one document of each cluster, the one with the smallest id, which knows the size',
    async () => {
      await fc.assert(
        fc.asyncProperty(documents, async (docs) => {
          const { rows, totals, duplicates } = await sealed(docs)
          const expected = componentsOf(docs).map((own) => ({ id: own.map(idOf).sort()[0], size: own.length }))
          expect(rows).toEqual(expected.sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1)))
          const texts = new Set(docs.map(({ number }) => number)).size
          expect(totals).toMatchObject({
            candidates: docs.length,
            duplicates: docs.length - texts,
            nearDuplicates: texts - rows.length,
          })
          expect(totals.kept + totals.heldOut).toBe(rows.length)
          expect(duplicates).toHaveLength(docs.length - rows.length)
        }),
        { numRuns: 40, seed: 1 },
      )
    },
    PATIENCE_MS,
  )

  it(
    'are the same in other chunks and in another order',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          documents.chain((docs) => fc.tuple(fc.constant(docs), fc.shuffledSubarray(docs, { minLength: docs.length }))),
          fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
          async ([docs, shuffled], sizes) => {
            const whole = await sealed(docs)
            const cut = await sealed(docs, { sizes })
            expect(cut.shards).toEqual(whole.shards)
            const other = await sealed(shuffled, { sizes })
            expect([other.rows, other.totals]).toEqual([whole.rows, whole.totals])
          },
        ),
        { numRuns: 25, seed: 2 },
      )
    },
    PATIENCE_MS,
  )

  it(
    'name what they matched, which shares a band with them, and what stands for both',
    async () => {
      await fc.assert(
        fc.asyncProperty(documents, async (docs) => {
          const { duplicates, rows } = await sealed(docs, { sizes: [7] })
          const byId = new Map(docs.map((own) => [idOf(own), own]))
          const survivors = new Set(rows.map(({ id }) => id))
          for (const { match, id, offset, matched, holder } of duplicates) {
            const own = byId.get(id)
            const other = byId.get(matched.id)
            expect(survivors.has(holder.id)).toBe(true)
            expect(docs[offset]).toBe(own)
            expect(docs[matched.offset]).toBe(other)
            expect(byId.get(holder.id)?.number).toBe(docs[holder.offset]?.number)
            if (match === 'exact') expect([matched.id, matched.offset < offset]).toEqual([id, true])
            else expect(own?.marks.some((mark) => other?.marks.includes(mark))).toBe(true)
          }
        }),
        { numRuns: 25, seed: 3 },
      )
    },
    PATIENCE_MS,
  )

  it(
    'are found in a chunk of more rows than the index is asked for at once',
    async () => {
      const docs = Array.from({ length: 5100 }, (_, number): Doc => {
        const isTwin = number < 50 || number >= 5050
        return { number, marks: isTwin ? [number % 5050] : [] }
      })
      const { totals, clusters } = await sealed(docs, { sizes: [5100] })
      expect(totals).toMatchObject({ candidates: 5100, duplicates: 0, nearDuplicates: 50 })
      expect(clusters).toEqual({ documents: 100, clusters: 50, joined: [] })
    },
    PATIENCE_MS,
  )

  it('are none among texts that are too short for bands', async () => {
    const store = memoryStore()
    const short = [0, 1, 0].map((number, i) => ({ ...rowOf({ number, marks: [1] }, i), bands: null }))
    await writeChunk(store, 'c.parquet', { candidates: short, signals: SIGNALS, seed: 7 })
    const settings = { seal: 1, seed: 7, pipeline: 'test', signals: SIGNALS, objectIds: [OBJECT], provenance: {} }
    const { totals } = await sealAll(
      { store, index: memoryIndex(), shardsOf: noEarlierShards, settings: { ...settings, holdoutShare: 0 } },
      [{ key: 'c.parquet', objectKeys: { [OBJECT]: 'k' } }],
    )
    expect(totals).toEqual({ candidates: 3, kept: 2, duplicates: 1, nearDuplicates: 0, heldOut: 0 })
  })

  it('are refused by name when there are more than one step can hold', async () => {
    const chain = Array.from({ length: 10 }, (_, number): Doc => ({ number, marks: [number, number + 1] }))
    await expect(sealed(chain, { maxLinked: 9 })).rejects.toThrow(/more than 9 documents.*several batches/)
    expect((await sealed(chain, { maxLinked: 10 })).rows).toMatchObject([{ size: 10 }])
  })
})

/** Documents in seals, in an order. */
const batches = fc.array(documents, { minLength: 1, maxLength: 5 })
const oneText = (all: readonly Doc[][]): Doc[][] => {
  const first = new Map<number, Doc>()
  return all.map((own) => own.map((each) => first.get(each.number) ?? (first.set(each.number, each), each)))
}

async function sealedInOrder(all: readonly (readonly Doc[])[]) {
  const index = memoryIndex()
  const store = memoryStore()
  const earlier: IndexLine[] = []
  const sums = { written: 0, withdrawn: 0, candidates: 0, duplicates: 0 }
  const ids = new Set<string>()
  for (const [i, docs] of all.entries()) {
    const { totals, rows, withdrawn } = await sealed(docs, { index, store, earlier, seal: i + 1, sizes: [11] })
    sums.written += rows.length
    sums.withdrawn += withdrawn.length
    sums.candidates += totals.candidates
    sums.duplicates += totals.duplicates
    for (const { id } of rows) ids.add(id)
    for (const row of withdrawn) {
      expect(ids.delete(row.id)).toBe(true)
      const file = await openParquet(store, row.shard)
      const before = await file.read(0, row.row, ['bytes'])
      expect(before.reduce((sum, { bytes }) => sum + Number(bytes), 0)).toBe(row.before)
      const { id, bytes, bucket } = row
      expect(await file.read(row.row, row.row + 1, ['id', 'bytes', 'bucket'])).toEqual([{ id, bytes, bucket }])
    }
  }
  return { ...sums, ids: [...ids].sort(), index }
}

describe('near duplicates over many seals', () => {
  it(
    'leave one document of each cluster in every order of the batches',
    async () => {
      let joins = 0
      let without = 0
      await fc.assert(
        fc.asyncProperty(
          batches
            .map(oneText)
            .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
          async ([all, shuffled]) => {
            const one = await sealedInOrder(all)
            const other = await sealedInOrder(shuffled)
            const clusters = componentsOf(all.flat())
            for (const { ids } of [one, other]) {
              expect(ids).toHaveLength(clusters.length)
              for (const cluster of clusters) expect(cluster.some((own) => ids.includes(idOf(own)))).toBe(true)
            }
            expect(one.duplicates).toBe(other.duplicates)
            if (one.withdrawn + other.withdrawn === 0) without += 1
            joins += one.withdrawn + other.withdrawn
          },
        ),
        { numRuns: 40, seed: 4 },
      )
      // Both kinds were tried.
      expect([joins > 20, without > 2]).toEqual([true, true])
    },
    PATIENCE_MS,
  )

  it('say what holds them in an earlier seal, and through documents that were dropped there', async () => {
    const index = memoryIndex()
    const [a, b, c]: Doc[] = [
      { number: 1, marks: [1] },
      { number: 2, marks: [1, 2] },
      { number: 3, marks: [2] },
    ]
    if (a === undefined || b === undefined || c === undefined) throw new Error('three documents')
    const first = await sealed([a, b], { index })
    const [survivor] = first.rows
    const second = await sealed([c, b], { index, seal: 2 })
    expect(second.totals).toMatchObject({ kept: 0, heldOut: 0, duplicates: 1, nearDuplicates: 1 })
    const [exact, near] = second.duplicates.sort((x, y) => (x.match < y.match ? -1 : 1))
    expect(exact).toMatchObject({ match: 'exact', id: idOf(b), matched: { id: idOf(b), seal: 1, offset: 1 } })
    expect(near).toMatchObject({ match: 'near', id: idOf(c), matched: { id: idOf(b), seal: 1, offset: 1 } })
    for (const line of second.duplicates) expect(line.holder).toMatchObject({ id: survivor?.id, seal: 1 })
  })

  it('take back what a later document joins, once', async () => {
    const index = memoryIndex()
    const places = { index, store: memoryStore(), earlier: [] }
    const apart = await sealed(
      [
        { number: 1, marks: [1] },
        { number: 2, marks: [2] },
      ],
      places,
    )
    expect([apart.rows.length, apart.withdrawn]).toEqual([2, []])
    const bridge = await sealed([{ number: 3, marks: [1, 2] }], { ...places, seal: 2 })
    const [, second] = apart.rows
    expect([bridge.totals.nearDuplicates, bridge.withdrawn]).toMatchObject([1, [{ id: second?.id }]])
    const [holding] = await index.ask([second?.id ?? ''], 2)
    expect(holding).toMatchObject({ root: apart.rows[0]?.id, joined: { match: idOf({ number: 3, marks: [] }) } })
    const again = await sealed([{ number: 4, marks: [1, 2] }], { ...places, seal: 3 })
    expect([again.totals.nearDuplicates, again.withdrawn]).toEqual([1, []])
  })

  it('say which row they cannot find', async () => {
    const index = memoryIndex()
    const [a, b, bridge] = [[1], [2], [1, 2]].map((marks, number): Doc => ({ number, marks }))
    if (a === undefined || b === undefined || bridge === undefined) throw new Error('three documents')
    await sealed([a, b], { index })
    await expect(sealed([bridge], { index, seal: 2 })).rejects.toThrow(/no published shard has its row/)
  })

  it(
    'change nothing when every step runs again, in its own seal and after later ones',
    async () => {
      await fc.assert(
        fc.asyncProperty(documents, documents, async (one, two) => {
          const [first = [], second = []] = oneText([one, two])
          const index = memoryIndex()
          const store = memoryStore()
          const places = { index, store, earlier: [], sizes: [5] }
          const jobs = [await sealed(first, places), await sealed(second, { ...places, seal: 2 })]
          const before = new Map(store.objects)
          for (const { job, chunks } of [...jobs, ...jobs]) {
            for (const chunk of chunks) await register(job, chunk)
            for (const chunk of chunks) await link(job, chunk)
            await settle(job, chunks)
            await withdraw(job)
            for (const chunk of chunks) await judge(job, chunk)
            await sealAll(job, chunks)
          }
          expect(store.objects).toEqual(before)
        }),
        { numRuns: 15, seed: 5 },
      )
    },
    PATIENCE_MS,
  )

  it(
    'are as if a seal had never been once it is given up, at whatever step',
    async () => {
      await fc.assert(
        fc.asyncProperty(documents, documents, documents, fc.nat(3), async (one, two, three, lastStep) => {
          const [first = [], lost = [], last = []] = oneText([one, two, three])
          const plain = await sealedInOrder([first, [], last])
          const index = memoryIndex()
          const places = { index, store: memoryStore(), earlier: [] }
          await sealed(first, places)
          const { job, chunks } = await sealed(lost, { index: memoryIndex(), seal: 2 })
          const broken: Seal = { ...job, index }
          for (const chunk of chunks) await register(broken, chunk)
          if (lastStep > 0) for (const chunk of chunks) await link(broken, chunk)
          if (lastStep > 1) await settle(broken, chunks)
          if (lastStep > 2) for (const chunk of chunks) await judge(broken, chunk)
          await index.release(2)
          const after = await sealed(last, { ...places, seal: 3 })
          const gone = new Set(after.withdrawn.map(({ id }) => id))
          const ids = [...(await sealed(first)).rows, ...after.rows].map(({ id }) => id)
          expect(ids.filter((id) => !gone.has(id)).sort()).toEqual(plain.ids)
        }),
        { numRuns: 20, seed: 6 },
      )
    },
    PATIENCE_MS,
  )
})
