/** Writes test/fixtures/bad/. Run: npx node test/support/sample/build-bad.ts */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { FIXTURES } from './articles.ts'
import { badFiles } from './bad.ts'

const folder = path.join(FIXTURES, '..', 'bad')
mkdirSync(folder, { recursive: true })
const files = badFiles()
for (const { name, bytes } of files) {
  writeFileSync(path.join(folder, name), bytes)
  process.stdout.write(`${name} ${bytes.length}\n`)
}
const expected = Object.fromEntries(
  files.map(({ name, pages, failures, rejected }) => [name, { pages, failures, rejected }]),
)
writeFileSync(path.join(folder, 'expected.json'), `${JSON.stringify(expected, null, 1)}\n`)
