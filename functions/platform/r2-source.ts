/** An object in R2 as a byte source. Every read demands the etag that the batch was frozen with. */
import type { ByteSource } from '../read/byte-source.ts'

export class ObjectChanged extends Error {
  override readonly name = 'ObjectChanged'
}

export function r2Source(
  bucket: R2Bucket,
  { key, etag, size }: { key: string; etag: string; size: number },
): ByteSource {
  return {
    size,
    async *read(start) {
      if (start >= size) return
      const object = await bucket.get(key, { range: { offset: start }, onlyIf: { etagMatches: etag } })
      if (object === null) throw new ObjectChanged(`${key} is no longer in R2; it was there when its batch took it`)
      if (!('body' in object)) {
        throw new ObjectChanged(
          `${key} has etag ${object.etag}, expected ${etag}: it was overwritten after its batch took it`,
        )
      }
      const reader = object.body.getReader()
      try {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) return
          yield value
        }
      } finally {
        await reader.cancel()
      }
    },
  }
}
