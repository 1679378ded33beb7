/**
 * `duplicates.ndjson` of `millrace process`: the lines of all chunks by object key, offset and record, whatever slices the
 * objects were read in. A chunk is of one object and holds what was read after the chunk before it, so ordering chunks by
 * object and lines within a chunk orders all. Memory: the lines of one chunk.
 */
import { appendFile } from 'node:fs/promises'
import { duplicatesKey, type ChunkRef } from '../functions/seal/judge.ts'
import type { DuplicateLine } from '../functions/seal/duplicate-lines.ts'
import { compareKeys, type BlobStore } from '../functions/seal/ports.ts'

export async function appendDuplicates(
  file: string,
  { store, chunks, seal }: { store: BlobStore; chunks: readonly ChunkRef[]; seal: number },
): Promise<void> {
  for (const chunk of byObject(chunks)) {
    const bytes = await store.get(duplicatesKey(seal, chunk))
    if (bytes !== null) await appendFile(file, byPlace(new TextDecoder().decode(bytes)))
  }
}

/** By the object's key, of two objects of one key by their id; in the order of reading within one. */
function byObject(chunks: readonly ChunkRef[]): ChunkRef[] {
  const named = chunks.map((chunk) => ({ chunk, object: Object.entries(chunk.objectKeys)[0] ?? ['', ''] }))
  const ordered = named.toSorted(
    ({ object: [a, one] }, { object: [b, other] }) => compareKeys(one, other) || compareKeys(a, b),
  )
  return ordered.map(({ chunk }) => chunk)
}

function byPlace(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '')
  const placed = lines.map((line) => ({ line, ...(JSON.parse(line) as Pick<DuplicateLine, 'offset' | 'index'>) }))
  placed.sort((a, b) => a.offset - b.offset || a.index - b.index)
  return placed.map(({ line }) => `${line}\n`).join('')
}
