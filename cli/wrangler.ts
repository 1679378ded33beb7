/** Runs wrangler as this project wants it: on the Node we run on, quiet, calling nobody. */
import { execFile, type ExecFileException } from 'node:child_process'
import path from 'node:path'
import { UsageError } from './arguments.ts'

export const ROOT = path.join(import.meta.dirname, '..')
const BIN = path.join(ROOT, 'node_modules', '.bin')

export const WRANGLER = path.join(BIN, 'wrangler')
/** The database's name in wrangler.toml. */
export const INDEX = 'millrace-index'

export function wranglerEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${BIN}${path.delimiter}${process.env['PATH'] ?? ''}`,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_SEND_ERROR_REPORTS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_WRITE_LOGS: 'false',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    CI: '1',
    NO_COLOR: '1',
    ...extra,
  }
}

/** Which database: a folder on this machine, or the account's. */
export type Where = { readonly persistTo: string; readonly config?: string } | { readonly remote: true }

export function runWrangler(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    // wrangler.js starts Node by its own path; going through process.execPath needs no particular PATH.
    const options = { cwd: ROOT, env: wranglerEnv(), maxBuffer: 64 << 20 }
    execFile(process.execPath, [WRANGLER, ...args], options, (error: ExecFileException | null, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`wrangler ${args.slice(0, 3).join(' ')} failed:\n${`${stdout}\n${stderr}`.trim()}`))
    })
  })
}

const whereArgs = (where: Where): string[] =>
  'remote' in where
    ? ['--remote']
    : [
        '--local',
        '--persist-to',
        path.resolve(where.persistTo),
        ...(where.config === undefined ? [] : ['--config', where.config]),
      ]

export async function applyMigrations(where: Where): Promise<void> {
  await runWrangler(['d1', 'migrations', 'apply', INDEX, ...whereArgs(where)])
}

/** Runs SQL against the index and returns the rows of the last statement. */
export async function querySql(sql: string, where: Where): Promise<Record<string, unknown>[]> {
  const args = ['d1', 'execute', INDEX, ...whereArgs(where), '--yes', '--json', '--command', sql]
  const stdout = await runWrangler(args).catch((error: unknown) => {
    // What was looked for in a database that no migration has made.
    if (!/no such table/.test(String(error))) throw error
    const place = 'remote' in where ? 'The account has' : `${where.persistTo} has`
    throw new UsageError(
      `${place} no index yet: start a server with it (npm run dev), or apply the migrations (docs/deploy.md).`,
    )
  })
  const answers = JSON.parse(stdout) as { readonly results?: Record<string, unknown>[] }[]
  return answers.at(-1)?.results ?? []
}

/** A string as an SQL literal; the text may have any character. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''").replaceAll('\0', '')}'`
