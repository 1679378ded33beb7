import { constants, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { bytesSource } from '../../../functions/read/byte-source.ts'
import { readSlice } from '../../../functions/read/read-slice.ts'
import type { ReadEvent } from '../../../functions/read/read-event.ts'
import { frameHeader, walkFrame } from '../../../functions/read/zstd-frame.ts'
import { brief, bytesOf, joined, readAll, readInSlices, response } from './warc-fixture.ts'

// Much is read here, and a machine may have other work.
vi.setConfig({ testTimeout: 60_000 })

const { ZSTD_c_checksumFlag: CHECKSUM, ZSTD_c_windowLog: WINDOW_LOG } = constants
const packed = (bytes: Uint8Array, params: Record<number, number> = { [CHECKSUM]: 1 }) =>
  new Uint8Array(zstdCompressSync(bytes, { params }))
const skippable = (number: number, content: Uint8Array): Uint8Array => {
  const head = Buffer.from([0x50 + number, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])
  head.writeUInt32LE(content.length, 4)
  return joined(head, content)
}
/** Words that do not repeat, so that frames have many blocks and damage does not go unnoticed. */
const words = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, j) => ((seed * 7919 + j * j) % 65521).toString(36)).join(' ')
const page = (name: string, count = 60) =>
  response(`http://${name}/`, `<html><p>${words(name.charCodeAt(0) * 31 + count, count)}`)
const [a, b, c] = [page('a'), page('b'), page('c')]
const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 0xff
  return copy
}
const details = (events: readonly ReadEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'failed' ? [event.failure.detail] : []))
const pagesOf = (...names: string[]) => names.map((name) => `page http://${name}/`)

describe('zstd objects', () => {
  const ndjson = ['a', 'b', 'c'].map((name) => `${JSON.stringify({ url: `http://${name}/`, text: name })}\n`).join('')
  it.each<[string, Uint8Array]>([
    ['one frame', packed(joined(a, b, c))],
    ['a frame each', joined(packed(a), packed(b), packed(c))],
    ['frames without checksum', joined(packed(a, {}), packed(joined(b, c), {}))],
    ['skippable frames between', joined(packed(a), skippable(3, a), packed(b), skippable(0, bytesOf('')), packed(c))],
    ['zeros behind it', joined(packed(a), packed(joined(b, c)), new Uint8Array(600))],
    ['empty frames', joined(packed(new Uint8Array(0)), packed(joined(a, b, c)), packed(new Uint8Array(0)))],
    ['NDJSON', packed(bytesOf(ndjson))],
    ['NDJSON in frames cut anywhere', joined(packed(bytesOf(ndjson.slice(0, 50))), packed(bytesOf(ndjson.slice(50))))],
  ])('%s', async (_, object) => {
    const events = await readAll(object)
    expect(events.map(brief)).toEqual([...pagesOf('a', 'b', 'c'), 'end null'])
    expect((await readInSlices(object, 1)).events).toEqual(events.slice(0, -1))
    expect(await readAll(object, {}, 5)).toEqual(events)
  })

  it('tell a skippable frame that claims more than there is, and go on behind it', async () => {
    const lying = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0x7f])
    const events = await readAll(joined(packed(a), lying, packed(b), packed(c)))
    expect(events.filter(({ kind }) => kind === 'page').map(brief)).toEqual(pagesOf('a', 'b', 'c'))
    expect(details(events)).toEqual([expect.stringContaining('passed over')])
    expect(details(await readAll(joined(packed(a), skippable(0, b).subarray(0, 20))))).toHaveLength(1)
  })

  it('of frames begin their slices at them', async () => {
    const [one, two] = [packed(joined(a, b)), packed(c)]
    expect((await readInSlices(joined(one, skippable(1, a), two), 1)).starts).toEqual([
      0,
      one.length + skippable(1, a).length,
    ])
  })

  it('large frames are streamed, and read on after', async () => {
    const many = Array.from({ length: 8 }, (_, i) => page(`${i}`, 150_000))
    const object = joined(packed(joined(...many)), packed(c))
    const events = await readAll(object)
    expect(events.map(brief)).toEqual([...pagesOf('0', '1', '2', '3', '4', '5', '6', '7', 'c'), 'end null'])
    expect((await readInSlices(object, 1)).events).toEqual(events.slice(0, -1))
    // The length of the frame is told by its blocks, so that damage in the middle costs no search.
    const damaged = await readAll(flipped(object, Math.floor(packed(joined(...many)).length * 0.7)))
    expect(damaged.map(brief).slice(0, 5)).toEqual(pagesOf('0', '1', '2', '3', '4'))
    expect(damaged.map(brief).slice(-3)).toEqual(['failed null corrupt-member', 'page http://c/', 'end null'])
    const cut = await readAll(object.subarray(0, Math.floor(packed(joined(...many)).length * 0.7)))
    expect(cut.map(brief)).toEqual([...pagesOf('0', '1', '2', '3', '4'), 'failed null truncated', 'end null'])
  })

  it('gives up a frame above the limit by name and reads on after it', async () => {
    const object = joined(packed(joined(...Array.from({ length: 8 }, (_, i) => page(`${i}`, 150_000)))), packed(c))
    const events = await readAll(object, { maxMemberBytes: 5_000_000 })
    expect(events.map(brief).slice(-3)).toEqual(['failed null member-too-large', 'page http://c/', 'end null'])
  })

  it('refuses a window of more than 8 MiB by name, and nothing else', async () => {
    const large = bytesOf(words(1, 2_000_000))
    for (const log of [23, 24]) {
      const content = response('http://w/', large)
      const frame = packed(content, { [WINDOW_LOG]: log })
      // With room for all of it the content is the window.
      expect(frameHeader(frame)?.windowBytes).toBe(log === 23 ? 8 << 20 : content.length)
      const events = await readAll(joined(packed(a), frame, packed(b)))
      if (log === 23) expect(events.map(brief)).toEqual([...pagesOf('a', 'w', 'b'), 'end null'])
      else {
        expect(events.map(brief)).toEqual([
          'page http://a/',
          'failed null member-too-large',
          'page http://b/',
          'end null',
        ])
        expect(details(events)[0]).toMatch(/^the frame needs a window of \d+ bytes, at most 8388608 are read/)
      }
    }
  })
})

