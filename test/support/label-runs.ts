/** Runs of `millrace models label` in a folder of their own, over texts whose labels the server of chat-server.ts can read. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { parseLabel } from '../../models/labelling/label-lines.ts'
import type { LabelLine } from '../../models/labelling/label-lines.ts'
import { TOPICS } from '../../schema/shard.ts'
import { startCommand } from './command.ts'
import type { Ran } from './command.ts'

let folder = ''

/** An empty folder for each test of the file. */
export function inOwnFolder(): void {
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-label-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
}

export const at = (name: string): string => path.join(folder, name)

/** `during` is called as soon as the command runs. */
export async function run(
  args: readonly string[],
  env: Record<string, string> = {},
  during?: (kill: (signal: NodeJS.Signals) => void) => Promise<void>,
): Promise<Ran> {
  const { kill, ended } = startCommand(['models', 'label', ...args], { cwd: folder, env })
  await during?.(kill)
  return ended
}

/** Arguments for in.ndjson → labels.ndjson. */
export const to = (url: string, ...more: string[]): string[] => [
  'in.ndjson',
  '--endpoint',
  url,
  '--model',
  'reader',
  '-o',
  'labels.ndjson',
  ...more,
]

export const textOf = (n: number): string =>
  `Text ${n} about topic=${TOPICS[n % 11] ?? ''} second=${TOPICS[(n + 1) % 11] ?? ''}.`

export function writeTexts(name: string, count: number): string[] {
  const texts = Array.from({ length: count }, (_, n) => textOf(n))
  writeFileSync(at(name), texts.map((text) => `${JSON.stringify({ text, lang: 'en' })}\n`).join(''))
  return texts
}

export const linesOf = (name: string): string[] => readFileSync(at(name), 'utf8').trimEnd().split('\n')

export const numLines = (name: string): number =>
  existsSync(at(name)) ? readFileSync(at(name), 'utf8').split('\n').length - 1 : 0

export const labelsOf = (name = 'labels.ndjson'): LabelLine[] => linesOf(name).map(parseLabel)

/** The line that the command prints at its end. */
export const aboutOf = ({ stdout }: Ran): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}
