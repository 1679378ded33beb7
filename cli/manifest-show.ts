/** What a manifest on disk holds: its entries by cell, two of them compared, and a table of what was asked and taken. */
import { matcher, type EntryFilter } from '../functions/manifest/entry-filter.ts'
import { consumedBy, mergeRanges } from '../functions/manifest/consumption.ts'
import { figures } from '../functions/manifest/problem.ts'
import type { Manifest } from '../functions/manifest/serialise.ts'
import { entryLine } from '../functions/manifest/serialise.ts'
import type { ManifestHead } from '../schema/manifest.ts'
import { LANGUAGES, SOURCES, TOPICS, ALL_TOPICS } from '../schema/shard.ts'
import { readArguments, UsageError } from './arguments.ts'
import { readManifest } from './manifest-files.ts'

const ENTRIES_USAGE = `Usage: millrace manifest entries DIR [--phase P] [--lang L] [--source S] [--topic T] [--quantile 1..10]

Prints the entries that match, in reading order, as NDJSON.`

function expectOneOf(value: string | undefined, option: string, known: readonly string[]): void {
  if (value === undefined || known.includes(value)) return
  throw new UsageError(`--${option} is "${value}", expected one of ${known.join(', ')}.`, ENTRIES_USAGE)
}

/** A name that no entry can have is a mistake, not an empty answer. */
function checkFilter(filter: EntryFilter, { phases }: ManifestHead): void {
  expectOneOf(
    filter.phase,
    'phase',
    phases.map(({ name }) => name),
  )
  expectOneOf(filter.lang, 'lang', LANGUAGES)
  expectOneOf(filter.source, 'source', SOURCES)
  expectOneOf(filter.topic, 'topic', [...TOPICS, ALL_TOPICS])
  if (filter.quantile !== undefined && !/^q?(0?[1-9]|10)$/.test(filter.quantile)) {
    throw new UsageError(`--quantile is "${filter.quantile}", expected 1 to 10 or q01 to q10.`, ENTRIES_USAGE)
  }
}

export async function entriesCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: ENTRIES_USAGE,
    options: {
      phase: { type: 'string' },
      lang: { type: 'string' },
      source: { type: 'string' },
      topic: { type: 'string' },
      quantile: { type: 'string' },
    },
    positionals: { name: 'directory', min: 1, max: 1 },
  })
  const { head, entries } = await readManifest(positionals[0] ?? '')
  checkFilter(values, head)
  const matches = matcher(head, values)
  let text = ''
  for (const entry of entries) {
    if (!matches(entry)) continue
    text += `${entryLine(entry)}\n`
    if (text.length < 1 << 16) continue
    process.stdout.write(text)
    text = ''
  }
  process.stdout.write(text)
  return 0
}

/** Right-aligned columns, the first ones left-aligned. */
function table(rows: readonly (readonly string[])[], leftColumns: number): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < leftColumns ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** One line a phase and cell: quota, what its entries hold, what they pass it by, and the reserve behind them. */
export function explain({ head, entries }: Manifest): string {
  const taken = new Map<string, { tokens: number; rows: number; entries: number; reserve: number; spare: number }>()
  for (const { phase, cell, tokens, rowStart, rowEnd, reserve } of entries) {
    const key = `${phase} ${cell}`
    const sum = taken.get(key) ?? { tokens: 0, rows: 0, entries: 0, reserve: 0, spare: 0 }
    taken.set(key, sum)
    sum.entries += 1
    if (reserve) {
      sum.reserve += tokens
      sum.spare += rowEnd - rowStart
    } else {
      sum.tokens += tokens
      sum.rows += rowEnd - rowStart
    }
  }
  const rows = [['phase', 'cell', 'share', 'quota', 'taken', 'past by', 'rows', 'entries', 'reserve', 'reserve rows']]
  for (const { name, tokens: all, quotas } of head.phases) {
    for (const { cell, tokens } of quotas) {
      const sum = taken.get(`${name} ${cell}`) ?? { tokens: 0, rows: 0, entries: 0, reserve: 0, spare: 0 }
      const numbers = [tokens, sum.tokens, sum.tokens - tokens, sum.rows, sum.entries, sum.reserve, sum.spare]
      rows.push([name, cell, `${((100 * tokens) / all).toFixed(2)} %`, ...numbers.map(figures)])
    }
  }
  const { id, run, round, parent, totals, checks, notes, index, tokenTable, calibration, holdout } = head
  const held = holdout.files.reduce((sum, { take }) => sum + take, 0)
  const lines = [
    `manifest     ${id}`,
    `run, round   ${run}, ${round}${parent === null ? '' : ` after ${parent.slice(0, 12)}`}`,
    `index        version ${index.version}, ${index.sha256.slice(0, 12)}`,
    `token table  ${tokenTable.id}`,
    `calibration  ${calibration.id}`,
    `hold-out     ${figures(held)} rows, version ${holdout.version}`,
    `tokens       ${figures(totals.tokens)}, and ${figures(totals.reserveTokens)} in reserve`,
    `checks       quotas passed by at most ${figures(checks.largestOvershoot)} tokens, ` +
      `cells at most ${figures(Math.round(checks.largestDeficit ?? 0))} off their share, ` +
      `${figures(checks.repeatedRows ?? 0)} rows named twice`,
    '',
    table(rows, 2),
  ]
  for (const { code, detail, cells } of notes)
    lines.push('', `${code}: ${detail}${cells ? ` ${cells.join(', ')}.` : ''}`)
  return lines.join('\n')
}

