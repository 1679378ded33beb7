/**
 * `npx node test/bench/planner.ts [FILE]`: plans the paper's 100 B tokens over 10,000 shards of 128 MiB with about 2^11
 * cuts each, the size that design budgets name. Index lines are made one by one, as a reader of the index would hand
 * them over; what making them costs is measured alone and taken off. With FILE the lines are written there instead.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import os from 'node:os'
import { finished } from 'node:stream/promises'
import { llama3SynE } from '../../functions/manifest/llama-3-syne.ts'
import { planManifest } from '../../functions/manifest/manifest.ts'
import { isProblem } from '../../functions/manifest/problem.ts'
import { Recipe } from '../../schema/recipe.ts'
import { TOPICS, type Cut, type IndexLine } from '../../schema/shard.ts'
import { calibration, randomFrom, tokenTable } from '../support/index-lines.ts'

const SHARDS = 10_000
const CUTS = 2 ** 11
const CUT_BYTES = 2 ** 16

/** Share of the shards, near what the recipe asks for, so that no cell runs short and none is idle. */
const CELLS: readonly (readonly [string, number])[] = [
  ...TOPICS.map((topic) => [`web/zh/${topic}`, 0.13 / 11] as const),
  ...TOPICS.map((topic) => [`web/en/${topic}`, 0.33 / 11] as const),
  ['encyclopedia/zh/all', 0.01],
  ['book/zh/all', 0.037],
  ['qa_forum/zh/all', 0.01],
  ['encyclopedia/en/all', 0.04],
  ['book/en/all', 0.12],
  ['qa_forum/en/all', 0.04],
  ['paper/en/all', 0.08],
  ['math/en/all', 0.08],
  ['code/en/all', 0.12],
  ['synthetic/en/all', 0.02],
]

function* indexLines(): Generator<IndexLine> {
  const random = randomFrom(1)
  for (const [cell, share] of CELLS) {
    const count = Math.round(share * SHARDS)
    for (let i = 0; i < count; i++) {
      const cuts: Cut[] = []
      let row = 0
      let bytes = 0
      // Shards of a cell are ranges of it, so each has a few neighbouring buckets; the last has those without.
      const first = 40 + Math.floor((i / count) * 80)
      for (let k = 0; k < CUTS; k++) {
        const cutBytes = CUT_BYTES + Math.floor(random() * 6000)
        cuts.push([row, i === count - 1 && k > 2000 ? null : first + Math.floor(k / 700), cutBytes])
        row += 18 + (k & 3)
        bytes += cutBytes
      }
      const sha256 = createHash('sha256').update(`${cell} ${i}`).digest('hex')
      const pplModel = cell.includes('/zh/') ? 'zh-test' : 'en-test'
      const shard = `shards/${cell}/${sha256.slice(0, 32)}.parquet`
      yield { shard, sha256, seal: 1 + (i % 3), cell, pplModel, rows: row, bytes, cuts }
    }
  }
}

async function writeIndex(file: string): Promise<void> {
  const stream = createWriteStream(file)
  for (const line of indexLines()) {
    if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, 'drain')
  }
  stream.end()
  await finished(stream)
}

interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
}

function measure<T>(work: () => T): Cost & { readonly result: T } {
  const cpu = process.cpuUsage()
  const begun = performance.now()
  const result = work()
  const { user, system } = process.cpuUsage(cpu)
  return { result, wallMs: performance.now() - begun, cpuMs: (user + system) / 1000 }
}

function plan(): void {
  const making = measure(() => indexLines().reduce((cuts, line) => cuts + line.cuts.length, 0))
  const planning = measure(() =>
    planManifest({
      recipe: Recipe.parse({ ...llama3SynE, tokens: 100e9 }),
      index: indexLines(),
      calibration,
      tokenTable,
      consumed: [],
      run: 'bench',
      round: 1,
      parent: null,
    }),
  )
  const { result } = planning
  if (isProblem(result)) throw new Error(result.detail)
  const { totals, checks, files, id } = result.head
  const seconds = (of: (cost: Cost) => number): string => ((of(planning) - of(making)) / 1000).toFixed(1)
  console.log(`100 B tokens over ${SHARDS} shards, ${making.result.toLocaleString('en')} cuts, ${os.cpus()[0]?.model}`)
  console.log(`plan         ${seconds(({ wallMs }) => wallMs)} s, ${seconds(({ cpuMs }) => cpuMs)} s of CPU`)
  console.log(`peak memory  ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`)
  console.log(
    `manifest     ${totals.entries.toLocaleString('en')} entries, ${files.entries.bytes.toLocaleString('en')} bytes`,
  )
  console.log(`past quotas  ${checks.largestOvershoot} tokens at most; off shares ${checks.largestDeficit} at most`)
  console.log(`id           ${id}`)
}

const [file] = process.argv.slice(2)
if (file === undefined) plan()
else await writeIndex(file)
