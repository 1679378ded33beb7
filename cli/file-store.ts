/** Objects as files under a directory: written beside their place and renamed, so that a reader sees them whole. */
import { createWriteStream } from 'node:fs'
import { mkdir, open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import type { BlobStore } from '../functions/seal/ports.ts'

const missing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

export function fileStore(directory: string): BlobStore {
  const place = async (key: string): Promise<string> => {
    const file = path.join(directory, key)
    await mkdir(path.dirname(file), { recursive: true })
    return file
  }
  return {
    async get(key) {
      try {
        return await readFile(path.join(directory, key))
      } catch (error) {
        if (missing(error)) return null
        throw error
      }
    },
    async size(key) {
      try {
        return (await stat(path.join(directory, key))).size
      } catch (error) {
        if (missing(error)) return null
        throw error
      }
    },
    async range(key, start, end) {
      const handle = await open(path.join(directory, key))
      try {
        const bytes = new Uint8Array(end - start)
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
        return bytes.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
    async put(key, bytes) {
      const file = await place(key)
      await writeFile(`${file}.part`, bytes)
      await rename(`${file}.part`, file)
    },
    async upload(key) {
      const file = await place(key)
      const stream = createWriteStream(`${file}.part`)
      // Whoever writes is told by what they wait for.
      stream.on('error', () => {})
      return {
        write: (bytes) =>
          new Promise((resolve, reject) => {
            stream.write(bytes.slice(), (error) => (error ? reject(error) : resolve()))
          }),
        async finish() {
          stream.end()
          await finished(stream)
          await rename(`${file}.part`, file)
        },
      }
    },
  }
}

/** Folder of what is needed while a command works. */
export const WORK = '.work'

const scratch = (key: string): string => (key.startsWith('seals/') ? `${WORK}/${key}` : key)

/** What a seal keeps between its steps goes to the working directory; shards go where they belong. */
export function scratchBeside(store: BlobStore): BlobStore {
  return {
    get: (key) => store.get(scratch(key)),
    size: (key) => store.size(scratch(key)),
    range: (key, start, end) => store.range(scratch(key), start, end),
    put: (key, bytes) => store.put(scratch(key), bytes),
    upload: (key) => store.upload(scratch(key)),
  }
}
