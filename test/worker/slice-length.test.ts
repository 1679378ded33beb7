import { beforeAll, describe, expect, it } from 'vitest'
import { gzipped, joined, response } from '../unit/read/warc-fixture.ts'
import { articles, beginBatch, members, nearCopyOf, pageOf, storeObject, urlOf, warcOf } from './pages.ts'
import { drain, newWorld, snapshot, type Snapshot } from './world.ts'

const pages = articles(8)
const copies = pages.slice(1, 4).map((page) => nearCopyOf(page))
const lines = (from: number, to: number): Uint8Array =>
  new TextEncoder().encode(
    pages
      .slice(from, to)
      .map((page) => `${JSON.stringify({ url: urlOf(page), html: pageOf(page) })}\n`)
      .join(''),
  )

/** One object of each kind; pages are shared between them, and one page is itself a crawl. */
const OBJECTS: readonly (readonly [string, () => Uint8Array])[] = [
  [
    'members.warc.gz',
    () => joined(...members(pages.slice(0, 4)), gzipped(response('https://a.example/x', warcOf(pages)))),
  ],
  [
    'one-member.warc.gz',
    () => gzipped(joined(...pages.slice(2, 5).map((page) => response(urlOf(page), pageOf(page))))),
  ],
  ['plain.warc', () => joined(...[...pages.slice(3, 6), ...copies].map((page) => response(urlOf(page), pageOf(page))))],
  ['pages.ndjson', () => lines(4, 7)],
  ['pages.ndjson.gz', () => gzipped(lines(5, 8))],
]

async function sealedWith(sliceBytes: number): Promise<Snapshot> {
  const world = await newWorld({ SLICE_BYTES: String(sliceBytes) })
  const objects = []
  for (const [key, bytes] of OBJECTS) objects.push(await storeObject(key, bytes()))
  await beginBatch(world.bindings, 'batch', objects)
  expect(await drain(world)).toBe(true)
  return snapshot()
}

/** Shards and hold-out files with their bytes, and the rows that name them. */
const outcome = ({ rows, corpus }: Snapshot) => ({
  shards: rows['shards'],
  seals: rows['seals'],
  versions: rows['index_versions'],
  bytes: Object.fromEntries(Object.entries(corpus).filter(([key]) => /^(shards|holdout)\//.test(key))),
})

const sum = (snapshotted: Snapshot, column: string): number =>
  (snapshotted.rows['slices'] ?? []).reduce((total, row) => total + Number(row[column]), 0)

describe('the length of a slice', () => {
  let whole: Snapshot

  beforeAll(async () => {
    whole = await sealedWith(1 << 30)
    expect(whole.rows['slices']).toHaveLength(OBJECTS.length)
    expect(Object.keys(outcome(whole).bytes).length).toBeGreaterThan(0)
    expect(whole.rows['seals']).toMatchObject([{ near_duplicates: copies.length }])
  })

  it.each([
    [1, 13],
    [1000, 10],
    [4000, 7],
  ])('of %i bytes changes no shard', async (sliceBytes, least) => {
    const cut = await sealedWith(sliceBytes)
    expect(cut.rows['slices']?.length).toBeGreaterThanOrEqual(least)
    expect(outcome(cut)).toEqual(outcome(whole))
    for (const column of ['pages', 'candidates', 'rejected', 'failed', 'page_bytes', 'text_bytes'])
      expect([column, sum(cut, column)]).toEqual([column, sum(whole, column)])
  })
})
