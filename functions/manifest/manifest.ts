/**
 * A recipe over an index version becomes a manifest: the immutable, ordered list of what a run reads in one round.
 * Pure and without random numbers: equal arguments, whatever the order of the index lines or of a recipe's keys, give
 * equal bytes. The way: index → what is unread (supply) → which cells (mix) → how much of each (demand) → which
 * segments (fill, select) → in which order (entries, order) → what it says of itself (checks) → its id.
 */
import { createHash } from 'node:crypto'
import { indexHash } from '../kernel/index-hash.ts'
import { bordersOf, quantileOf } from '../kernel/quantile.ts'
import type {
  Calibration,
  HoldoutFile,
  ManifestHead,
  ManifestPhase,
  Note,
  TokenTable,
  TopicMove,
} from '../../schema/manifest.ts'
import { SYNTHETIC, type Recipe } from '../../schema/recipe.ts'
import type { IndexLine } from '../../schema/shard.ts'
import { checkEntries } from './checks.ts'
import type { ReadRange } from './consumption.ts'
import { openCell } from './cursor.ts'
import { decideDemand } from './demand.ts'
import { writeEntries, type Lane } from './entries.ts'
import { fillCell } from './fill.ts'
import { resolveMix, type Mix, type TopicShares } from './mix.ts'
import { figures, isProblem, type PlanProblem } from './problem.ts'
import { readScores, scoreNotes, scoreProblem } from './score-problem.ts'
import { cappedRemainder } from './quota.ts'
import { cursorOf, quotasOf } from './quota-table.ts'
import { describeFile, entryChunks, headId, MANIFEST_FILES, shardChunks, type Manifest } from './serialise.ts'
import { buildSupply, type CellSupply, type Supply } from './supply.ts'
import { bytesPerToken } from './token-table.ts'

export interface PlanRequest {
  readonly recipe: Recipe
  /** Index lines in any order; taken one by one. */
  readonly index: Iterable<IndexLine>
  /** Without it, the number of the last seal that the index has lines of. */
  readonly indexVersion?: number
  readonly calibration: Calibration
  readonly tokenTable: TokenTable
  /** Rows that the run has read. */
  readonly consumed: readonly ReadRange[]
  readonly run: string
  readonly round: number
  readonly parent: string | null
  /** Topic shares in place of observed ones and of the recipe's: what feedback makes of those of the last round. */
  readonly topics?: TopicShares
  /** How `topics` came to be, to be kept in the head. */
  readonly feedback?: readonly TopicMove[]
  /** The run's hold-out rows; chosen here in its first round. */
  readonly holdout?: ManifestHead['holdout']
}

/** 512 documents of about 1,000 tokens are 0.5 M tokens a topic: a standard error of the mean loss near 0.01. */
const HOLDOUT_DOCUMENTS_PER_CELL = 512

export function planManifest(request: PlanRequest): Manifest | PlanProblem {
  const { recipe, tokenTable, calibration } = request
  const supply = buildSupply(request.index, request.consumed, recipe)
  if (isProblem(supply)) return supply
  const mix = resolveMix(recipe, supply.cells, request.topics)
  if (isProblem(mix)) return mix
  const wanted = wantedCells(mix, supply)
  const scores = readScores(supply, wanted, calibration)
  const problem =
    replacedProblem(supply) ?? scoreProblem(scores, { recipe, calibration }) ?? tableProblem(wanted, tokenTable)
  if (problem !== null) return problem

  const demand = decideDemand(recipe, mix, (name, epochs) => {
    const [source = '', lang = '', topic = ''] = name.split('/')
    const none: CellSupply = { cell: name, source, lang, topic, rows: 0, bytes: 0, shards: [] }
    const cell = supply.cells.get(name) ?? none
    return openCell(supply, cell, {
      bytesPerToken: bytesPerToken(tokenTable, name) ?? 1,
      epochs,
      allows: allowedBuckets(recipe, calibration, cell),
    })
  })
  if (isProblem(demand)) return demand
  const { table, quotas } = demand

  const lanes: Lane[][] = mix.phases.map(() => [])
  const shortReserves: string[] = []
  for (const cell of table.cells) {
    const own = quotasOf(table, quotas, cell)
    for (const [k, taken] of fillCell(cursorOf(table, cell), own, { recipe, withReserve: true }).entries()) {
      const quota = own[k]?.tokens ?? 0
      if (quota === 0) continue
      if (taken.quotaTokens < quota) {
        throw new Error(`${cell} was found to suffice for ${quota} tokens, but gave ${taken.quotaTokens}`)
      }
      lanes[k]?.push({ cell, segments: taken.segments })
      const past = taken.quotaTokens - quota + taken.reserveTokens
      if (taken.reserveRows < recipe.reserve.rows || past < recipe.reserve.share * quota) shortReserves.push(cell)
    }
  }
  const phases = mix.phases.map(({ name }, k): ManifestPhase => {
    const own = [...(quotas[k] ?? [])].map(([cell, tokens]) => ({ cell, tokens }))
    const tokens = own.reduce((sum, quota) => sum + quota.tokens, 0)
    return { name, tokens, quotas: own.sort((a, b) => (a.cell < b.cell ? -1 : 1)) }
  })
  const notes = [
    ...mix.notes,
    ...demand.notes,
    ...supplyNotes(supply, shortReserves),
    ...scoreNotes(scores, calibration),
  ]
  const reading = writeEntries(
    supply,
    mix.phases.map(({ name }, k) => ({ name, lanes: lanes[k] ?? [] })),
  )
  return seal(request, {
    supply,
    mix,
    phases,
    notes,
    reading,
    curriculumOf: (k, cell) => table.curricula[k]?.get(cell),
  })
}

