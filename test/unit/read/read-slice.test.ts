import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { ReadEvent } from '../../../functions/read/read-event.ts'
import { brief, bytesOf, gzipped, joined, readAll, readInSlices, record, response, textOf } from './warc-fixture.ts'

// Much is read here, and a machine may have other work.
vi.setConfig({ testTimeout: 60_000 })

const inner = joined(response('http://inner/', '<p>inner</p>'), response('http://inner/2', 'x'))

const body = fc.oneof(
  fc.string({ maxLength: 300 }).map((text) => bytesOf(`<html>${text}`)),
  fc.uint8Array({ maxLength: 2000 }),
  fc.constantFrom(inner, gzipped(inner), bytesOf('\r\nWARC/1.0\r\nWARC-Type: response\r\n\r\n')),
)
const warcRecord = fc
  .tuple(fc.constantFrom('response', 'resource', 'request', 'warcinfo'), fc.nat(99), body)
  .map(([type, n, bytes]) =>
    type === 'response' ? response(`http://site/${n}`, bytes) : record(type, `http://site/${n}`, bytes),
  )
const ndjsonLine = fc
  .tuple(fc.webUrl(), fc.string(), fc.boolean())
  .map(([url, html, broken]) => bytesOf(broken ? `{"url": ${url}\n` : `${JSON.stringify({ url, html })}\n\n`))

/** How records lie in an object: plain, a member each, one member, or members cut anywhere (as bgzip does). */
const packing = fc.constantFrom('plain', 'each', 'one', 'anywhere')
function pack(records: readonly Uint8Array[], how: string, blockBytes: number): Uint8Array {
  const whole = joined(...records)
  if (how === 'plain') return whole
  if (how === 'one') return gzipped(whole)
  if (how === 'each') return joined(...records.map((bytes) => gzipped(bytes)))
  const blocks: Uint8Array[] = []
  for (let at = 0; at < whole.length; at += blockBytes) blocks.push(gzipped(whole.subarray(at, at + blockBytes)))
  return joined(...blocks)
}

const key = (event: ReadEvent) =>
  event.kind === 'page' && [event.page.offset, event.page.index, event.page.url, event.page.body.length]
const withoutEnds = (events: readonly ReadEvent[]): ReadEvent[] => events.filter(({ kind }) => kind !== 'end')

describe('slices', () => {
  it.each([
    ['WARC', warcRecord],
    ['NDJSON', ndjsonLine],
  ])('of any length give the pages of the whole: %s', async (_, entry) => {
    const objects = fc.tuple(
      fc.array(entry, { minLength: 1, maxLength: 8 }),
      packing,
      fc.integer({ min: 40, max: 3000 }),
    )
    await fc.assert(
      fc.asyncProperty(objects, fc.integer({ min: 1, max: 6000 }), async ([entries, how, blockBytes], length) => {
        const object = pack(entries, how, blockBytes)
        const whole = await readAll(object)
        const { events, starts } = await readInSlices(object, length)
        expect(events).toEqual(withoutEnds(whole))
        expect(starts).toEqual([...new Set(starts)].toSorted((a, b) => a - b))
      }),
      { numRuns: 120 },
    )
  })

  it('do not depend on how the source cuts its chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(warcRecord, { minLength: 1, maxLength: 6 }),
        packing,
        fc.integer({ min: 1, max: 500 }),
        async (records, how, chunk) => {
          const object = pack(records, how, 700)
          expect(await readAll(object, {}, chunk)).toEqual(await readAll(object))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('name a record by its member and its number in it', async () => {
    const first = joined(
      response('http://a/', 'a'),
      record('request', 'http://a/', bytesOf('GET')),
      response('http://b/', 'b'),
    )
    const object = joined(gzipped(first), gzipped(response('http://c/', 'c')))
    const places = (await readAll(object)).flatMap((event) =>
      event.kind === 'page' ? [[event.page.url, event.page.offset, event.page.index]] : [],
    )
    expect(places).toEqual([
      ['http://a/', 0, 0],
      ['http://b/', 0, 2],
      ['http://c/', gzipped(first).length, 0],
    ])
  })

  it('read a page whose body is a WARC or a .warc.gz as one page', async () => {
    for (const packed of [inner, gzipped(inner), gzipped(inner, 0)]) {
      const record1 = response('http://outer/', packed)
      for (const object of [record1, gzipped(record1), gzipped(record1, 0)]) {
        const events = await readAll(object)
        expect(events.map(brief)).toEqual(['page http://outer/', 'end null'])
        expect(events[0]?.kind === 'page' && events[0].page.body).toEqual(packed)
      }
    }
  })

  it('stream a member over the small limit and still end it exactly', async () => {
    const filler = '<p>' + 'streamed text '.repeat(80_000)
    const many = joined(...Array.from({ length: 6 }, (_, i) => response(`http://big/${i}`, `${filler}${i}`)))
    const object = joined(gzipped(many), gzipped(response('http://after/', 'x')))
    const events = await readAll(object)
    expect(events.map(brief)).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => `page http://big/${i}`).concat('page http://after/', 'end null'),
    )
    expect(events.map((event) => (event.kind === 'page' ? textOf(event.page.body).slice(-1) : ''))).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      'x',
      '',
    ])
    expect((await readInSlices(object, 1)).starts).toEqual([0, gzipped(many).length])
  })
})

const crawl = path.join(import.meta.dirname, '../../../../shared/data/crawl')
describe.skipIf(!existsSync(crawl))('real crawls (skipped where ../shared is missing)', () => {
  it.each([
    ['dev.warc.gz', 671],
    ['zh-sites.warc.gz', 385],
    ['zh.warc.gz', 36],
  ])('%s has %i pages, in one slice and in many', async (name, pages) => {
    const object = new Uint8Array(readFileSync(path.join(crawl, name)))
    const whole = withoutEnds(await readAll(object))
    expect(whole.map(({ kind }) => kind)).toEqual(Array.from({ length: pages }, () => 'page'))
    const { events, starts } = await readInSlices(object, 1 << 18)
    expect(starts.length).toBeGreaterThan(1)
    expect(events.length).toBe(pages)
    expect(events.map(key)).toEqual(whole.map(key))
  })
})
