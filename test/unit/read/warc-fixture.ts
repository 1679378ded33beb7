/** Builds WARC bytes for the tests of reading. */
import { gzipSync } from 'node:zlib'
import { bytesSource } from '../../../functions/read/byte-source.ts'
import type { ReadEvent } from '../../../functions/read/read-event.ts'
import { readSlice } from '../../../functions/read/read-slice.ts'
import type { SliceOptions } from '../../../functions/read/read-slice.ts'

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
export const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
export const gzipped = (bytes: Uint8Array, level = 6): Uint8Array => new Uint8Array(gzipSync(bytes, { level }))

export function record(
  type: string,
  url: string,
  block: Uint8Array,
  fields: Readonly<Record<string, string>> = {},
): Uint8Array {
  const head = {
    'WARC-Type': type,
    'WARC-Target-URI': url,
    'WARC-Date': '2026-01-02T03:04:05Z',
    'Content-Type': type === 'response' ? 'application/http; msgtype=response' : 'text/html',
    'Content-Length': String(block.length),
    ...fields,
  }
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`)
  return joined(bytesOf(`WARC/1.0\r\n${lines.join('')}\r\n`), block, bytesOf('\r\n\r\n'))
}

export const http = (
  body: Uint8Array,
  fields: Readonly<Record<string, string>> = {},
  status = '200 OK',
): Uint8Array => {
  const head = Object.entries({ 'Content-Type': 'text/html', ...fields }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return joined(bytesOf(`HTTP/1.1 ${status}\r\n${head.join('')}\r\n`), body)
}

export const response = (
  url: string,
  body: Uint8Array | string,
  fields: Readonly<Record<string, string>> = {},
): Uint8Array => record('response', url, http(typeof body === 'string' ? bytesOf(body) : body, fields))

export async function readAll(
  object: Uint8Array,
  options: SliceOptions = {},
  chunkBytes = 1 << 16,
): Promise<ReadEvent[]> {
  const events: ReadEvent[] = []
  for await (const event of readSlice(bytesSource(object, chunkBytes), options)) events.push(event)
  return events
}

/** Reads an object slice by slice; the events without the ends, and how many slices it took. */
export async function readInSlices(
  object: Uint8Array,
  length: number,
): Promise<{ events: ReadEvent[]; starts: number[] }> {
  const events: ReadEvent[] = []
  const starts: number[] = []
  for (let start: number | null = 0; start !== null;) {
    starts.push(start)
    const slice: ReadEvent[] = await readAll(object, { start, length })
    const end = slice.pop()
    if (end?.kind !== 'end') throw new Error('a slice ends with its end')
    events.push(...slice)
    start = end.next
  }
  return { events, starts }
}

/** One line an event, short enough for tables. */
export function brief(event: ReadEvent): string {
  switch (event.kind) {
    case 'page':
      return `page ${event.page.url}`
    case 'rejected':
      return `rejected ${event.url} ${event.reason.code}`
    case 'failed':
      return `failed ${event.url} ${event.failure.code}`
    case 'end':
      return `end ${event.next}`
  }
}
