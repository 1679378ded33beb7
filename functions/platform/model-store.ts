/** Model files in R2, under the hash of their bytes: stored as they stream by, and read back into the place where they stay. */
import { createHash } from 'node:crypto'
import { desc, eq, or } from 'drizzle-orm'
import { readChosen, type ChosenModels } from '../../schema/models.ts'
import { activations, models } from '../../schema/tables.ts'
import { Problem } from '../http/problem.ts'
import { ModelTooLarge } from '../classify/fasttext/fasttext.ts'
import { DamagedModel } from '../kernel/model-file.ts'
import { HEAD_BYTES, modelSpace, openModel, type ModelSpace, type OpenModel } from '../models/open-model.ts'
import { tooLargeAlone, WORKER_MODEL_BYTES } from '../models/slots.ts'
import type { Bindings } from './bindings.ts'
import { meter, putSized } from './object-upload.ts'

export type StoredModel = typeof models.$inferSelect

export const modelKey = (sha256: string): string => `models/${sha256}`

/** A stored file that no pipeline can run with: its name, what is wrong, and what to do. */
export class UnusableModel extends Error {
  override readonly name = 'UnusableModel'
  /** What it needs in memory, where nothing else is wrong with it. */
  readonly neededBytes: number | null

  constructor(message: string, { neededBytes = null, cause }: { neededBytes?: number | null; cause?: unknown } = {}) {
    super(message, { cause })
    this.neededBytes = neededBytes
  }
}

/** What a client sees of it. */
export function problemOf(
  { message, neededBytes }: UnusableModel,
  extra: Readonly<Record<string, unknown>> = {},
): Problem {
  return neededBytes === null
    ? new Problem('unusable-model', message, extra)
    : new Problem('model-too-large', message, { ...extra, neededBytes, leftBytes: WORKER_MODEL_BYTES })
}

/** Streams a body into R2 under its hash. Throws where it has another length or hash; then nothing is stored. */
export async function storeModel(
  { corpus }: Bindings,
  sha256: string,
  body: ReadableStream<Uint8Array>,
  length: number,
): Promise<void> {
  const { stream, differs, result } = meter()
  // R2 compares the hash as well, and keeps it beside the object.
  const options = { sha256 }
  try {
    await putSized(corpus, modelKey(sha256), body.pipeThrough(stream), { length, differs, options })
  } catch (error) {
    if (error instanceof Problem) throw error
    const { size, sha256: found } = result()
    if (size !== length || found === sha256) throw error
    const detail = `The body has sha-256 ${found}, its address says ${sha256}: damaged on its way, or another file. Nothing was stored.`
    throw new Problem('hash-mismatch', detail)
  }
}

/** Opens a stored file once its hash is the one it is named by. Throws `UnusableModel` where it cannot be used. */
export async function openStored(
  { corpus }: Bindings,
  { sha256, ...known }: { readonly sha256: string } & ({ readonly id: string } | { readonly name: string }),
): Promise<OpenModel> {
  const id = 'id' in known ? known.id : null
  const who = id === null ? 'the file' : `model ${id}`
  const name = 'name' in known ? known.name : nameOf(known.id)
  const again = 'Send the file again: npx millrace models push FILE.'
  const key = modelKey(sha256)
  const object = await corpus.get(key)
  if (object === null) throw new UnusableModel(`${who}: there is no object ${key}: it was deleted. ${again}`)
  if (object.size > WORKER_MODEL_BYTES) {
    await object.body.cancel()
    throw new UnusableModel(
      `${who}: ${key} has ${object.size} bytes, expected at most ${WORKER_MODEL_BYTES}: replaced. ${again}`,
    )
  }
  const hash = createHash('sha256')
  try {
    const space = await readInto(object, (chunk) => hash.update(chunk))
    const found = hash.digest('hex')
    if (found !== sha256) {
      throw new UnusableModel(`${who}: ${key} holds bytes of sha-256 ${found}: replaced or damaged. ${again}`)
    }
    const opened = openModel(space, { name, maxBytes: WORKER_MODEL_BYTES })
    if (id !== null && opened.id !== id)
      throw new UnusableModel(`${who}: ${key} calls itself ${opened.id}: the index is damaged. ${again}`)
    const tooLarge = tooLargeAlone(opened)
    if (tooLarge !== null) throw new UnusableModel(tooLarge, { neededBytes: opened.heldBytes })
    return opened
  } catch (error) {
    if (error instanceof DamagedModel) throw new UnusableModel(`${who}: ${error.message}`, { cause: error })
    if (error instanceof ModelTooLarge)
      throw new UnusableModel(`${who}: ${error.message}`, { neededBytes: error.neededBytes, cause: error })
    throw error
  }
}

const nameOf = (id: string): string => id.replace(/@[0-9a-f]{12}$/, '')

/** Straight into the place where the model stays, so that it is in memory once. */
async function readInto(object: R2ObjectBody, onChunk: (chunk: Uint8Array) => void): Promise<ModelSpace> {
  const head = new Uint8Array(Math.min(16, object.size))
  let space: ModelSpace | null = null
  let at = 0
  for await (const chunk of object.body as AsyncIterable<Uint8Array>) {
    onChunk(chunk)
    if (space === null) {
      head.set(chunk.subarray(0, head.length - at), at)
      if (at + chunk.length >= Math.min(HEAD_BYTES, object.size)) {
        space = modelSpace(object.size, head.subarray(0, at + chunk.length))
        space.bytes.set(head.subarray(0, at))
      }
    }
    space?.bytes.set(chunk, at)
    at += chunk.length
  }
  return space ?? modelSpace(0, head)
}

/** Models in force for new batches, and the number of the activation; 0 where only shipped ones are. */
export async function currentModels({ db }: Bindings): Promise<{ number: number; chosen: ChosenModels }> {
  const [row] = await db.select().from(activations).orderBy(desc(activations.number)).limit(1)
  return row === undefined ? { number: 0, chosen: {} } : { number: row.number, chosen: readChosen(row.models) }
}

/** By id or hash. */
export async function findModel({ db }: Bindings, name: string): Promise<StoredModel | null> {
  const [row] = await db
    .select()
    .from(models)
    .where(or(eq(models.id, name), eq(models.sha256, name)))
  return row ?? null
}
