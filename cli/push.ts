/** `millrace push`: files to a server as one batch; large ones in parts, two at a time. */
import { createHash } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SOURCES } from '../schema/shard.ts'
import type { TextColumns } from '../schema/text-columns.ts'
import { readArguments, UsageError } from './arguments.ts'
import { COLUMN_OPTIONS, COLUMN_USAGE, columnsOf } from './column-options.ts'
import { ApiError, clientFrom, escapeKey, type Client } from './client.ts'
import { sizesOf } from './input-files.ts'
import { showProgress } from './progress.ts'

const USAGE = `Usage: millrace push FILES… --to URL --key KEY [--source S] [--lang L] [--batch ID] [--close] [--wait]
                     [--text-column NAME] …

Sends WARC, WET, NDJSON, HTML or Parquet files, plain or compressed, as one batch, and prints a line of JSON for each.
  --to, --key   the server and a key with the scope "ingest" (or MILLRACE_URL and MILLRACE_KEY)
  --source      ${SOURCES.join(' ')} (web by default)
  --lang        language of every page, where the sender knows it
  --url         address of the page, for an HTML file
  --batch       join this open batch instead of a new one
  --close       close the batch afterwards
  --wait        close it, wait until it is sealed, and print its funnel instead (scope "read")
${COLUMN_USAGE}`

/** The platform takes at most 100 MB in one request on most plans. */
const ONE_REQUEST_BYTES = 100_000_000
const PARTS_AT_ONCE = 2
const POLL_MS = 1000

export interface Taken {
  readonly batch: string
  readonly key: string
  readonly etag: string
  readonly size: number
}

export interface BatchProgress {
  readonly batch: string
  readonly state: 'open' | 'closed' | 'sealed'
  readonly objects: { readonly all: number; readonly read: number }
  readonly funnel: {
    readonly pages: number
    readonly candidates: number
    /** Null until the batch is sealed. */
    readonly kept: number | null
    readonly duplicates: number | null
    readonly nearDuplicates: number | null
    readonly heldOut: number | null
    readonly rejected: Readonly<Record<string, number>>
    readonly failed: Readonly<Record<string, number>>
  }
  readonly seal: { readonly state: string; readonly cause: string | null } | null
  readonly parked: readonly { readonly message: string; readonly cause: string }[]
}

export interface Into {
  readonly batch: string
  readonly source?: string | undefined
  readonly lang?: string | undefined
  readonly url?: string | undefined
}

export async function pushCommand(args: string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, {
    usage: USAGE,
    options: {
      ...COLUMN_OPTIONS,
      to: { type: 'string' },
      key: { type: 'string' },
      source: { type: 'string' },
      lang: { type: 'string' },
      url: { type: 'string' },
      batch: { type: 'string' },
      close: { type: 'boolean', default: false },
      wait: { type: 'boolean', default: false },
    },
    positionals: { name: 'file', min: 1, max: Number.POSITIVE_INFINITY },
  })
  const { source, lang, url } = values
  if (source !== undefined && !SOURCES.some((known) => known === source)) {
    throw new UsageError(`There is no source "${source}". There are: ${SOURCES.join(' ')}.`)
  }
  const client = clientFrom(values, USAGE)
  const sizes = await sizesOf(files)
  const batch = values.batch ?? (await openBatch(client, { source, lang, ...columnsOf(values) }))
  const progress = showProgress('Sending', { total: sizes.reduce((sum, size) => sum + size, 0), unit: 'bytes' })
  for (const file of files) {
    try {
      const taken = await pushFile(
        client,
        file,
        { batch, source, lang, url },
        { onBytes: (bytes) => progress.add(bytes) },
      )
      if (!values.wait) console.log(JSON.stringify(taken))
    } catch (error) {
      // The key has the hash of the bytes in it, so what is there is this file, from a push before. The rest go on.
      if (!(error instanceof ApiError) || error.problem !== 'object-exists') throw error
      console.error(`${file} is on the server already; it stays in the batch that it was first sent to.`)
    }
  }
  progress.done()
  if (values.close || values.wait) await closeBatch(client, batch)
  else
    console.error(`Batch ${batch} is open and takes more files; it is sealed once it is closed (--close, or --wait).`)
  if (values.wait) console.log(JSON.stringify({ batch, ...(await untilSealed(client, batch)).funnel }))
  return 0
}

export async function openBatch(
  client: Client,
  about: TextColumns & { source?: string | undefined; lang?: string | undefined },
): Promise<string> {
  return (await client.json<{ batch: string }>('POST', '/v1/batches', { json: about })).batch
}

export const closeBatch = (client: Client, batch: string): Promise<BatchProgress> =>
  client.json<BatchProgress>('POST', `/v1/batches/${encodeURIComponent(batch)}/close`)

interface PushOptions {
  readonly onBytes?: (bytes: number) => void
  readonly oneRequestBytes?: number
}

/** Sends one file under `<start of its sha-256>/<name>`, so that a second push of the same bytes is the same object. */
export async function pushFile(
  client: Client,
  file: string,
  into: Into,
  { onBytes = () => {}, oneRequestBytes = ONE_REQUEST_BYTES }: PushOptions = {},
): Promise<Taken> {
  const key = `${(await sha256Of(file)).slice(0, 16)}/${path.basename(file)}`
  const blob = await openAsBlob(file)
  if (blob.size > oneRequestBytes) return pushParts(client, blob, { ...into, key }, onBytes)
  const taken = await client.json<Taken>('PUT', `/v1/objects/${escapeKey(key)}`, { query: { ...into }, body: blob })
  onBytes(blob.size)
  return taken
}

async function pushParts(
  client: Client,
  blob: Blob,
  begin: Into & { key: string },
  onBytes: (bytes: number) => void,
): Promise<Taken> {
  const { upload, partBytes } = await client.json<{ upload: string; partBytes: number }>('POST', '/v1/uploads', {
    json: { ...begin, size: blob.size },
  })
  const target = `/v1/uploads/${encodeURIComponent(upload)}`
  const count = Math.ceil(blob.size / partBytes)
  const parts: { part: number; etag: string }[] = []
  let next = 1
  const sender = async (): Promise<void> => {
    for (let part = next++; part <= count; part = next++) {
      const body = blob.slice((part - 1) * partBytes, part * partBytes)
      const { etag } = await client.json<{ etag: string }>('PUT', `${target}/parts/${part}`, { body })
      parts.push({ part, etag })
      onBytes(body.size)
    }
  }
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, sender))
  parts.sort((a, b) => a.part - b.part)
  return client.json<Taken>('POST', `${target}/complete`, { json: { parts } })
}

/** Polls until the batch is sealed; stops with the cause when it never will be. */
export async function untilSealed(client: Client, batch: string, pollMs = POLL_MS): Promise<BatchProgress> {
  const progress = showProgress(`Batch ${batch}`, { unit: 'objects read' })
  let read = 0
  for (;;) {
    const view = await client.json<BatchProgress>('GET', `/v1/batches/${encodeURIComponent(batch)}`)
    progress.add(view.objects.read - read)
    read = view.objects.read
    if (view.state === 'sealed') {
      progress.done()
      return view
    }
    const [parked] = view.parked
    if (parked !== undefined)
      throw new Error(`batch ${batch}: ${parked.cause} (a message failed every attempt: ${parked.message})`)
    if (view.seal?.state === 'given-up')
      throw new Error(`batch ${batch} could not be sealed: ${view.seal.cause ?? 'no cause was kept'}`)
    await sleep(pollMs)
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>)
    hash.update(chunk)
  return hash.digest('hex')
}
