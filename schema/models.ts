/** Models that users bring: what kinds there are, where a pipeline has room for one, and which it was given. */
import { z } from 'zod'

export const MODEL_KINDS = ['topic', 'ngram', 'fasttext'] as const
export type ModelKind = (typeof MODEL_KINDS)[number]

/** What a model is for, and the language. Each holds the model that ships until another is activated. */
export const SLOTS = ['topic/en', 'topic/zh', 'ngram/en', 'ngram/zh'] as const
export type Slot = (typeof SLOTS)[number]

/** What stands for the model that ships. */
export const SHIPPED = 'shipped'

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits')

/** `id` is what rows and calibrations carry, `sha256` that of the file. */
const Chosen = z.object({ id: z.string(), sha256: sha256Hex })
/** Slots that are not named hold what ships. */
export const ChosenModels = z.partialRecord(z.enum(SLOTS), Chosen)
export type ChosenModels = Readonly<z.infer<typeof ChosenModels>>

/** As a batch and an activation keep them: the same models are the same text. */
export const writeChosen = (chosen: ChosenModels): string =>
  JSON.stringify(
    Object.fromEntries(
      SLOTS.flatMap((slot) => {
        const one = chosen[slot]
        return one === undefined ? [] : [[slot, { id: one.id, sha256: one.sha256 }]]
      }),
    ),
  )

export const readChosen = (text: string): ChosenModels => ChosenModels.parse(JSON.parse(text))
