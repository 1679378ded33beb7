/** Our extraction inside workerd on one core, over crawls that were put into a local R2; each is read twice, the second time counts. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { startServer } from '../../cli/server.ts'
import { runWrangler } from '../../cli/wrangler.ts'
import { groupOf, pin } from './processes.ts'

export interface WorkerdTiming {
  readonly pages: number
  readonly bytes: number
  readonly seconds: number
}

export async function timeInWorkerd(core: number, crawls: readonly string[]): Promise<WorkerdTiming[]> {
  const persistTo = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  try {
    for (const file of crawls) {
      const key = `millrace-objects/${path.basename(file)}`
      await runWrangler(['r2', 'object', 'put', key, '--file', file, '--local', '--persist-to', persistTo])
    }
    const config = path.join(import.meta.dirname, 'extract-worker/wrangler.toml')
    const server = await startServer({ persistTo, config })
    try {
      pin(groupOf(server.pid), core)
      const timings: WorkerdTiming[] = []
      for (const file of crawls) {
        const read = async (): Promise<WorkerdTiming> => {
          const response = await fetch(`${server.url}/${path.basename(file)}`)
          if (!response.ok)
            throw new Error(`extraction in workerd answered ${response.status}: ${await response.text()}`)
          const { pages, bytes, milliseconds } = (await response.json()) as Answer
          return { pages, bytes, seconds: milliseconds / 1000 }
        }
        await read()
        timings.push(await read())
      }
      return timings
    } finally {
      await server.stop()
    }
  } finally {
    await rm(persistTo, { recursive: true })
  }
}

interface Answer {
  readonly pages: number
  readonly bytes: number
  readonly milliseconds: number
}
