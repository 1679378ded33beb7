/** Models of the user's own in place of those that ship, as the commands that score take them. */
import { open, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { ModelTooLarge } from '../functions/classify/fasttext/fasttext.ts'
import { DamagedModel } from '../functions/kernel/model-file.ts'
import { modelSpace, openModel, type OpenModel } from '../functions/models/open-model.ts'
import { misfit } from '../functions/models/slots.ts'
import { SLOTS, type Slot } from '../schema/models.ts'
import { UsageError } from './arguments.ts'
import { sizesOf } from './input-files.ts'

const none: string[] = []
export const MODEL_OPTIONS = { model: { type: 'string', multiple: true, default: none } } as const

export const MODEL_USAGE = `  --model SLOT=FILE     a model of your own in place of one that ships, of any size; may be given more than once.
                        SLOT is ${SLOTS.join(', ')}; a topic model or fastText's, or an n-gram model`

export type OwnModels = ReadonlyMap<Slot, OpenModel>

const READ_BYTES = 1 << 26

/** `name=value` of an argument whose name is a slot. */
export function slotArgument(text: string, option: string): [Slot, string] {
  const at = text.indexOf('=')
  const slot = SLOTS.find((one) => one === text.slice(0, Math.max(0, at)))
  if (slot === undefined || at === text.length - 1) {
    throw new UsageError(`${option} is "${text}", expected SLOT=… where SLOT is one of ${SLOTS.join(', ')}.`)
  }
  return [slot, text.slice(at + 1)]
}

/** Opens each file and sees that it fits its slot; a mistake names the file. */
export async function ownModels(given: readonly string[]): Promise<OwnModels> {
  const models = new Map<Slot, OpenModel>()
  for (const text of given) {
    const [slot, file] = slotArgument(text, '--model')
    if (models.has(slot)) throw new UsageError(`--model ${slot} was given twice: one model stands in a slot.`)
    const opened = await openModelFile(file)
    const fault = misfit(slot, opened)
    if (fault !== null) throw new UsageError(`${file}: ${fault}`)
    models.set(slot, opened)
  }
  return models
}

/** A model file of any size, read into the place where it stays. `name`: for a fastText file, which has none of its own. */
export async function openModelFile(file: string, name = nameOfFile(file)): Promise<OpenModel> {
  const [size = 0] = await sizesOf([file])
  const handle = await open(file)
  try {
    const head = new Uint8Array(Math.min(16, size))
    await readWhole(handle, head, file)
    const space = modelSpace(size, head)
    await readWhole(handle, space.bytes, file)
    return openModel(space, { name, maxBytes: Number.POSITIVE_INFINITY })
  } catch (error) {
    if (error instanceof DamagedModel || error instanceof ModelTooLarge) {
      throw new UsageError(`${file}: ${error.message}`)
    }
    throw error
  } finally {
    await handle.close()
  }
}

/** From the file's start, as many bytes as there is room for: `readFile` stops at 2 GiB. */
async function readWhole(handle: FileHandle, into: Uint8Array, file: string): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await handle.read(into, at, Math.min(READ_BYTES, into.length - at), at)
    if (bytesRead === 0) throw new UsageError(`${file} became shorter while it was read: something writes to it.`)
    at += bytesRead
  }
}

/** Lower-case letters, digits and hyphens of the file's name, at most 24. */
export const nameOfFile = (file: string): string =>
  path
    .parse(file)
    .name.toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 24)
    .replace(/-+$/, '') || 'model'
