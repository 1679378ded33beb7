import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Candidate } from '../../../functions/page.ts'
import { bucketOf } from '../../../functions/perplexity/bucket.ts'
import { writeChunk } from '../../../functions/seal/chunk.ts'
import { cellsNotScored, scoresDropped } from '../../../functions/seal/cells-to-sort.ts'
import { compact } from '../../../functions/seal/compact.ts'
import { memoryIndex } from '../../../functions/seal/memory-index.ts'
import { rowHash } from '../../../functions/seal/order.ts'
import { openParquet, rowsOf } from '../../../functions/seal/parquet-file.ts'
import type { Row } from '../../../functions/seal/row-schema.ts'
import { findScores, readScores, writeScores } from '../../../functions/seal/scores-file.ts'
import { sealAll } from '../../../functions/seal/seal.ts'
import { noEarlierShards } from '../../../functions/seal/withdraw.ts'
import type { IndexLine } from '../../../schema/shard.ts'
import { candidate, SIGNALS } from '../../support/candidates.ts'
import { memoryStore, type MemoryStore } from '../../support/memory-store.ts'

const OBJECT = 'a'.repeat(64)
const CELL = 'web/en/law-policy'

/** What a model makes of a text: any number, as long as it is the same each time. Every ninth text is too short. */
function scoreOf(id: string, model: number): Pick<Row, 'ppl' | 'pplTokens' | 'bucket'> {
  const hash = rowHash(id, model)
  const ppl = hash % 9 === 0 ? null : 20 + (hash % 500)
  return { ppl, pplTokens: 80 + (hash % 400), bucket: ppl === null ? null : bucketOf(ppl) }
}

function documents(count: number, model: number): Candidate[] {
  return Array.from({ length: count }, (_, i) => {
    const text = `Report ${i} of the miller, ${'who grinds and waits. '.repeat(1 + (i % 5))}`
    const row = candidate(text, { offset: 10 * i }, { bands: null, optOut: i % 8 === 0 ? 'robots:noai' : null })
    return { ...row, ...scoreOf(row.id, model), pplModel: `model@${model}` }
  })
}

async function sealed(store: MemoryStore, rows: readonly Candidate[], seal: number, rangeBytes = 3000) {
  const chunks = []
  for (let at = 0; at < rows.length; at += 40) {
    const key = `chunks/${seal}-${String(at).padStart(6, '0')}.parquet`
    await writeChunk(store, key, { candidates: rows.slice(at, at + 40), signals: SIGNALS, seed: 3 })
    chunks.push({ key, objectKeys: { [OBJECT]: 'crawl/a.warc.gz' } })
  }
  const settings = {
    seal,
    seed: 3,
    pipeline: `stages-${seal}`,
    signals: SIGNALS,
    objectIds: [OBJECT],
    provenance: { 'millrace.ngram-models': 'model@1 zh@0', 'millrace.near': 'minhash-1 bands=14' },
    holdoutShare: 0,
    rangeBytes,
  }
  const { lines } = await sealAll({ store, index: memoryIndex(), shardsOf: noEarlierShards, settings }, chunks)
  return lines
}

async function rowsIn(store: MemoryStore, lines: readonly IndexLine[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const { shard } of lines) {
    const file = await openParquet(store, shard)
    for await (const row of rowsOf(file, 0, file.rows)) rows.push(row)
  }
  return rows
}

async function rescored(store: MemoryStore, line: IndexLine, model: number): Promise<IndexLine> {
  const rows = (await rowsIn(store, [line])).map((row) => ({ ...scoreOf(row.id, model), bytes: row.bytes }))
  const scores = await writeScores(store, line, { pplModel: `model@${model}`, rows })
  return { ...line, scores: [...(line.scores ?? []), scores] }
}

const compacted = async (store: MemoryStore, lines: readonly IndexLine[], runBytes = 2000) =>
  compact({ store, cells: [{ cell: CELL, lines }], pplModel: 'model@2', seal: 9, rangeBytes: 3000, runBytes })

