/** A file as a byte source. */
import { open, stat } from 'node:fs/promises'
import type { ByteSource } from '../functions/read/byte-source.ts'

const CHUNK_BYTES = 1 << 18

export async function fileSource(path: string): Promise<ByteSource> {
  const { size } = await stat(path)
  return {
    size,
    async *read(start) {
      const file = await open(path)
      try {
        for (let at = start; ;) {
          const { bytesRead, buffer } = await file.read(new Uint8Array(CHUNK_BYTES), 0, CHUNK_BYTES, at)
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
