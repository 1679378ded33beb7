/** The exact bytes of a manifest's three files. Lines are written by hand: a manifest has up to millions of them. */
import { createHash } from 'node:crypto'
import { canonicalJson } from '../kernel/canonical-json.ts'
import type { Entry, ManifestHead, ShardLine } from '../../schema/manifest.ts'

export interface Manifest {
  readonly head: ManifestHead
  readonly shards: readonly ShardLine[]
  readonly entries: readonly Entry[]
}

export const MANIFEST_FILES = { head: 'manifest.json', shards: 'shards.ndjson', entries: 'entries.ndjson' } as const

const LINES_PER_CHUNK = 4096

/** NDJSON in chunks of a few hundred kB, so that neither the hash nor a file needs the whole text at once. */
function* chunks<T>(items: readonly T[], line: (item: T) => string): Generator<string> {
  for (let start = 0; start < items.length; start += LINES_PER_CHUNK) {
    let text = ''
    for (let i = start; i < Math.min(items.length, start + LINES_PER_CHUNK); i++) {
      const item = items[i]
      if (item !== undefined) text += `${line(item)}\n`
    }
    yield text
  }
}

export function entryLine({ position, phase, cell, bucket, shard, rowStart, rowEnd, tokens, reserve }: Entry): string {
  // Phases and cells are names of letters, digits and hyphens by contract: nothing to escape.
  const end = reserve ? ',"reserve":true}' : '}'
  return (
    `{"position":${position},"phase":"${phase}","cell":"${cell}","bucket":${bucket},"shard":${shard},` +
    `"rowStart":${rowStart},"rowEnd":${rowEnd},"tokens":${tokens}${end}`
  )
}

const shardLine = ({ shard, sha256, rows, bytes }: ShardLine): string => JSON.stringify({ shard, sha256, rows, bytes })

export const entryChunks = (entries: readonly Entry[]): Generator<string> => chunks(entries, entryLine)
export const shardChunks = (shards: readonly ShardLine[]): Generator<string> => chunks(shards, shardLine)

/** Name, hash and size of a file that is made of `parts`. */
export function describeFile(name: string, lines: number, parts: Iterable<string>): ManifestHead['files']['shards'] {
  const hash = createHash('sha256')
  let bytes = 0
  for (const part of parts) {
    hash.update(part)
    bytes += Buffer.byteLength(part)
  }
  return { name, sha256: hash.digest('hex'), lines, bytes }
}

/** sha-256 of the head in RFC 8785 form without `id`. */
export const headId = (head: Omit<ManifestHead, 'id'>): string => {
  const { id: _, ...rest } = { id: null, ...head }
  return createHash('sha256').update(canonicalJson(rest)).digest('hex')
}

/** The head as it is stored: indented for people, the id over its canonical form for machines. */
export const headBytes = (head: ManifestHead): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(head, null, 2)}\n`)

export interface ManifestBytes {
  readonly head: Uint8Array
  readonly shards: Uint8Array
  readonly entries: Uint8Array
}

const encode = (parts: Iterable<string>): Uint8Array => Buffer.concat(Array.from(parts, (part) => Buffer.from(part)))

export const serialise = ({ head, shards, entries }: Manifest): ManifestBytes => ({
  head: headBytes(head),
  shards: encode(shardChunks(shards)),
  entries: encode(entryChunks(entries)),
})