interface Planned {
  readonly supply: Supply
  readonly mix: Mix
  readonly phases: readonly ManifestPhase[]
  readonly notes: readonly Note[]
  readonly reading: ReturnType<typeof writeEntries>
  readonly curriculumOf: (phase: number, cell: string) => string | undefined
}

/** Head and id over the entries as they are written. */
function seal(request: PlanRequest, { supply, mix, phases, notes, reading, curriculumOf }: Planned): Manifest {
  const { recipe, calibration, tokenTable, run, round, parent, feedback } = request
  const { shards, entries, reserveTokens, rows, bytes } = reading
  const names = phases.map(({ name }) => name)
  const checks = checkEntries(entries, phases, (phase, cell) => curriculumOf(names.indexOf(phase), cell) !== 'none')
  const all = entries.reduce((sum, { tokens }) => sum + tokens, 0)
  const head: Omit<ManifestHead, 'id'> = {
    format: 'millrace-manifest/1',
    parent,
    run,
    round,
    recipe,
    seed: recipe.seed,
    index: {
      version: request.indexVersion ?? supply.lastSeal,
      sha256: indexHash([...supply.shards, ...supply.holdout]),
    },
    // Without the figures that it was made from: who wants them asks for the calibration by its id.
    calibration: { id: calibration.id, borders: calibration.borders },
    tokenTable,
    holdout: request.holdout ?? chooseHoldout(supply, mix),
    topics: mix.topics,
    ...(feedback ? { feedback: [...feedback] } : {}),
    phases: [...phases],
    totals: { tokens: all - reserveTokens, reserveTokens, entries: entries.length, rows, bytes },
    checks,
    notes: [...notes],
    files: {
      shards: describeFile(MANIFEST_FILES.shards, shards.length, shardChunks(shards)),
      entries: describeFile(MANIFEST_FILES.entries, entries.length, entryChunks(entries)),
    },
  }
  const { format, ...rest } = head
  return { head: { format, id: headId(head), ...rest }, shards, entries }
}

/** Cells of the recipe's languages and sources that hold rows. */
function wantedCells(mix: Mix, { cells }: Supply): CellSupply[] {
  const names = mix.phases.flatMap(({ parts }) =>
    parts.flatMap(({ sources }) => sources.flatMap(({ leaves }) => leaves.map(({ cell }) => cell))),
  )
  return [...new Set(names)].sort().flatMap((name) => cells.get(name) ?? [])
}

function allowedBuckets(
  recipe: Recipe,
  calibration: Calibration,
  cell: CellSupply,
): (bucket: number | null) => boolean {
  const { quantiles } = recipe
  if (quantiles === undefined) return () => true
  const borders = bordersOf(calibration, cell)?.borders ?? []
  return (bucket) => {
    const quantile = quantileOf(bucket, borders)
    return quantile !== null && quantiles.includes(quantile)
  }
}

