/** `/v1/activations`: which models new batches are read with. */
import { z } from '@hono/zod-openapi'
import { desc } from 'drizzle-orm'
import type { Context } from 'hono'
import { readChosen, SHIPPED, SLOTS, type ChosenModels } from '../../schema/models.ts'
import { activations } from '../../schema/tables.ts'
import { router, type App } from '../http/app.ts'
import { requireScope } from '../http/auth.ts'
import { answer, parseBody } from '../http/request.ts'
import { pipelineVersion } from '../pipeline.ts'
import { activate, memoryOf, needsOf } from '../platform/activate.ts'
import { idsOf } from '../platform/models.ts'

/** What models in force take of the memory, all together. */
export const ModelMemory = z.object({ heldBytes: z.int(), budgetBytes: z.int() }).openapi('ModelMemory')
const Order = z
  .strictObject({
    models: z
      .partialRecord(z.enum(SLOTS), z.string().min(1))
      .refine((named) => Object.keys(named).length > 0, { message: `expected at least one of ${SLOTS.join(', ')}` })
      .openapi({ description: `An id or sha-256 of GET /v1/models, or "${SHIPPED}"; slots that are not named stay` }),
  })
  .openapi('ActivationOrder')
const Activation = z
  .object({
    activation: z.int(),
    /** Version of the pipeline that new batches are read with. */
    pipeline: z.string(),
    models: z.record(z.string(), z.object({ id: z.string(), shipped: z.boolean(), heldBytes: z.int() })),
    memory: ModelMemory,
  })
  .openapi('Activation')
const History = z.object({
  activations: z.array(z.object({ activation: z.int(), models: z.record(z.string(), z.string()) })),
})

export const activationRoutes = router()

activationRoutes.post('/v1/activations', requireScope('admin'), async (c) => {
  const { models: order } = await parseBody(Order, c)
  const { isNew, number, chosen } = await activate(c.var.bindings, order, Date.now())
  return c.json(await view(c, number, chosen), isNew ? 201 : 200)
})

activationRoutes.get('/v1/activations', requireScope('read'), async (c) => {
  const rows = await c.var.bindings.db.select().from(activations).orderBy(desc(activations.number)).limit(200)
  const history = rows.map(({ number, models: text }) => ({
    activation: number,
    models: Object.fromEntries(Object.entries(readChosen(text)).map(([slot, { id }]) => [slot, id])),
  }))
  return c.json({ activations: history } satisfies z.infer<typeof History>)
})

async function view(c: Context<App>, number: number, chosen: ChosenModels): Promise<z.infer<typeof Activation>> {
  const { bindings } = c.var
  const needs = await needsOf(bindings, chosen)
  return {
    activation: number,
    pipeline: pipelineVersion(idsOf(chosen), bindings.settings.use),
    models: Object.fromEntries(SLOTS.map((slot) => [slot, { ...needs[slot], shipped: chosen[slot] === undefined }])),
    memory: memoryOf(needs),
  }
}

const registry = activationRoutes.openAPIRegistry
registry.registerPath({
  method: 'post',
  path: '/v1/activations',
  summary: 'Read new batches with other models, from the next batch on',
  request: { body: { content: { 'application/json': { schema: Order } } } },
  responses: { 200: answer('In force already', Activation), 201: answer('In force', Activation) },
})
registry.registerPath({
  method: 'get',
  path: '/v1/activations',
  summary: 'What was activated, newest first',
  responses: { 200: answer('Activations', History) },
})
