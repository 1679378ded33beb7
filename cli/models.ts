/** `millrace models`: what ships under models/, with the card that says what each was trained on and how good it is. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { loadModels } from '../models/load.ts'
import { readArguments, UsageError } from './arguments.ts'
import { ROOT } from './wrangler.ts'

const USAGE = `Usage: millrace models [list]
       millrace models list --server [--to URL] [--key KEY]
       millrace models push FILES… [--to URL] [--key KEY]
       millrace models activate SLOT=MODEL … [--to URL] [--key KEY]
       millrace models import-arpa FILE -o FILE [options]
       millrace models label FILE … --endpoint URL --model NAME -o LABELS [options]
       millrace models train-ngram FILE … -o FILE [options]
       millrace models train-topic FILE … --lang L -o FILE [options]
       millrace models tokenise < TEXT > TOKENS
       millrace models calibrate DIR [-o FILE] [options]
       millrace models quantiles DIR --calibration FILE
       millrace models rescore DIR --model FILE

list prints a line of JSON for each file that ships: {"id", "kind", "file", "bytes", "sha256", "card"}.
The id is the one that rows, calibrations and manifests carry.
With --server (or --to) it lists a server's: {"sha256", "id", "kind", "lang", "bytes", "heldBytes", "active"}.
push sends model files to a server, activate reads new batches with them; label asks a model of your choice for topics; import-arpa,
train-ngram and tokenise make n-gram models, train-topic topic models; the last three are about a corpus. Each says more with --help.`

/** What makes models is loaded only when it is asked for. */
const ACTIONS: Readonly<Record<string, () => Promise<(args: string[]) => Promise<number>>>> = {
  'import-arpa': async () => (await import('./models-import.ts')).importCommand,
  label: async () => (await import('./models-label.ts')).labelCommand,
  'train-ngram': async () => (await import('./models-train.ts')).trainCommand,
  'train-topic': async () => (await import('./models-train-topic.ts')).trainTopicCommand,
  push: async () => (await import('./models-server.ts')).pushModelsCommand,
  activate: async () => (await import('./models-server.ts')).activateCommand,
  calibrate: async () => (await import('./models-calibrate.ts')).calibrateCommand,
  quantiles: async () => (await import('./models-calibrate.ts')).quantilesCommand,
  rescore: async () => (await import('./models-rescore.ts')).rescoreCommand,
  tokenise: async () => (await import('./models-tokenise.ts')).tokeniseCommand,
}

/** Folders under models/ and the extension of what ships from each; the rest is what trained it. */
const KINDS = [
  ['topic', '.bin'],
  ['ngram', '.bin'],
  ['extract', '.bin'],
  ['calibration', '.json'],
  ['tokenizer', '.json'],
  ['tokens', '.json'],
] as const

export interface ShippedModel {
  readonly id: string
  readonly kind: string
  readonly file: string
  readonly bytes: number
  readonly sha256: string
  readonly card: string | null
}

export async function modelsCommand(args: string[]): Promise<number> {
  const [name = '', ...rest] = args
  if (Object.hasOwn(ACTIONS, name)) return (await ACTIONS[name]?.())?.(rest) ?? 0
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    options: { server: { type: 'boolean', default: false }, to: { type: 'string' }, key: { type: 'string' } },
    positionals: { name: 'action', max: 1 },
  })
  const action = positionals[0] ?? 'list'
  if (action !== 'list') {
    throw new UsageError(`There is no action "${action}": it is list, ${Object.keys(ACTIONS).join(' or ')}.`, USAGE)
  }
  if (values.server || values.to !== undefined || values.key !== undefined) {
    return (await import('./models-server.ts')).listServerModels(values, USAGE)
  }
  for (const model of await listModels()) console.log(JSON.stringify(model))
  return 0
}

export async function listModels(): Promise<ShippedModel[]> {
  const { topic, ngram } = await loadModels()
  const ids = [...Object.values(topic), ...Object.values(ngram)].map(({ id }) => id)
  const listed: ShippedModel[] = []
  for (const [kind, extension] of KINDS) {
    const folder = path.join(ROOT, 'models', kind)
    const names = existsSync(folder) ? await readdir(folder) : []
    const card = names.includes('card.md') ? path.join('models', kind, 'card.md') : null
    for (const name of names.filter((file) => path.extname(file) === extension).sort()) {
      const bytes = await readFile(path.join(folder, name))
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      // A model's id ends in the start of its file's hash; a table has no id but its place and hash.
      const short = sha256.slice(0, 12)
      const id = ids.find((one) => one.endsWith(`@${short}`)) ?? `${kind}/${path.parse(name).name}@${short}`
      listed.push({ id, kind, file: path.join('models', kind, name), bytes: bytes.length, sha256, card })
    }
  }
  return listed
}
