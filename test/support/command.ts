/** The `millrace` command as a user runs it, as a process of its own. */
import { spawn, spawnSync } from 'node:child_process'
import path from 'node:path'

export const CLI = path.join(import.meta.dirname, '../../cli/millrace.ts')

export interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export const runCommand = (args: readonly string[], options: { readonly cwd: string; readonly input?: string }): Ran =>
  spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', input: '', ...options })

export interface Running {
  readonly kill: (signal: NodeJS.Signals) => void
  /** Comes when the command has said so on stderr, or has ended. */
  readonly said: (text: string) => Promise<void>
  readonly ended: Promise<Ran & { readonly signal: NodeJS.Signals | null }>
}

export function startCommand(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Record<string, string> },
): Running {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { ...process.env, ...env } })
  const out = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (out[name] += text))
  const ended = new Promise<Ran & { signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal, ...out }))
  })
  const said = async (text: string): Promise<void> => {
    while (!out.stderr.includes(text) && child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { kill: (signal) => void child.kill(signal), said, ended }
}
