/** Records whose Content-Length is not that of their block: they cost themselves, and no page is made of two. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { ReadEvent } from '../../../functions/read/read-event.ts'
import { brief, bytesOf, gzipped, http, joined, readAll, readInSlices, record, response } from './warc-fixture.ts'

// Much is read here, and a machine may have other work.
vi.setConfig({ testTimeout: 60_000 })

const body = (name: string) => `<html><p>${name} ${'text of some length '.repeat(20)}</html>`
const ok = (name: string) => response(`http://${name}/`, body(name))
/** A response whose header says `more` bytes beyond its block. */
const lying = (name: string, more: number, type = 'response') => {
  const block = http(bytesOf(body(name)))
  return record(type, `http://${name}/`, block, { 'Content-Length': String(block.length + more) })
}

const packings: readonly [string, (records: readonly Uint8Array[]) => Uint8Array][] = [
  ['plain', (records) => joined(...records)],
  ['one member', (records) => gzipped(joined(...records))],
  ['a member each', (records) => joined(...records.map((bytes) => gzipped(bytes)))],
  ['two a member', (records) => joined(gzipped(joined(...records.slice(0, 2))), gzipped(joined(...records.slice(2))))],
  [
    'members cut anywhere',
    (records) => {
      const whole = joined(...records)
      const blocks: Uint8Array[] = []
      for (let at = 0; at < whole.length; at += 333) blocks.push(gzipped(whole.subarray(at, at + 333)))
      return joined(...blocks)
    },
  ],
]

const details = (events: readonly ReadEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'failed' ? [event.failure.detail] : []))

describe.each(packings)('a wrong Content-Length, %s', (_, pack) => {
  it.each([5, 6, 40, 300, 700, 1500, 99_999, 999_999_999_999, -1, -10, -200])('off by %i', async (more) => {
    const object = pack([ok('a'), lying('b', more), ok('c'), ok('d')])
    const events = await readAll(object)
    expect(events.map(brief)).toEqual([
      'page http://a/',
      'failed http://b/ broken-record',
      'page http://c/',
      'page http://d/',
      'end null',
    ])
    for (const length of [1, 500]) expect((await readInSlices(object, length)).events).toEqual(events.slice(0, -1))
    expect(await readAll(object, {}, 7)).toEqual(events)
  })

  it('by no more than the line ends of its record is none', async () => {
    for (const more of [1, 2, 3, 4])
      expect((await readAll(pack([ok('a'), lying('b', more), ok('c')]))).map(brief)).toEqual([
        'page http://a/',
        'page http://b/',
        'page http://c/',
        'end null',
      ])
  })

  it('of the last record', async () => {
    for (const more of [1, 300, 99_999]) {
      const events = await readAll(pack([ok('a'), ok('b'), ok('c'), lying('d', more)]))
      expect(events.map(brief).slice(3)).toEqual([
        more === 1 ? 'page http://d/' : 'failed http://d/ truncated',
        'end null',
      ])
    }
  })

  it('of one record after another, and of a record that holds no page', async () => {
    const object = pack([
      lying('a', 600),
      lying('b', 900),
      lying('c', 100, 'request'),
      ok('d'),
      lying('e', 50),
      ok('f'),
    ])
    const events = await readAll(object)
    expect(events.map(brief)).toEqual([
      'failed http://a/ broken-record',
      'failed http://b/ broken-record',
      'failed http://c/ broken-record',
      'page http://d/',
      'failed http://e/ broken-record',
      'page http://f/',
      'end null',
    ])
    expect((await readInSlices(object, 1)).events).toEqual(events.slice(0, -1))
  })

  it('leaves a page that holds a WARC whole', async () => {
    const outer = response('http://outer/', joined(ok('inner'), ok('inner2')))
    const events = await readAll(pack([ok('a'), outer, lying('b', 400), ok('c')]))
    expect(events.map(brief)).toEqual([
      'page http://a/',
      'page http://outer/',
      'failed http://b/ broken-record',
      'page http://c/',
      'end null',
    ])
  })
})

it('the failure says what was claimed and how much was passed over', async () => {
  const block = http(bytesOf(body('b')))
  const events = await readAll(joined(lying('b', 700), ok('c'), ok('d')))
  expect(details(events)).toEqual([
    `Content-Length is ${block.length + 700}, but neither a record's end nor another record follows; ` +
      `${block.length + 4} bytes passed over`,
  ])
  expect(details(await readAll(joined(lying('b', 9_999_999), ok('c'))))).toEqual([
    `Content-Length is ${block.length + 9_999_999}, the object has only ${block.length + 4 + ok('c').length} bytes more; ` +
      `${block.length + 4} bytes passed over`,
  ])
})