describe('a compaction', () => {
  it('makes what a run of its own under the new model would have made', async () => {
    const fresh = memoryStore()
    const expected = await sealed(fresh, documents(90, 2), 1)
    const runs = fc.integer({ min: 1, max: 20_000 })
    const property = fc.asyncProperty(runs, fc.integer({ min: 500, max: 9000 }), async (runBytes, rangeBytes) => {
      const store = memoryStore()
      const lines = []
      for (const line of await sealed(store, documents(90, 1), 1, rangeBytes))
        lines.push(await rescored(store, line, 2))
      const found = await compacted(store, lines, runBytes)
      expect(await rowsIn(store, found)).toEqual(await rowsIn(fresh, expected))
      const told = ({ cell, rows, bytes, cuts, histogram, optOut, pplModel }: IndexLine) =>
        JSON.stringify({ cell, rows, bytes, cuts, histogram, optOut, pplModel })
      expect(found.map(told)).toEqual(expected.map(told))
      expect(found.flatMap(({ replaces = [] }) => replaces)).toEqual(lines.map(({ shard }) => shard))
    })
    await fc.assert(property, { numRuns: 6 })
  })

  it('joins shards of several seals, some of them scored by the model itself, without the rows that were taken back', async () => {
    const store = memoryStore()
    const rows = documents(60, 1)
    const first = await sealed(store, rows.slice(0, 40), 1)
    const second = await sealed(store, documents(60, 2).slice(40), 2)
    const lines: IndexLine[] = []
    for (const line of first) lines.push(await rescored(store, line, 2))
    const [gone] = await rowsIn(store, first.slice(0, 1))
    const withdrawn: IndexLine['withdrawn'] = [[0, 0, gone?.bytes ?? 0]]
    const found = await compacted(store, [
      ...lines.map((line, i) => (i === 0 ? { ...line, withdrawn } : line)),
      ...second,
    ])
    const ids = (await rowsIn(store, found)).map(({ id }) => id)
    expect(ids.toSorted()).toEqual(
      rows
        .map(({ id }) => id)
        .filter((id) => id !== gone?.id)
        .toSorted(),
    )
    expect(new Set(found.map(({ pplModel, seal }) => `${pplModel} ${seal}`))).toEqual(new Set(['model@2 9']))
    const { metadata } = await openParquet(store, found[0]?.shard ?? '')
    expect(metadata).toMatchObject({
      'millrace.ngram-models': 'model@1 model@2 zh@0',
      'millrace.near': 'minhash-1 bands=14',
      'millrace.pipeline': 'stages-1 | stages-2',
      'millrace.seed': '3',
    })
  })

  it('brings along what other models say of all rows, and names whose scores it drops', async () => {
    const store = memoryStore()
    const rows = documents(500, 1)
    const first = await sealed(store, rows.slice(0, 240), 1)
    const second = await sealed(store, documents(500, 3).slice(240), 2)
    const lines: IndexLine[] = []
    for (const line of first) lines.push(await rescored(store, await rescored(store, line, 2), 3))
    for (const line of second) lines.push(await rescored(store, line, 2))
    lines[0] = await rescored(store, lines[0] as IndexLine, 4)
    const [gone] = await rowsIn(store, first.slice(0, 1))
    lines[0] = { ...lines[0], withdrawn: [[0, 0, gone?.bytes ?? 0]] }

    // Runs so short that a range merges more of them than it can at once.
    const found = await compacted(store, lines, 200)
    expect([...store.objects.keys()].some((key) => /seals\/00000009\/runs\/\d+-0-1/.test(key))).toBe(true)
    for (const line of found) {
      expect(line.scores?.map(({ pplModel }) => pplModel)).toEqual(['model@3'])
      const [own] = line.scores ?? []
      const expected = (await rowsIn(store, [line])).map(({ id }) => scoreOf(id, 3))
      expect(own && (await readScores(store, line, own))).toEqual(expected)
      expect(await findScores(store, line, 'model@3')).toEqual(own)
    }
    expect(found.reduce((sum, line) => sum + line.rows, 0)).toBe(rows.length - 1)
    expect(scoresDropped([{ cell: CELL, lines }], 'model@2')).toEqual([
      { cell: CELL, pplModel: 'model@4', shards: lines.length, missing: lines.length - 1 },
    ])
    // And back again: by what lay beside.
    const back = await compact({ store, cells: [{ cell: CELL, lines: found }], pplModel: 'model@3', seal: 10 })
    const expected = rows.filter(({ id }) => id !== gone?.id).map(({ id }) => ({ id, ...scoreOf(id, 3) }))
    const told = (await rowsIn(store, back)).map(({ id, ppl, pplTokens, bucket }) => ({ id, ppl, pplTokens, bucket }))
    const byId = (all: { id: string }[]) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    expect(byId(told)).toEqual(byId(expected))
    expect(back.flatMap(({ scores = [] }) => scores)).toEqual([])
  })

  it('writes the same again, and leaves the old shards as they are', async () => {
    const store = memoryStore()
    const lines = []
    for (const line of await sealed(store, documents(50, 1), 1)) lines.push(await rescored(store, line, 2))
    const before = new Map(store.objects)
    const found = await compacted(store, lines)
    const once = new Map(store.objects)
    expect(await compacted(store, lines)).toEqual(found)
    expect(store.objects).toEqual(once)
    for (const [key, bytes] of before) expect(once.get(key)).toEqual(bytes)
    expect(found.every(({ shard }) => !before.has(shard))).toBe(true)
  })

  it('refuses a cell of which the model has not scored every shard', async () => {
    const store = memoryStore()
    const [line, ...others] = await sealed(store, documents(80, 1), 1)
    const lines = [await rescored(store, line as IndexLine, 2), ...others]
    const shards = lines.length
    expect(cellsNotScored([{ cell: CELL, lines }], 'model@2')).toEqual([{ cell: CELL, shards, missing: shards - 1 }])
    await expect(compacted(store, lines)).rejects.toThrow(/ is not scored by model@2/)
  })
})

