/** `millrace compact DIR`: the shards of a folder sorted by a model that scored them later. */
import { rmSync } from 'node:fs'
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { figures } from '../functions/manifest/problem.ts'
import { cellsNotScored, cellsToSort, scoresDropped, type CellToSort } from '../functions/seal/cells-to-sort.ts'
import { compact } from '../functions/seal/compact.ts'
import type { IndexLine } from '../schema/shard.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { indexFile } from './calibration-files.ts'
import { clientFrom } from './client.ts'
import { fileStore, scratchBeside, WORK } from './file-store.ts'
import { indexLinesOf } from './manifest-files.ts'
import { showProgress } from './progress.ts'

const USAGE = `Usage: millrace compact DIR [--model ID] [--range-bytes N]
       millrace compact --to URL --key KEY --model ID

Sorts a folder that "millrace process" wrote by a model that has scored it since ("millrace models rescore"): every cell
of the model's language gets new shards, in the order of its buckets. Old shards stay where they are, for manifests that
name them, and the index of before lies in DIR/versions.
  --model ID        whose scores; may be left out where one model has scored anything since
  --range-bytes N   text bytes of one shard (default 134217728)
Prints a line of JSON: {"model", "seal", "cells", "shards", "rows", "before", "dropped"}. Scores by other models stay, in files
beside the new shards; "dropped" names those of a model that has scored some shards of a cell and not all.
On a server (MILLRACE_URL and MILLRACE_KEY) it is numbered among the seals and answered at once: {"seal", "model", "state",
"cause", "dropped"}; GET /v1/compactions says how it goes.`

export async function compactCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    options: {
      model: { type: 'string' },
      'range-bytes': { type: 'string', default: String(128 * 1024 * 1024) },
      to: { type: 'string' },
      key: { type: 'string' },
    },
    positionals: { name: 'folder', max: 1 },
  })
  const [place] = positionals
  if (place === undefined) {
    const client = clientFrom(values, USAGE)
    if (values.model === undefined) throw new UsageError('--model ID is missing: by whose scores to sort.', USAGE)
    console.log(JSON.stringify(await client.json('POST', '/v1/compactions', { json: { model: values.model } })))
    return 0
  }
  if (values.to !== undefined)
    throw new UsageError(`${place} is a folder here, --to a server: give one or the other`, USAGE)
  const rangeBytes = readInteger(values['range-bytes'], '--range-bytes')
  const index = indexFile(place)
  const folder = path.dirname(index)
  const lines = [...indexLinesOf(index)]
  const model = modelOf(lines, values.model)
  const cells = cellsScored(lines, model)
  const last = Math.max(...lines.map((line) => line.seal))
  const seal = last + 1
  const store = scratchBeside(fileStore(folder))
  const bar = showProgress('compacting', { unit: 'steps' })
  const written = await compact({ store, seal, pplModel: model, cells, rangeBytes }, () => bar.add(1)).finally(() => {
    bar.done()
    rmSync(path.join(folder, WORK), { recursive: true, force: true })
  })
  const gone = new Set(cells.flatMap((own) => own.lines))
  const before = path.join('versions', `${String(last).padStart(8, '0')}.ndjson`)
  await mkdir(path.join(folder, 'versions'), { recursive: true })
  await copyFile(index, path.join(folder, before))
  await replaceIndex(index, [...written, ...lines.filter((line) => !gone.has(line))])
  const rows = written.reduce((sum, line) => sum + line.rows, 0)
  const dropped = scoresDropped(cells, model)
  console.log(JSON.stringify({ model, seal, cells: cells.length, shards: written.length, rows, before, dropped }))
  return 0
}

/** Writes an index whole or not at all. */
export async function replaceIndex(file: string, lines: readonly IndexLine[]): Promise<void> {
  await writeFile(`${file}.new`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  await rename(`${file}.new`, file)
}

function modelOf(lines: readonly IndexLine[], named: string | undefined): string {
  const known = [...new Set(lines.flatMap(({ scores = [] }) => scores.map(({ pplModel }) => pplModel)))].sort()
  const [only] = known
  if (only === undefined) {
    throw new UsageError(
      'No model has scored these shards since they were written: "millrace models rescore" does.',
      USAGE,
    )
  }
  if (named === undefined && known.length > 1) {
    throw new UsageError(`Several models have scored these shards: ${known.join(', ')}. Name one: --model ID.`, USAGE)
  }
  if (named !== undefined && !known.includes(named)) {
    throw new UsageError(`--model is "${named}", but the shards were scored by ${known.join(', ')}.`, USAGE)
  }
  return named ?? only
}

/** Throws, with all names, where the model has not scored a cell that it is to sort. */
function cellsScored(lines: readonly IndexLine[], model: string): CellToSort[] {
  const cells = cellsToSort(lines, model)
  const missing = cellsNotScored(cells, model).map(
    ({ cell, shards, missing: count }) => `${cell} (${figures(count)} of ${figures(shards)} shards)`,
  )
  if (missing.length === 0) return cells
  throw new UsageError(
    `Not scored by ${model}: ${missing.join(', ')}. "millrace models rescore" scores what is missing.`,
  )
}
