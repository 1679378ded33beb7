/** `millrace manifest`: the planner without a server, and what a manifest holds. */
import path from 'node:path'
import { statSync } from 'node:fs'
import { consumedBy, mergeRanges, type ReadRange } from '../functions/manifest/consumption.ts'
import { nextTopics, type NextTopics } from '../functions/manifest/feedback.ts'
import { planManifest, type PlanRequest } from '../functions/manifest/manifest.ts'
import { isProblem } from '../functions/manifest/problem.ts'
import { readRecipe } from '../functions/manifest/recipe.ts'
import { MANIFEST_FILES, type Manifest } from '../functions/manifest/serialise.ts'
import { correctedTable } from '../functions/manifest/token-table.ts'
import { TokenTable, type TopicMove } from '../schema/manifest.ts'
import type { Recipe } from '../schema/recipe.ts'
import { Report } from '../schema/report.ts'
import type { IndexLine } from '../schema/shard.ts'
import { nearest, readArguments, readInteger, UsageError } from './arguments.ts'
import { readCalibration } from './calibration-files.ts'
import { indexLinesOf, readContract, readJson, readManifest, writeManifest } from './manifest-files.ts'
import { createCommand, showCommand } from './manifest-server.ts'
import { diffCommand, entriesCommand, explainCommand } from './manifest-show.ts'
import { outputFolder } from './output-file.ts'
import { showProgress } from './progress.ts'

const PLAN_USAGE = `Usage: millrace manifest plan --index index.ndjson --recipe FILE|NAME -o DIR [options]

Writes manifest.json, shards.ndjson and entries.ndjson.

  --index FILE            index lines, as "millrace process" writes them
  --recipe FILE|NAME      a recipe as JSON, or a built-in one: llama-3-syne; that of --previous if not given
  -o, --out DIR           where the manifest goes
  --tokens N              tokens of this round; otherwise a third of the tightest cell
  --seed N
  --missing-sources HOW   fail (default) or renormalise
  --shortfall HOW         fail (default), shrink, repeat or renormalise
  --calibration FILE      borders of the quantiles; models/calibration/default.json if not given
  --token-table FILE      bytes per token; models/tokens/default.json if not given
  --run NAME              name of the training run

The next round of a run leaves out what was read, and moves topics by what was learned:
  --previous DIR          the manifest of the round before
  --report FILE           a report of the run; those of --previous, before and after, move the topics. May be repeated
  --consumed DIR          a manifest of an earlier round. May be repeated`

const USAGE = `Usage: millrace manifest plan --index index.ndjson --recipe FILE|NAME -o DIR [options]
       millrace manifest entries DIR [--phase P] [--lang L] [--source S] [--topic T] [--quantile Q]
       millrace manifest diff DIR DIR
       millrace manifest explain DIR
       millrace manifest create|show … --to URL --key KEY: the same of a server

millrace manifest plan --help says more.`

const MODELS = path.join(import.meta.dirname, '..', 'models')

const many = (value: readonly string[] | undefined): readonly string[] => value ?? []

async function recipeFrom(
  wanted: string | undefined,
  previous: Manifest | null,
  overrides: Readonly<Record<string, unknown>>,
): Promise<Recipe> {
  const isFile = wanted !== undefined && (wanted.includes('/') || wanted.endsWith('.json'))
  const value = wanted === undefined ? previous?.head.recipe : isFile ? await readJson(wanted) : wanted
  if (value === undefined) throw new UsageError('No recipe was given.', PLAN_USAGE)
  const first = readRecipe(value)
  const result = 'recipe' in first ? readRecipe({ ...first.recipe, ...overrides }) : first
  if ('recipe' in result) return result.recipe
  throw new UsageError(
    `The recipe ${wanted ?? ''} cannot be used:\n${result.issues.map((line) => `  ${line}`).join('\n')}`,
  )
}

/** What was read: every round's entries, less what its last report names as unread. */
function readBefore(rounds: readonly Manifest[], reports: readonly Report[]): ReadRange[] {
  return mergeRanges(
    rounds.flatMap((round) => {
      const own = reports.filter(({ manifest, kind }) => manifest === round.head.id && kind === 'after')
      return consumedBy(round, own.at(-1) ?? null)
    }),
  )
}

function learned(previous: Manifest | null, reports: readonly Report[]): NextTopics | null {
  if (previous === null) return null
  const own = reports.filter(({ manifest }) => manifest === previous.head.id)
  const after = own.findLast(({ kind }) => kind === 'after')
  // A round's start is the end of the one before; the first has a report of its own.
  const before =
    reports.findLast(({ kind, manifest }) => kind === 'after' && manifest === previous.head.parent) ??
    own.find(({ kind }) => kind === 'before')
  if (after === undefined || before === undefined) return null
  return nextTopics(previous.head.topics, { before, after }, previous.head.recipe.feedback)
}

function* watched(file: string): Generator<IndexLine> {
  const progress = showProgress('index', { total: statSync(file).size, unit: 'bytes' })
  yield* indexLinesOf(file, (bytes) => progress.add(bytes))
  progress.done()
}