describe('scores beside a shard', () => {
  it('are read back as they were, and found by the shard and the model', async () => {
    const store = memoryStore()
    const [line] = await sealed(store, documents(30, 1), 1)
    const scored = await rescored(store, line as IndexLine, 2)
    const [own] = scored.scores ?? []
    expect(own?.scores).toBe(`scores/model@2/${scored.shard}`)
    const expected = (await rowsIn(store, [scored])).map(({ id }) => scoreOf(id, 2))
    expect(own && (await readScores(store, scored, own))).toEqual(expected)
    expect(await findScores(store, scored, 'model@2')).toEqual(own)
    expect(await findScores(store, scored, 'model@3')).toBeNull()
  })

  it('are refused where they are damaged, lost, or of another shard', async () => {
    const store = memoryStore()
    const [a, b] = await sealed(store, documents(80, 1), 1)
    const scored = await rescored(store, a as IndexLine, 2)
    const [own] = scored.scores ?? []
    if (own === undefined || b === undefined) throw new Error('the corpus has too few shards')
    await expect(readScores(store, { ...scored, rows: scored.rows + 1 }, own)).rejects.toThrow(/of another shard/)
    await expect(readScores(store, { ...scored, sha256: b.sha256 }, own)).rejects.toThrow(
      /shard hash .* of another shard/,
    )
    await expect(readScores(store, scored, { ...own, pplModel: 'model@3' })).rejects.toThrow(
      /the model model@2, expected/,
    )
    const bytes = store.objects.get(own.scores) ?? new Uint8Array(0)
    store.objects.set(
      own.scores,
      bytes.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
    )
    await expect(readScores(store, scored, own)).rejects.toThrow(/has sha-256 .*, the index names/)
    store.objects.delete(own.scores)
    await expect(readScores(store, scored, own)).rejects.toThrow(/is not in the store, but the index names it/)
  })
})
