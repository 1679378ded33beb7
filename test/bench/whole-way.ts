/**
 * The whole way of a crawl on one core: `millrace process` from the start of the program to its end, and the Worker from
 * the signed webhook to the sealed batch, with the whole `wrangler dev` process tree on the one core.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '../../cli/client.ts'
import { startServer } from '../../cli/server.ts'
import { runWrangler } from '../../cli/wrangler.ts'
import { sign } from '../../functions/ingest/signature.ts'
import { cpuSeconds, groupOf, pin, runOn, watchMemory } from './processes.ts'

const ROOT = path.join(import.meta.dirname, '../..')
/** Each look costs the server a little; a second more or less is lost in a gigabyte. */
const POLL_MS = 500
const SECRET = `whsec_${Buffer.from('a secret for the benchmark alone').toString('base64')}`

export interface Figures {
  readonly name: string
  readonly pages: number
  /** Documents and MB of text that passed every stage, before duplicates; null where it is not said. */
  readonly kept: number
  readonly keptMb: number | null
  readonly pagesPerSecond: number
  readonly mbPerSecond: number
  readonly cpuMbPerSecond: number | null
  readonly peakMb: string
}

export async function benchProcess(core: number, files: readonly string[]): Promise<Figures> {
  const output = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  try {
    const command = [process.execPath, path.join(ROOT, 'cli/millrace.ts'), 'process', ...files, '-o', output]
    const { seconds, peak, output: printed } = await runOn(core, command)
    const { pages, kept, duplicates, nearDuplicates, heldOut, pageBytes, textBytes } = JSON.parse(printed) as Totals
    return {
      name: 'millrace process',
      pages,
      kept: kept + duplicates + nearDuplicates + heldOut,
      keptMb: textBytes / 1e6,
      pagesPerSecond: pages / seconds,
      mbPerSecond: pageBytes / 1e6 / seconds,
      cpuMbPerSecond: null,
      peakMb: peak.allMb.toFixed(0),
    }
  } finally {
    await rm(output, { recursive: true })
  }
}

interface Totals {
  readonly pages: number
  readonly kept: number
  readonly duplicates: number
  readonly nearDuplicates: number
  readonly heldOut: number
  readonly pageBytes: number
  readonly textBytes: number
}

interface View {
  readonly state: string
  readonly pageBytes: number
  readonly textBytes: number
  readonly funnel: { readonly pages: number; readonly candidates: number; readonly failed: number }
}

/** From the signed webhook, with the crawl already in R2, to the sealed batch. */
export async function benchWorker(core: number, files: readonly string[]): Promise<Figures> {
  const persistTo = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  try {
    for (const file of files) await putObject(file, persistTo)
    const server = await startServer({ persistTo, vars: { WEBHOOK_SECRET: SECRET } })
    try {
      const client = createClient({ url: server.url, key: await server.key(['read']) })
      pin(groupOf(server.pid), core)
      const { peak, stop } = watchMemory(() => groupOf(server.pid))
      const cpuBefore = cpuSeconds(groupOf(server.pid))
      const begun = performance.now()
      const batch = await webhook(server.url, { keys: files.map((file) => path.basename(file)) })
      let view: View
      do {
        await sleep(POLL_MS)
        view = await client.json<View>('GET', `/v1/batches/${batch}`)
      } while (view.state !== 'sealed')
      const seconds = (performance.now() - begun) / 1000
      const cpu = cpuSeconds(groupOf(server.pid)) - cpuBefore
      stop()
      const { funnel, pageBytes, textBytes } = view
      if (funnel.failed > 0) throw new Error(`${funnel.failed} pages failed; the figures would be of something else`)
      return {
        name: 'Worker, webhook to seal',
        pages: funnel.pages,
        kept: funnel.candidates,
        keptMb: textBytes / 1e6,
        pagesPerSecond: funnel.pages / seconds,
        mbPerSecond: pageBytes / 1e6 / seconds,
        cpuMbPerSecond: pageBytes / 1e6 / cpu,
        peakMb: `${peak.allMb.toFixed(0)} (workerd ${(peak.byName.get('workerd') ?? 0).toFixed(0)})`,
      }
    } finally {
      await server.stop()
    }
  } finally {
    await rm(persistTo, { recursive: true })
  }
}

const putObject = (file: string, persistTo: string): Promise<unknown> => {
  const key = `millrace-objects/${path.basename(file)}`
  return runWrangler(['r2', 'object', 'put', key, '--file', file, '--local', '--persist-to', persistTo])
}

async function webhook(url: string, message: object): Promise<string> {
  const body = JSON.stringify(message)
  const id = crypto.randomUUID()
  const timestamp = String(Math.floor(Date.now() / 1000))
  const signature = sign(SECRET, id, timestamp, new TextEncoder().encode(body))
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
  const response = await fetch(`${url}/v1/webhooks/batches`, { method: 'POST', body, headers })
  if (!response.ok) throw new Error(`the webhook was answered ${response.status}: ${await response.text()}`)
  return ((await response.json()) as { batch: string }).batch
}
