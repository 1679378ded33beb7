/**
 * One gzip member (RFC 1952): its header, its deflate stream, its CRC-32 and length, and where the next member begins.
 * Nothing in a gzip file says how long a member is compressed, so the deflate stream is inflated and asked how far it read
 * (`engine.bytesWritten` of `inflateRawSync({ info: true })`). Cost: one inflation of what is read.
 * `gunzipSync` would join members and hide where they begin; `DecompressionStream` stops after the first.
 */
import { constants, crc32, inflateRawSync } from 'node:zlib'
import { SMALL_MEMBER_BYTES, SMALL_MEMBER_WINDOW } from './member-codec.ts'

export const TRAILER_BYTES = 8

export type GzipMember =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly length: number }
  /** Too large to be inflated at once; the deflate stream begins after `headerLength`. */
  | { readonly kind: 'large'; readonly headerLength: number }
  /** The object ends inside the member; `bytes` is what could be inflated, unchecked. */
  | { readonly kind: 'truncated'; readonly bytes: Uint8Array }
  /** `ended` where the deflate stream ended and only the check failed: the next member should begin after `length`. */
  | {
      readonly kind: 'corrupt'
      readonly detail: string
      readonly headerLength: number
      readonly ended: { readonly bytes: Uint8Array; readonly length: number } | null
    }
  | { readonly kind: 'not-gzip' }
  | { readonly kind: 'need-more' }

const FLAG_CRC = 2
const FLAG_EXTRA = 4
const FLAG_NAME = 8
const FLAG_COMMENT = 16
const RESERVED_FLAGS = 0xe0

/** Length of the header, 0 if the bytes end inside it, -1 if it is none. */
export function gzipHeaderLength(view: Uint8Array): number {
  if ((view[0] ?? 0x1f) !== 0x1f || (view[1] ?? 0x8b) !== 0x8b || (view[2] ?? 8) !== 8) return -1
  const flags = view[3] ?? 0
  if ((flags & RESERVED_FLAGS) !== 0) return -1
  let at = 10
  if (flags & FLAG_EXTRA) at += 2 + ((view[at] ?? 0) | ((view[at + 1] ?? 0) << 8))
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if ((flags & flag) === 0) continue
    if (at >= view.length) return 0
    const end = view.indexOf(0, at)
    if (end < 0) return view.length - at > 1 << 16 ? -1 : 0
    at = end + 1
  }
  if (flags & FLAG_CRC) at += 2
  return at <= view.length ? at : 0
}

/** Reads the member at the head of `view`; `atEnd` says that the object has no more bytes than these. */
export function readMember(view: Uint8Array, atEnd: boolean): GzipMember {
  const headerLength = gzipHeaderLength(view)
  if (headerLength < 0) return { kind: 'not-gzip' }
  const full = view.length >= SMALL_MEMBER_WINDOW
  if (headerLength === 0) return atEnd || full ? { kind: 'truncated', bytes: new Uint8Array(0) } : { kind: 'need-more' }
  const result = inflate(view.subarray(headerLength))
  if (result.kind === 'too-large') return { kind: 'large', headerLength }
  if (result.kind === 'error') return { kind: 'corrupt', detail: result.detail, headerLength, ended: null }
  const trailer = headerLength + (result.kind === 'done' ? result.consumed : Infinity)
  if (trailer + TRAILER_BYTES > view.length) {
    if (!atEnd) return full ? { kind: 'large', headerLength } : { kind: 'need-more' }
    return {
      kind: 'truncated',
      bytes: result.kind === 'done' ? result.bytes : inflatePart(view.subarray(headerLength)),
    }
  }
  if (result.kind === 'short') return { kind: 'need-more' }
  const wrong = checkTrailer(view, trailer, crc32(result.bytes), result.bytes.length)
  const length = trailer + TRAILER_BYTES
  const ended = { bytes: result.bytes, length }
  return wrong === null ? { kind: 'whole', ...ended } : { kind: 'corrupt', detail: wrong, headerLength, ended }
}

/** What the trailer at `at` says against, null if nothing. */
export function checkTrailer(view: Uint8Array, at: number, crc: number, numBytes: number): string | null {
  const trailer = new DataView(view.buffer, view.byteOffset + at, TRAILER_BYTES)
  const expected = trailer.getUint32(0, true)
  if (expected !== crc) return `CRC-32 is ${hex(crc)}, the trailer says ${hex(expected)}`
  const length = trailer.getUint32(4, true)
  return length === numBytes >>> 0 ? null : `${numBytes} bytes decoded, the trailer says ${length}`
}

type Inflated =
  | { readonly kind: 'done'; readonly bytes: Uint8Array; readonly consumed: number }
  | { readonly kind: 'short' }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'error'; readonly detail: string }

function inflate(deflated: Uint8Array): Inflated {
  if (deflated.length === 0) return { kind: 'short' }
  try {
    const options = { info: true, chunkSize: 1 << 18, maxOutputLength: SMALL_MEMBER_BYTES }
    // The types of Node do not know what `info: true` returns.
    const { buffer, engine } = inflateRawSync(deflated, options) as unknown as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    return { kind: 'done', bytes: plainBytes(buffer), consumed: engine.bytesWritten }
  } catch (error) {
    if (isTooLarge(error)) return { kind: 'too-large' }
    if (errorCode(error) === 'Z_BUF_ERROR') return { kind: 'short' }
    return { kind: 'error', detail: error instanceof Error ? error.message : String(error) }
  }
}

/** What a deflate stream that was cut off still gives. */
function inflatePart(deflated: Uint8Array): Uint8Array {
  if (deflated.length === 0) return deflated
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: SMALL_MEMBER_BYTES }
    return plainBytes(inflateRawSync(deflated, options))
  } catch {
    // Nothing can be read of it: the caller counts it as truncated either way.
    return new Uint8Array(0)
  }
}

/**
 * What a damaged deflate stream gives before it cannot be inflated any more. Damage makes zlib forget the whole of its
 * answer, so the longest beginning that does inflate is searched for by halving: some twenty inflations.
 */
export function inflateUndamaged(deflated: Uint8Array): Uint8Array {
  let best: Uint8Array = new Uint8Array(0)
  let [from, to] = [0, deflated.length]
  while (from < to) {
    const middle = Math.ceil((from + to) / 2)
    try {
      const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: SMALL_MEMBER_BYTES }
      best = plainBytes(inflateRawSync(deflated.subarray(0, middle), options))
      from = middle
    } catch {
      // Too much of it: the damage lies before `middle`.
      to = middle - 1
    }
  }
  return best
}

/** zlib answers with a Buffer, whose `slice` is another one than that of the bytes everybody else expects. */
export const plainBytes = (buffer: Uint8Array): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)

/** `maxOutputLength` was passed: Node says so by a code, workerd by the error's class alone. */
export const isTooLarge = (error: unknown): boolean => error instanceof RangeError

export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

const hex = (value: number): string => value.toString(16).padStart(8, '0')
