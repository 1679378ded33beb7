/** The set-up in an empty checkout, with programs that note what they were asked to do. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const SETUP = path.join(import.meta.dirname, '../../../cli/setup.mjs')
const LOCK = JSON.stringify({
  packages: {
    '': { name: 'x' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/other-platform': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  },
})

let root = ''
const at = (...parts: string[]): string => path.join(root, ...parts)

function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(path.dirname(at(file)), { recursive: true })
  writeFileSync(at(file), text)
  chmodSync(at(file), mode)
}

const program = (name: string, script: string): void =>
  write(name, `#!/bin/sh\necho "\${0##*/} $*" >> '${at('asked')}'\n${script}\n`, 0o755)

/** What npm leaves behind: the packages of this platform, and a lockfile of them. */
const installs = `case "$1" in ci)
/bin/mkdir -p "$ROOT/node_modules"
echo '{"packages":{"node_modules/a":{"version":"1.0.0","integrity":"sha512-a"}}}' > "$ROOT/node_modules/.package-lock.json";; esac`

/** A Python of this version; as a module, venv makes a copy of it. */
const python = (version: string, { venv = true } = {}): string => `
case "$*" in
*ensurepip*) echo ${version}; exit ${venv ? 0 : 1};;
*"import pip, sys"*) [ -e "$ROOT/made" ];;
"-m venv"*) : > "$ROOT/made"; /bin/mkdir -p "$3/bin" "$3/lib/python${version}/site-packages"; /bin/cp "$0" "$3/bin/python";;
esac`

function setUp(...args: string[]) {
  const env = { PATH: at('bin'), ROOT: root }
  const { status, stderr } = spawnSync(process.execPath, [at('cli/setup.mjs'), ...args], { env, encoding: 'utf8' })
  const asked = existsSync(at('asked')) ? readFileSync(at('asked'), 'utf8').trimEnd().split('\n') : []
  rmSync(at('asked'), { force: true })
  return { status, stderr, asked: asked.map((line) => line.replaceAll(root, '.')) }
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'millrace-setup-'))
  mkdirSync(at('cli'))
  copyFileSync(SETUP, at('cli/setup.mjs'))
  write('package-lock.json', LOCK)
  write('gpu-runner/requirements.lock', '# pinned\ntorch==2.13.0\nb==1\n')
  program('bin/npm', installs)
  program('bin/python3', python('3.11'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('set-up', () => {
  it('installs everything once, torch before what depends on it', () => {
    const first = setUp()
    expect(first.status).toBe(0)
    expect(first.asked.filter((line) => line.startsWith('npm'))).toEqual([
      'npm --version',
      'npm ci --no-audit --no-fund --loglevel=error',
    ])
    const pip = first.asked.filter((line) => line.includes('pip install')).map((line) => line.split(' ').slice(-2))
    expect(pip).toEqual([
      ['--prefer-binary', 'torch==2.13.0'],
      ['-r', './gpu-runner/requirements.lock'],
    ])
    const pth = at('gpu-runner/.venv/lib/python3.11/site-packages/millrace.pth')
    expect(readFileSync(pth, 'utf8').trim()).toBe(at('gpu-runner'))
    expect(setUp()).toEqual({ status: 0, stderr: '', asked: [] })
  })

  it('installs again what changed, and only that, keeping the environment', () => {
    setUp()
    write('gpu-runner/requirements.lock', 'torch==2.13.0\nb==2\n')
    const { asked } = setUp()
    expect(asked.some((line) => line.startsWith('npm') || line.includes('-m venv'))).toBe(false)
    expect(asked.filter((line) => line.includes('pip install'))).toHaveLength(2)
    write('package-lock.json', LOCK.replace('"1.0.0","integrity":"sha512-a"', '"1.0.1","integrity":"sha512-c"'))
    expect(setUp().asked).toEqual(['npm --version', 'npm ci --no-audit --no-fund --loglevel=error'])
  })

  it('asks for no Python when none is wanted', () => {
    rmSync(at('bin/python3'))
    expect(setUp('--no-python')).toMatchObject({
      status: 0,
      asked: ['npm --version', expect.stringMatching(/^npm ci/)],
    })
  })

  it.each([
    ['no Python', undefined, /no Python was found\. On Debian and Ubuntu: apt install python3 python3-venv/],
    ['an old Python', python('3.9'), /python3 is 3\.9, older than 3\.11/],
    [
      'a Python without venv',
      python('3.12', { venv: false }),
      /python3 is 3\.12 but has no venv module .*apt install python3\.12-venv/,
    ],
  ])('says what is missing: %s', (_, script, message) => {
    if (script === undefined) rmSync(at('bin/python3'))
    else program('bin/python3', script)
    const { status, stderr } = setUp()
    expect(status).toBe(1)
    expect(stderr).toMatch(message)
  })

  it('shows the output of what failed, without the addresses of this machine', () => {
    program(
      'bin/npm',
      '[ "$1" = ci ] && echo "npm error 404 https://registry.example/a is not there" >&2 && exit 1; exit 0',
    )
    const { status, stderr } = setUp('--no-python')
    expect(status).toBe(1)
    expect(stderr).toContain('npm error 404 <registry> is not there')
    expect(stderr).toContain('set-up: Installing Node packages failed (1); its output is above.')
    expect(stderr).not.toContain('registry.example')
  })
})
