/** `millrace models calibrate` and `millrace models quantiles`: borders from what a corpus holds, and its rows by them. */
import { writeFile } from 'node:fs/promises'
import { CALIBRATION_BY, FrozenCalibration } from '../schema/calibration.ts'
import { SOURCES, type BucketCount, type Source } from '../schema/shard.ts'
import { sumsOf } from '../functions/kernel/histogram.ts'
import { indexHash } from '../functions/kernel/index-hash.ts'
import { bordersOf, quantileName } from '../functions/kernel/quantile.ts'
import { figures } from '../functions/manifest/problem.ts'
import { freezeCalibration } from '../functions/perplexity/freeze.ts'
import { quantileRanges } from '../functions/perplexity/quantile-ranges.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { indexFile, readCalibration, readIndex } from './calibration-files.ts'
import { clientFrom } from './client.ts'
import { indexLinesOf } from './manifest-files.ts'
import { checkNoInput } from './output-file.ts'

const USAGE = `Usage: millrace models calibrate DIR|index.ndjson [-o FILE] [options]
       millrace models calibrate --to URL --key KEY [-o FILE] [options]

Freezes the borders between the ten quantiles of perplexity, from the bucket histograms of a corpus: of a folder that
"millrace process" wrote, or of a server (where the server keeps it). Prints the calibration with the figures that it was
made from, and the borders on stderr.
  -o, --out FILE     where it goes; then only its name is printed
  --by WHAT          language (default), or topic: borders for each language and topic, where there are 100 documents
  --source NAME      whose documents are cut into tenths (default web): ${SOURCES.join(' ')}
  --model ID         whose buckets are cut, where several models scored a language; may be given once for each language
  --index-version N  of the server (default the current one)
  --to URL, --key KEY  the server and a key with scope plan (or MILLRACE_URL and MILLRACE_KEY)`

const QUANTILES_USAGE = `Usage: millrace models quantiles DIR|index.ndjson --calibration FILE [--quantile Q]

The rows of each shard by quantile, as a calibration cuts them, without reading a shard. A line each:
{"shard", "cell", "quantile", "rowStart", "rowEnd", "bytes"}; quantile is q01 (easiest) to q10, null for rows in none.`

export async function calibrateCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    options: {
      out: { type: 'string', short: 'o' },
      by: { type: 'string', default: 'language' },
      source: { type: 'string', default: 'web' },
      model: { type: 'string', multiple: true, default: [] },
      'index-version': { type: 'string' },
      to: { type: 'string' },
      key: { type: 'string' },
    },
    positionals: { name: 'index', max: 1 },
  })
  const [place] = positionals
  const { to, key, out } = values
  const version = values['index-version']
  const asked = {
    by: oneOf(CALIBRATION_BY, '--by', values.by),
    source: oneOf(SOURCES, '--source', values.source),
    models: values.model,
  }
  if (place !== undefined && (to !== undefined || version !== undefined)) {
    throw new UsageError(
      `${place} is an index here, --to and --index-version are a server's: give one or the other`,
      USAGE,
    )
  }
  const isHere = place !== undefined
  if (isHere && out !== undefined) checkNoInput(out, [indexFile(place)])
  const indexVersion = version === undefined ? {} : { indexVersion: readInteger(version, '--index-version') }
  const calibration = isHere
    ? await freezeHere(place, asked)
    : FrozenCalibration.parse(
        await clientFrom({ to, key }, USAGE).json('POST', '/v1/calibrations', { json: { ...asked, ...indexVersion } }),
      )
  tell(calibration)
  if (out === undefined) console.log(JSON.stringify(calibration, null, 2))
  else {
    await writeFile(out, `${JSON.stringify(calibration, null, 2)}\n`)
    console.log(JSON.stringify({ id: calibration.id, file: out }))
  }
  return 0
}

interface Asked {
  readonly by: (typeof CALIBRATION_BY)[number]
  readonly source: Source
  readonly models: readonly string[]
}

async function freezeHere(place: string, asked: Asked): Promise<FrozenCalibration> {
  const { shards, indexed, lastSeal } = await readIndex(indexFile(place))
  const index = { version: lastSeal, sha256: indexHash(indexed) }
  const frozen = freezeCalibration({ ...asked, shards, index })
  if ('problem' in frozen) throw new UsageError(frozen.detail)
  return frozen
}

/** What stands between the borders: how well tenths could be cut, and what is in none. */
function tell({ borders, made }: FrozenCalibration): void {
  for (const { key, pplModel, histogram, quantiles, withoutBucket, notScored } of made.figures) {
    const placed = sumsOf(histogram.filter(([bucket]: BucketCount) => bucket !== null))
    const shares = quantiles.map(({ tokens }) => tokens / placed.tokens)
    const [least, most] = [Math.min(...shares), Math.max(...shares)].map((share) => (100 * share).toFixed(1))
    console.error(`${key} under ${pplModel}: borders ${borders[key]?.borders.join(' ')}`)
    console.error(
      `  ${figures(placed.documents)} documents of ${figures(placed.tokens)} tokens, ${least} to ${most} % of them a quantile; ` +
        `${figures(withoutBucket.documents)} documents too short to be in one`,
    )
    if (notScored.documents > 0)
      console.error(`  ${figures(notScored.documents)} documents are not scored by this model`)
  }
  for (const { key, documents } of made.tooFew) {
    console.error(`${key}: ${figures(documents)} scored documents are too few for borders of its own`)
  }
}

export async function quantilesCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: QUANTILES_USAGE,
    options: { calibration: { type: 'string' }, quantile: { type: 'string' } },
    positionals: { name: 'index', min: 1, max: 1 },
  })
  const [place = ''] = positionals
  if (values.calibration === undefined) throw new UsageError('--calibration FILE is missing.', QUANTILES_USAGE)
  if (values.quantile !== undefined && !/^(q?(0?[1-9]|10))$/.test(values.quantile)) {
    throw new UsageError(`--quantile is "${values.quantile}", expected 1 to 10 or q01 to q10.`, QUANTILES_USAGE)
  }
  const wanted = values.quantile === undefined ? null : Number(values.quantile.replace(/^q/, ''))
  const calibration = await readCalibration(values.calibration)
  for (const line of indexLinesOf(indexFile(place))) {
    if (line.holdout === true) continue
    const { shard, cell, pplModel } = line
    const [, lang = '', topic = ''] = cell.split('/')
    const own = bordersOf(calibration, { lang, topic })
    if (own?.pplModel !== pplModel && pplModel !== null) {
      const known = own === undefined ? 'has no borders for it' : `has those of ${own.pplModel}`
      throw new UsageError(`${shard} was scored by ${pplModel}, but ${calibration.id} ${known}.`)
    }
    for (const { quantile, rowStart, rowEnd, bytes } of quantileRanges(line, own?.borders ?? [])) {
      if (wanted !== null && quantile !== wanted) continue
      const name = quantile === null ? null : quantileName(quantile)
      console.log(JSON.stringify({ shard, cell, quantile: name, rowStart, rowEnd, bytes }))
    }
  }
  return 0
}

function oneOf<T extends string>(choices: readonly T[], option: string, value: string): T {
  const found = choices.find((known) => known === value)
  if (found === undefined) throw new UsageError(`${option} is "${value}", expected one of ${choices.join(', ')}`, USAGE)
  return found
}
