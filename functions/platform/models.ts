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

/** The model that ships for a slot. */
export function shippedModel(slot: Slot): OpenModel {
  const known = shipped.get(slot)
  if (known !== undefined) return known
  // Data modules are the bundle's: topic models copy what they keep of it, and so do n-grams outside a kernel's memory.
  const opened = openModel({ bytes: new Uint8Array(BUNDLED[slot]), ngram: null }, { name: slot, maxBytes: Infinity })
  shipped.set(slot, opened)
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
  for (const slot of SLOTS) if (chosen[slot] !== undefined) shipped.delete(slot)
  for (const slot of SLOTS) {
    const one = chosen[slot]
    if (one === undefined || activated.has(one.sha256)) continue
    const opened = await openStored(bindings, one)
    const fault = misfit(slot, opened)
    if (fault !== null) throw new UnusableModel(fault)
    activated.set(one.sha256, opened)
  }
  return placeModels((slot) => {
    const one = chosen[slot]
    const held = one === undefined ? undefined : activated.get(one.sha256)
    return held ?? shippedModel(slot)
  })
}
