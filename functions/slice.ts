/**
 * One slice: pages from `start` on, through the stages, into sorted chunks and a list of what was turned away.
 * The same code in the Worker, in `millrace process` and in the benchmarks. What it writes lies under keys made of its
 * identity, and its bytes depend on the object alone, so reading a slice twice changes nothing.
 */
import { reasonKey } from './outcome.ts'
import type { Candidate } from './page.ts'
import type { Pipeline } from './pipeline.ts'
import type { ByteSource } from './read/byte-source.ts'
import type { ReadEvent } from './read/read-event.ts'
import { readSlice } from './read/read-slice.ts'
import { CHUNK_TEXT_BYTES, writeChunk } from './seal/chunk.ts'
import type { BlobStore } from './seal/ports.ts'

export interface SliceTask {
  readonly source: ByteSource
  /** Address of the page when the object is one HTML page. */
  readonly objectUrl: string | null
  readonly objectId: string
  readonly start: number
  readonly length: number
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
  readonly chunks: string[]
  readonly pageBytes: number
  readonly textBytes: number
}

const MAX_PAGE_BYTES = 16 * 1024 * 1024

/** Rejects are lines of at most a few hundred bytes: a slice of the largest size holds well under 4 MiB of them. */
export async function runSlice(store: BlobStore, pipeline: Pipeline, task: SliceTask): Promise<SliceResult> {
  const name = `${task.prefix}/${task.objectId}/${String(task.start).padStart(16, '0')}`
  const turnedAway: string[] = []
  const reasons: Record<string, number> = {}
  const failures: Record<string, number> = {}
  const chunks: string[] = []
  let waiting: Candidate[] = []
  let waitingBytes = 0
  let next: number | null = null
  const totals = { pages: 0, candidates: 0, rejected: 0, failed: 0, pageBytes: 0, textBytes: 0 }

  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return
    const key = `${name}-${String(chunks.length).padStart(4, '0')}.parquet`
    await writeChunk(store, key, { candidates: waiting, signals: pipeline.signals, seed: task.seed })
    chunks.push(key)
    waiting = []
    waitingBytes = 0
  }
  const turnAway = (kind: 'rejected' | 'failed', place: Place, code: string, detail: object): void => {
    totals[kind] += 1
    const counts = kind === 'rejected' ? reasons : failures
    counts[code] = (counts[code] ?? 0) + 1
    turnedAway.push(
      JSON.stringify({ [kind]: code, url: place.url, offset: place.offset, index: place.index, ...detail }),
    )
  }

  const options = { start: task.start, length: task.length, maxPageBytes: MAX_PAGE_BYTES }
  for await (const event of readSlice(task.source, {
    ...options,
    ...(task.objectUrl ? { objectUrl: task.objectUrl } : {}),
  })) {
    if (event.kind === 'end') {
      next = event.next
      continue
    }
    totals.pages += 1
    if (event.kind === 'rejected') turnAway('rejected', event, reasonKey(event.reason), { reason: event.reason })
    else if (event.kind === 'failed') turnAway('failed', event, event.failure.code, { detail: event.failure.detail })
    else {
      const { page } = event
      totals.pageBytes += page.body.length
      const outcome = attempt(pipeline, event, task.objectId)
      if ('error' in outcome) turnAway('failed', page, 'stage-error', { detail: outcome.error })
      else if (!outcome.kept) turnAway('rejected', page, reasonKey(outcome.reason), { reason: outcome.reason })
      else {
        totals.candidates += 1
        totals.textBytes += outcome.value.bytes
        waiting.push(outcome.value)
        waitingBytes += outcome.value.bytes
        if (waitingBytes >= CHUNK_TEXT_BYTES) await flush()
      }
    }
  }
  await flush()
  if (turnedAway.length > 0) {
    const lines = turnedAway.map((line) => `${line}\n`).join('')
    await store.put(`${name}.rejects.ndjson`, new TextEncoder().encode(lines))
  }
  return { next, ...totals, reasons, failures, chunks }
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
