/** `millrace process FILES… -o DIR`: the stages and a seal without a server. */
import { SOURCES, type Source } from '../schema/shard.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { COLUMN_OPTIONS, COLUMN_USAGE, columnsOf } from './column-options.ts'
import { MODEL_OPTIONS, MODEL_USAGE, ownModels } from './model-options.ts'
import { firstFailure, processFiles } from './process-files.ts'

const USAGE = `millrace process FILES… -o DIR [options]

Reads WARC, WET, NDJSON and HTML files, plain, gzip or zstd, and Parquet files with a text column, and writes to DIR,
where it replaces an earlier output once all is done (until then both need room; a run that is cut off leaves the earlier):
  shards/…         Parquet by cell, sorted by perplexity bucket      index.ndjson   a line for each shard
  holdout/…        documents held out of training                    funnel.json    what became of every page
  rejects.ndjson   what was turned away or failed, and why           duplicates.ndjson   exact and near, and of what

  --source NAME         source of documents that name none (default web): ${SOURCES.join(' ')}
  --lang CODE           language of documents that name none; each decides for itself otherwise
  --holdout-share N     share of documents held out (default 0.00390625 = 1/256)
  --seed N              seed of the row order and the hold-out (default 0)
  --slice-bytes N       bytes of a file read in one piece; changes no byte of the output (default 67108864)
  --range-bytes N       text bytes of one shard (default 134217728)
  --respect-opt-out     turn away pages that keep themselves from training (noai, a TDM reservation, a ban on a
                        crawler that collects for models); their signs are columns of the rows otherwise
  --licence TEXT        keep only pages whose licence contains TEXT; may be given more than once
  --url URL             address of the page when a file is one HTML page
  --input FILE          a file as well; may be given several times
${MODEL_USAGE}
${COLUMN_USAGE}`

export async function processCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    positionals: { name: 'file', max: Number.POSITIVE_INFINITY },
    options: {
      ...COLUMN_OPTIONS,
      ...MODEL_OPTIONS,
      input: { type: 'string', multiple: true, default: [] },
      output: { type: 'string', short: 'o' },
      source: { type: 'string', default: 'web' },
      lang: { type: 'string', default: '' },
      'holdout-share': { type: 'string', default: String(1 / 256) },
      seed: { type: 'string', default: '0' },
      'slice-bytes': { type: 'string', default: String(64 * 1024 * 1024) },
      'range-bytes': { type: 'string', default: String(128 * 1024 * 1024) },
      url: { type: 'string' },
      'respect-opt-out': { type: 'boolean', default: false },
      licence: { type: 'string', multiple: true, default: [] },
    },
  })
  const files = [...positionals, ...values.input]
  if (files.length === 0) throw new UsageError('No file was given.', USAGE)
  const { output } = values
  if (output === undefined) throw new UsageError('no output directory: give one with -o DIR', USAGE)
  const settings = {
    source: sourceOf(values.source),
    lang: values.lang,
    holdoutShare: shareOf('--holdout-share', values['holdout-share']),
    seed: readInteger(values.seed, '--seed', { min: 0, max: 2 ** 31 - 1 }),
    sliceBytes: readInteger(values['slice-bytes'], '--slice-bytes'),
    rangeBytes: readInteger(values['range-bytes'], '--range-bytes'),
    url: values.url ?? null,
    columns: columnsOf(values),
    models: await ownModels(values.model),
    use: { respectOptOut: values['respect-opt-out'], licences: values.licence.map(licenceOf) },
  }
  const funnel = await processFiles(files, output, settings)
  process.stdout.write(`${JSON.stringify(funnel)}\n`)
  if (funnel.pages > funnel.failed) return 0
  process.stderr.write(
    `millrace: no page could be read (${await firstFailure(output)}); see ${output}/rejects.ndjson\n`,
  )
  return 1
}

/** An empty text is in every licence: it would turn the filter off. */
function licenceOf(text: string): string {
  if (text.trim() === '') throw new UsageError('--licence is empty, expected a text such as CC BY', USAGE)
  return text
}

function sourceOf(name: string): Source {
  const source = SOURCES.find((known) => known === name)
  if (source === undefined) throw new UsageError(`--source is "${name}", expected one of ${SOURCES.join(', ')}`)
  return source
}

function shareOf(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value < 1)) {
    throw new UsageError(`${name} is "${text}", expected a number from 0 to less than 1`)
  }
  return value
}
