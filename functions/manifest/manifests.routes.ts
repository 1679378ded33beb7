/** Manifests: a recipe in, an immutable reading order out; its entries by what they hold; the next round from reports. */
import { z } from '@hono/zod-openapi'
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import type { Context } from 'hono'
import { Entry, ManifestHead, ShardLine } from '../../schema/manifest.ts'
import { ALL_TOPICS, LANGUAGES, SOURCES, TOPICS } from '../../schema/shard.ts'
import { manifests } from '../../schema/tables.ts'
import { router, type App } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { cursorBehind, Paging, placeOf } from '../http/paging.ts'
import { Problem } from '../http/problem.ts'
import { answer, parseBody, parseBodyIfAny, parseQuery } from '../http/request.ts'
import { calibrationNamed } from '../platform/calibrations.ts'
import { indexLines, versionNamed } from '../platform/corpus-index.ts'
import { lastReport, manifestKey, readHead, readManifest, storeManifest } from '../platform/manifests.ts'
import { DEFAULT_TOKENS } from '../platform/models.ts'
import { filterEntries } from './entry-filter.ts'
import { nextTopics } from './feedback.ts'
import { planManifest, type PlanRequest } from './manifest.ts'
import { readByRounds, type Round } from './next-round.ts'
import { isProblem } from './problem.ts'
import { readRecipe } from './recipe.ts'
import { MANIFEST_FILES, type Manifest } from './serialise.ts'
import { correctedTable } from './token-table.ts'

const Overrides = z.strictObject({
  tokens: z.int().positive().optional(),
  takeAtMost: z.number().positive().max(1).optional(),
  missingSources: z.enum(['fail', 'renormalise']).optional(),
  shortfall: z.enum(['fail', 'shrink', 'repeat', 'renormalise']).optional(),
  seed: z.int().nonnegative().optional(),
})

const Next = Overrides.extend({
  /** The current one where none is named. */
  indexVersion: z.int().positive().optional(),
})

const Order = Next.extend({
  /** Name of a built-in recipe, or a recipe. */
  recipe: z.union([z.string(), z.record(z.string(), z.unknown())]),
  run: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected at most 64 letters, digits, dots, hyphens')
    .optional(),
  calibration: z.string().optional(),
}).openapi('ManifestOrder')

const Row = z
  .object({
    id: z.string(),
    parent: z.string().nullable(),
    run: z.string(),
    round: z.int(),
    recipe: z.string(),
    indexVersion: z.int(),
    tokens: z.int(),
    entries: z.int(),
  })
  .openapi('ManifestSummary')
const Query = Paging.extend({ run: z.string().optional() })
const List = z.object({ manifests: z.array(Row), cursor: z.string().nullable() }).openapi('Manifests')

const Filter = z.object({
  phase: z.string().optional(),
  lang: z.enum(LANGUAGES).optional(),
  source: z.enum(SOURCES).optional(),
  topic: z.enum([...TOPICS, ALL_TOPICS]).optional(),
  /** 1 to 10 or q01 to q10. */
  quantile: z
    .string()
    .regex(/^(q?(0?[1-9]|10))$/, 'expected 1 to 10 or q01 to q10')
    .optional(),
})

export const manifestRoutes = router()

/** A recipe by name or value, with what the order sets beside it. */
function recipeOf(recipe: unknown, overrides: z.infer<typeof Overrides>) {
  const first = readRecipe(recipe)
  const set = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
  const result = 'recipe' in first ? readRecipe({ ...first.recipe, ...set }) : first
  if ('recipe' in result) return result.recipe
  const detail = result.issues.join('; ')
  throw new Problem(typeof recipe === 'string' ? 'unknown-recipe' : 'invalid-recipe', detail, { issues: result.issues })
}

const NOTHING_TO_PLAN = 'There is nothing to plan over.'

async function plan(
  c: Context<App>,
  version: number,
  request: Omit<PlanRequest, 'index' | 'indexVersion'>,
): Promise<Manifest> {
  const { bindings } = c.var
  const planned = planManifest({ ...request, index: await indexLines(bindings, version), indexVersion: version })
  if (isProblem(planned)) {
    const { problem, detail, ...extra } = planned
    throw new Problem(problem, detail, extra)
  }
  await storeManifest(bindings, planned, Date.now())
  return planned
}

/** Refuses what cannot be a manifest's name before R2 does. */
function idOf(c: Context<App>): string {
  const id = c.req.param('id') ?? ''
  if (!/^[0-9a-f]{64}$/.test(id)) throw new Problem('not-found', `There is no manifest ${id.slice(0, 80)}.`)
  return id
}

manifestRoutes.post('/v1/manifests', requireScope('plan'), async (c) => {
  const { recipe: wanted, run, calibration, indexVersion, ...overrides } = await parseBody(Order, c)
  const recipe = recipeOf(wanted, overrides)
  const version = await versionNamed(c.var.bindings, indexVersion, NOTHING_TO_PLAN)
  const { head } = await plan(c, version, {
    recipe,
    calibration: await calibrationNamed(c.var.bindings, calibration),
    tokenTable: DEFAULT_TOKENS,
    consumed: [],
    run: run ?? `${recipe.name}-v${version}`,
    round: 1,
    parent: null,
  })
  return c.json(head, 201)
})

