/** `/v1/compactions`: the corpus sorted by a model that scored it after it was sealed. */
import { z } from '@hono/zod-openapi'
import { router } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { Problem } from '../http/problem.ts'
import { answer, parseBody } from '../http/request.ts'
import { listCompactions, orderCompaction, type CompactionRow } from '../platform/compactions.ts'
import { indexLines, versionNamed } from '../platform/corpus-index.ts'
import { cellsNotScored, cellsToSort, scoresDropped } from './cells-to-sort.ts'

const Order = z.strictObject({ model: z.string().min(1).max(80) }).openapi('CompactionOrder')
const View = z
  .object({
    /** Its number among the seals. */
    seal: z.int(),
    model: z.string(),
    state: z.enum(['waiting', 'published', 'given-up']),
    cause: z.string().nullable(),
  })
  .openapi('Compaction')
const Ordered = View.extend({
  /** Scores by other models that new shards will be without: each has scored some shards of the cell, and not all. */
  dropped: z.array(z.object({ cell: z.string(), pplModel: z.string(), shards: z.int(), missing: z.int() })),
}).openapi('OrderedCompaction')

const view = ({ number, pplModel, state, cause }: CompactionRow): z.infer<typeof View> => ({
  seal: number,
  model: pplModel ?? '',
  state,
  cause,
})

export const compactionRoutes = router()

compactionRoutes.post('/v1/compactions', requireScope('plan'), async (c) => {
  const { model } = await parseBody(Order, c)
  const { bindings } = c.var
  const version = await versionNamed(bindings, undefined, 'There is nothing to sort.')
  const cells = cellsToSort(await indexLines(bindings, version, { hasCuts: false }), model)
  const missing = cellsNotScored(cells, model)
  if (cells.length === 0 || missing.length > 0) {
    const named = missing.map(({ cell, shards, missing: count }) => `${cell} (${count} of ${shards} shards)`).join(', ')
    const detail =
      cells.length === 0
        ? `${model} has not scored any shard that is sorted by another model.`
        : `Not scored by ${model}: ${named}. "millrace models rescore" scores what is missing.`
    throw new Problem('not-scored', detail, { cells: missing })
  }
  const ordered = view(await orderCompaction(bindings, model, Date.now()))
  return c.json({ ...ordered, dropped: scoresDropped(cells, model) } satisfies z.infer<typeof Ordered>, 202)
})

compactionRoutes.get('/v1/compactions', requireScope('read'), async (c) =>
  c.json({ compactions: (await listCompactions(c.var.bindings)).map(view) }),
)

const registry = compactionRoutes.openAPIRegistry
registry.registerPath({
  method: 'post',
  path: '/v1/compactions',
  summary: 'Sort every cell that a model has scored by its buckets',
  request: { body: { content: { 'application/json': { schema: Order } } } },
  responses: { 202: answer('Numbered among the seals', Ordered) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/compactions',
  summary: 'Compactions, newest first',
  responses: { 200: answer('Compactions', z.object({ compactions: z.array(View) })) },
})
