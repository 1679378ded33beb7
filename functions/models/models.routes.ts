/** `PUT /v1/models/{sha256}`: a model file into R2, checked. `GET /v1/models`: what there is. */
import { z } from '@hono/zod-openapi'
import { desc, sql } from 'drizzle-orm'
import type { Context } from 'hono'
import { MODEL_KINDS, sha256Hex, SLOTS } from '../../schema/models.ts'
import { models } from '../../schema/tables.ts'
import { router, type App } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { cursorBehind, Paging, placeOf } from '../http/paging.ts'
import { Problem } from '../http/problem.ts'
import { answer, parseQuery } from '../http/request.ts'
import { memoryOf, needsOf } from '../platform/activate.ts'
import {
  currentModels,
  findModel,
  modelKey,
  openStored,
  problemOf,
  storeModel,
  UnusableModel,
} from '../platform/model-store.ts'
import { ModelMemory } from './activations.routes.ts'
import { WORKER_MODEL_BYTES } from './slots.ts'
import type { OpenModel } from './open-model.ts'

const Name = z.string().regex(/^[a-z0-9-]{1,24}$/, 'expected 1 to 24 lower-case letters, digits and hyphens')
const PushQuery = z.object({
  name: Name.optional().openapi({ description: 'For a fastText file, which has no name of its own' }),
})

const Model = z
  .object({
    sha256: z.string(),
    /** What its scores carry. */
    id: z.string(),
    kind: z.enum(MODEL_KINDS),
    /** Empty where the file does not say. */
    lang: z.string(),
    bytes: z.int(),
    /** What it takes in a Worker's memory. */
    heldBytes: z.int(),
  })
  .openapi('Model')
const Listed = Model.extend({ active: z.array(z.enum(SLOTS)) }).openapi('ListedModel')
const List = z
  .object({ models: z.array(Listed), cursor: z.string().nullable(), activation: z.int(), memory: ModelMemory })
  .openapi('Models')

export const modelRoutes = router()

modelRoutes.put('/v1/models/:sha256', requireScope('admin'), async (c) => {
  const { name } = parseQuery(PushQuery, c)
  const { bindings } = c.var
  const sha256 = sha256Hex.safeParse(c.req.param('sha256'))
  if (!sha256.success)
    throw new Problem('invalid-request', 'The address ends in the sha-256 of the file: expected 64 hex digits.')
  const length = lengthOf(c)
  const body = c.req.raw.body ?? new Blob([]).stream()
  const known = await findModel(bindings, sha256.data)
  await storeModel(bindings, sha256.data, body, length)
  const { id, kind, lang, heldBytes } = await check(c, { sha256: sha256.data, name })
  const row = { sha256: sha256.data, id, kind, lang, bytes: length, heldBytes }
  await bindings.db
    .insert(models)
    .values({ ...row, createdAtMs: Date.now() })
    .onConflictDoNothing()
  const there = await findModel(bindings, sha256.data)
  if (there !== null && there.id !== id && name !== undefined) {
    throw new Problem('conflict', `These bytes were sent before under the name ${nameIn(there.id)}, which stays.`)
  }
  return c.json({ ...row, id: there?.id ?? id } satisfies z.infer<typeof Model>, known === null ? 201 : 200)
})

const nameIn = (id: string): string => id.split('@', 1)[0] ?? ''

function lengthOf(c: Context<App>): number {
  const header = c.req.header('content-length')
  const length = Number(header)
  if (header === undefined || !Number.isInteger(length)) {
    throw new Problem('invalid-request', 'Content-Length is missing: a model is sent with its length.')
  }
  if (length <= WORKER_MODEL_BYTES) return length
  const detail = `The file has ${length} bytes, a Worker has ${WORKER_MODEL_BYTES} for all of its models. Use it on the command line.`
  throw new Problem('model-too-large', detail, { neededBytes: length, leftBytes: WORKER_MODEL_BYTES })
}

/** Opens what was stored as a pipeline would. What cannot be used is not kept, unless it was taken before, or meanwhile. */
async function check(
  c: Context<App>,
  { sha256, name }: { sha256: string; name: string | undefined },
): Promise<OpenModel> {
  const { bindings } = c.var
  const refuse = async (problem: Problem): Promise<never> => {
    if ((await findModel(bindings, sha256)) === null) await bindings.corpus.delete(modelKey(sha256))
    throw problem
  }
  let opened: OpenModel
  try {
    opened = await openStored(bindings, { sha256, name: name ?? 'fasttext' })
  } catch (error) {
    if (error instanceof UnusableModel) return refuse(problemOf(error))
    throw error
  }
  if (name !== undefined && nameIn(opened.id) !== name) {
    const detail = `The model's own name is ${nameIn(opened.id)}, not ${name}: a name is for fastText files, which have none.`
    return refuse(new Problem('conflict', detail))
  }
  return opened
}

modelRoutes.get('/v1/models', requireScope('read'), async (c) => {
  const { bindings } = c.var
  const { limit, cursor } = parseQuery(Paging, c)
  const place = placeOf(cursor)
  const behind =
    place === null ? undefined : sql`(${models.createdAtMs}, ${models.sha256}) < (${place.ms}, ${place.id})`
  const rows = await bindings.db
    .select()
    .from(models)
    .where(behind)
    .orderBy(desc(models.createdAtMs), desc(models.sha256))
    .limit(limit)
  const { number, chosen } = await currentModels(bindings)
  const listed = rows.map(({ sha256, id, kind, lang, bytes, heldBytes }) => ({
    sha256,
    id,
    kind,
    lang,
    bytes,
    heldBytes,
    active: SLOTS.filter((slot) => chosen[slot]?.sha256 === sha256),
  }))
  const next = cursorBehind(
    rows.map(({ createdAtMs, sha256 }) => ({ createdAtMs, id: sha256 })),
    limit,
  )
  const memory = memoryOf(await needsOf(bindings, chosen))
  return c.json({ models: listed, cursor: next, activation: number, memory } satisfies z.infer<typeof List>)
})

const registry = modelRoutes.openAPIRegistry
registry.registerPath({
  method: 'put',
  path: '/v1/models/{sha256}',
  summary: 'Send a model file: topic, n-gram or fastText; its address has its sha-256',
  request: {
    params: z.object({ sha256: sha256Hex }),
    query: PushQuery,
    body: { content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } } },
  },
  responses: { 200: answer('Known already', Model), 201: answer('Stored and checked', Model) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/models',
  summary: 'Models that were sent, newest first, and what the active ones take of the memory',
  request: { query: Paging },
  responses: { 200: answer('Models', List) },
})
