/**
 * The whole of Millrace on this machine: `wrangler dev` with R2, D1, queues, Durable Objects and Workflows under one
 * folder. The demo, `npm run dev`, the end-to-end tests and the benchmarks start it here.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, createWriteStream, mkdirSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import path from 'node:path'
import { UsageError } from './arguments.ts'
import { addKey, newKey } from './keys.ts'
import { watchdog } from './watchdog.ts'
import { applyMigrations, ROOT, WRANGLER, wranglerEnv } from './wrangler.ts'

export interface ServerOptions {
  /** Where R2, D1 and the rest keep their files; a second start goes on from there. */
  readonly persistTo: string
  /** A free one unless given. */
  readonly port?: number
  /** `[vars]` and secrets, over those of wrangler.toml. */
  readonly vars?: Readonly<Record<string, string>>
  /** False shows the server's log on stderr too. */
  readonly quiet?: boolean
  /** Another wrangler.toml than the project's. */
  readonly config?: string
}

export interface Server {
  readonly url: string
  /** Root of the process tree, and id of its process group. */
  readonly pid: number
  readonly logFile: string
  /** Makes a key with these scopes, or lets in the one given. */
  key(scopes: readonly string[], key?: string): Promise<string>
  /** Runs the cron trigger once: locally, nothing else does. */
  scheduled(): Promise<void>
  /** Ends the whole process tree. */
  stop(): Promise<void>
  /** When the server has ended, whoever ended it. */
  readonly ended: Promise<void>
}

const START_MS = 120_000
const POLL_MS = 50
const STOP_MS = 5000
const ENDINGS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export async function startServer({
  persistTo,
  port,
  vars = {},
  quiet = true,
  config,
}: ServerOptions): Promise<Server> {
  // Else the answer of whoever has the port would be taken for ours.
  const chosen = await freePort(port)
  const folder = path.resolve(persistTo)
  mkdirSync(folder, { recursive: true })
  const where = { persistTo: folder, ...(config === undefined ? {} : { config }) }
  await applyMigrations(where)

  const logFile = path.join(folder, 'server.log')
  const args = ['dev', '--local', '--ip', '127.0.0.1', '--port', String(chosen), '--inspector-port', '0']
  args.push('--persist-to', folder, '--show-interactive-dev-session=false')
  if (config !== undefined) args.push('--config', config)
  for (const [name, value] of Object.entries(vars)) args.push('--var', `${name}:${value}`)
  const child = launch(args, { logFile, quiet, registry: path.join(folder, 'registry') })
  const url = `http://127.0.0.1:${chosen}`
  try {
    await untilHealthy(url, child, logFile)
  } catch (error) {
    await child.stop()
    throw error
  }
  return {
    url,
    pid: child.pid,
    logFile,
    ended: child.ended,
    stop: () => child.stop(),
    async key(scopes, key = newKey()) {
      await addKey(key, { scopes, name: 'local', where })
      return key
    },
    async scheduled() {
      const response = await fetch(`${url}/cdn-cgi/local/scheduled`)
      if (!response.ok)
        throw new Error(`the cron trigger answered ${response.status}: ${(await response.text()).slice(0, 400)}`)
      await response.body?.cancel()
    },
  }
}

interface Child {
  readonly pid: number
  readonly process: ChildProcess
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Starts wrangler as the head of its own process group, which goes when we go, however we go. */
function launch(
  args: readonly string[],
  { logFile, quiet, registry }: { logFile: string; quiet: boolean; registry: string },
): Child {
  const log = openSync(logFile, 'w')
  const child = spawn(process.execPath, [WRANGLER, ...args], {
    cwd: ROOT,
    detached: true,
    // A registry of its own: servers side by side must not take each other's Durable Objects.
    env: wranglerEnv({ WRANGLER_REGISTRY_PATH: registry, WRANGLER_CI_DISABLE_CONFIG_WATCHING: 'true' }),
    stdio: ['ignore', quiet ? log : 'pipe', quiet ? log : 'pipe'],
  })
  if (!quiet) {
    const file = createWriteStream(logFile)
    for (const stream of [child.stdout, child.stderr]) {
      stream?.pipe(process.stderr, { end: false })
      stream?.pipe(file, { end: false })
    }
  }
  closeSync(log)
  const { pid } = child
  if (pid === undefined) throw new Error('wrangler did not start: run "npm run setup"')

  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name)
    } catch {
      // The group is gone, which is what was wanted.
    }
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const watch = watchdog(pid)
  void ended.then(() => watch.kill())
  const atExit = (): void => signal('SIGKILL')
  const atSignal = (name: NodeJS.Signals): void => {
    signal('SIGKILL')
    process.exit(128 + (constants.signals[name] ?? 0))
  }
  process.once('exit', atExit)
  for (const name of ENDINGS) process.once(name, atSignal)
  const stop = async (): Promise<void> => {
    process.off('exit', atExit)
    for (const name of ENDINGS) process.off(name, atSignal)
    signal('SIGTERM')
    const timer = setTimeout(() => signal('SIGKILL'), STOP_MS)
    await ended
    clearTimeout(timer)
    signal('SIGKILL') // Whoever outlived the head of the group.
  }
  return { pid, process: child, ended, stop }
}

async function untilHealthy(url: string, child: Child, logFile: string): Promise<void> {
  const endMs = Date.now() + START_MS
  let last = 'nothing answered'
  for (;;) {
    if (child.process.exitCode !== null || child.process.signalCode !== null) {
      throw new Error(`the server stopped while it started; the end of ${logFile}:\n${tail(logFile)}`)
    }
    try {
      const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) })
      const body = await response.text()
      if (response.ok) return
      last = `/health answered ${response.status} ${body.slice(0, 200)}`
    } catch {
      // Not listening yet.
    }
    if (Date.now() > endMs) {
      throw new Error(
        `the server was not ready after ${START_MS / 1000} s (${last}); the end of ${logFile}:\n${tail(logFile)}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

const tail = (file: string, lines = 30): string =>
  readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')

/** The port asked for if nobody has it, or any free one. */
export function freePort(port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new UsageError(`Port ${port} is taken: give another with --port, or stop what listens there.`)
          : error,
      ),
    )
    server.listen(port, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
