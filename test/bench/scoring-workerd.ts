/** Our scorers inside workerd on one core, by processor time. */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { PageText } from '../../functions/classify/features.ts'
import { startServer } from '../../cli/server.ts'
import { cpuSeconds, groupOf } from './processes.ts'

/** Of one pass over all pages. */
export interface Sums {
  readonly tokens: number
  readonly log10p: number
  /** Pages by topic. */
  readonly topics: Readonly<Record<string, number>>
}

export interface WorkerdScorer {
  putPages(pages: readonly PageText[]): Promise<void>
  /** From now on pages get a perplexity alone, until a topic model is put. */
  putNgram(model: Uint8Array): Promise<void>
  /** From now on pages get a topic besides what they get, until another n-gram model is put. */
  putTopic(model: Uint8Array): Promise<void>
  /** `seconds`: processor time of all passes. */
  score(passes: number): Promise<Sums & { readonly seconds: number }>
  stop(): Promise<void>
}

export async function startScorer(): Promise<WorkerdScorer> {
  const persistTo = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  const config = path.join(import.meta.dirname, 'scoring-worker/wrangler.toml')
  const server = await startServer({ persistTo, config })
  const ask = async (what: string, init?: RequestInit): Promise<unknown> => {
    // Between two requests this process computes for seconds and would not notice that the other side has hung up.
    const response = await fetch(`${server.url}/${what}`, { ...init, headers: { connection: 'close' } })
    if (!response.ok)
      throw new Error(`scoring in workerd: ${what} answered ${response.status}: ${await response.text()}`)
    return response.json()
  }
  const put = async (what: string, body: Uint8Array<ArrayBuffer> | string): Promise<void> => {
    await ask(what, { method: 'PUT', body })
  }
  return {
    putPages: (pages) => put('pages', JSON.stringify(pages)),
    putNgram: (model) => put('ngram', new Uint8Array(model)),
    putTopic: (model) => put('topic', new Uint8Array(model)),
    async score(passes) {
      const pids = groupOf(server.pid)
      const before = cpuSeconds(pids)
      const sums = (await ask(`score?passes=${passes}`)) as Sums
      return { ...sums, seconds: cpuSeconds(pids) - before }
    },
    async stop() {
      await server.stop()
      await rm(persistTo, { recursive: true })
    },
  }
}
