/**
 * The whole way of a crawl on one core, beside what the peer pipeline was measured to do on the same file:
 * `millrace process` from the start of the program to its end, and the Worker from the signed webhook to the sealed
 * batch, with the whole `wrangler dev` process tree on the one core.
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
const CORE = 1
const SECRET = `whsec_${Buffer.from('a secret for the benchmark alone').toString('base64')}`

export interface Figures {
  readonly name: string
  readonly pagesPerSecond: number
  readonly mbPerSecond: number
  readonly cpuMbPerSecond: number | null
  readonly peakMb: string
}

export async function benchProcess(file: string): Promise<Figures> {
  const output = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  try {
    const command = [process.execPath, path.join(ROOT, 'cli/millrace.ts'), 'process', file, '-o', output]
    const { seconds, peak, output: printed } = await runOn(CORE, command)
    const { pages, pageBytes } = JSON.parse(printed) as { pages: number; pageBytes: number }
    const mbPerSecond = pageBytes / 1e6 / seconds
    return {
      name: 'millrace process',
      pagesPerSecond: pages / seconds,
      mbPerSecond,
      cpuMbPerSecond: null,
      peakMb: peak.allMb.toFixed(0),
    }
  } finally {
    await rm(output, { recursive: true })
  }
}

interface View {
  readonly state: string
  readonly pageBytes: number
  readonly funnel: { readonly pages: number }
}

export async function benchWorker(file: string): Promise<Figures> {
  const persistTo = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-'))
  try {
    const key = path.basename(file)
    await runWrangler([
      'r2',
      'object',
      'put',
      `millrace-objects/${key}`,
      '--file',
      file,
      '--local',
      '--persist-to',
      persistTo,
    ])
    const server = await startServer({ persistTo, vars: { WEBHOOK_SECRET: SECRET } })
    try {
      const client = createClient({ url: server.url, key: await server.key(['read']) })
      pin(groupOf(server.pid), CORE)
      const { peak, stop } = watchMemory(() => groupOf(server.pid))
      const cpuBefore = cpuSeconds(groupOf(server.pid))
      const begun = performance.now()
      const batch = await webhook(server.url, { keys: [key] })
      let view: View
      do {
        await sleep(50)
        view = await client.json<View>('GET', `/v1/batches/${batch}`)
      } while (view.state !== 'sealed')
      const seconds = (performance.now() - begun) / 1000
      const cpu = cpuSeconds(groupOf(server.pid)) - cpuBefore
      stop()
      const workerd = peak.byName.get('workerd') ?? 0
      const mb = view.pageBytes / 1e6
      return {
        name: 'Worker, webhook to seal',
        pagesPerSecond: view.funnel.pages / seconds,
        mbPerSecond: mb / seconds,
        cpuMbPerSecond: mb / cpu,
        peakMb: `${peak.allMb.toFixed(0)} (workerd ${workerd.toFixed(0)})`,
      }
    } finally {
      await server.stop()
    }
  } finally {
    await rm(persistTo, { recursive: true })
  }
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
