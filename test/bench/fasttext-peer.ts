/** Native fastText 0.9.2: the one on the path, or Debian's package unpacked into a folder, without root. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'

export interface NativeFastText {
  readonly version: string
  /** Runs `fasttext …`; throws with what it said when it fails. */
  run(args: readonly string[]): void
  /** `fasttext predict-prob`: a line of output a line, and the processor time of the whole run. */
  predict(model: string, lines: string, k: number): { readonly output: string[]; readonly seconds: number }
}

const PACKAGES = ['fasttext', 'libfasttext0']

export function nativeFastText(cache: string): NativeFastText {
  const { program, env } = locate(cache)
  return {
    version: `fastText: ${program}`,
    run(args) {
      const { status, stderr } = spawnSync(program, args, { env, encoding: 'utf8' })
      if (status !== 0) throw new Error(`fasttext ${args.join(' ')} ended with ${status}: ${stderr.slice(-800)}`)
    },
    predict(model, lines, k) {
      // bash says what a child used, which Node does not.
      const script = `TIMEFORMAT='%U %S'; time "$0" predict-prob "$1" "$2" ${k}`
      const args = ['-c', script, program, model, lines]
      const { status, stdout, stderr } = spawnSync('bash', args, { env, encoding: 'utf8', maxBuffer: 1 << 28 })
      if (status !== 0) throw new Error(`fasttext predict-prob ${model} ended with ${status}: ${stderr.slice(-800)}`)
      const [user = 0, system = 0] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
      return { output: stdout.split('\n').slice(0, -1), seconds: user + system }
    },
  }
}

function locate(cache: string): { program: string; env: NodeJS.ProcessEnv } {
  const onPath = spawnSync('which', ['fasttext'], { encoding: 'utf8' }).stdout.trim()
  if (onPath !== '') return { program: onPath, env: process.env }
  const folder = path.join(cache, 'debian')
  const program = path.join(folder, 'usr/bin/fasttext')
  if (!existsSync(program)) {
    console.error(`bench: fetching ${PACKAGES.join(', ')} …`)
    mkdirSync(folder, { recursive: true })
    execFileSync('apt-get', ['download', ...PACKAGES], { cwd: folder, stdio: ['ignore', 2, 2] })
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
      execFileSync('dpkg', ['-x', name, '.'], { cwd: folder, stdio: ['ignore', 2, 2] })
    }
  }
  const libraries = readdirSync(path.join(folder, 'usr/lib')).map((name) => path.join(folder, 'usr/lib', name))
  return { program, env: { ...process.env, LD_LIBRARY_PATH: libraries.join(':') } }
}
