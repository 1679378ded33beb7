/** The files of a plan: index lines, manifests as three files in a directory, JSON that a contract holds for. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { z } from 'zod'
import { issueLines } from '../functions/manifest/recipe.ts'
import {
  entryChunks,
  headBytes,
  headId,
  MANIFEST_FILES,
  shardChunks,
  type Manifest,
} from '../functions/manifest/serialise.ts'
import { ManifestHead, type Entry, type ShardLine } from '../schema/manifest.ts'
import { IndexLine } from '../schema/shard.ts'
import { UsageError } from './arguments.ts'
import { pathFault } from './input-files.ts'
import { outputFolder } from './output-file.ts'

const CHUNK_BYTES = 1 << 20

/** A wrong path as a mistake of the user, with the path that some of these errors lack. */
function asUsage(error: unknown, file: string): unknown {
  const fault = pathFault(error, file)
  return fault === null ? error : new UsageError(fault)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${where} is not JSON: ${messageOf(error)}`)
  }
}

export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw asUsage(error, file)
  })
  return parseJson(text, file)
}

export async function readContract<S extends z.ZodType>(file: string, contract: S, what: string): Promise<z.infer<S>> {
  const parsed = contract.safeParse(await readJson(file))
  if (parsed.success) return parsed.data
  throw new UsageError(
    `${file} is no ${what}:\n${issueLines(parsed.error)
      .map((line) => `  ${line}`)
      .join('\n')}`,
  )
}

function readSome(handle: number, chunk: Uint8Array, file: string): number {
  try {
    return readSync(handle, chunk)
  } catch (error) {
    throw asUsage(error, file)
  }
}

/** Lines of a file one by one, whatever its size. Synchronous, because the planner takes its index so. */
export function* linesOf(file: string, onBytes?: (bytes: number) => void): Generator<string> {
  const handle = openSync(file, 'r')
  try {
    const decoder = new TextDecoder()
    const chunk = new Uint8Array(CHUNK_BYTES)
    let rest = ''
    for (;;) {
      const length = readSome(handle, chunk, file)
      const lines = (rest + decoder.decode(chunk.subarray(0, length), { stream: length > 0 })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.trim() !== '') yield line
      onBytes?.(length)
      if (length === 0) break
    }
    if (rest.trim() !== '') yield rest
  } finally {
    closeSync(handle)
  }
}

const IndexLineWithoutCuts = IndexLine.omit({ cuts: true })

/** Cuts are millions, so their form is looked at by hand here, and their values by the planner. */
const isCut = (cut: unknown): boolean =>
  Array.isArray(cut) && cut.length === 3 && typeof cut[0] === 'number' && typeof cut[2] === 'number'

export function* indexLinesOf(file: string, onBytes?: (bytes: number) => void): Generator<IndexLine> {
  let number = 0
  for (const text of linesOf(file, onBytes)) {
    number += 1
    const where = `${file} line ${number}`
    const value = parseJson(text, where)
    const parsed = IndexLineWithoutCuts.safeParse(value)
    if (!parsed.success) throw new UsageError(`${where} is no index line: ${issueLines(parsed.error).join('; ')}`)
    const { cuts } = value as { cuts?: unknown }
    if (!Array.isArray(cuts) || !cuts.every(isCut)) {
      throw new UsageError(`${where} is no index line: cuts: expected [row, bucket or null, bytes] for each`)
    }
    const { holdout, ...line } = parsed.data
    yield { ...line, cuts: cuts as IndexLine['cuts'], ...(holdout === undefined ? {} : { holdout }) }
  }
}

async function writeChunks(file: string, chunks: Iterable<string | Uint8Array>): Promise<void> {
  const handle = await open(file, 'w')
  try {
    for (const chunk of chunks) await handle.writeFile(chunk)
  } finally {
    await handle.close()
  }
}

/** The head comes last: a directory with a head is whole. */
export async function writeManifest(directory: string, { head, shards, entries }: Manifest): Promise<void> {
  outputFolder(directory, Object.values(MANIFEST_FILES))
  await mkdir(directory, { recursive: true })
  await writeChunks(path.join(directory, MANIFEST_FILES.shards), shardChunks(shards))
  await writeChunks(path.join(directory, MANIFEST_FILES.entries), entryChunks(entries))
  await writeChunks(path.join(directory, MANIFEST_FILES.head), [headBytes(head)])
}

export async function readHead(directory: string): Promise<ManifestHead> {
  const file = path.join(directory, MANIFEST_FILES.head)
  const head = await readContract(file, ManifestHead, 'manifest')
  const actual = headId(head)
  if (actual !== head.id)
    throw new UsageError(`${file} calls itself ${head.id}, but hashes to ${actual}: it was edited.`)
  return head
}

function checkedLines<T>(directory: string, { name, sha256 }: { name: string; sha256: string }): T[] {
  const file = path.join(directory, name)
  const hash = createHash('sha256')
  const items: T[] = []
  for (const line of linesOf(file)) {
    hash.update(`${line}\n`)
    items.push(JSON.parse(line) as T)
  }
  // Lines that hash to what the head names are those that the planner wrote: their form needs no second look.
  const actual = hash.digest('hex')
  if (actual !== sha256) throw new UsageError(`${file} has sha-256 ${actual}, its manifest names ${sha256}.`)
  return items
}

export async function readManifest(directory: string): Promise<Manifest> {
  const head = await readHead(directory)
  return {
    head,
    shards: checkedLines<ShardLine>(directory, head.files.shards),
    entries: checkedLines<Entry>(directory, head.files.entries),
  }
}
