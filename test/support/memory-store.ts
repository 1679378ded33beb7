/** A blob store over a Map, copying in and out, for tests. */
import type { BlobStore } from '../../functions/seal/ports.ts'

export interface MemoryStore extends BlobStore {
  readonly objects: Map<string, Uint8Array>
}

export function memoryStore(): MemoryStore {
  const objects = new Map<string, Uint8Array>()
  return {
    objects,
    async get(key) {
      return objects.get(key)?.slice() ?? null
    },
    async size(key) {
      return objects.get(key)?.length ?? null
    },
    async range(key, start, end) {
      const bytes = objects.get(key)
      if (bytes === undefined) throw new Error(`no object ${key}`)
      return bytes.slice(start, end)
    },
    async put(key, bytes) {
      objects.set(key, bytes.slice())
    },
    async upload(key) {
      const parts: Uint8Array[] = []
      return {
        async write(bytes) {
          parts.push(bytes.slice())
        },
        async finish() {
          objects.set(key, new Uint8Array(Buffer.concat(parts)))
        },
      }
    },
  }
}