describe('damaged zstd objects', () => {
  const [pa, pb, pc] = [packed(a), packed(b), packed(c)]
  it.each<[string, Uint8Array, string[]]>([
    [
      'a wrong checksum',
      joined(pa, flipped(pb, pb.length - 1), pc),
      ['page http://a/', 'failed null corrupt-member', 'page http://c/'],
    ],
    [
      'a block that cannot be decoded',
      joined(pa, pb.slice().fill(0xff, 20, 80), pc),
      ['page http://a/', 'failed null corrupt-member', 'page http://c/'],
    ],
    [
      'a destroyed header',
      joined(pa, flipped(pb, 1), pc),
      ['page http://a/', 'failed null corrupt-member', 'page http://c/'],
    ],
    [
      'a destroyed block header',
      joined(pa, pb.slice().fill(0xff, 7, 12), pc),
      ['page http://a/', 'failed null corrupt-member', 'page http://c/'],
    ],
    [
      'a corrupt first frame',
      joined(pa.slice().fill(0xff, 20, 80), pb),
      ['failed null corrupt-member', 'page http://b/'],
    ],
    ['garbage at the end', joined(pa, bytesOf('garbage')), ['page http://a/', 'failed null trailing-garbage']],
    ['the last frame cut', joined(pa, pb.subarray(0, 60)), ['page http://a/', 'failed null truncated']],
    ['the last frame cut in its header', joined(pa, pb.subarray(0, 5)), ['page http://a/', 'failed null truncated']],
    [
      'a single frame of two pages cut in its checksum',
      packed(joined(a, b)).subarray(0, -2),
      [...pagesOf('a', 'b'), 'failed null truncated'],
    ],
    [
      'a frame of several pages with a wrong checksum',
      joined(flipped(packed(joined(a, b)), packed(joined(a, b)).length - 1), pc),
      [...pagesOf('a', 'b'), 'failed null corrupt-member', 'page http://c/'],
    ],
  ])('%s', async (_, object, expected) => {
    const events = await readAll(object)
    expect(events.map(brief)).toEqual([...expected, 'end null'])
    expect((await readInSlices(object, 1)).events).toEqual(events.slice(0, -1))
  })
})

