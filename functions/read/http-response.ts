/**
 * An HTTP response as crawlers store it: head, then a body that may still be chunked or compressed, or no longer is while
 * the head says so (many crawlers store what they decoded). Every step looks at the bytes before it believes the head.
 */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { USAGE_HEADERS, type UsageHeaders } from '../kernel/usage-headers.ts'
import { isTooLarge, plainBytes } from './gzip-member.ts'
import { allFields, headerEnd, splitLines } from './warc-header.ts'
import { decodeFrames } from './zstd-body.ts'
import { isFrame, isSkippable } from './zstd-frame.ts'

export interface HttpHead {
  readonly status: number
  readonly contentType: string | null
  /** Of the content and then of the transfer, in the order in which they were applied; chunks come last. */
  readonly codings: readonly string[]
  readonly chunked: boolean
  /** What it says of use (`extract/usage-signs.ts`), every line of a name. */
  readonly usage: UsageHeaders
  /** Where the body begins; the end of the block where no empty line ends the head. */
  readonly length: number
  readonly isWhole: boolean
}

/** Null if the bytes are no HTTP response. */
export function parseHttpHead(block: Uint8Array): HttpHead | null {
  if (!startsWith(block, 'HTTP/')) return null
  const end = headerEnd(block, 0)
  const lines = splitLines(block.subarray(0, end < 0 ? Math.min(block.length, 1 << 16) : end))
  const status = /^HTTP\/\d(?:\.\d)?\s+(\d{3})\b/.exec(lines[0] ?? '')
  if (status === null) return null
  const fields = allFields(lines.slice(1))
  const codings = (name: string): string[] =>
    (fields.get(name) ?? []).flatMap((value) => value.toLowerCase().split(',')).map((coding) => coding.trim())
  const transfer = codings('transfer-encoding')
  return {
    status: Number(status[1]),
    contentType: fields.get('content-type')?.[0] ?? null,
    codings: [...codings('content-encoding'), ...transfer.filter((coding) => coding !== 'chunked')],
    usage: usageHeaders(fields),
    chunked: transfer.includes('chunked'),
    length: end < 0 ? block.length : end,
    isWhole: end >= 0,
  }
}

function usageHeaders(fields: ReadonlyMap<string, readonly string[]>): UsageHeaders {
  const said = USAGE_HEADERS.map((name) => [name, fields.get(name)?.join('\n')] as const)
  return Object.fromEntries(said.filter(([, value]) => value !== undefined))
}

export type Body =
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'unreadable'; readonly detail: string }

/** Undoes transfer and content codings, the last applied first, at most `maxBytes` of result. */
export function decodeBody(raw: Uint8Array, head: HttpHead, maxBytes: number): Body {
  const unchunked = head.chunked ? unchunk(raw) : raw
  if (typeof unchunked === 'string') return { kind: 'unreadable', detail: unchunked }
  let bytes = unchunked
  for (const coding of head.codings.toReversed()) {
    if (bytes.length === 0) break
    const decoder = DECODERS[coding]
    if (decoder === undefined && UNKNOWN_CODINGS.has(coding) && !looksLikeMarkup(bytes))
      return { kind: 'unreadable', detail: `content-encoding ${coding} is not read` }
    if (decoder?.looksLike(bytes) !== true) continue
    try {
      bytes = plainBytes(decoder.decode(bytes, maxBytes))
    } catch (error) {
      if (isTooLarge(error)) return { kind: 'too-large' }
      return { kind: 'unreadable', detail: `content-encoding ${coding}: ${String(error)}` }
    }
  }
  return bytes.length > maxBytes ? { kind: 'too-large' } : { kind: 'body', bytes }
}

/**
 * The body of a chunked message (RFC 9112, section 7.1), or as it is if it is not chunked (any more). A body that is cut
 * off gives what is there; one whose chunks break further on gives what is wrong with it.
 */
export function unchunk(raw: Uint8Array): Uint8Array | string {
  const parts: Uint8Array[] = []
  let at = 0
  while (at < raw.length) {
    const size = chunkSize(raw, at)
    const end = size === null ? at : Math.min(size.start + size.bytes, raw.length)
    const isBroken = size === null || (end < raw.length && raw[end] !== 13 && raw[end] !== 10 && size.bytes > 0)
    // A beginning that is no chunk means that the crawler undid the chunks; later on it means damage.
    if (isBroken && parts.length === 0) return raw
    if (size === null || isBroken) {
      const found = JSON.stringify(latin1(raw.subarray(end, end + 16)))
      return `transfer-encoding chunked: at byte ${end} of the body a chunk should end or begin, found ${found}`
    }
    if (size.bytes === 0) break
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
  looksLike: (bytes) => isFrame(bytes) || isSkippable(bytes),
  decode: decodeFrames,
}
const DECODERS: Readonly<Record<string, Decoder>> = { gzip, 'x-gzip': gzip, deflate, br: brotli, zstd }
/** Codings that IANA lists or crawls have, and that are not undone. Other names are mistakes, such as a charset. */
const UNKNOWN_CODINGS = new Set([
  'aes128gcm',
  'bzip2',
  'compress',
  'dcb',
  'dcz',
  'exi',
  'lzma',
  'pack200-gzip',
  'sdch',
  'x-bzip2',
  'x-compress',
  'xz',
])

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
