/**
 * Writes WARC 1.1 records (ISO 28500:2017) and gzip members. Ids follow from what the record is about and dates are given,
 * so that the same pages make the same records.
 */
import { createHash } from 'node:crypto'
import { crc32, gzipSync } from 'node:zlib'

export interface ResponseRecord {
  readonly url: string
  readonly date: string
  readonly status: number
  /** `content-type` among them; `content-length` is added. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const CRLF = '\r\n'
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const PHRASES: Readonly<Record<number, string>> = { 200: 'OK', 301: 'Moved Permanently', 404: 'Not Found' }

export const warcinfo = (date: string, filename: string): Uint8Array =>
  record(
    [
      ['WARC-Type', 'warcinfo'],
      ['WARC-Date', date],
      ['WARC-Filename', filename],
      ['WARC-Record-ID', recordId(filename)],
      ['Content-Type', 'application/warc-fields'],
    ],
    utf8(
      `software: millrace sample builder${CRLF}format: WARC File Format 1.1${CRLF}description: invented pages on .example hosts${CRLF}`,
    ),
  )

export function response({ url, date, status, headers, body }: ResponseRecord): Uint8Array {
  const fields = { ...headers, 'Content-Length': String(body.length) }
  const head = `HTTP/1.1 ${status} ${PHRASES[status] ?? 'Status'}${CRLF}${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}${CRLF}`)
    .join('')}${CRLF}`
  const block = concat([utf8(head), body])
  return record(
    [
      ['WARC-Type', 'response'],
      ['WARC-Target-URI', url],
      ['WARC-Date', date],
      ['WARC-Record-ID', recordId(`${url} ${date}`)],
      ['WARC-IP-Address', `192.0.2.${createHash('sha256').update(new URL(url).host).digest().readUInt8(0)}`],
      ['WARC-Payload-Digest', digest(body)],
      ['WARC-Block-Digest', digest(block)],
      ['Content-Type', 'application/http; msgtype=response'],
    ],
    block,
  )
}

export function record(fields: readonly (readonly [name: string, value: string])[], block: Uint8Array): Uint8Array {
  const lines = [...fields, ['Content-Length', String(block.length)] as const].map(
    ([name, value]) => `${name}: ${value}${CRLF}`,
  )
  return concat([utf8(`WARC/1.1${CRLF}${lines.join('')}${CRLF}`), block, utf8(CRLF + CRLF)])
}

const recordId = (name: string): string => {
  const hex = createHash('sha256').update(name).digest('hex')
  return `<urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}>`
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** SHA-1 in base 32, as crawlers write it. */
export function digest(bytes: Uint8Array): string {
  const bits = [...createHash('sha1').update(bytes).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return `sha1:${(bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('')}`
}

export const member = (bytes: Uint8Array): Uint8Array => new Uint8Array(gzipSync(bytes, { level: 9 }))

/** A gzip member whose deflate stream is stored blocks: its bytes are the same under every zlib, and show through. */
export function storedMember(bytes: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += 0xffff) {
    const part = bytes.subarray(at, at + 0xffff)
    const head = new DataView(new ArrayBuffer(5))
    head.setUint8(0, at + 0xffff >= bytes.length ? 1 : 0)
    head.setUint16(1, part.length, true)
    head.setUint16(3, ~part.length & 0xffff, true)
    blocks.push(new Uint8Array(head.buffer), part)
  }
  const trailer = new DataView(new ArrayBuffer(8))
  trailer.setUint32(0, crc32(bytes), true)
  trailer.setUint32(4, bytes.length, true)
  return concat([Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255), ...blocks, new Uint8Array(trailer.buffer)])
}

export const concat = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
