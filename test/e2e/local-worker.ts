/** The real thing for end-to-end tests: `wrangler dev` over a folder of its own, spoken to over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startServer, type Server } from '../../cli/server.ts'
import { WEBHOOK_SECRET } from '../support/webhook.ts'

/** The same in every world, so that ids made of it are the same too. */
const KEY = 'mr_endtoend0000000000000000000000000'
const SCOPES = ['ingest', 'read', 'plan']

export interface LocalWorker {
  readonly folder: string
  call(path: string, init?: RequestInit): Promise<{ status: number; body: Record<string, unknown> }>
  bytes(path: string, init?: RequestInit): Promise<Uint8Array>
  /** Runs the cron trigger as if it were `minutes` later. */
  sweep(minutes: number): Promise<void>
  /** Ends the whole process tree at once, as a power cut would. */
  kill(): Promise<void>
  stop(): Promise<void>
}

export const newFolder = (): string => mkdtempSync(path.join(tmpdir(), 'millrace-e2e-'))
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true })

export async function startWorker(
  folder: string,
  { vars = {}, isNew = true }: { vars?: Readonly<Record<string, string>>; isNew?: boolean } = {},
): Promise<LocalWorker> {
  const server: Server = await startServer({
    persistTo: folder,
    vars: { WEBHOOK_SECRET, HOLDOUT_SHARE: '0.25', ...vars },
  })
  if (isNew) await server.key(SCOPES, KEY)
  const request = (route: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${KEY}`)
    return fetch(`${server.url}${route}`, { ...init, headers })
  }
  return {
    folder,
    async call(route, init) {
      const response = await request(route, init)
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    },
    async bytes(route, init) {
      return new Uint8Array(await (await request(route, init)).arrayBuffer())
    },
    async sweep(minutes) {
      const time = Date.now() + minutes * 60_000
      const response = await fetch(`${server.url}/cdn-cgi/local/scheduled?time=${time}`)
      if (!response.ok) throw new Error(`the cron trigger answered ${response.status}`)
      await response.body?.cancel()
    },
    async kill() {
      process.kill(-server.pid, 'SIGKILL')
      await server.ended
      await server.stop()
    },
    stop: () => server.stop(),
  }
}

export interface BatchView {
  readonly state: string
  readonly slices: number
  readonly objects: { readonly all: number; readonly read: number; readonly bytes: number }
  readonly funnel: {
    readonly pages: number
    readonly candidates: number
    readonly kept: number | null
    readonly duplicates: number | null
    readonly nearDuplicates: number | null
    readonly heldOut: number | null
    readonly rejected: Readonly<Record<string, number>>
    readonly failed: Readonly<Record<string, number>>
  }
  readonly parked: readonly unknown[]
}

/** Looks at a batch until it is as wanted; `onStill` is called each time that nothing moved for two seconds. */
export async function watch(
  worker: LocalWorker,
  batch: string,
  isDone: (view: BatchView) => boolean,
  { onStill }: { onStill?: () => Promise<void> } = {},
): Promise<BatchView> {
  const endMs = Date.now() + 240_000
  let still = { looks: 0, view: '' }
  for (;;) {
    const view = (await worker.call(`/v1/batches/${batch}`)).body as unknown as BatchView
    if (isDone(view)) return view
    if (Date.now() > endMs) throw new Error(`batch ${batch} stands still: ${JSON.stringify(view)}`)
    const now = JSON.stringify(view)
    still = { view: now, looks: now === still.view ? still.looks + 1 : 0 }
    if (still.looks % 40 === 39) await onStill?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const isSealed = ({ state }: BatchView): boolean => state === 'sealed'
