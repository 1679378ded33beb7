/** Writes the sample's committed files. Run: npx node test/support/sample/build.ts */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { FIXTURES } from './articles.ts'
import { documentLines, expectations, samplePages, sampleWarc } from './sample.ts'

const pages = samplePages()
const files: readonly (readonly [string, Uint8Array | string])[] = [
  ['web.warc.gz', sampleWarc(pages)],
  ['documents.ndjson', documentLines()],
  ['expected.json', `${JSON.stringify(expectations(pages), null, 1)}\n`],
]
for (const [name, content] of files) {
  writeFileSync(path.join(FIXTURES, name), content)
  process.stdout.write(`${name} ${content.length}\n`)
}
