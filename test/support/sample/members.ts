/** The decoded members of a gzip file, by asking zlib where each deflate stream ends. For files that this folder writes. */
import { inflateRawSync } from 'node:zlib'

const HEADER_BYTES = 10
const TRAILER_BYTES = 8

export function decodedMembers(file: Uint8Array): Uint8Array[] {
  const members: Uint8Array[] = []
  for (let at = 0; at < file.length;) {
    if (file[at] !== 0x1f || file[at + 1] !== 0x8b || file[at + 3] !== 0)
      throw new Error(`no plain gzip header at ${at}`)
    // The types of Node do not know what `info: true` returns.
    const { buffer, engine } = inflateRawSync(file.subarray(at + HEADER_BYTES), { info: true }) as unknown as {
      buffer: Uint8Array
      engine: { bytesWritten: number }
    }
    members.push(buffer)
    at += HEADER_BYTES + engine.bytesWritten + TRAILER_BYTES
  }
  return members
}
