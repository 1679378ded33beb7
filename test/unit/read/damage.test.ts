import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { gzipCodec } from '../../../functions/read/gzip-codec.ts'
import type { ReadEvent } from '../../../functions/read/read-event.ts'
import { brief, bytesOf, gzipped, joined, readAll, readInSlices, record, response } from './warc-fixture.ts'

// Much is read here, and a machine may have other work.
vi.setConfig({ testTimeout: 60_000 })

const page = (name: string, level = 6) =>
  gzipped(response(`http://${name}/`, `<p>${name} ${'text of some length '.repeat(40)}`), level)
const [a, b, c] = [page('a'), page('b'), page('c')]

const ok = (name: string) => response(`http://${name}/`, name)
const line = (url: string) => `${JSON.stringify({ url, text: 'text' })}\n`

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 0xff
  return copy
}

const details = (events: readonly ReadEvent[]): string[] =>
  events.flatMap((event) => (event.kind === 'failed' ? [event.failure.detail] : []))

describe('damaged gzip objects', () => {
  const big = gzipped(
    joined(...Array.from({ length: 5 }, (_, i) => response(`http://big/${i}`, '<p>' + 'large '.repeat(200_000)))),
  )
  it.each<[string, Uint8Array, string[]]>([
    [
      'one corrupt member',
      joined(a, flipped(b, 60), c),
      ['page http://a/', 'failed null corrupt-member', 'page http://c/'],
    ],
    [
      'a wrong CRC',
      joined(a, flipped(b, b.length - 8), c),
      ['page http://a/', 'failed null corrupt-member', 'page http://c/'],
    ],
    [
      'a wrong length',
      joined(a, flipped(b, b.length - 1), c),
      ['page http://a/', 'failed null corrupt-member', 'page http://c/'],
    ],
    [
      'a destroyed header',
      joined(a, flipped(b, 0), c),
      ['page http://a/', 'failed null corrupt-member', 'page http://c/'],
    ],
    ['a corrupt first member', joined(flipped(a, 60), b), ['failed null corrupt-member', 'page http://b/']],
    ['a corrupt last member', joined(a, flipped(b, 60)), ['page http://a/', 'failed null corrupt-member']],
    [
      'garbage between members',
      joined(a, bytesOf('garbage'), b),
      ['page http://a/', 'failed null corrupt-member', 'page http://b/'],
    ],
    ['trailing garbage', joined(a, bytesOf('garbage')), ['page http://a/', 'failed null trailing-garbage']],
    ['zero padding', joined(a, new Uint8Array(5000), b, new Uint8Array(70_000)), ['page http://a/', 'page http://b/']],
    ['a last member cut in its data', joined(a, b.subarray(0, 80)), ['page http://a/', 'failed null truncated']],
    ['a last member cut in its header', joined(a, b.subarray(0, 5)), ['page http://a/', 'failed null truncated']],
    [
      'a last member cut in its trailer',
      joined(a, b.subarray(0, b.length - 3)),
      ['page http://a/', 'page http://b/', 'failed null truncated'],
    ],
    [
      'a large member cut in its trailer',
      joined(a, big.subarray(0, big.length - 3)),
      [
        'page http://a/',
        ...[0, 1, 2, 3].map((i) => `page http://big/${i}`),
        'page http://big/4',
        'failed null truncated',
      ],
    ],
  ])('%s', async (_, object, expected) => {
    const events = await readAll(object)
    expect(events.map(brief)).toEqual([...expected, 'end null'])
    expect((await readInSlices(object, 1)).events).toEqual(events.slice(0, -1))
  })

  it.each([3, 60])('keeps the pages before the damage in a single member of %i pages', async (count) => {
    const text = (i: number) =>
      Array.from({ length: 25_000 }, (_, j) => ((i * 7919 + j * j) % 65521).toString(36)).join(' ')
    const pages = Array.from({ length: count }, (_, i) => response(`http://${i}/`, `<p>${text(i)}`))
    // Short blocks, so that damage does not go unnoticed for long.
    const object = new Uint8Array(gzipSync(joined(...pages), { memLevel: 1 }))
    const before = Math.floor(count * 0.6)
    // Pages compress alike, so that this lies in the middle of the page after `before` others.
    const middle = Math.floor(((before + 0.5) / count) * object.length)
    const damaged = object.slice().fill(0xff, middle, middle + 1000)
    const events = await readAll(joined(damaged, c))
    expect(events.map(brief)).toEqual([
      ...Array.from({ length: before }, (_, i) => `page http://${i}/`),
      'failed null corrupt-member',
      'page http://c/',
      'end null',
    ])
    expect((await readInSlices(joined(damaged, c), 1)).events).toEqual(events.slice(0, -1))
  })

  it('keeps the pages of a member in which something is damaged but nothing breaks', async () => {
    const several = gzipped(joined(ok('1'), ok('2'), ok('3')))
    const events = await readAll(joined(a, flipped(several, several.length - 8), c))
    expect(events.map(brief)).toEqual([
      'page http://a/',
      ...[1, 2, 3].map((i) => `page http://${i}/`),
      'failed null corrupt-member',
      'page http://c/',
      'end null',
    ])
    expect(details(events)[0]).toMatch(/^CRC-32 is .*; bytes \d+ to \d+ cannot be trusted$/)
  })

  it('names the bytes that were passed over', async () => {
    const [detail] = details(await readAll(joined(a, flipped(b, 0), c)))
    expect(detail).toBe(`no gzip member begins here; bytes ${a.length} to ${a.length + b.length} passed over`)
    expect(details(await readAll(joined(a, bytesOf('garbage'))))).toEqual([
      '7 bytes after the last gzip member are none',
    ])
  })

  it('does not take the .warc.gz inside a page for a member when only the check of the page is wrong', async () => {
    // Stored blocks keep the inner file readable in the outer one.
    const outer = gzipped(response('http://outer/', a), 0)
    const events = await readAll(joined(flipped(outer, outer.length - 8), c))
    expect(events.map(brief)).toEqual(['failed null corrupt-member', 'page http://c/', 'end null'])
  })

  it('gives up a member above the limit by name', async () => {
    const events = await readAll(joined(big, c), { maxMemberBytes: 5_000_000 })
    expect(events.map(brief).slice(-3)).toEqual(['failed null member-too-large', 'page http://c/', 'end null'])
  })
})

