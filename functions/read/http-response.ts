/**
 * An HTTP response as crawlers store it: head, then a body that may still be chunked or compressed, or no longer is while
 * the head says so (many crawlers store what they decoded). Every step looks at the bytes before it believes the head.
 */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { USAGE_HEADERS, type UsageHeaders } from '../kernel/usage-headers.ts'
import { isTooLarge, plainBytes } from './gzip-member.ts'
import { headerEnd, parseFields, splitLines } from './warc-header.ts'

export interface HttpHead {
  readonly status: number
  readonly contentType: string | null
  readonly contentEncoding: string
  readonly chunked: boolean
  /** What it says of use (`extract/usage-signs.ts`), every line of a name. */
  readonly usage: UsageHeaders
  /** Where the body begins. */
  readonly length: number
}

/** Null if the bytes are no HTTP response. */
export function parseHttpHead(block: Uint8Array): HttpHead | null {
  if (!startsWith(block, 'HTTP/')) return null
  const end = headerEnd(block, 0)
  const lines = splitLines(block.subarray(0, end < 0 ? Math.min(block.length, 1 << 16) : end))
  const status = /^HTTP\/\d(?:\.\d)?\s+(\d{3})\b/.exec(lines[0] ?? '')
  if (status === null) return null
  const fields = parseFields(lines.slice(1))
  return {
    status: Number(status[1]),
    contentType: fields.get('content-type') ?? null,
    contentEncoding: (fields.get('content-encoding') ?? '').toLowerCase(),
    usage: usageHeaders(lines),
    chunked: /\bchunked\b/i.test(fields.get('transfer-encoding') ?? ''),
    length: end < 0 ? block.length : end,
  }
}

const USAGE_LINE = new RegExp(`^(${USAGE_HEADERS.join('|')})\\s*:(.*)$`, 'i')

function usageHeaders(lines: readonly string[]): UsageHeaders {
  const found: Partial<Record<string, string>> = {}
  for (const line of lines) {
    const [, name, value = ''] = USAGE_LINE.exec(line) ?? []
    if (name === undefined) continue
    const key = name.toLowerCase()
    found[key] = found[key] === undefined ? value.trim() : `${found[key]}\n${value.trim()}`
  }
  return found
}

export type Body =
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** Undoes transfer and content encodings, the last applied first, at most `maxBytes` of result. */
export function decodeBody(raw: Uint8Array, head: HttpHead, maxBytes: number): Body {
  let bytes = head.chunked ? (unchunk(raw) ?? raw) : raw
  const encodings = head.contentEncoding.split(',').map((name) => name.trim())
  for (const encoding of encodings.reverse()) {
    if (bytes.length === 0) break
    const decode = DECODERS[encoding]
    if (decode === undefined) continue
    if (!decode.looksLike(bytes)) continue
    try {
      bytes = plainBytes(decode.decode(bytes, maxBytes))
    } catch (error) {
      if (isTooLarge(error)) return { kind: 'too-large' }
      return { kind: 'unreadable', detail: `content-encoding ${encoding}: ${String(error)}` }
    }
  }
  return bytes.length > maxBytes ? { kind: 'too-large' } : { kind: 'body', bytes }
}

/** The body of a chunked message, or null if it is not chunked (any more). A body that is cut off gives what is there. */
export function unchunk(raw: Uint8Array): Uint8Array | null {
  const parts: Uint8Array[] = []
  let at = 0
  while (at < raw.length) {
    const size = chunkSize(raw, at)
    // A first line that is no chunk size means that the crawler undid the chunks; later on it means damage.
    if (size === null) return parts.length === 0 ? null : concat([...parts, raw.subarray(at)])
    if (size.bytes === 0) break
    const end = Math.min(size.start + size.bytes, raw.length)
    parts.push(raw.subarray(size.start, end))
    at = end
    if (raw[at] === 13) at++
    if (raw[at] === 10) at++
  }
  return concat(parts)
}

function chunkSize(raw: Uint8Array, at: number): { bytes: number; start: number } | null {
  const lineEnd = raw.subarray(at, at + 256).indexOf(10)
  if (lineEnd < 1) return null
  const line = String.fromCharCode(...raw.subarray(at, at + lineEnd))
  const match = /^([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?$/.exec(line)
  return match === null ? null : { bytes: Number.parseInt(match[1] ?? '', 16), start: at + lineEnd + 1 }
}

interface Decoder {
  readonly looksLike: (bytes: Uint8Array) => boolean
  readonly decode: (bytes: Uint8Array, maxBytes: number) => Uint8Array
}

const hasMagic =
  (...magic: number[]) =>
  (bytes: Uint8Array) =>
    magic.every((byte, i) => bytes[i] === byte)

// A body that was cut off still gives its beginning, as in a browser: hence the flush modes.
const gzip: Decoder = {
  looksLike: hasMagic(0x1f, 0x8b),
  decode: (bytes, maxBytes) =>
    gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: 1 << 17, finishFlush: constants.Z_SYNC_FLUSH }),
}
const deflate: Decoder = {
  looksLike: (bytes) => !looksLikeMarkup(bytes),
  decode(bytes, maxBytes) {
    const options = { maxOutputLength: maxBytes, chunkSize: 1 << 17, finishFlush: constants.Z_SYNC_FLUSH }
    // RFC 9110 means the zlib format; some servers send the bare deflate stream.
    const isZlib = ((bytes[0] ?? 0) & 15) === 8 && (((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0)) % 31 === 0
    return isZlib ? inflateSync(bytes, options) : inflateRawSync(bytes, options)
  },
}
const brotli: Decoder = {
  looksLike: (bytes) => !looksLikeMarkup(bytes),
  decode: (bytes, maxBytes) =>
    brotliDecompressSync(bytes, { maxOutputLength: maxBytes, finishFlush: constants.BROTLI_OPERATION_FLUSH }),
}
const zstd: Decoder = {
  looksLike: hasMagic(0x28, 0xb5, 0x2f, 0xfd),
  decode: (bytes, maxBytes) => zstdDecompressSync(bytes, { maxOutputLength: maxBytes }),
}
const DECODERS: Readonly<Record<string, Decoder>> = { gzip, 'x-gzip': gzip, deflate, br: brotli, zstd }

const looksLikeMarkup = (bytes: Uint8Array): boolean => /^\s*</.test(latin1(bytes.subarray(0, 64)))

export const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

export const startsWith = (bytes: Uint8Array, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false
  return true
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return first
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
