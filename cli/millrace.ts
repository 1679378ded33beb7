#!/usr/bin/env node
/** `millrace <command>`. Each command's module is loaded only when it is asked for, so that `--help` is quick. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { pathFault } from './input-files.ts'
import { HelpRequest, nearest, UsageError } from './arguments.ts'

type Command = (args: string[]) => Promise<number>

interface Entry {
  readonly summary: string
  readonly load: () => Promise<Command>
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  process: {
    summary: 'Files to sorted, scored, sealed shards, without a server',
    load: async () => (await import('./process.ts')).processCommand,
  },
  extract: {
    summary: 'Main text of WARC or HTML pages, as NDJSON',
    load: async () => (await import('./extract.ts')).extractCommand,
  },
  score: {
    summary: 'Language, topic and perplexity of NDJSON texts on stdin',
    load: async () => (await import('./score.ts')).scoreCommand,
  },
  classify: {
    summary: 'Labels of texts by a fastText model of your own',
    load: async () => (await import('./classify.ts')).classifyCommand,
  },
  manifest: {
    summary: 'Plan a training mixture, here or on a server',
    load: async () => (await import('./manifest.ts')).manifestCommand,
  },
  compact: {
    summary: "Sort a folder's shards by a model that scored them since",
    load: async () => (await import('./compact.ts')).compactCommand,
  },
  push: {
    summary: 'Send files to a server, as one batch',
    load: async () => (await import('./push.ts')).pushCommand,
  },
  keys: {
    summary: "Make, list and revoke a server's keys",
    load: async () => (await import('./keys.ts')).keysCommand,
  },
  models: {
    summary: 'List, train, import, label, calibrate, push and activate models',
    load: async () => (await import('./models.ts')).modelsCommand,
  },
}

const help = (): string => {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  return `Usage: millrace <command> [arguments]\n\n${lines.join('\n')}\n\nmillrace <command> --help says more; --version prints the version.`
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === '--version' || name === '-v') {
    const manifest = path.join(import.meta.dirname, '..', 'package.json')
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
    console.log(version)
    return 0
  }
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const asked = args[0] === undefined ? undefined : COMMANDS[args[0]]
    if (asked !== undefined) return (await asked.load())(['--help'])
    if (name === undefined) {
      console.error(help())
      return 2
    }
    console.log(help())
    return 0
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    const near = nearest(name, Object.keys(COMMANDS))
    const meant = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`
    throw new UsageError(`There is no command "${name}".${meant} "millrace help" lists them.`)
  }
  return (await command.load())(args)
}

function exitCodeOf(error: unknown): number {
  if (error instanceof HelpRequest) {
    console.log(error.message)
    return 0
  }
  if (!(error instanceof Error)) throw error
  const { code, exitCode } = error as NodeJS.ErrnoException & { readonly exitCode?: number }
  const fault = pathFault(error)
  const isUsers = exitCode === 2 || code?.startsWith('ERR_PARSE_ARGS') === true || fault !== null
  const usage = error instanceof UsageError && error.usage !== '' ? `\n\n${error.usage}` : ''
  console.error(
    `millrace: ${isUsers || process.env['MILLRACE_TRACE'] === undefined ? (fault ?? error.message) : error.stack}${usage}`,
  )
  return isUsers ? 2 : 1
}

// `millrace … | head` closes our stdout: the reader has what it wants.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.exitCode = exitCodeOf(error)
}
