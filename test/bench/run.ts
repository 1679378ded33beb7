/**
 * `npm run bench [-- FILE.warc.gz …] [--mb N]`: the whole pipeline on one core, beside the peer pipeline in the same run.
 * Ours reads each crawl repeated under other URLs to at least N MB of HTML (default 1000); the peer, which needs no
 * warming, reads it once. Ratios are what holds from one machine to the next.
 */
import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { benchDatatrove } from './datatrove.ts'
import { repeatCrawl } from './repeat-crawl.ts'
import { benchProcess, benchWorker, type Figures } from './whole-way.ts'

const CORE = os.cpus().length - 1
const DATA = path.join(import.meta.dirname, '../../../shared/data')
const CRAWLS = ['dev', 'wcxb', 'zh-sites'].map((name) => path.join(DATA, 'crawl', `${name}.warc.gz`))

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mb: { type: 'string', default: '1000' } },
})
const given = positionals.map((file) => path.resolve(file))
const missing = given.find((file) => !existsSync(file))
if (missing !== undefined) {
  console.log(`bench: ${missing} is not here; expected a .warc.gz with a gzip member for each record`)
  process.exit(2)
}
const files = given.length > 0 ? given : CRAWLS.filter((file) => existsSync(file))
if (files.length === 0) {
  console.log('bench: the development crawls are not here, nothing to measure. Give a crawl: npm run bench -- FILE')
  process.exit(0)
}

console.log(`One core of ${os.cpus()[0]?.model ?? 'this machine'}; MB are of decoded HTML.`)
for (const file of files) {
  const repeated = await repeatCrawl(file, Number(values.mb) * 1e6)
  console.log(`\n${path.basename(file)}; ours reads it ${repeated.copies} times`)
  const rows: Figures[] = []
  if (existsSync(path.join(DATA, 'peers'))) rows.push(await benchDatatrove(CORE, file, DATA))
  for (const bench of [benchProcess, benchWorker]) rows.push(await bench(CORE, repeated.files))
  print(rows)
}
console.log(
  '\nThe peer ends with the signatures of near duplicates and has no perplexity; ours ends with the sealed corpus.',
)

function print(rows: readonly Figures[]): void {
  const peer = rows.find(({ name }) => name.startsWith('datatrove'))
  console.log(['', 'pages', 'kept', 'kept MB', 'pages/s', 'MB/s', 'x peer', 'MB per CPU s', 'peak MB'].join('\t'))
  for (const row of rows) {
    const cells = [row.name, row.pages, row.kept, row.keptMb?.toFixed(1) ?? '–', row.pagesPerSecond.toFixed(1)]
    const ratio = peer === undefined ? '–' : (row.mbPerSecond / peer.mbPerSecond).toFixed(1)
    cells.push(row.mbPerSecond.toFixed(1), ratio, row.cpuMbPerSecond?.toFixed(1) ?? '–', row.peakMb)
    console.log(cells.join('\t'))
  }
}
