import { describe, expect, it } from 'vitest'
import { detectBytes } from '../../../functions/read/detect-format.ts'
import { brief, bytesOf, gzipped, joined, readAll, response } from './warc-fixture.ts'

const warc = response('http://a/', 'a')
const json = bytesOf('{"url":"http://a/","text":"a"}\n')
const html = bytesOf('\n <!-- x --><!DOCTYPE html><title>a</title>')

const utf16 = (text: string) => new Uint8Array(Buffer.from(`\ufeff${text}`, 'utf16le'))

describe('an object is known by its bytes', () => {
  it.each<[string, Uint8Array, string]>([
    ['WARC', warc, 'warc none'],
    ['WARC in gzip', gzipped(warc), 'warc gzip'],
    ['NDJSON', json, 'ndjson none'],
    ['NDJSON in gzip', gzipped(json), 'ndjson gzip'],
    ['NDJSON with a byte order mark', joined(Uint8Array.of(0xef, 0xbb, 0xbf), json), 'ndjson none'],
    ['WARC behind a line that is none', joined(bytesOf('junk\r\n'), warc), 'warc none'],
    ['HTML that shows a WARC', joined(bytesOf('<html><pre>\n'), warc), 'html none'],
    ['a JSON array', bytesOf('[\n{"url":"http://a/","text":"a"},\n{}]'), 'unknown none'],
    ['HTML', html, 'html none'],
    ['HTML in gzip', gzipped(html), 'html gzip'],
    ['HTML that shows JSON', bytesOf('<html><pre>\n{"a": 1}\n</pre>'), 'html none'],
    ['gzip whose first member is corrupt', joined(gzipped(warc).fill(0x55, 12, 40), gzipped(warc)), 'warc gzip'],
    ['ARC', bytesOf('filedesc://x.arc 0.0.0.0 20260101000000 text/plain 10\n'), 'unknown none'],
    ['NDJSON with record separators', bytesOf('\x1e{"url":"http://a/","text":"a"}\n'), 'ndjson none'],
    ['NDJSON in UTF-16', utf16('{"url":"http://a/","text":"a"}\n'), 'unknown none'],
    ['NDJSON in UTF-16, big end first', utf16('{"url":"http://a/","text":"a"}\n').reverse(), 'unknown none'],
    ['HTML in UTF-16', utf16('<!DOCTYPE html><html><title>a</title>'), 'html none'],
    ['WARC in gzip behind junk', joined(bytesOf('HTTP/1.1 200 OK\r\n\r\n'), gzipped(warc)), 'warc gzip'],
    ['WARC in gzip behind 200 kB of junk', joined(new Uint8Array(200_000).fill(7), gzipped(warc)), 'warc gzip'],
    ['a zip that holds gzip', joined(bytesOf('PK\x03\x04'), gzipped(warc)), 'unknown none'],
    ['nothing', new Uint8Array(0), 'unknown none'],
    ['blanks', bytesOf('\n\n '), 'unknown none'],
    ['gzip of nothing', gzipped(new Uint8Array(0)), 'empty gzip'],
    ['binary', Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0), 'unknown none'],
    ['a zstd frame cut off', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), 'unknown zstd'],
  ])('%s', async (_, bytes, expected) => {
    const { kind, codec } = await detectBytes(bytes)
    expect(`${kind} ${codec?.unit.split(' ')[0] ?? 'none'}`).toBe(expected)
  })

  it('an unknown object is one failure that says what it looks like', async () => {
    const [event, end] = await readAll(bytesOf('filedesc://x.arc'))
    expect(event).toMatchObject({
      kind: 'failed',
      failure: { code: 'unreadable-encoding', detail: 'ARC is not read, only its successor WARC is' },
    })
    expect(end).toMatchObject({ kind: 'end', next: null })
  })

  it('what lies before the first record of an archive is a failure, and no record is lost', async () => {
    const events = await readAll(joined(bytesOf('junk\r\n'), warc, warc))
    expect(events.map(brief)).toEqual(['failed null broken-record', 'page http://a/', 'page http://a/', 'end null'])
  })

  it('junk before the first gzip member is a failure, and no page is lost', async () => {
    const object = joined(bytesOf('HTTP/1.1 200 OK\r\n\r\n'), gzipped(warc), gzipped(warc))
    const events = await readAll(object)
    expect(events.map(brief)).toEqual(['failed null corrupt-member', 'page http://a/', 'page http://a/', 'end null'])
    expect(events[0]).toMatchObject({
      failure: { detail: 'no gzip member begins here; bytes 0 to 19 passed over' },
    })
  })

  it('UTF-16 is refused by name, texts between separators are read', async () => {
    const [refused] = await readAll(utf16('{"url":"http://a/","text":"a"}\n'))
    expect(refused).toMatchObject({ failure: { detail: 'JSON in UTF-16 is not read: convert it to UTF-8' } })
    const lines = ['a', 'b'].map((name) => `\x1e${JSON.stringify({ url: `http://${name}/`, text: name })}\n`)
    expect((await readAll(bytesOf(lines.join('')))).map(brief)).toEqual([
      'page http://a/',
      'page http://b/',
      'end null',
    ])
  })

  it('an HTML object is one page under the URL it is given', async () => {
    for (const object of [html, gzipped(html), joined(gzipped(html.subarray(0, 9)), gzipped(html.subarray(9)))]) {
      const events = await readAll(object, { objectUrl: 'http://given/', length: 1 })
      expect(events.map(brief)).toEqual(['page http://given/', 'end null'])
      expect(events[0]?.kind === 'page' && events[0].page.body).toEqual(html)
    }
  })
})
