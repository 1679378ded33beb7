/**
 * One slice: pages from `start` on, through the stages, into sorted chunks and a list of what was turned away.
 * The same code in the Worker, in `millrace process` and in the benchmarks. What it writes lies under keys made of its
 * identity, and its bytes depend on the object alone, so reading a slice twice changes nothing.
 */
import type { TextColumns } from '../schema/text-columns.ts'
import { reasonKey } from './outcome.ts'
import type { Candidate } from './page.ts'
import type { Pipeline } from './pipeline.ts'
import type { ByteSource } from './read/byte-source.ts'
import type { Format } from './read/detect-format.ts'
import type { ReadEvent } from './read/read-event.ts'
import { readSlice } from './read/read-slice.ts'
import { CHUNK_TEXT_BYTES, writeChunk } from './seal/chunk.ts'
import type { BlobStore } from './seal/ports.ts'

/** A range of one object. */
export interface SliceRange {
  readonly source: ByteSource
  /** Address of the page when the object is one HTML page. */
  readonly objectUrl: string | null
  /** Where the text is when the object is a Parquet file. */
  readonly columns?: TextColumns
  readonly objectId: string
  readonly start: number
  readonly length: number
  /** Known to whoever reads many ranges of one object; looked up otherwise. */
  readonly format?: Format
}

export interface SliceTarget {
  /** Prefix of what the slice writes. */
  readonly prefix: string
  readonly seed: number
}

export interface SliceResult {
  readonly next: number | null
  readonly pages: number
  readonly candidates: number
  readonly rejected: number
  readonly failed: number
  readonly reasons: Record<string, number>
  readonly failures: Record<string, number>
  /** Keys of the chunks that its candidates are in. */
  readonly chunks: string[]
  readonly pageBytes: number
  readonly textBytes: number
}

export interface Slice {
  /** Reads a range. Ranges of one slice share its chunks, which are all there after `finish`. */
  read(range: SliceRange): Promise<SliceResult>
  finish(): Promise<void>
}

export const MAX_PAGE_BYTES = 16 * 1024 * 1024

/** Reads one range as a slice of its own. */
export async function runSlice(
  store: BlobStore,
  pipeline: Pipeline,
  task: SliceRange & SliceTarget,
): Promise<SliceResult> {
  const slice = openSlice(store, pipeline, { ...task, first: task })
  const result = await slice.read(task)
  await slice.finish()
  return result
}

/**
 * A slice names what it writes after its first range. Rejects are lines of at most a few hundred bytes: a slice of the
 * largest size holds well under 4 MiB of them.
 */
export function openSlice(
  store: BlobStore,
  pipeline: Pipeline,
  { prefix, seed, first }: SliceTarget & { readonly first: Pick<SliceRange, 'objectId' | 'start'> },
): Slice {
  const name = `${prefix}/${first.objectId}/${String(first.start).padStart(16, '0')}`
  const turnedAway: string[] = []
  const chunkKey = (number: number): string => `${name}-${String(number).padStart(4, '0')}.parquet`
  let written = 0
  let waiting: Candidate[] = []
  let waitingBytes = 0

  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return
    await writeChunk(store, chunkKey(written), { candidates: waiting, signals: pipeline.signals, seed })
    written += 1
    waiting = []
    waitingBytes = 0
  }

  return {
    async read({ source, objectUrl, columns = {}, objectId, start, length, format }) {
      const reasons: Record<string, number> = {}
      const failures: Record<string, number> = {}
      const chunks: string[] = []
      const totals = { pages: 0, candidates: 0, rejected: 0, failed: 0, pageBytes: 0, textBytes: 0 }
      let next: number | null = null
      const turnAway = (kind: 'rejected' | 'failed', place: Place, code: string, detail: object): void => {
        totals[kind] += 1
        const counts = kind === 'rejected' ? reasons : failures
        counts[code] = (counts[code] ?? 0) + 1
        const { url, offset, index } = place
        turnedAway.push(JSON.stringify({ [kind]: code, url, offset, index, ...detail }))
      }

      const known = { ...(objectUrl ? { objectUrl } : {}), ...(format ? { format } : {}) }
      const options = { start, length, columns, maxPageBytes: MAX_PAGE_BYTES, ...known }
      for await (const event of readSlice(source, options)) {
        if (event.kind === 'end') {
          next = event.next
          continue
        }
        totals.pages += 1
        if (event.kind === 'rejected') turnAway('rejected', event, reasonKey(event.reason), { reason: event.reason })
        else if (event.kind === 'failed')
          turnAway('failed', event, event.failure.code, { detail: event.failure.detail })
        else {
          const { page } = event
          totals.pageBytes += page.body.length
          const outcome = attempt(pipeline, event, objectId)
          if ('error' in outcome) turnAway('failed', page, 'stage-error', { detail: outcome.error })
          else if (!outcome.kept) turnAway('rejected', page, reasonKey(outcome.reason), { reason: outcome.reason })
          else {
            totals.candidates += 1
            totals.textBytes += outcome.value.bytes
            if (chunks.at(-1) !== chunkKey(written)) chunks.push(chunkKey(written))
            waiting.push(outcome.value)
            waitingBytes += outcome.value.bytes
            if (waitingBytes >= CHUNK_TEXT_BYTES) await flush()
          }
        }
      }
      return { next, ...totals, reasons, failures, chunks }
    },
    async finish() {
      await flush()
      if (turnedAway.length > 0) {
        const lines = turnedAway.map((line) => `${line}\n`).join('')
        await store.put(`${name}.rejects.ndjson`, new TextEncoder().encode(lines))
      }
    },
  }
}

interface Place {
  readonly url: string | null
  readonly offset: number
  readonly index: number
}

/** A page that breaks a stage is one failed page, named, and costs nothing around it. */
function attempt(pipeline: Pipeline, { page }: ReadEvent & { kind: 'page' }, objectId: string) {
  try {
    return pipeline.run(page, objectId)
  } catch (error) {
    return { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
}