describe('damaged WARC records', () => {
  const broken = bytesOf('WARC/1.0\r\nWARC-Type: response\r\n\r\nno length\r\n')
  it.each<[string, Uint8Array, string[]]>([
    [
      'no Content-Length',
      joined(ok('a'), broken, ok('b')),
      ['page http://a/', 'failed null broken-record', 'page http://b/'],
    ],
    [
      'text between records',
      joined(ok('a'), bytesOf('what is this\r\n'), ok('b')),
      ['page http://a/', 'failed null broken-record', 'page http://b/'],
    ],
    ['a record cut short', joined(ok('a'), ok('b').subarray(0, 200)), ['page http://a/', 'failed http://b/ truncated']],
    ['a header cut short', joined(ok('a'), bytesOf('WARC/1.0\r\nWARC-')), ['page http://a/', 'failed null truncated']],
    [
      'no HTTP head',
      joined(record('response', 'http://a/', bytesOf('nothing')), ok('b')),
      ['failed http://a/ broken-record', 'page http://b/'],
    ],
    [
      'bare line feeds',
      bytesOf(
        'WARC/0.18\nWARC-Type: resource\nContent-Type: text/plain\nWARC-Target-URI: x:y\nContent-Length: 2\n\nhi\n\n',
      ),
      ['page x:y'],
    ],
  ])('%s', async (_, object, expected) => {
    const events = await readAll(object)
    expect(events.map(brief)).toEqual([...expected, 'end null'])
    expect((await readInSlices(object, 1)).events).toEqual(events.slice(0, -1))
    for (const chunkBytes of [1, 7]) expect(await readAll(object, {}, chunkBytes)).toEqual(events)
  })

  it('a Content-Length over its member costs its own record only', async () => {
    const lying = record('response', 'http://a/', bytesOf('HTTP/1.1 200 OK\r\n\r\n<p>a'), {
      'Content-Length': '100000',
    })
    const events = await readAll(joined(gzipped(lying), b, c))
    expect(events.map(brief)).toEqual([
      'failed http://a/ broken-record',
      'page http://b/',
      'page http://c/',
      'end null',
    ])
  })
})

