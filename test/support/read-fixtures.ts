/** Files of a folder of test/fixtures as base64, by name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const FIXTURES = path.join(import.meta.dirname, '..', 'fixtures')

export function readFixtures(folder: string): Record<string, string> {
  const within = path.join(FIXTURES, folder)
  if (!existsSync(within)) return {}
  const files = readdirSync(within, { withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(path.join(within, name)).toString('base64')]))
}
