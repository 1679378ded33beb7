/** Archives with records or members that are not as they say, and zstd ones, which no part of the sample is packed as. */
import { constants, zstdCompressSync } from 'node:zlib'
import type { BadFile } from './bad.ts'
import { cut, flip } from './damage.ts'
import { concat, member, record } from './warc.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** What a builder needs of the pages: their addresses and records, `info` being the archive's first. */
export interface Archive {
  readonly urls: readonly string[]
  readonly info: Uint8Array
  readonly records: readonly Uint8Array[]
}

/** A record whose Content-Length is other than its block's length by `more`. */
function lying(bytes: Uint8Array, more: number): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1')
  const wrong = text.replace(/\r\nContent-Length: (\d+)\r\n\r\n/, (_, length: string) => {
    return `\r\nContent-Length: ${Number(length) + more}\r\n\r\n`
  })
  return new Uint8Array(Buffer.from(wrong, 'latin1'))
}

export function wrongRecords({ urls, info, records }: Archive): BadFile[] {
  const [first, second, third, fourth] = records as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const others = { pages: urls.filter((_url, i) => i !== 1), failures: ['broken-record'], rejected: [] }
  const long = concat([info, first, lying(second, 900), third, fourth])
  const typed = (type: string): Uint8Array =>
    record(
      [
        ...(type === '' ? [] : [['WARC-Type', type] as const]),
        ['WARC-Target-URI', `https://bad-input.example/${type}`],
        ['Content-Type', 'text/plain'],
      ],
      utf8('What this record holds is no page.'),
    )
  const types = ['revisit', 'continuation', 'metadata', 'x-unheard-of', '']
  const odd = utf8('WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -7\r\n\r\nminus seven\r\n\r\n')
  return [
    { ...others, name: 'long-length.warc', bytes: long },
    { ...others, name: 'long-length-one-member.warc.gz', bytes: member(long) },
    { ...others, name: 'endless-length.warc', bytes: concat([info, first, lying(second, 99_999_999), third, fourth]) },
    { ...others, name: 'short-length.warc', bytes: concat([info, first, lying(second, -150), third, fourth]) },
    {
      name: 'record-types.warc',
      bytes: concat([info, first, ...types.map(typed), odd, second, third, fourth]),
      pages: urls,
      failures: ['broken-record', 'broken-record', 'broken-record'],
      rejected: ['record-type', 'record-type'],
    },
    {
      name: 'leading-junk.warc.gz',
      bytes: concat([utf8('HTTP/1.1 200 OK\r\n\r\n'), member(info), ...records.map(member)]),
      pages: urls,
      failures: ['corrupt-member'],
      rejected: [],
    },
  ]
}

const zstd = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }))

function skippable(number: number, content: Uint8Array): Uint8Array {
  const head = Buffer.from([0x50 + number, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])
  head.writeUInt32LE(content.length, 4)
  return concat([new Uint8Array(head), content])
}

export function zstdFiles({ urls, info, records }: Archive): BadFile[] {
  const [first, second, third, fourth] = records as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const whole = { pages: urls, failures: [], rejected: [] }
  const frames = [info, first, second, third, fourth].map((bytes) => zstd(bytes))
  return [
    { ...whole, name: 'single-frame.warc.zst', bytes: zstd(concat([info, ...records])) },
    {
      ...whole,
      name: 'frames.warc.zst',
      bytes: concat([...frames.slice(0, 2), skippable(4, info), ...frames.slice(2)]),
    },
    {
      name: 'dictionary.warc.zst',
      bytes: concat([skippable(0xd, zstd(first)), ...frames]),
      pages: [],
      failures: ['unreadable-encoding'],
      rejected: [],
    },
    {
      name: 'damaged-frame.warc.zst',
      bytes: concat(frames.map((frame, i) => (i === 2 ? flip(frame, 0.5) : frame))),
      pages: urls.filter((_url, i) => i !== 1),
      failures: ['corrupt-member'],
      rejected: [],
    },
    {
      name: 'truncated.warc.zst',
      bytes: concat([...frames.slice(0, 4), cut(frames[4] ?? info, 0.6)]),
      pages: urls.slice(0, 3),
      failures: ['truncated'],
      rejected: [],
    },
    largeFrame(urls, fourth),
  ]
}

/** A frame too large to be decoded at once: of little but zeros, which a WARC may hold in a record that is no page. */
function largeFrame(urls: readonly string[], page: Uint8Array): BadFile {
  const padding = record([['WARC-Type', 'metadata']], new Uint8Array(9 << 20))
  const pages = urls.slice(3)
  return {
    name: 'large-frame.warc.zst',
    bytes: zstd(concat([page, padding, page])),
    pages: [...pages, ...pages],
    failures: [],
    rejected: [],
  }
}
