/**
 * A body with the content coding zstd (RFC 8878, RFC 9659): frames one after another, of which `zstdDecompressSync` would
 * give the first alone. A last frame that is cut off gives its beginning, as in a browser.
 */
import { constants, zstdDecompressSync } from 'node:zlib'
import { plainBytes } from './gzip-member.ts'
import { frameHeader, isSkippable, skippableLength, walkFrame, WINDOW_OPTIONS } from './zstd-frame.ts'

export function decodeFrames(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const parts: Uint8Array[] = []
  let room = maxBytes
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.subarray(at)
    if (isSkippable(rest)) {
      at += skippableLength(rest)
      continue
    }
    const header = frameHeader(rest)
    if (header === null) throw new Error(`no zstd frame begins at byte ${at} of the body`)
    const walked = walkFrame(rest, header)
    if (walked.kind === 'broken')
      throw new Error(`no block of a zstd frame begins at byte ${at + walked.at} of the body`)
    const frame = walked.kind === 'whole' ? rest.subarray(0, walked.at) : rest
    const options = { ...WINDOW_OPTIONS, finishFlush: constants.ZSTD_e_flush, maxOutputLength: room }
    const part = plainBytes(zstdDecompressSync(frame, options))
    parts.push(part)
    room -= part.length
    at += frame.length
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : plainBytes(Buffer.concat(parts))
}
