import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { ROOT } from '../../../cli/wrangler.ts'

/** Starts a group that would live for a minute, watches it, and goes on. */
const PARENT = `
import { spawn } from 'node:child_process'
import { watchdog } from ${JSON.stringify(path.join(ROOT, 'cli/watchdog.ts'))}
const child = spawn('sh', ['-c', 'trap "" HUP; sleep 60 & wait'], { detached: true, stdio: 'inherit' })
watchdog(child.pid)
console.log('started')
setInterval(() => {}, 1000)
`

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'a group ends when who started it is ended by %s',
  async (signal) => {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(parent.stdout, 'data')
    // The group holds our pipe: it closes when all of them are gone.
    const closed = once(parent.stdout.resume(), 'end').then(() => 'ended')
    expect(await Promise.race([closed, sleep(300, 'lives')])).toBe('lives')
    parent.kill(signal)
    expect(await Promise.race([closed, sleep(10_000, 'lives')])).toBe('ended')
  },
  20_000,
)
