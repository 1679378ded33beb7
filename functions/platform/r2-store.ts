/** The blob store over an R2 bucket. Large objects go up as equal parts, which is what R2 asks for. */
import type { BlobStore, Upload } from '../seal/ports.ts'

/** R2's parts are at least 5 MiB and equal but for the last. */
export const PART_BYTES = 8 * 1024 * 1024

export function r2Store(bucket: R2Bucket): BlobStore {
  return {
    async get(key) {
      const object = await bucket.get(key)
      return object === null ? null : new Uint8Array(await object.arrayBuffer())
    },
    async size(key) {
      return (await bucket.head(key))?.size ?? null
    },
    async range(key, start, end) {
      const object = await bucket.get(key, { range: { offset: start, length: end - start } })
      if (object === null) throw new Error(`${key} is not in R2, but the ledger names it`)
      return new Uint8Array(await object.arrayBuffer())
    },
    async put(key, bytes) {
      await bucket.put(key, bytes)
    },
    upload: async (key) => partedUpload(bucket, key),
  }
}

/** Deletes every object under a prefix; returns how many. */
export async function removeAll(bucket: R2Bucket, prefix: string): Promise<number> {
  let removed = 0
  for (;;) {
    const { objects } = await bucket.list({ prefix })
    if (objects.length === 0) return removed
    await bucket.delete(objects.map(({ key }) => key))
    removed += objects.length
  }
}

/** Holds one part. An object of less than a part is one put; a larger one becomes visible when its parts are joined. */
function partedUpload(bucket: R2Bucket, key: string): Upload {
  const part = new Uint8Array(PART_BYTES)
  let filled = 0
  let multipart: R2MultipartUpload | null = null
  const parts: R2UploadedPart[] = []
  const send = async (): Promise<void> => {
    multipart ??= await bucket.createMultipartUpload(key)
    parts.push(await multipart.uploadPart(parts.length + 1, part.slice(0, filled)))
    filled = 0
  }
  return {
    async write(bytes) {
      for (let at = 0; at < bytes.length;) {
        const take = Math.min(bytes.length - at, PART_BYTES - filled)
        part.set(bytes.subarray(at, at + take), filled)
        filled += take
        at += take
        if (filled === PART_BYTES) await send()
      }
    },
    async finish() {
      if (multipart === null) {
        await bucket.put(key, part.slice(0, filled))
        return
      }
      if (filled > 0) await send()
      await multipart.complete(parts)
    },
  }
}
