/**
 * Makes a clean clone ready: Node packages from the lockfile (the newer Node is one of them), then gpu-runner/.venv.
 * Plain JavaScript, because the Node that runs it first may be the host's, which cannot read TypeScript yet.
 * With nothing to do it compares two lockfiles and a stamp, and returns.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..')
const at = (...parts) => path.join(root, ...parts)

/** What is missing on the host, and how to get it. */
class Missing extends Error {}

const OLDEST_NODE = 20
const OLDEST_RUNTIME = 22
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14', 'python']
const TOLD_EVERY_MS = 20_000

async function setUp() {
  const host = Number(process.versions.node.split('.', 1)[0])
  if (host < OLDEST_NODE) {
    throw new Missing(
      `Node ${process.versions.node} is too old: Node ${OLDEST_NODE} or newer is needed (https://nodejs.org).`,
    )
  }
  // Side by side: one mostly waits for the network, the other mostly unpacks.
  const all = [nodePackages().then(() => runtime(host))]
  if (!process.argv.includes('--no-python')) all.push(pythonPackages())
  const failed = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected')
  if (failed.length > 1) process.stderr.write(`\nset-up: ${failed[1].reason.message}\n`)
  if (failed.length > 0) throw failed[0].reason
}

async function nodePackages() {
  if (lockfileIsInstalled()) return
  if (spawnSync('npm', ['--version']).status !== 0) {
    throw new Missing('npm was not found. It comes with Node (https://nodejs.org); on Debian: apt install npm')
  }
  await step('Installing Node packages', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** npm keeps a lockfile of what it installed. Optional packages of other platforms are not in it. */
function lockfileIsInstalled() {
  const installed = readJson(at('node_modules', '.package-lock.json'))?.packages
  const wanted = readJson(at('package-lock.json'))?.packages
  if (wanted === undefined) throw new Missing('package-lock.json is missing or broken: restore it with git.')
  if (installed === undefined) return false
  return Object.entries(wanted).every(([name, { version, integrity, optional }]) => {
    if (name === '') return true
    const found = installed[name]
    return found === undefined ? optional === true : found.version === version && found.integrity === integrity
  })
}

function runtime(host) {
  const bundled = at('node_modules', '.bin', 'node')
  const found = existsSync(bundled) ? (spawnSync(bundled, ['--version']).stdout ?? '').toString().trim() : ''
  if (Number(/^v(\d+)/.exec(found)?.[1] ?? 0) >= OLDEST_RUNTIME || (found === '' && host >= OLDEST_RUNTIME)) return
  throw new Missing(
    `Node ${OLDEST_RUNTIME} or newer is needed to run Millrace; this is ${process.versions.node}, and the lockfile has no Node for ` +
      `${process.platform} ${process.arch}${found === '' ? '' : ` (node_modules/.bin/node is ${found})`}. ` +
      'Install Node 24 (https://nodejs.org), or run "npm ci" without --omit=optional.',
  )
}

async function pythonPackages() {
  const home = at('gpu-runner')
  const lock = path.join(home, 'requirements.lock')
  if (!existsSync(lock)) throw new Missing('gpu-runner/requirements.lock is missing: restore it with git.')
  const python = path.join(home, '.venv', 'bin', 'python')
  const stamp = path.join(home, '.venv', '.millrace-stamp')
  const text = readFileSync(lock)
  const wanted = createHash('sha256').update(text).digest('hex')
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted) return

  // A half-made environment lacks pip; making it again in the same place adds what lacks and removes nothing.
  if (
    spawnSync(python, ['-c', 'import pip, sys; sys.exit(sys.version_info < (3, 11))'], { env: pythonEnv() }).status !==
    0
  ) {
    await step('Making gpu-runner/.venv', findPython(), ['-m', 'venv', path.join(home, '.venv')])
  }
  // Python compiles what it imports anyway; compiling all of torch here takes longer than unpacking it.
  const pip = ['-m', 'pip', 'install', '--no-input', '--no-compile', '--disable-pip-version-check', '--prefer-binary']
  // torch first: packages that depend on it then take the build that is here and fetch no other.
  const torch = /^torch==\S+/m.exec(text.toString())?.[0]
  if (torch !== undefined) await step(`Installing ${torch.replace('==', ' ')}`, python, [...pip, torch])
  await step('Installing Python packages', python, [...pip, '-r', lock])
  putOnPath(home)
  writeFileSync(stamp, `${wanted}\n`)
}

/** A line in site-packages lets `python -m gpu_runner` work from every folder, without a build step. */
function putOnPath(home) {
  const lib = path.join(home, '.venv', 'lib')
  for (const version of readdirSync(lib).filter((name) => name.startsWith('python3'))) {
    writeFileSync(path.join(lib, version, 'site-packages', 'millrace.pth'), `${home}\n`)
  }
}

function findPython() {
  const seen = []
  for (const name of process.env.PYTHON ? [process.env.PYTHON, ...PYTHONS] : PYTHONS) {
    const probe = 'import sys; print("%d.%d" % sys.version_info[:2]); import venv, ensurepip'
    const { stdout, status, error } = spawnSync(name, ['-c', probe], { encoding: 'utf8', env: pythonEnv() })
    if (error !== undefined) continue
    const version = stdout.trim()
    if (Number(version.split('.')[1] ?? 0) < 11 || !version.startsWith('3.'))
      seen.push(`${name} is ${version}, older than 3.11`)
    else if (status === 0) return name
    else
      seen.push(
        `${name} is ${version} but has no venv module (on Debian and Ubuntu: apt install python${version}-venv, or python3-venv)`,
      )
  }
  const found = seen.length === 0 ? 'no Python was found' : seen.join('; ')
  throw new Missing(
    `Python 3.11 or newer with its venv module is needed: ${found}. On Debian and Ubuntu: apt install python3 python3-venv. ` +
      'PYTHON=/path/to/python3 names another; the Worker and the command line alone need none: node cli/setup.mjs --no-python',
  )
}

/** Neither the user's own packages nor another environment reach into ours. */
function pythonEnv() {
  const env = { ...process.env, PYTHONNOUSERSITE: '1', PIP_USER: '0' }
  for (const name of ['PYTHONHOME', 'PYTHONPATH', 'PIP_TARGET', 'PIP_PREFIX']) delete env[name]
  return env
}

/** Runs a command with a line when it begins and one when it ends; its output is shown only when it fails. */
async function step(title, command, args) {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  const tell = (what) => process.stderr.write(`${title}${what}\n`)
  tell(' …')
  const timer = setInterval(() => tell(` … ${seconds()} s`), TOLD_EVERY_MS)
  const output = []
  const code = await new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: pythonEnv(), stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk))
    child.on('error', (error) => resolve(error.message))
    child.on('close', resolve)
  })
  clearInterval(timer)
  if (code === 0) {
    tell(`: done in ${seconds()} s`)
    return
  }
  process.stderr.write(`${tail(Buffer.concat(output).toString())}\n`)
  throw new Missing(`${title} failed (${code}); its output is above.`)
}

/** The last lines, without the addresses of the registries that this machine happens to use. */
function tail(output) {
  const lines = output.split('\n').filter((line) => !/^(Looking in|WARNING: Location|npm (warn|notice))/i.test(line))
  return lines
    .slice(-40)
    .join('\n')
    .replaceAll(/\b(?:https?|file):\/\/[^\s'",)]+/g, '<registry>')
    .trim()
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined // Absent or cut short: both mean that it has to be made again.
  }
}

try {
  await setUp()
} catch (error) {
  if (!(error instanceof Missing)) throw error
  process.stderr.write(`\nset-up: ${error.message}\n`)
  process.exitCode = 1
}
