/**
 * The models of a pipeline. Those that ship are data modules of the bundle, those that were activated lie in R2; each is loaded
 * once an isolate, when something first needs it, and kept as long as the batches in hand ask for it.
 */
import defaultCalibration from '../../models/calibration/default.json' with { type: 'json' }
import enNgram from '../../models/ngram/en.bin'
import zhNgram from '../../models/ngram/zh.bin'
import defaultTokens from '../../models/tokens/default.json' with { type: 'json' }
import enTopic from '../../models/topic/en.bin'
import zhTopic from '../../models/topic/zh.bin'
import { FrozenCalibration } from '../../schema/calibration.ts'
import { TokenTable } from '../../schema/manifest.ts'
import { SLOTS, type ChosenModels, type Slot } from '../../schema/models.ts'
import { placeModels } from '../models/place-models.ts'
import { misfit } from '../models/slots.ts'
import { openModel, type OpenModel } from '../models/open-model.ts'
import type { ModelIds, Models } from '../pipeline.ts'
import type { Bindings } from './bindings.ts'
import { openStored, UnusableModel } from './model-store.ts'

export const DEFAULT_CALIBRATION = FrozenCalibration.parse(defaultCalibration)
export const DEFAULT_TOKENS = TokenTable.parse(defaultTokens)

const BUNDLED: Readonly<Record<Slot, ArrayBuffer>> = {
  'topic/en': enTopic,
  'topic/zh': zhTopic,
  'ngram/en': enNgram,
  'ngram/zh': zhNgram,
}

const shipped = new Map<Slot, OpenModel>()

/** The model that ships for a slot, opened when it is first asked for and kept. */
export function shippedModel(slot: Slot): OpenModel {
  const known = shipped.get(slot)
  if (known !== undefined) return known
  const bytes = BUNDLED[slot]
  const opened = openModel({ bytes: new Uint8Array(bytes), ngram: null }, { name: slot, maxBytes: Infinity })
  shipped.set(slot, opened)
  // Topic models copy what they keep, and n-gram models what goes into a kernel's memory: the bundle's bytes are let go.
  bytes.transfer(0)
  return opened
}

export const defaultModels = (): Models => placeModels(shippedModel)

/** Which models a batch has, without loading those in R2. */
export function idsOf(chosen: ChosenModels): ModelIds {
  const ids: { topic: Record<string, { id: string }>; ngram: Record<string, { id: string }> } = { topic: {}, ngram: {} }
  for (const slot of SLOTS) {
    const [purpose, lang] = slot.split('/') as ['topic' | 'ngram', string]
    ids[purpose][lang] = { id: chosen[slot]?.id ?? shippedModel(slot).id }
  }
  return ids
}

/** Models from R2 by the hash of their file. */
const activated = new Map<string, OpenModel>()

/** Throws `UnusableModel` for one that is missing, damaged or not what it was activated as. */
export async function modelsFor(bindings: Bindings, chosen: ChosenModels): Promise<Models> {
  const wanted = new Set(SLOTS.flatMap((slot) => chosen[slot]?.sha256 ?? []))
  // Before others come in: two sets together may be more than an isolate bears.
  for (const sha256 of activated.keys()) if (!wanted.has(sha256)) activated.delete(sha256)
  // Of this call alone: while it waits, another may let go what it does not want.
  const own = new Map<Slot, OpenModel>()
  for (const slot of SLOTS) {
    const one = chosen[slot]
    if (one === undefined) continue
    const opened = activated.get(one.sha256) ?? (await openStored(bindings, one))
    const fault = misfit(slot, opened)
    if (fault !== null) throw new UnusableModel(fault)
    activated.set(one.sha256, opened)
    own.set(slot, opened)
  }
  return placeModels((slot) => own.get(slot) ?? shippedModel(slot))
}