/** A run goes on over the rows that it has read from: sorted anew, nobody could tell which of them it has read. */
function replacedProblem({ replacedShards }: Supply): PlanProblem | null {
  const [shard] = replacedShards
  if (shard === undefined) return null
  const detail =
    `The run has read ${figures(replacedShards.length)} shards that a compaction put others in place of, ${shard} the ` +
    'first: plan its next rounds over the index of before, or begin a run of its own over this one.'
  return { problem: 'index', detail, shard }
}

function tableProblem(wanted: readonly CellSupply[], table: TokenTable): PlanProblem | null {
  const lines = wanted
    .filter(({ cell }) => bytesPerToken(table, cell) === null)
    .map(({ lang, source }) => `${lang}/${source}`)
  if (lines.length === 0) return null
  const missing = [...new Set(lines)].sort()
  const detail = `Token table ${table.id} does not say how many bytes a token of ${missing.join(', ')} has.`
  return { problem: 'token-table', detail, missing }
}

/**
 * The rows that the run is evaluated on, from start to end: of every cell of the recipe's languages and sources at most
 * `HOLDOUT_DOCUMENTS_PER_CELL`, out of its files in proportion to their rows, since a file may hold one end of the
 * buckets.
 */
function chooseHoldout({ holdout }: Supply, mix: Mix): ManifestHead['holdout'] {
  const wanted = new Set(
    mix.phases.flatMap(({ parts }) =>
      parts.flatMap(({ part, sources }) => sources.map(({ source }) => `${part}/${source}`)),
    ),
  )
  const cells = new Map<string, (typeof holdout)[number][]>()
  for (const file of holdout) {
    const [source = '', lang = ''] = file.cell.split('/')
    if (!wanted.has(`${lang}/${source}`) && !wanted.has(`${SYNTHETIC}/${source}`)) continue
    cells.set(file.cell, [...(cells.get(file.cell) ?? []), file])
  }
  const files: HoldoutFile[] = []
  for (const own of cells.values()) {
    const rows = own.map((file) => file.rows - (file.leftOut?.length ?? 0))
    const takes = cappedRemainder(HOLDOUT_DOCUMENTS_PER_CELL, rows, rows)
    for (const [i, { withdrawn: _, ...file }] of own.entries()) {
      const take = takes[i] ?? 0
      if (take > 0) files.push({ ...file, take })
    }
  }
  files.sort((a, b) => (a.shard < b.shard ? -1 : 1))
  const version = createHash('sha256')
    .update(
      files
        .map(({ sha256, take, leftOut = [] }) => `${[sha256, take, ...leftOut.map((row) => -row)].join(' ')}\n`)
        .join(''),
    )
    .digest('hex')
  return { version: version.slice(0, 16), files }
}

function supplyNotes(supply: Supply, shortReserves: readonly string[]): Note[] {
  const notes: Note[] = []
  const { rowsRead, rowsBesideRead, rowsWithdrawn, rowsOptedOut, unknownShards } = supply
  if (rowsWithdrawn > 0) {
    const detail = `${figures(rowsWithdrawn)} rows are left out: near duplicates of rows of other seals, which stay.`
    notes.push({ code: 'withdrawn', detail })
  }
  if (rowsOptedOut > 0) {
    const detail = `${figures(rowsOptedOut)} rows are left out: their pages are kept from training.`
    notes.push({ code: 'opt-out', detail })
  }
  if (rowsRead > 0)
    notes.push({ code: 'read-before', detail: `${figures(rowsRead)} rows that the run has read are left out.` })
  if (rowsBesideRead > 0) {
    const detail = `${figures(rowsBesideRead)} unread rows are left out because they share a cut with rows that were read.`
    notes.push({ code: 'beside-read', detail })
  }
  if (unknownShards.length > 0) {
    const detail = `The run has read ${figures(unknownShards.length)} shards that this index does not have.`
    notes.push({ code: 'unknown-shards', detail })
  }
  if (shortReserves.length > 0) {
    const detail = 'Cells whose reserve is smaller than the recipe asks for: the corpus has no more rows of them.'
    notes.push({ code: 'reserve-short', detail, cells: [...new Set(shortReserves)] })
  }
  if (supply.holdout.length === 0) {
    notes.push({
      code: 'no-holdout',
      detail: 'The index has no held-out rows: nothing can be evaluated, and no feedback follows.',
    })
  }
  return notes
}
