/** The default models as files, for the command line, the benchmarks and the tools that fit what goes with them. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { openModel, type OpenModel } from '../functions/models/open-model.ts'
import { placeModels } from '../functions/models/place-models.ts'
import type { Models } from '../functions/pipeline.ts'
import { SLOTS, type Slot } from '../schema/models.ts'

export const MODEL_LANGUAGES = ['en', 'zh'] as const

/** Those that ship, but for the slots that hold another. Throws `DamagedModel` for a file that is not what it should be. */
export async function loadModels(own: ReadonlyMap<Slot, OpenModel> = new Map()): Promise<Models> {
  const all = new Map<Slot, OpenModel>(own)
  for (const slot of SLOTS) {
    if (all.has(slot)) continue
    const bytes = await readFile(path.join(import.meta.dirname, `${slot}.bin`))
    all.set(slot, openModel({ bytes, ngram: null }, { name: slot, maxBytes: Infinity }))
  }
  return placeModels((slot) => all.get(slot) as OpenModel)
}
