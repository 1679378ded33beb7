/** `millrace manifest create|show`: manifests of a server, by its API. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MANIFEST_FILES } from '../functions/manifest/serialise.ts'
import type { ManifestHead } from '../schema/manifest.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { clientFrom, type Client } from './client.ts'
import { readJson } from './manifest-files.ts'
import { outputFolder } from './output-file.ts'

const SERVER = `  --to URL, --key KEY     the server and a key (or MILLRACE_URL and MILLRACE_KEY)
  -o, --out DIR           writes manifest.json, shards.ndjson and entries.ndjson there`

export const SERVER_USAGE = `Usage: millrace manifest create --recipe FILE|NAME [--run NAME] [--tokens N] [--missing-sources HOW] [--shortfall HOW]
                                [--calibration ID] [--index-version N]
       millrace manifest show ID

Print the head of a manifest of a server.
${SERVER}`

const options = {
  to: { type: 'string' },
  key: { type: 'string' },
  out: { type: 'string', short: 'o' },
} as const

export async function createCommand(args: string[]): Promise<number> {
  const { values } = readArguments(args, {
    usage: SERVER_USAGE,
    options: {
      ...options,
      recipe: { type: 'string', default: 'llama-3-syne' },
      run: { type: 'string' },
      tokens: { type: 'string' },
      'missing-sources': { type: 'string' },
      shortfall: { type: 'string' },
      calibration: { type: 'string' },
      'index-version': { type: 'string' },
    },
  })
  const version = values['index-version']
  const client = clientFrom(values, SERVER_USAGE)
  const isFile = values.recipe.includes('/') || values.recipe.endsWith('.json')
  const order = {
    recipe: isFile ? await readJson(values.recipe) : values.recipe,
    run: values.run,
    tokens: values.tokens === undefined ? undefined : readInteger(values.tokens, '--tokens'),
    missingSources: values['missing-sources'],
    shortfall: values.shortfall,
    calibration: values.calibration,
    indexVersion: version === undefined ? undefined : readInteger(version, '--index-version'),
  }
  return show(client, await client.json<ManifestHead>('POST', '/v1/manifests', { json: order }), values.out)
}

export async function showCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: SERVER_USAGE,
    options,
    positionals: { name: 'manifest id', min: 1, max: 1 },
  })
  const [id = ''] = positionals
  if (!/^[0-9a-f]{64}$/.test(id)) {
    const detail = `"${id}" is no id of a server's manifest (64 hex digits). A folder is told by: millrace manifest explain DIR`
    throw new UsageError(detail)
  }
  const client = clientFrom(values, SERVER_USAGE)
  const head = await client.json<ManifestHead>('GET', `/v1/manifests/${encodeURIComponent(id)}`)
  return show(client, head, values.out)
}

async function show(client: Client, head: ManifestHead, out: string | undefined): Promise<number> {
  console.log(JSON.stringify(head, null, 2))
  if (out === undefined) return 0
  outputFolder(out, Object.values(MANIFEST_FILES))
  await mkdir(out, { recursive: true })
  const at = `/v1/manifests/${head.id}`
  for (const [file, from] of [
    [MANIFEST_FILES.head, at],
    [MANIFEST_FILES.shards, `${at}/${MANIFEST_FILES.shards}`],
    [MANIFEST_FILES.entries, `${at}/${MANIFEST_FILES.entries}`],
  ] as const) {
    const response = await client.call('GET', from)
    await writeFile(path.join(out, file), new Uint8Array(await response.arrayBuffer()))
  }
  return 0
}
