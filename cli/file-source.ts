/** A file as a byte source. */
import { open, stat } from 'node:fs/promises'
import type { ByteSource } from '../functions/read/byte-source.ts'

/** The first chunk is small, since not every reader wants more; each is twice as large as the one before. */
const FIRST_BYTES = 1 << 14
const CHUNK_BYTES = 1 << 18

export async function fileSource(path: string): Promise<ByteSource> {
  const { size } = await stat(path)
  return {
    size,
    async *read(start) {
      const file = await open(path)
      try {
        for (let at = start, want = FIRST_BYTES; ; want = Math.min(2 * want, CHUNK_BYTES)) {
          const { bytesRead, buffer } = await file.read(new Uint8Array(want), 0, want, at)
          if (bytesRead === 0) return
          yield buffer.subarray(0, bytesRead)
          at += bytesRead
        }
      } finally {
        await file.close()
      }
    },
  }
}
