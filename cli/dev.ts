/** `npm run dev`: all of Millrace on this machine, with a key and a webhook secret that stay the same over restarts. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SCOPES } from '../functions/http/key.ts'
import { HelpRequest, readArguments, readInteger, UsageError } from './arguments.ts'
import { newKey } from './keys.ts'
import { startServer } from './server.ts'
import { ROOT } from './wrangler.ts'

const USAGE = `Usage: npm run dev -- [--port 8787] [--persist-to .wrangler/dev]`
const CRON_MS = 30_000

/**
 * npm hands signals to its shell, which does not hand them on: once the shell is gone nobody is left to end us. Started by
 * hand, as with nohup, we may outlive who started us.
 */
function endWithNpm(): NodeJS.Timeout | undefined {
  if (process.env['npm_lifecycle_event'] === undefined) return undefined
  const parent = process.ppid
  return setInterval(() => {
    if (process.ppid !== parent) process.exit(1)
  }, 1000)
}

/** A secret that is made once and kept beside the data it opens. */
function keep(file: string, make: () => string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  mkdirSync(path.dirname(file), { recursive: true })
  const value = make()
  writeFileSync(file, `${value}\n`, { mode: 0o600 })
  return value
}

const banner = (url: string, { key, secret, folder }: { key: string; secret: string; folder: string }): string => `
Millrace        ${url}   (OpenAPI: ${url}/openapi.json)
Key             ${key}   (every scope)
WEBHOOK_SECRET  ${secret}
Data            ${folder}

Send a page, send a file, close their batch (its id is in the answers) so that it is sealed, see what is there:
  curl ${url}/v1/pages -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '{"url": "https://example.org/", "html": "<p>Hello.</p>"}'
  curl ${url}/v1/objects/crawl.warc.gz -H 'Authorization: Bearer ${key}' -T crawl.warc.gz
  curl ${url}/v1/batches/BATCH/close -H 'Authorization: Bearer ${key}' -X POST
  curl ${url}/v1/cells -H 'Authorization: Bearer ${key}'
`

async function main(args: string[]): Promise<void> {
  const { values } = readArguments(args, {
    usage: USAGE,
    options: {
      port: { type: 'string', default: '8787' },
      'persist-to': { type: 'string', default: path.join(ROOT, '.wrangler', 'dev') },
    },
  })
  const folder = path.resolve(values['persist-to'])
  const secret = keep(path.join(folder, 'webhook-secret'), () => `whsec_${randomBytes(32).toString('base64')}`)
  const kept = keep(path.join(folder, 'key'), newKey)
  const port = readInteger(values.port, '--port', { max: 65_535 })

  console.log('Starting …')
  const server = await startServer({ persistTo: folder, port, vars: { WEBHOOK_SECRET: secret }, quiet: false })
  const key = await server.key(SCOPES, kept)
  console.log(banner(server.url, { key, secret, folder }))

  // On an account the platform fires the cron trigger; here nobody else does.
  const timer = setInterval(() => {
    server.scheduled().catch((error: unknown) => console.error(error instanceof Error ? error.message : error))
  }, CRON_MS)
  const orphan = endWithNpm()
  await server.ended
  clearInterval(timer)
  clearInterval(orphan)
  throw new Error('The server ended; its last lines are above.')
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = error instanceof HelpRequest ? 0 : error instanceof UsageError ? 2 : 1
}
