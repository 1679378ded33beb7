/** Our scorer inside workerd on one core, by processor time. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { startServer } from '../../cli/server.ts'
import { cpuSeconds, groupOf } from './processes.ts'

export interface WorkerdScorer {
  put(model: Uint8Array, documents: readonly string[]): Promise<void>
  /** Tokens and Σ log10 p of one pass, and processor seconds of all of them. */
  score(passes: number): Promise<{ tokens: number; log10p: number; seconds: number }>
  stop(): Promise<void>
}

export async function startScorer(): Promise<WorkerdScorer> {
  const persistTo = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  const config = path.join(import.meta.dirname, 'perplexity-worker/wrangler.toml')
  const server = await startServer({ persistTo, config })
  const ask = async (what: string, init?: RequestInit): Promise<unknown> => {
    // Between two requests this process computes for seconds and would not notice that the other side has hung up.
    const response = await fetch(`${server.url}/${what}`, { ...init, headers: { connection: 'close' } })
    if (!response.ok)
      throw new Error(`scoring in workerd: ${what} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }
  return {
    async put(model, documents) {
      await ask('model', { method: 'PUT', body: new Uint8Array(model) })
      await ask('documents', { method: 'PUT', body: JSON.stringify(documents) })
    },
    async score(passes) {
      const pids = groupOf(server.pid)
      const before = cpuSeconds(pids)
      const sums = (await ask(`score?passes=${passes}`)) as { tokens: number; log10p: number }
      return { ...sums, seconds: cpuSeconds(pids) - before }
    },
    async stop() {
      await server.stop()
      await rm(persistTo, { recursive: true })
    },
  }
}