describe('of a zstd object whose first frame gives nothing', () => {
  const wide = packed(bytesOf(words(1, 4_000_000)), { [WINDOW_LOG]: 24 })
  it.each<[string, Uint8Array, string, RegExp]>([
    [
      'a window that is too large is told with both sizes',
      wide,
      'failed null member-too-large',
      /^the frame needs a window of \d{8} bytes, at most 8388608 are read: compress it again/,
    ],
    [
      'a cut is told with its place',
      packed(a).subarray(0, 30),
      'failed null truncated',
      /^the object ends at byte 30, inside of the zstd frame that begins at byte 0, .*: it was cut off$/,
    ],
    [
      'damage is told with what it is',
      packed(a).fill(0xff, 14),
      'failed null corrupt-member',
      /^no zstd frame of the object can be decoded; of the one at byte 0: /,
    ],
  ])('%s', async (_, object, event, said) => {
    const events = await readAll(object)
    expect(events.map(brief)).toEqual([event, 'end null'])
    expect(details(events)[0]).toMatch(said)
  })

  it('one of no bytes is empty and not damaged', async () => {
    const nothing = packed(new Uint8Array(0))
    expect((await readAll(nothing)).map(brief)).toEqual(['rejected null empty', 'end null'])
    expect((await readAll(joined(nothing, skippable(1, a), nothing))).map(brief)).toEqual([
      'rejected null empty',
      'end null',
    ])
  })

  it('the frames behind one that is refused are read', async () => {
    const events = await readAll(joined(wide, packed(a), packed(b)))
    expect(events.map(brief)).toEqual(['failed null member-too-large', ...pagesOf('a', 'b'), 'end null'])
  })
})

it('dictionaries are refused by name', async () => {
  const whole = await readAll(joined(skippable(0xd, a), packed(b)))
  expect(whole.map(brief)).toEqual(['failed null unreadable-encoding', 'end null'])
  expect(details(whole)[0]).toMatch(/^zstd with a dictionary is not read/)
  // The number of a dictionary stands in the header of each frame made with it.
  const frame = packed(a)
  const named = joined(frame.subarray(0, 4), Uint8Array.of((frame[4] ?? 0) | 1, 77), frame.subarray(5))
  const one = await readAll(joined(packed(b), named, packed(c)))
  expect(one.map(brief)).toEqual(['page http://b/', 'failed null member-too-large', 'page http://c/', 'end null'])
  expect(details(one)[0]).toMatch(/^the frame needs the dictionary 77/)
})

it('any frames, slices and chunks give the same pages', async () => {
  const frame = fc.array(fc.nat(30), { minLength: 1, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.integer({ min: 1, max: 400 }),
      async (frames, length, chunkBytes) => {
        const object = joined(...frames.map((pages) => packed(joined(...pages.map((n) => page(`${n}`, n))))))
        const whole = await readAll(object)
        expect(whole.map(brief)).toEqual([...pagesOf(...frames.flat().map(String)), 'end null'])
        expect((await readInSlices(object, length)).events).toEqual(whole.slice(0, -1))
        const chunked: ReadEvent[] = []
        for await (const event of readSlice(bytesSource(object, chunkBytes))) chunked.push(event)
        expect(chunked).toEqual(whole)
      },
    ),
    { numRuns: 60 },
  )
})

it('a frame is as long as its blocks say', () => {
  for (const bytes of [a, new Uint8Array(0), new Uint8Array(1 << 20), bytesOf(words(3, 300_000))])
    for (const params of [{}, { [CHECKSUM]: 1 }]) {
      const frame = packed(bytes, params)
      const header = frameHeader(frame)
      if (header === null) throw new Error('no header')
      expect(walkFrame(joined(frame, a), header)).toMatchObject({ kind: 'whole', at: frame.length })
    }
})
