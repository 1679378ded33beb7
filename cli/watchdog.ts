/**
 * Ends a process group when this process has ended, also when it was killed and could do nothing itself: a shell waits at
 * the other end of a pipe that only we hold, and the kernel closes it.
 */
import { spawn, type ChildProcess } from 'node:child_process'

/** First as a person would ask, then for good. */
const SCRIPT = (group: number): string => `read _; kill -TERM -${group}; sleep 3; kill -KILL -${group}`

/** End it with `kill()` once the group has ended by itself: its number may be another's then. */
export function watchdog(group: number): ChildProcess {
  // A group of its own: what ends ours must not end it.
  const child = spawn('/bin/sh', ['-c', SCRIPT(group)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  // Without one nothing is lost but the watch.
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  child.unref()
  ;(child.stdin as unknown as { unref?: () => void }).unref?.()
  return child
}