describe('damaged NDJSON', () => {
  it.each<[string, Uint8Array, string[]]>([
    [
      'a broken line',
      bytesOf(`${line('a:')}{"url": \n${line('b:')}`),
      ['page a:', 'failed null broken-line', 'page b:'],
    ],
    ['a broken first line', bytesOf(`nonsense\n${line('b:')}`), ['failed null broken-line', 'page b:']],
    [
      'invalid UTF-8',
      joined(bytesOf('{"url":"a:","text":"'), Uint8Array.of(0xff), bytesOf(`"}\n${line('b:')}`)),
      ['failed null broken-line', 'page b:'],
    ],
    ['no text', bytesOf(`{"url":"a:"}\n${line('b:')}`), ['failed a: broken-record', 'page b:']],
    ['an empty page', bytesOf('{"url":"a:","html":""}'), ['rejected a: empty']],
    ['no last newline', bytesOf(line('a:').trimEnd()), ['page a:']],
  ])('%s', async (_, object, expected) => {
    for (const packed of [object, gzipped(object)])
      expect((await readAll(packed)).map(brief)).toEqual([...expected, 'end null'])
  })

  it('says which field is wrong and where the line lies', async () => {
    const events = await readAll(bytesOf(`${line('a:')}{"url":"b:","text":"t","source":"blog"}`))
    expect(events[1]).toMatchObject({ kind: 'failed', offset: line('a:').length, index: 0, url: 'b:' })
    expect(details(events)[0]).toMatch(/^source: /)
  })

  it('turns a line of 20 MB away without holding it', async () => {
    const object = bytesOf(`${line('a:')}{"url":"b:","text":"${'x'.repeat(20_000_000)}"}\n${line('c:')}`)
    expect((await readAll(object)).map(brief)).toEqual(['page a:', 'rejected null too-large', 'page c:', 'end null'])
  })
})

it('an HTML object that is damaged in its middle is one failed page, and its end is no page of its own', async () => {
  const part = (n: number): Uint8Array => gzipped(bytesOf(`<html><p>${n} ${'a mill at the brook '.repeat(n + 20)}`))
  const [first, second, third] = [part(1), part(2), part(3)]
  for (const object of [joined(first, second.fill(0x55, 12, 40), third), joined(part(1).fill(0x55, 20, 40), third)]) {
    const events = await readAll(object, {
      objectUrl: 'http://page/',
      format: { kind: 'html', codec: gzipCodec, detail: null },
    })
    expect(events.filter(({ kind }) => kind === 'page')).toEqual([])
    expect(events.filter(({ kind }) => kind === 'failed').length).toBeGreaterThan(0)
  }
})

it('junk behind the last member costs neither a line without its end nor an HTML page', async () => {
  const junk = bytesOf('<!-- junk -->')
  const lines = await readAll(joined(gzipped(bytesOf(`${line('http://a/')}${line('http://b/').trimEnd()}`)), junk))
  expect(lines.map(brief)).toEqual(['page http://a/', 'failed null trailing-garbage', 'page http://b/', 'end null'])
  const html = bytesOf('<html><p>A page.')
  const whole = await readAll(joined(gzipped(html.subarray(0, 9)), gzipped(html.subarray(9)), junk), {
    objectUrl: 'http://page/',
  })
  expect(whole.map(brief)).toEqual(['failed null trailing-garbage', 'page http://page/', 'end null'])
  expect(whole[1]?.kind === 'page' && whole[1].page.body).toEqual(html)
})
