/**
 * `npm run bench:extract`: main text and metadata of ours beside its peers, in one run, scored by the development data's own
 * `pages/score.py`; then time against size on pages made to hurt. What a model has seen is no measure of it: ours is trained
 * five times without a fifth of the sites, and each page is read with the model that has not seen its site ("out of fold");
 * the shipped model, which has, is printed apart. Peers are installed outside the repository, fold models and peers' answers
 * are kept there too, so that a second run is quick. One process at a time, each on one core; seconds are processor time.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { printCurve } from './extract-curve.ts'
import { writeOwnChinese } from './extract-own-chinese.ts'
import { timeInWorkerd } from './extract-workerd.ts'
import { pythonWith } from './python-peer.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const DATA = path.join(ROOT, '../shared/data')
const CACHE = path.join(os.tmpdir(), 'millrace-bench-extract')

interface Crawl {
  readonly name: string
  readonly pages: string
  readonly gold: string
  /** In no training set: the shipped model has not seen it either. */
  readonly isUnseen?: boolean
  readonly isTimed: boolean
}
const CRAWLS: readonly Crawl[] = [
  { name: 'dev', pages: `${DATA}/crawl/dev.warc.gz`, gold: `${DATA}/pages/gold.jsonl.gz`, isTimed: true },
  { name: 'wcxb', pages: `${DATA}/crawl/wcxb.warc.gz`, gold: `${DATA}/pages/wcxb.gold.jsonl.gz`, isTimed: true },
  { name: 'zh', pages: `${DATA}/crawl/zh.warc.gz`, gold: `${DATA}/pages/zh.gold.jsonl.gz`, isTimed: false },
  { name: 'own-zh', ...writeOwnChinese(CACHE), isUnseen: true, isTimed: false },
]
const PYTHON_PEERS = ['trafilatura==2.3.1', 'lxml_html_clean==0.4.6', 'resiliparse==2.0.1', 'fastwarc==2.0.1']
const NODE_PEERS = ['@mozilla/readability@0.6.0', 'linkedom@0.18.9']
const CORE = '1'

interface Timing {
  readonly pages: number
  readonly bytes: number
  readonly seconds: number
  readonly failed?: number
}
interface Tool {
  readonly name: string
  readonly isCached: boolean
  readonly command: (crawl: Crawl) => string[]
}

if (!existsSync(DATA)) {
  console.log('bench:extract: the development data (../shared/data) is not here, nothing to measure.')
  process.exit(0)
}
mkdirSync(CACHE, { recursive: true })
const python = pythonWith(path.join(CACHE, 'venv'), PYTHON_PEERS)
const modules = installNode()
const folds = trainFolds()
const here = (name: string): string => path.join(import.meta.dirname, name)
/** The answers of slow ones are kept; what speed is compared with is timed in the same run. */
const peer = (name: string, isCached = true): Tool => ({
  name,
  isCached,
  command: (crawl) => [python, here('extract-peers.py'), name, crawl.pages],
})
const TOOLS: Tool[] = [
  {
    name: 'ours, out of fold',
    isCached: false,
    command: ({ pages, isUnseen }) => [
      process.execPath,
      here('extract-ours.ts'),
      pages,
      ...(isUnseen === true ? [] : [folds]),
    ],
  },
  {
    name: 'ours, shipped',
    isCached: false,
    command: (crawl) => [process.execPath, here('extract-ours.ts'), crawl.pages],
  },
  peer('trafilatura'),
  peer('trafilatura-fast'),
  peer('resiliparse', false),
  {
    name: 'readability',
    isCached: true,
    command: (crawl) => [process.execPath, here('extract-readability.ts'), crawl.pages, modules],
  },
]

