/** `GET /v1/documents/{id}`: what became of a text: its row, or the document that it is a near duplicate of. */
import { z } from '@hono/zod-openapi'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { answer } from '../http/request.ts'
import type { Bindings } from '../platform/bindings.ts'
import { lastSeal, shardsOfCell } from '../platform/corpus-index.ts'
import { duplicatePartitions } from '../platform/duplicate-partitions.ts'
import { r2Store } from '../platform/r2-store.ts'
import { findRow } from './find-row.ts'
import { isHeldOut, rowHash } from './order.ts'
import type { DuplicateIndex, Holding } from './ports.ts'

const place = { seal: z.int(), key: z.string(), offset: z.int(), index: z.int() }
const Named = z.object({ id: z.string(), ...place })

const DocumentView = z
  .object({
    id: z.string(),
    state: z.enum(['kept', 'held-out', 'near-duplicate']),
    /** Places where this text was read; all but the first are exact duplicates. */
    places: z.int(),
    first: z.object(place),
    /** The document that a near duplicate shares a band with; null for others. */
    matched: Named.nullable(),
    /** The document that stands for the cluster, and its row; the document itself where it is kept or held out. */
    holder: Named.extend({
      state: z.enum(['kept', 'held-out']),
      cell: z.string(),
      shard: z.string().nullable(),
      row: z.int().nullable(),
    }),
  })
  .openapi('Document')

export const documentRoutes = router()

documentRoutes.get('/v1/documents/:id', requireScope('read'), async (c) => {
  const id = c.req.param('id')
  if (!/^[0-9a-f]{32}$/.test(id)) {
    const detail = `"${id}" is no document id, expected 32 hex digits as in a shard's column id.`
    throw new Problem('invalid-request', detail, { errors: [{ pointer: '/id', detail }] })
  }
  const { bindings } = c.var
  const seal = await lastSeal(bindings)
  const index = duplicatePartitions(bindings.duplicates)
  const [own] = await index.find([id], seal)
  if (own == null) throw new Problem('not-found', `No sealed batch has a document ${id}.`)
  const root = await rootOf(index, id, seal)
  const holder = await rowOf(bindings, root)
  // What a later seal joined names what it was joined by.
  const member = own.joined ?? own.member
  const isNear = root.id !== id
  const matched = isNear && member !== null ? (await index.ask([member.match], seal))[0] : undefined
  const view: z.infer<typeof DocumentView> = {
    id,
    state: isNear ? 'near-duplicate' : stateOf(bindings, id),
    places: own.size,
    first: placeOf(own),
    matched: matched === undefined || member === null ? null : { id: member.match, ...placeOf(matched) },
    holder: isNear ? holder : await rowOf(bindings, { id, holding: own }),
  }
  return c.json(view)
})

interface Found {
  readonly id: string
  readonly holding: Holding
}

/** Follows a cluster to the document that stands for it now. Each step leads to an earlier one, so it ends. */
async function rootOf(index: DuplicateIndex, id: string, seal: number): Promise<Found> {
  const [holding] = await index.ask([id], seal)
  if (holding === undefined) throw new Error(`the duplicate index has no answer for ${id}`)
  return holding.root === id ? { id, holding } : rootOf(index, holding.root, seal)
}

async function rowOf(bindings: Bindings, { id, holding }: Found): Promise<z.infer<typeof DocumentView>['holder']> {
  const { cell, bucket, seal } = holding.holder
  const state = stateOf(bindings, id)
  const own = { id, ...placeOf(holding), state, cell }
  for (const shard of await shardsOfCell(bindings, { seal, cell, holdout: state === 'held-out' })) {
    const row = await findRow(r2Store(bindings.corpus), shard, { id, bucket, seed: bindings.settings.seed })
    if (row !== null) return { ...own, shard: shard.shard, row }
  }
  return { ...own, shard: null, row: null }
}

const stateOf = ({ settings }: Bindings, id: string): 'kept' | 'held-out' =>
  isHeldOut(rowHash(id, settings.seed), settings.holdoutShare) ? 'held-out' : 'kept'

const placeOf = ({ holder: { seal, key, offset, index } }: Holding) => ({ seal, key, offset, index })

documentRoutes.openAPIRegistry.registerPath({
  method: 'get',
  path: '/v1/documents/{id}',
  summary: 'What became of a text: its row, or what it is a near duplicate of',
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: answer('The document', DocumentView) },
})