it.each<[string, string, string]>([
  ['negative', 'Content-Length: -5', 'Content-Length of the WARC header is "-5", expected a whole number of bytes'],
  [
    'no number',
    'Content-Length: 12 kB',
    'Content-Length of the WARC header is "12 kB", expected a whole number of bytes',
  ],
  ['empty', 'Content-Length:', 'Content-Length of the WARC header is "", expected a whole number of bytes'],
  [
    'several that differ',
    'Content-Length: 2\r\nContent-Length: 3',
    'the WARC header has several Content-Length: "2", "3"',
  ],
  ['missing', 'X-Other: 1', 'the WARC header has no Content-Length'],
])('a Content-Length that is %s is told as it is', async (_, field, said) => {
  const bad = bytesOf(`WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://x/\r\n${field}\r\n\r\nhi\r\n\r\n`)
  for (const [, pack] of packings) {
    const events = await readAll(pack([ok('a'), bad, ok('b')]))
    expect(events.map(brief)).toEqual([
      'page http://a/',
      'failed http://x/ broken-record',
      'page http://b/',
      'end null',
    ])
    expect(details(events)[0]).toMatch(said)
  }
})

it('twice the same Content-Length is no fault', async () => {
  const twice = bytesOf(
    'WARC/1.1\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n',
  )
  expect((await readAll(twice)).map(brief)).toEqual(['page ', 'end null'])
})

it('records of no type, an unknown one, and those that stand for a page without holding it, are told by name', async () => {
  const block = bytesOf('x')
  const events = await readAll(
    joined(
      ...['warcinfo', 'request', 'metadata', 'revisit', 'continuation', 'x-screenshot', ''].map((type) =>
        record(type, `http://${type}/`, block),
      ),
      record('response', 'http://part/', http(bytesOf('<p>')), { 'WARC-Segment-Number': '1' }),
      bytesOf('WARC/1.0\r\nWARC-Target-URI: http://none/\r\nContent-Length: 0\r\n\r\n\r\n\r\n'),
    ),
  )
  expect(events.map(brief)).toEqual([
    'rejected http://revisit/ record-type',
    'rejected http://continuation/ record-type',
    'failed http://x-screenshot/ broken-record',
    'failed http:/// broken-record',
    'rejected http://part/ record-type',
    'failed http://none/ broken-record',
    'end null',
  ])
  expect(details(events)).toEqual([
    'there is no WARC-Type "x-screenshot"',
    'the record has no WARC-Type',
    'the record has no WARC-Type',
  ])
  expect(events.at(-1)).toMatchObject({ others: 3 })
})

function endsWithARecord(more: number, after: readonly Uint8Array[]): boolean {
  let end = 0
  return after.some(({ length }) => {
    end += length
    return more >= end && more <= end + 4
  })
}

it('any lengths and packings: slices and chunks change nothing, and what is right is kept', async () => {
  const entry = fc.tuple(fc.nat(9), fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: -150, max: 2000 })))
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { minLength: 1, maxLength: 8 }),
      fc.nat(packings.length - 1),
      fc.integer({ min: 1, max: 3000 }),
      async (entries, packing, length) => {
        const records = entries.map(([n, more], i) => (more === 0 ? ok(`${i}-${n}`) : lying(`${i}-${n}`, more)))
        // A length that ends where a later record does is the truth for all that a reader can see.
        fc.pre(entries.every(([, more], i) => !endsWithARecord(more, records.slice(i + 1))))
        const object = packings[packing]?.[1](records) ?? new Uint8Array(0)
        const events = await readAll(object)
        expect((await readInSlices(object, length)).events).toEqual(events.slice(0, -1))
        expect(await readAll(object, {}, 11)).toEqual(events)
        const pages = events.filter(({ kind }) => kind === 'page').map(brief)
        const right = entries.flatMap(([n, more], i) => (more === 0 ? [`page http://${i}-${n}/`] : []))
        expect(pages).toEqual(expect.arrayContaining(right))
      },
    ),
    // The seventh record claims to end where a member does that was cut anywhere.
    { numRuns: 150, examples: [[Array.from({ length: 8 }, (_, i) => [0, i === 6 ? 221 : 0]), 4, 1]] },
  )
})
