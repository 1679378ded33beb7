/** `millrace models push`, `list --server`, `activate`: models of a server, in R2, without a deploy. */
import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { tooLargeAlone } from '../functions/models/slots.ts'
import { SHIPPED, SLOTS, type ModelKind, type Slot } from '../schema/models.ts'
import { readArguments, UsageError } from './arguments.ts'
import { clientFrom, type Client } from './client.ts'
import { sizesOf } from './input-files.ts'
import { nameOfFile, openModelFile, slotArgument } from './model-options.ts'
import { checkLabel } from './models-import.ts'
import { showProgress } from './progress.ts'

const SERVER = `  --to, --key   the server and a key (or MILLRACE_URL and MILLRACE_KEY)`

const PUSH_USAGE = `Usage: millrace models push FILES… --to URL --key KEY [--name NAME]

Checks model files (topic, n-gram, fastText .bin or .ftz) as a Worker would, and sends them to a server's R2 under the hash of
their bytes; the same bytes twice are one model. Prints a line of JSON for each: {"sha256", "id", "kind", "lang", "bytes",
"heldBytes"}. Nothing is scored by it until it is activated.
${SERVER}, with the scope "admin"
  --name        of a fastText file, which has none of its own; default the file's name`

const ACTIVATE_USAGE = `Usage: millrace models activate SLOT=MODEL … --to URL --key KEY

From now on new batches are read with these models; batches that are open keep those that they were opened with. Prints what is
in force: {"activation", "pipeline", "models", "memory"}.
  SLOT          ${SLOTS.join(', ')}
  MODEL         an id or a sha-256 of "millrace models list --server", or "${SHIPPED}"; slots that are not named stay
${SERVER}, with the scope "admin"`

const options = { to: { type: 'string' }, key: { type: 'string' } } as const

export interface PushedModel {
  readonly sha256: string
  readonly id: string
  readonly kind: ModelKind
  readonly lang: string
  readonly bytes: number
  readonly heldBytes: number
}

export async function pushModelsCommand(args: string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, {
    usage: PUSH_USAGE,
    options: { ...options, name: { type: 'string' } },
    positionals: { name: 'model file', min: 1, max: 100 },
  })
  const { name } = values
  if (name !== undefined && files.length > 1) throw new UsageError('--name is for one file.', PUSH_USAGE)
  if (name !== undefined) checkLabel(name, '--name', 24)
  const client = clientFrom(values, PUSH_USAGE)
  const sizes = await sizesOf(files)
  // All of them, before anything is sent.
  for (const file of files) await checkForWorker(file, name)
  const progress = showProgress('Sending', { total: sizes.reduce((sum, size) => sum + size, 0), unit: 'bytes' })
  for (const file of files) {
    const pushed = await pushModel(client, file, name)
    progress.add(pushed.bytes)
    console.log(JSON.stringify(pushed))
  }
  progress.done()
  return 0
}

async function checkForWorker(file: string, name: string | undefined): Promise<void> {
  const opened = await openModelFile(file)
  if (name !== undefined && opened.kind !== 'fasttext') {
    throw new UsageError(`${file} calls itself ${opened.id}: --name is for fastText files, which have no name.`)
  }
  const tooLarge = tooLargeAlone(opened)
  if (tooLarge !== null) throw new UsageError(`${file}: ${tooLarge}`)
}

/** Sends a file without a look at what it is: the server looks. */
export async function pushModel(client: Client, file: string, name?: string): Promise<PushedModel> {
  const hash = createHash('sha256')
  const head: number[] = []
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) {
    if (head.length === 0) head.push(...chunk.subarray(0, 2))
    hash.update(chunk)
  }
  // Ours begin with "MR" and have a name.
  const isOurs = head[0] === 0x4d && head[1] === 0x52
  const query = { name: name ?? (isOurs ? undefined : nameOfFile(file)) }
  const body = await openAsBlob(file)
  return client.json<PushedModel>('PUT', `/v1/models/${hash.digest('hex')}`, { query, body })
}

interface Listed {
  readonly models: readonly (PushedModel & { readonly active: readonly Slot[] })[]
  readonly cursor: string | null
  readonly activation: number
  readonly memory: { readonly heldBytes: number; readonly budgetBytes: number }
}

/** A line for each model of a server, newest first. */
export async function listServerModels(values: { to?: string; key?: string }, usage: string): Promise<number> {
  const client = clientFrom(values, usage)
  for (let cursor: string | undefined; ;) {
    const page = await client.json<Listed>('GET', '/v1/models', { query: { cursor, limit: '200' } })
    for (const model of page.models) console.log(JSON.stringify(model))
    if (page.cursor === null) {
      const { heldBytes, budgetBytes } = page.memory
      const [held, budget] = [heldBytes, budgetBytes].map((bytes) => (bytes / 2 ** 20).toFixed(1))
      console.error(`Activation ${page.activation}: the models in force take ${held} of ${budget} MiB in a Worker.`)
      return 0
    }
    cursor = page.cursor
  }
}

export async function activateCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: ACTIVATE_USAGE,
    options,
    positionals: { name: 'SLOT=MODEL', min: 1, max: SLOTS.length },
  })
  const models: Partial<Record<Slot, string>> = {}
  for (const text of positionals) {
    const [slot, model] = slotArgument(text, 'The model')
    if (models[slot] !== undefined) throw new UsageError(`${slot} was given twice: one model stands in a slot.`)
    models[slot] = model
  }
  const client = clientFrom(values, ACTIVATE_USAGE)
  console.log(JSON.stringify(await client.json<unknown>('POST', '/v1/activations', { json: { models } })))
  return 0
}