manifestRoutes.post('/v1/manifests/:id/next', requireScope('plan'), async (c) => {
  const { indexVersion, ...body } = await parseBodyIfAny(Next, c)
  const rounds = await roundsOf(c, idOf(c))
  const last = rounds.at(-1)
  if (last === undefined || last.after === null) {
    throw new Problem(
      'no-report',
      `Round ${last?.manifest.head.round ?? 1} has no report of its end. Its run posts one when it is done.`,
    )
  }
  const { head } = last.manifest
  // A round's start is the end of the one before; the first has a report of its own.
  const before = rounds.at(-2)?.after ?? (await lastReport(c.var.bindings, head.id, 'before'))
  if (before === null) throw new Problem('no-report', `Run ${head.run} has no report from before its first step.`)
  const { topics, moves } = nextTopics(head.topics, { before, after: last.after }, head.recipe.feedback)
  const version = await versionNamed(c.var.bindings, indexVersion, NOTHING_TO_PLAN)
  const planned = await plan(c, version, {
    recipe: recipeOf(head.recipe, body),
    calibration: head.calibration,
    tokenTable: correctedTable(
      head.tokenTable,
      rounds.flatMap(({ after }) => after ?? []),
    ),
    consumed: readByRounds(rounds),
    run: head.run,
    round: head.round + 1,
    parent: head.id,
    topics,
    feedback: moves,
    holdout: head.holdout,
  })
  return c.json(planned.head, 201)
})

/** A manifest and its ancestors, first round first. */
async function roundsOf(c: Context<App>, id: string): Promise<Round[]> {
  const rounds: Round[] = []
  for (let at: string | null = id; at !== null;) {
    const manifest = await readManifest(c.var.bindings, at)
    if (manifest === null) throw new Problem('not-found', `There is no manifest ${at}.`)
    rounds.unshift({ manifest, after: await lastReport(c.var.bindings, at, 'after') })
    at = manifest.head.parent
  }
  return rounds
}

manifestRoutes.get('/v1/manifests', requireScope('read'), async (c) => {
  const { run, limit, cursor } = parseQuery(Query, c)
  const conditions: SQL[] = []
  if (run !== undefined) conditions.push(eq(manifests.run, run))
  const place = placeOf(cursor)
  if (place !== null) conditions.push(sql`(${manifests.createdAtMs}, ${manifests.id}) < (${place.ms}, ${place.id})`)
  const rows = await c.var.bindings.db
    .select()
    .from(manifests)
    .where(and(...conditions))
    .orderBy(desc(manifests.createdAtMs), desc(manifests.id))
    .limit(limit)
  const list = rows.map((row) => Row.parse(row))
  return c.json({ manifests: list, cursor: cursorBehind(rows, limit) } satisfies z.infer<typeof List>)
})

manifestRoutes.get('/v1/manifests/:id', requireScope('read'), (c) => file(c, 'head'))
manifestRoutes.get('/v1/manifests/:id/shards.ndjson', requireScope('read'), (c) => file(c, 'shards'))
manifestRoutes.get('/v1/manifests/:id/entries.ndjson', requireScope('read'), (c) => file(c, 'entries'))

/** The exact bytes that the head's hashes speak of. */
async function file(c: Context<App>, name: keyof typeof MANIFEST_FILES): Promise<Response> {
  const id = idOf(c)
  const object = await c.var.bindings.corpus.get(manifestKey(id, name))
  if (object === null) throw new Problem('not-found', `There is no manifest ${id}.`)
  const type = name === 'head' ? 'application/json' : 'application/x-ndjson'
  return new Response(object.body, { headers: { 'content-type': type, 'content-length': String(object.size) } })
}

manifestRoutes.get('/v1/manifests/:id/entries', requireScope('read'), async (c) => {
  const filter = parseQuery(Filter, c)
  const { bindings } = c.var
  const id = idOf(c)
  const head = await readHead(bindings, id)
  const object = await bindings.corpus.get(manifestKey(id, 'entries'))
  if (head === null || object === null) throw new Problem('not-found', `There is no manifest ${id}.`)
  const phases = head.phases.map(({ name }) => name)
  if (filter.phase !== undefined && !phases.includes(filter.phase)) {
    const detail = `The manifest has no phase "${filter.phase}"; it has ${phases.join(', ')}.`
    throw new Problem('invalid-request', detail, { errors: [{ pointer: '/phase', detail }] })
  }
  const lines = object.body.pipeThrough(new TextDecoderStream()).pipeThrough(filterEntries(head, filter))
  return new Response(lines.pipeThrough(new TextEncoderStream()), {
    headers: { 'content-type': 'application/x-ndjson' },
  })
})

const registry = manifestRoutes.openAPIRegistry
const id = z.object({ id: z.string() })
const Head = ManifestHead.openapi('Manifest')
const ndjson = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/x-ndjson': { schema } },
})
const inBody = (schema: z.ZodType) => ({ body: { content: { 'application/json': { schema } } } })
registry.registerPath({
  method: 'post',
  path: '/v1/manifests',
  summary: 'Plan the first round of a run',
  request: inBody(Order),
  responses: { 201: answer('Planned', Head) },
})
registry.registerPath({
  method: 'post',
  path: '/v1/manifests/{id}/next',
  summary: 'Plan the next round from the reports',
  request: { params: id, ...inBody(Next) },
  responses: { 201: answer('Planned', Head) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/manifests',
  summary: 'Manifests, newest first',
  request: { query: Query },
  responses: { 200: answer('Manifests', List) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/manifests/{id}',
  summary: 'The head',
  request: { params: id },
  responses: { 200: answer('Head', Head) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/manifests/{id}/shards.ndjson',
  summary: 'The shards, by line number',
  request: { params: id },
  responses: { 200: ndjson('Shards', ShardLine) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/manifests/{id}/entries.ndjson',
  summary: 'Every entry, in reading order',
  request: { params: id },
  responses: { 200: ndjson('Entries', Entry) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/manifests/{id}/entries',
  summary: 'Entries by what they hold',
  request: { params: id, query: Filter },
  responses: { 200: ndjson('Entries', Entry) },
})
