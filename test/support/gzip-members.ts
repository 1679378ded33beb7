/** The decoded members of a gzip file, by asking zlib where each deflate stream ends. For files that are known to be whole. */
import { inflateRawSync } from 'node:zlib'
import { gzipHeaderLength, TRAILER_BYTES } from '../../functions/read/gzip-member.ts'

export function decodedMembers(file: Uint8Array): Uint8Array[] {
  const members: Uint8Array[] = []
  for (let at = 0; at < file.length;) {
    const header = gzipHeaderLength(file.subarray(at))
    if (header <= 0) throw new Error(`no gzip member begins at byte ${at}`)
    // The types of Node do not know what `info: true` returns.
    const { buffer, engine } = inflateRawSync(file.subarray(at + header), { info: true }) as unknown as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    members.push(buffer)
    at += header + engine.bytesWritten + TRAILER_BYTES
  }
  return members
}