/** Shares that the round starts from: moved, or as the round before had them; the recipe's own where one was given. */
function topicsFrom(previous: Manifest | null, feedback: NextTopics | null, isGiven: boolean): Partial<PlanRequest> {
  if (previous === null || isGiven) return {}
  return feedback === null ? { topics: previous.head.topics } : { topics: feedback.topics, feedback: feedback.moves }
}

function tellMoves(moves: readonly TopicMove[]): void {
  for (const { lang, topic, old, new: share, delta, factor, why } of moves) {
    const change = `${(100 * old).toFixed(2)} % -> ${(100 * share).toFixed(2)} %`
    console.error(
      `  ${`${lang}/${topic}`.padEnd(36)} ${change}  delta ${delta.toFixed(3)}  factor ${factor.toFixed(3)}  ${why}`,
    )
  }
}

async function planCommand(args: string[]): Promise<number> {
  const { values } = readArguments(args, {
    usage: PLAN_USAGE,
    options: {
      index: { type: 'string' },
      recipe: { type: 'string' },
      out: { type: 'string', short: 'o' },
      tokens: { type: 'string' },
      seed: { type: 'string' },
      'missing-sources': { type: 'string' },
      shortfall: { type: 'string' },
      calibration: { type: 'string' },
      'token-table': { type: 'string' },
      run: { type: 'string' },
      previous: { type: 'string' },
      report: { type: 'string', multiple: true },
      consumed: { type: 'string', multiple: true },
    },
  })
  if (values.index === undefined) throw new UsageError('No index was given.', PLAN_USAGE)
  if (values.out === undefined) throw new UsageError('No directory to write to was given.', PLAN_USAGE)
  outputFolder(values.out, Object.values(MANIFEST_FILES))
  const previous = values.previous === undefined ? null : await readManifest(values.previous)
  const reports: Report[] = []
  for (const file of many(values.report)) reports.push(await readContract(file, Report, 'report'))
  const rounds = new Map(previous === null ? [] : [[previous.head.id, previous]])
  for (const directory of many(values.consumed)) {
    const round = await readManifest(directory)
    rounds.set(round.head.id, round)
  }

  const recipe = await recipeFrom(values.recipe, previous, {
    ...(values.tokens === undefined ? {} : { tokens: readInteger(values.tokens, '--tokens') }),
    ...(values.seed === undefined ? {} : { seed: readInteger(values.seed, '--seed', { min: 0 }) }),
    ...(values['missing-sources'] === undefined ? {} : { missingSources: values['missing-sources'] }),
    ...(values.shortfall === undefined ? {} : { shortfall: values.shortfall }),
  })
  const tables = {
    calibration:
      values.calibration === undefined && previous !== null
        ? previous.head.calibration
        : await readCalibration(values.calibration ?? path.join(MODELS, 'calibration/default.json')),
    tokenTable:
      values['token-table'] === undefined && previous !== null
        ? previous.head.tokenTable
        : await readContract(
            values['token-table'] ?? path.join(MODELS, 'tokens/default.json'),
            TokenTable,
            'token table',
          ),
  }
  const feedback = learned(previous, reports)
  const isGiven = values.recipe !== undefined && recipe.topics !== 'observed'
  const planned = planManifest({
    recipe,
    index: watched(values.index),
    calibration: tables.calibration,
    tokenTable: correctedTable(
      tables.tokenTable,
      reports.filter(({ kind }) => kind === 'after'),
    ),
    consumed: readBefore([...rounds.values()], reports),
    run: values.run ?? previous?.head.run ?? recipe.name,
    round: (previous?.head.round ?? 0) + 1,
    parent: previous?.head.id ?? null,
    ...topicsFrom(previous, feedback, isGiven),
    ...(previous === null ? {} : { holdout: previous.head.holdout }),
  })
  if (isProblem(planned)) throw new UsageError(planned.detail)
  await writeManifest(values.out, planned)
  const { id, round, totals, notes } = planned.head
  for (const { code, detail, cells } of notes)
    console.error(`${code}: ${detail}${cells ? ` (${cells.join(', ')})` : ''}`)
  if (planned.head.feedback !== undefined) tellMoves(planned.head.feedback)
  else if (previous !== null)
    console.error('Topics stay as they were: no reports from before and after the last round.')
  console.log(JSON.stringify({ id, round, ...totals, out: values.out }))
  return 0
}

const ACTIONS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  create: createCommand,
  show: showCommand,
  plan: planCommand,
  entries: entriesCommand,
  diff: diffCommand,
  explain: explainCommand,
}

export async function manifestCommand([action, ...args]: string[]): Promise<number> {
  if (action === '--help' || action === '-h') {
    console.log(USAGE)
    return 0
  }
  if (action === undefined) throw new UsageError('No action was given.', USAGE)
  const command = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
  if (command === undefined) {
    const near = nearest(action, Object.keys(ACTIONS))
    const meant = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`
    throw new UsageError(`There is no action "${action}".${meant}`, USAGE)
  }
  return command(args)
}
