/** Copies what a stopped server left in R2 into a folder, key by key. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { getPlatformProxy } from 'wrangler'
import { ROOT } from '../../cli/wrangler.ts'

interface Bucket {
  list(options: { cursor?: string }): Promise<{ objects: { key: string }[]; truncated: boolean; cursor?: string }>
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>
}

export async function exportCorpus(persistTo: string, folder: string): Promise<void> {
  // `wrangler dev --persist-to` keeps its state below a folder named after the version of its format.
  const proxy = await getPlatformProxy<{ CORPUS: Bucket }>({
    configPath: path.join(ROOT, 'wrangler.toml'),
    persist: { path: path.join(persistTo, 'v3') },
  })
  try {
    for (let cursor: string | undefined, more = true; more;) {
      const list = await proxy.env.CORPUS.list(cursor === undefined ? {} : { cursor })
      for (const { key } of list.objects) {
        const object = await proxy.env.CORPUS.get(key)
        if (object === null) throw new Error(`${key} is listed but is not there`)
        const file = path.join(folder, key)
        await mkdir(path.dirname(file), { recursive: true })
        await writeFile(file, new Uint8Array(await object.arrayBuffer()))
      }
      more = list.truncated
      cursor = list.cursor
    }
  } finally {
    await proxy.dispose()
  }
}
