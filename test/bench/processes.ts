/** Process trees under Linux: which processes, how much memory, on which core. From /proc, so nothing is disturbed. */
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Processes of a process group. */
export function groupOf(pgid: number): number[] {
  const pids: number[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      if (Number(fields[2]) === pgid) pids.push(Number(name))
    } catch {
      // It ended while we looked.
    }
  }
  return pids
}

function statusOf(pid: number): { name: string; residentMb: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (key: string): string => new RegExp(`^${key}:\\s+(.*)$`, 'm').exec(status)?.[1] ?? ''
    return { name: field('Name'), residentMb: Number.parseInt(field('VmRSS'), 10) / 1024 || 0 }
  } catch {
    return null
  }
}

/** Seconds of processor time that the processes have used, children that ended with them. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      for (const field of [11, 12, 13, 14]) ticks += Number(fields[field])
    } catch {
      // Ended.
    }
  }
  return ticks / 100
}

export const pin = (pids: readonly number[], core: number): void => {
  for (const pid of pids) execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' })
}

export interface Peak {
  /** Largest sum over the processes, MB. */
  allMb: number
  /** Largest of each, by name. */
  readonly byName: Map<string, number>
}

/** Samples resident memory until `stop`. */
export function watchMemory(pids: () => readonly number[], everyMs = 50): { peak: Peak; stop: () => void } {
  const peak: Peak = { allMb: 0, byName: new Map() }
  const timer = setInterval(() => {
    let all = 0
    for (const pid of pids()) {
      const status = statusOf(pid)
      if (status === null) continue
      all += status.residentMb
      peak.byName.set(status.name, Math.max(peak.byName.get(status.name) ?? 0, status.residentMb))
    }
    peak.allMb = Math.max(peak.allMb, all)
  }, everyMs)
  return { peak, stop: () => clearInterval(timer) }
}

/** Runs a command on one core to its end. */
export async function runOn(
  core: number,
  command: readonly string[],
): Promise<{ seconds: number; peak: Peak; output: string }> {
  const begun = performance.now()
  const child = spawn('taskset', ['-c', String(core), ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const { peak, stop } = watchMemory(() => (child.pid === undefined ? [] : [child.pid]))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  stop()
  if (code !== 0) throw new Error(`${command.join(' ')} ended with exit code ${code}`)
  return { seconds: (performance.now() - begun) / 1000, peak, output }
}