export async function explainCommand(args: string[]): Promise<number> {
  const { positionals } = readArguments(args, {
    usage: 'Usage: millrace manifest explain DIR\n\nPrints quotas and what was taken, cell by cell.',
    options: {},
    positionals: { name: 'directory', min: 1, max: 1 },
  })
  console.log(explain(await readManifest(positionals[0] ?? '')))
  return 0
}

/** What differs between two manifests, a line each; the last line counts the rows that they share. */
export function* diff(a: Manifest, b: Manifest): Generator<Record<string, unknown>> {
  const plain = ({ head }: Manifest): Record<string, unknown> => ({
    run: head.run,
    round: head.round,
    parent: head.parent,
    seed: head.seed,
    index: head.index.version,
    calibration: head.calibration.id,
    tokenTable: head.tokenTable.id,
    holdout: head.holdout.version,
    recipe: head.recipe.name,
    tokens: head.totals.tokens,
  })
  const [left, right] = [plain(a), plain(b)]
  for (const [field, value] of Object.entries(left)) {
    if (value !== right[field]) yield { kind: 'head', field, a: value, b: right[field] }
  }
  const shares = ({ head }: Manifest): [string, number][] =>
    Object.entries(head.topics).flatMap(([lang, topics]) =>
      Object.entries(topics).map(([topic, share]): [string, number] => [`${lang}/${topic}`, share]),
    )
  const quotas = ({ head }: Manifest): [string, number][] =>
    head.phases.flatMap(({ name, quotas: own }) =>
      own.map(({ cell, tokens }): [string, number] => [`${name}/${cell}`, tokens]),
    )
  for (const [kind, of] of [
    ['topic', shares],
    ['quota', quotas],
  ] as const) {
    const [one, other] = [new Map(of(a)), new Map(of(b))]
    for (const name of [...new Set([...one.keys(), ...other.keys()])].sort()) {
      const [x, y] = [one.get(name) ?? 0, other.get(name) ?? 0]
      if (x !== y) yield { kind, name, a: x, b: y }
    }
  }
  const [rowsA, rowsB] = [consumedBy(a, null), consumedBy(b, null)].map((ranges) =>
    ranges.map((range) => Object.assign({}, range, { times: 1 })),
  )
  const count = (ranges: ReturnType<typeof mergeRanges>): number =>
    ranges.reduce((sum, { rowStart, rowEnd }) => sum + rowEnd - rowStart, 0)
  const both = mergeRanges([...(rowsA ?? []), ...(rowsB ?? [])]).filter(({ times }) => times === 2)
  yield { kind: 'rows', a: count(rowsA ?? []), b: count(rowsB ?? []), both: count(both) }
}

export async function diffCommand(args: string[]): Promise<number> {
  const { positionals } = readArguments(args, {
    usage:
      'Usage: millrace manifest diff DIR DIR\n\nPrints what differs, as NDJSON; its last line counts rows of each and of both.',
    options: {},
    positionals: { name: 'directories', min: 2, max: 2 },
  })
  const [a = '', b = ''] = positionals
  for (const line of diff(await readManifest(a), await readManifest(b))) console.log(JSON.stringify(line))
  return 0
}