console.log(
  `one core of ${os.cpus()[0]?.model ?? 'this machine'}; F1 by score.py; MB are bytes of HTML, seconds of processor; ours reads all pages once before it is timed`,
)
const columns: string[] = []
const table = new Map<string, Map<string, string>>()
for (const tool of TOOLS) {
  const cells = new Map<string, string>()
  table.set(tool.name, cells)
  const put = (column: string, value: string): void => {
    if (!columns.includes(column)) columns.push(column)
    cells.set(column, value)
  }
  for (const crawl of CRAWLS) {
    const { answers, timing } = runTool(tool, crawl)
    for (const row of score(crawl, answers)) {
      if (row.set === 'mean of sets') continue
      if (row.field === undefined) put(row.set, (row.f1 ?? 0).toFixed(3))
      else put(`${row.set} ${row.field}`, `${(row.score ?? 0).toFixed(3)} (${row.wrong ?? 0} wrong of ${row.of ?? 0})`)
    }
    if (crawl.isTimed) {
      put(`${crawl.name} pages/s`, (timing.pages / timing.seconds).toFixed(0))
      put(`${crawl.name} MB/s`, (timing.bytes / 1e6 / timing.seconds).toFixed(1))
    }
    if ((timing.failed ?? 0) > 0) put('failed', String(Number(cells.get('failed') ?? 0) + (timing.failed ?? 0)))
  }
}
console.log(['', ...table.keys()].join('\t'))
for (const column of columns)
  console.log([column, ...[...table.values()].map((cells) => cells.get(column) ?? '–')].join('\t'))
const timedCrawls = CRAWLS.filter(({ isTimed }) => isTimed)
const inWorkerd = await timeInWorkerd(
  Number(CORE),
  timedCrawls.map(({ pages }) => pages),
)
for (const [i, { pages, bytes, seconds }] of inWorkerd.entries())
  console.log(
    `ours in workerd, ${timedCrawls[i]?.name}: ${(pages / seconds).toFixed(0)} pages/s, ${(bytes / 1e6 / seconds).toFixed(1)} MB/s`,
  )
printCurve()

function runTool({ name, isCached, command }: Tool, crawl: Crawl): { answers: string; timing: Timing } {
  const answers = path.join(CACHE, `${name.replace(/\W+/g, '-')}.${crawl.name}.ndjson`)
  const timed = `${answers}.timing`
  if (!isCached || !existsSync(timed)) {
    const args = ['-c', CORE, ...command(crawl)]
    const { status, stdout, stderr } = spawnSync('taskset', args, { encoding: 'utf8', maxBuffer: 1 << 30 })
    if (status !== 0) throw new Error(`${name} on ${crawl.name} ended with ${status}: ${stderr.slice(-800)}`)
    writeFileSync(answers, stdout)
    writeFileSync(timed, stderr.trim().split('\n').at(-1) ?? '')
  }
  return { answers, timing: JSON.parse(readFileSync(timed, 'utf8')) as Timing }
}

interface Score {
  readonly set: string
  readonly field?: string
  readonly f1?: number
  readonly score?: number
  readonly wrong?: number
  readonly of?: number
}

function score({ gold }: Crawl, answers: string): Score[] {
  const args = [path.join(DATA, 'pages/score.py'), gold, answers]
  const printed = execFileSync(python, args, { encoding: 'utf8' })
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Score)
}

function installNode(): string {
  const folder = path.join(CACHE, 'npm')
  const done = path.join(folder, 'installed')
  if (!existsSync(done)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'package.json'), '{"private": true}')
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', ...NODE_PEERS]
    execFileSync('npm', args, { stdio: ['ignore', 2, 2] })
    writeFileSync(done, NODE_PEERS.join('\n'))
  }
  return folder
}

/** Fold models belong to what they were trained with: the trainer, the scan and the features. */
function trainFolds(): string {
  const hash = createHash('sha256')
  const sources = ['models/extract', 'functions/extract', 'functions/kernel/wasm'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder))
      .filter((name) =>
        /^(?:train|boost|samples|gold-pages|word-counts|block-[ft]|context|element|feature|name-hash|page-facts|said|scan|tag|text-words|tree|entities)/.test(
          name,
        ),
      )
      .map((name) => path.join(ROOT, folder, name)),
  )
  for (const file of sources.toSorted()) hash.update(readFileSync(file))
  const folder = path.join(CACHE, `folds-${hash.digest('hex').slice(0, 16)}`)
  if (!existsSync(path.join(folder, 'pages.json'))) {
    console.log('training five models, each without a fifth of the sites: some eight minutes')
    const unfinished = `${folder}.unfinished`
    execFileSync(process.execPath, [path.join(ROOT, 'models/extract/train.ts'), '--folds', unfinished], {
      stdio: 'inherit',
    })
    renameSync(unfinished, folder)
  }
  return folder
}
