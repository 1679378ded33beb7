/** KenLM 0.3.0, built outside the repository: lmplz, build_binary, query, and its Python module. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { pythonWith } from './python-peer.ts'

const VERSION = '0.3.0'
const PROGRAMS = ['lmplz', 'build_binary', 'query'] as const
const BOOST = ['program-options', 'system', 'thread', 'test'].map((part) => `libboost-${part}-dev`)

export interface Kenlm {
  readonly program: (name: (typeof PROGRAMS)[number]) => string
  /** An interpreter that has the module `kenlm`. */
  readonly python: string
}

const run = (command: string, args: readonly string[], cwd: string): void => {
  execFileSync(command, args, { cwd, stdio: ['ignore', 2, 2] })
}

export function installKenlm(folder: string): Kenlm {
  const build = path.join(folder, 'build')
  const program = (name: string): string => path.join(build, 'bin', name)
  const python = pythonWith(path.join(folder, 'venv'), [`kenlm==${VERSION}`])
  if (PROGRAMS.some((name) => !existsSync(program(name)))) {
    console.error('bench: building KenLM …')
    mkdirSync(build, { recursive: true })
    // The programs are in the source package alone, and need Boost.
    if (!existsSync('/usr/include/boost/program_options.hpp')) {
      run('apt-get', ['install', '-y', '--no-install-recommends', ...BOOST], folder)
    }
    run(python, ['-m', 'pip', 'download', '-q', '--no-deps', '--no-binary', 'kenlm', `kenlm==${VERSION}`], folder)
    run('tar', ['xzf', `kenlm-${VERSION}.tar.gz`], folder)
    run('cmake', [`../kenlm-${VERSION}`, '-DCMAKE_BUILD_TYPE=Release'], build)
    run('make', [...PROGRAMS], build)
  }
  return { program, python }
}
