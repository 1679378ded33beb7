/** Ways of packing and of spoiling bytes. */
import { crc32, deflateRawSync } from 'node:zlib'
import { concat, record } from './warc.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The first `share` of the bytes. */
export const cut = (bytes: Uint8Array, share: number): Uint8Array => bytes.slice(0, Math.floor(bytes.length * share))

/** 24 bytes inverted from `share` of the way on, or the checksum of a gzip member where that is 1. */
export function flip(bytes: Uint8Array, share: number): Uint8Array {
  const from = share === 1 ? bytes.length - 8 : Math.max(10, Math.floor(bytes.length * share))
  const to = share === 1 ? bytes.length - 4 : from + 24
  return bytes.map((byte, at) => (at >= from && at < to ? byte ^ 0xff : byte))
}

/** HTTP chunks of `size` bytes, one with an extension, and a trailer field. */
export function chunked(body: Uint8Array, size: number): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size)
    parts.push(utf8(`${part.length.toString(16)}${at === 0 ? ';part=first' : ''}\r\n`), part, utf8('\r\n'))
  }
  return concat([...parts, utf8('0\r\nX-Checked: no\r\n\r\n')])
}

/** The extracted text of a page, as Common Crawl's WET files hold it. */
export const wetRecord = (url: string, date: string, text: string): Uint8Array =>
  record(
    [
      ['WARC-Type', 'conversion'],
      ['WARC-Target-URI', url],
      ['WARC-Date', date],
      ['WARC-Identified-Content-Language', 'eng'],
      ['Content-Type', 'text/plain'],
    ],
    utf8(text),
  )

/**
 * Blocked gzip (SAM/BAM specification, 4.1): members of `size` decoded bytes whatever they cut through, each with its
 * length in an extra field, and an empty one at the end.
 */
export function bgzf(bytes: Uint8Array, size: number): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) blocks.push(bgzfBlock(bytes.subarray(at, at + size)))
  return concat([...blocks, bgzfBlock(new Uint8Array(0))])
}

function bgzfBlock(bytes: Uint8Array): Uint8Array {
  const deflated = deflateRawSync(bytes, { level: 9 })
  const head = Uint8Array.of(0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, 0x42, 0x43, 2, 0, 0, 0)
  const whole = new Uint8Array(head.length + deflated.length + 8)
  whole.set(head)
  whole.set(deflated, head.length)
  const view = new DataView(whole.buffer)
  view.setUint16(16, whole.length - 1, true)
  view.setUint32(whole.length - 8, crc32(bytes), true)
  view.setUint32(whole.length - 4, bytes.length, true)
  return whole
}
