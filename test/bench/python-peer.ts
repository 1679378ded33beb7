/** A Python with a benchmark's peers, outside the repository: made once in `folder`, made anew when the peers change. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** The interpreter. `packages` as pip takes them, with their versions. */
export function pythonWith(folder: string, packages: readonly string[]): string {
  const program = path.join(folder, 'bin/python')
  const done = path.join(folder, 'installed')
  const wanted = packages.join('\n')
  if (!existsSync(done) || readFileSync(done, 'utf8') !== wanted) {
    console.error(`bench: installing ${packages.join(', ')} …`)
    mkdirSync(folder, { recursive: true })
    execFileSync('python3', ['-m', 'venv', folder], { stdio: ['ignore', 2, 2] })
    execFileSync(program, ['-m', 'pip', 'install', '-q', ...packages], { stdio: ['ignore', 2, 2] })
    writeFileSync(done, wanted)
  }
  return program
}
