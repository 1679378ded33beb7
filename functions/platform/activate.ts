/** Puts models into the slots of the pipeline, once each was opened and all fit into a Worker together. */
import { inArray } from 'drizzle-orm'
import { SHIPPED, SLOTS, writeChosen, type ChosenModels, type Slot } from '../../schema/models.ts'
import { activations, models } from '../../schema/tables.ts'
import { Problem } from '../http/problem.ts'
import { misfit, shortageOf, WORKER_MODEL_BYTES, type Need } from '../models/slots.ts'
import type { Bindings } from './bindings.ts'
import { currentModels, findModel, openStored, problemOf, UnusableModel } from './model-store.ts'
import { shippedModel } from './models.ts'

export type Needs = Readonly<Record<Slot, Need>>

export interface Activated {
  readonly number: number
  readonly chosen: ChosenModels
  /** False where these models were in force already. */
  readonly isNew: boolean
}

/** Memory of the model in each slot. */
export async function needsOf({ db }: Bindings, chosen: ChosenModels): Promise<Needs> {
  const hashes = SLOTS.flatMap((slot) => chosen[slot]?.sha256 ?? [])
  const rows = hashes.length === 0 ? [] : await db.select().from(models).where(inArray(models.sha256, hashes))
  const needOf = (slot: Slot): Need => {
    const one = chosen[slot]
    if (one === undefined) {
      const { id, heldBytes } = shippedModel(slot)
      return { id, heldBytes }
    }
    return { id: one.id, heldBytes: rows.find(({ sha256 }) => sha256 === one.sha256)?.heldBytes ?? 0 }
  }
  return Object.fromEntries(SLOTS.map((slot) => [slot, needOf(slot)])) as Needs
}

export const memoryOf = (needs: Needs): { heldBytes: number; budgetBytes: number } => ({
  heldBytes: SLOTS.reduce((sum, slot) => sum + needs[slot].heldBytes, 0),
  budgetBytes: WORKER_MODEL_BYTES,
})

/** `order`: for some slots an id, a hash, or `shipped`; the others stay as they are. */
export async function activate(
  bindings: Bindings,
  order: Partial<Record<Slot, string>>,
  nowMs: number,
): Promise<Activated> {
  const { number, chosen: before } = await currentModels(bindings)
  const chosen: Partial<Record<Slot, { id: string; sha256: string }>> = { ...before }
  for (const slot of SLOTS) {
    const name = order[slot]
    if (name === undefined) continue
    if (name === SHIPPED) delete chosen[slot]
    else chosen[slot] = await find(bindings, slot, name)
  }
  const shortage = shortageOf(await needsOf(bindings, chosen), (slot) => order[slot] !== undefined)
  if (shortage !== null) {
    const { detail, ...figures } = shortage
    throw new Problem('model-too-large', detail, figures)
  }
  // Also one that is in force: who activates it again may want to know whether it is still there.
  for (const slot of SLOTS) {
    const one = order[slot] === undefined ? undefined : chosen[slot]
    if (one !== undefined) await tryOut(bindings, slot, one)
  }
  const text = writeChosen(chosen)
  if (text === writeChosen(before)) return { number, chosen, isNew: false }
  await bindings.db
    .insert(activations)
    .values({ number: number + 1, models: text, createdAtMs: nowMs })
    .onConflictDoNothing()
  const now = await currentModels(bindings)
  if (now.number === number + 1 && writeChosen(now.chosen) === text) return { number: now.number, chosen, isNew: true }
  throw new Problem('conflict', 'Other models were activated at the same time. Look at GET /v1/models and try again.')
}

async function find(bindings: Bindings, slot: Slot, name: string): Promise<{ id: string; sha256: string }> {
  const model = await findModel(bindings, name)
  if (model !== null) return { id: model.id, sha256: model.sha256 }
  const detail = `${slot}: there is no model ${JSON.stringify(name.slice(0, 80))}: expected an id or a sha-256 of GET /v1/models, or "${SHIPPED}". Models are sent with: npx millrace models push FILE`
  throw new Problem('not-found', detail)
}

/** Opened as a slice would open it, and dropped. */
async function tryOut(bindings: Bindings, slot: Slot, one: { id: string; sha256: string }): Promise<void> {
  try {
    const fault = misfit(slot, await openStored(bindings, one))
    if (fault !== null) throw new Problem('model-mismatch', fault, { slot })
  } catch (error) {
    if (error instanceof UnusableModel) throw problemOf(error, { slot })
    throw error
  }
}
