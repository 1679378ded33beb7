/**
 * `npm test`: every check in order, each under its heading, going on after a failure. `npm test -- unit python` runs
 * those two. The last line has the sum; a check without tests of its own counts as one.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { ROOT, wranglerEnv } from '../cli/wrangler.ts'
import { countJunit, countVitest, type Counts } from './support/counts.ts'
import config from './vitest.config.ts'

interface Check {
  readonly name: string
  readonly title: string
  run(): Promise<Finished>
}

interface Finished {
  readonly counts: Counts
  /** Shown when something failed. */
  readonly output: string
}

const LONGEST_MS = 15 * 60_000
const scratch = mkdtempSync(path.join(tmpdir(), 'millrace-test-'))
const venv = (tool: string): string => path.join(ROOT, 'gpu-runner', '.venv', 'bin', tool)

interface Ended {
  readonly code: number | null
  readonly output: string
}

function execute(command: string, args: readonly string[], cwd = ROOT): Promise<Ended> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const env = wranglerEnv({ PYTHONDONTWRITEBYTECODE: '1' })
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: LONGEST_MS })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', (error) => resolve({ code: -1, output: error.message }))
    child.on('close', (code) => resolve({ code, output: stripVTControlCharacters(Buffer.concat(chunks).toString()) }))
  })
}

async function passOrFail([program = '', ...args]: readonly string[]): Promise<Finished> {
  const { code, output } = await execute(program, args)
  return { counts: { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }, output }
}

const command = (name: string, title: string, argv: readonly string[]): Check => ({
  name,
  title,
  run: () => passOrFail(argv),
})

/** Counts come from the report; an exit code that the report does not explain is one failure more. */
const reported = (
  name: string,
  title: string,
  {
    argv: [program = '', ...args],
    cwd,
    report,
    count,
  }: {
    readonly argv: readonly string[]
    readonly cwd?: string
    readonly report: string
    readonly count: (text: string) => Counts
  },
): Check => ({
  name,
  title,
  async run() {
    const { code, output } = await execute(program, args, cwd)
    const counts = existsSync(report) ? count(readFileSync(report, 'utf8')) : { passed: 0, failed: 0, skipped: 0 }
    const unexplained = code !== 0 && counts.failed === 0 ? 1 : 0
    return { counts: { ...counts, failed: counts.failed + unexplained }, output }
  },
})

function vitest(name: string): Check {
  const report = path.join(scratch, `${name}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const argv = ['vitest', 'run', '--config', 'test/vitest.config.ts', '--project', name, ...reporters]
  return reported(name, `vitest, project ${name}`, { argv, report, count: countVitest })
}

function pytest(): Check {
  const report = path.join(scratch, 'pytest.xml')
  const argv = [venv('python'), '-m', 'pytest', '-m', 'not gpu', '-p', 'no:cacheprovider', `--junitxml=${report}`]
  return reported('python', 'pytest without a GPU', {
    argv,
    report,
    count: countJunit,
    cwd: path.join(ROOT, 'gpu-runner'),
  })
}

/** pyright's Python package fetches its program when first used; where it cannot, that is said and not counted. */
const pyright: Check = {
  name: 'pyright',
  title: 'types of the Python code (pyright)',
  async run() {
    const able = await execute(venv('pyright'), ['--version'])
    if (able.code !== 0) {
      console.log('pyright cannot run here: its program could not be fetched')
      return { counts: { passed: 0, failed: 0, skipped: 1 }, output: able.output }
    }
    return passOrFail([venv('pyright'), '-p', 'gpu-runner'])
  },
}

const RUFF = ['gpu-runner', 'models']
const projects = (config.test?.projects ?? []).flatMap((project) =>
  typeof project === 'object' && 'test' in project && typeof project.test?.name === 'string' ? [project.test.name] : [],
)

const checks: readonly Check[] = [
  command('types', 'types of the TypeScript code', ['npm', 'run', '--silent', 'types']),
  pyright,
  command('lint', 'oxlint', ['oxlint', '--type-aware', '--deny-warnings']),
  command('format', 'oxfmt', ['oxfmt', '--check']),
  command('ruff', 'ruff check', [venv('ruff'), 'check', '--no-cache', ...RUFF]),
  command('ruff-format', 'ruff format', [venv('ruff'), 'format', '--no-cache', '--check', ...RUFF]),
  command('bundle', 'wrangler deploy --dry-run', [
    'wrangler',
    'deploy',
    '--dry-run',
    '--outdir',
    path.join(scratch, 'bundle'),
  ]),
  ...projects.map(vitest),
  pytest(),
]

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !checks.some((check) => check.name === name))
  if (unknown !== undefined) {
    console.error(`There is no check "${unknown}". There are: ${checks.map(({ name }) => name).join(' ')}`)
    return 2
  }
  const sum = { passed: 0, failed: 0 }
  for (const check of checks.filter(({ name }) => names.length === 0 || names.includes(name))) {
    console.log(`\n== ${check.name}: ${check.title}`)
    const beganMs = Date.now()
    const { counts, output } = await check.run()
    const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`
    const seconds = ((Date.now() - beganMs) / 1000).toFixed(1)
    if (counts.failed > 0) console.log(output.trimEnd())
    console.log(
      `${counts.failed > 0 ? 'FAILED' : 'ok'}: ${counts.passed} of ${counts.passed + counts.failed}${skipped} (${seconds} s)`,
    )
    sum.passed += counts.passed
    sum.failed += counts.failed
  }
  console.log(`\n${sum.passed} passed, ${sum.failed} failed`)
  return sum.failed > 0 ? 1 : 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
