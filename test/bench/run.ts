/** `npm run bench [-- FILE]`: prints method and figures. Ratios are what holds from one machine to the next. */
import { existsSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { benchProcess, benchWorker, type Figures } from './whole-way.ts'

/** datatrove 0.10.1 on the same file, one core, trafilatura and the same rules, measured 2026-11 on a machine of this kind. */
const PEER: Figures = {
  name: 'datatrove 0.10.1',
  pagesPerSecond: 28.5,
  mbPerSecond: 4.6,
  cpuMbPerSecond: null,
  peakMb: '752',
}
const RUNS = 3

const given = process.argv[2]
const file = path.resolve(given ?? path.join(import.meta.dirname, '../../../shared/data/crawl/dev.warc.gz'))
if (!existsSync(file)) {
  console.log(
    `bench: ${given ?? 'the development crawl'} is not here, nothing to measure. Give a crawl: npm run bench -- FILE`,
  )
  process.exit(given === undefined ? 0 : 2)
}

const median = (all: readonly Figures[]): Figures => {
  const sorted = [...all].sort((a, b) => a.mbPerSecond - b.mbPerSecond)
  const middle = sorted[Math.floor(sorted.length / 2)]
  if (middle === undefined) throw new Error('nothing was measured')
  return middle
}

console.log(
  `${path.basename(file)}, one core of ${os.cpus()[0]?.model ?? 'this machine'}, median of ${RUNS} runs; HTML bytes are decoded.`,
)
const rows: Figures[] = []
for (const bench of [benchProcess, benchWorker]) {
  const all: Figures[] = []
  for (let run = 0; run < RUNS; run++) all.push(await bench(file))
  rows.push(median(all))
}
rows.push(PEER)
console.log(['', 'pages/s', 'MB/s', 'x peer', 'MB per CPU s', 'peak MB'].join('\t'))
for (const { name, pagesPerSecond, mbPerSecond, cpuMbPerSecond, peakMb } of rows) {
  const ratio = (mbPerSecond / PEER.mbPerSecond).toFixed(1)
  console.log(
    [name, pagesPerSecond.toFixed(1), mbPerSecond.toFixed(1), ratio, cpuMbPerSecond?.toFixed(1) ?? '–', peakMb].join(
      '\t',
    ),
  )
}
console.log('The peer was measured on this file in another run; its figures are printed, not measured here.')
