/**
 * A gzip member too large to inflate at once, streamed through zlib: memory does not grow with it.
 * Its CRC is known only at its end, so pages are handed on before it: what is damaged further on is named as a failure
 * of its own, what came before stays. Cost: one inflation, one CRC.
 */
import { crc32, createInflateRaw } from 'node:zlib'
import type { ByteWindow } from './byte-source.ts'
import { checkTrailer, errorCode, plainBytes, TRAILER_BYTES } from './gzip-member.ts'

export type InflateEnd =
  | { readonly kind: 'whole' }
  | { readonly kind: 'truncated' }
  /** `brokeAt`: how much had been read and decoded when the stream broke; null where only the check failed. */
  | { readonly kind: 'corrupt'; readonly detail: string; readonly brokeAt: Broke | null }
  | { readonly kind: 'too-large'; readonly detail: string }

/** Bytes of the deflate stream that were given to zlib and taken, and what they decoded to. */
export interface Broke {
  readonly consumed: number
  readonly decoded: number
}

export interface InflateOptions {
  readonly headerLength: number
  readonly maxBytes: number
  /** Where an earlier try broke: from there on in small pieces, and only what that try did not give. */
  readonly brokeAt?: Broke
}

// Deflate expands at most 1032 times: 16 KiB in are at most 16.5 MiB out, the room of one page.
const PIECE_BYTES = 1 << 14
/** zlib gives nothing of the piece in which it finds damage: read again, so much may still be lost before it. */
const SMALL_PIECE_BYTES = 64

/** Yields the decoded pieces and returns how it ended, with the window after what was read (`whole`: after the trailer). */
export async function* inflateLarge(
  window: ByteWindow,
  { headerLength, maxBytes, brokeAt = { consumed: Infinity, decoded: 0 } }: InflateOptions,
): AsyncGenerator<Uint8Array, InflateEnd> {
  await window.fill(headerLength)
  window.skip(headerLength)
  const engine = createInflateRaw({ chunkSize: 1 << 18 })
  const pieces: Uint8Array[] = []
  let ended = false
  let failure: Error | null = null
  engine.on('data', (piece: Uint8Array) => pieces.push(plainBytes(piece)))
  engine.on('end', () => (ended = true))
  engine.on('error', (error: Error) => (failure = error))
  const settled = new Promise<void>((resolve) => engine.once('end', resolve).once('error', () => resolve()))
  let crc = 0
  let numBytes = 0
  let consumed = 0
  let taken = 0
  try {
    for (;;) {
      await window.fill(PIECE_BYTES)
      const isNear = consumed + PIECE_BYTES > brokeAt.consumed
      const given = window.unread.slice(0, isNear ? SMALL_PIECE_BYTES : PIECE_BYTES)
      if (given.length === 0) engine.end()
      // A stream that has ended never calls back for what it no longer wants: its end wakes us too.
      await Promise.race([settled, given.length === 0 ? settled : write(engine, given)])
      const read = Math.max(0, engine.bytesWritten - consumed)
      consumed += read
      window.skip(Math.min(read, given.length))
      for (const piece of pieces.splice(0)) {
        crc = crc32(piece, crc)
        numBytes += piece.length
        const known = Math.max(0, brokeAt.decoded - (numBytes - piece.length))
        if (known < piece.length) yield piece.subarray(known)
      }
      if (failure !== null) {
        if (errorCode(failure) === 'Z_BUF_ERROR') return { kind: 'truncated' }
        return { kind: 'corrupt', detail: messageOf(failure), brokeAt: { consumed: taken, decoded: numBytes } }
      }
      taken = consumed
      if (numBytes > maxBytes) return { kind: 'too-large', detail: `more than ${maxBytes} bytes decoded` }
      if (ended) break
    }
  } finally {
    engine.destroy()
  }
  await window.fill(TRAILER_BYTES)
  if (window.unread.length < TRAILER_BYTES) return { kind: 'truncated' }
  const wrong = checkTrailer(window.unread, 0, crc, numBytes)
  if (wrong !== null) return { kind: 'corrupt', detail: wrong, brokeAt: null }
  window.skip(TRAILER_BYTES)
  return { kind: 'whole' }
}

const write = (engine: ReturnType<typeof createInflateRaw>, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => engine.write(bytes, () => resolve()))

const messageOf = (error: Error): string => error.message
