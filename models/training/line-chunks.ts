/**
 * A file of lines, plain, gzip or zstd, in pieces of whole lines. Memory: a piece, and the longest line.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

const PIECE_BYTES = 2 ** 20
/** A line longer than this is no document: the file has no line ends, or is of another kind. */
const MOST_LINE_BYTES = 2 ** 28

export interface LineChunk {
  /** Whole lines, the last one's end perhaps left out at the file's end. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Number of the first line. */
  readonly first: number
}

async function openBytes(file: string, progress?: (bytes: number) => void): Promise<Readable> {
  const handle = await open(file)
  const head = Buffer.alloc(4)
  await handle.read(head, 0, 4, 0)
  await handle.close()
  const raw = createReadStream(file, { highWaterMark: PIECE_BYTES })
  raw.on('data', (chunk) => progress?.(chunk.length))
  const kind = head.readUInt32LE(0)
  const decoder =
    (kind & 0xffff) === 0x8b1f
      ? createGunzip({ chunkSize: PIECE_BYTES })
      : kind === 0xfd2fb528 || (kind & 0xfffffff0) >>> 0 === 0x184d2a50
        ? createZstdDecompress({ chunkSize: PIECE_BYTES })
        : null
  if (decoder === null) return raw
  raw.on('error', (error) => decoder.destroy(error))
  return raw.pipe(decoder)
}

export async function* lineChunks(file: string, progress?: (bytes: number) => void): AsyncGenerator<LineChunk> {
  let parts: Buffer[] = []
  let waiting = 0
  let first = 1
  const take = (last: Buffer): LineChunk => {
    const bytes = new Uint8Array(waiting + last.length)
    let at = 0
    for (const part of [...parts, last]) {
      bytes.set(part, at)
      at += part.length
    }
    parts = []
    waiting = 0
    const chunk = { bytes, first }
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, end + 1)) first++
    return chunk
  }
  for await (const piece of (await openBytes(file, progress)) as AsyncIterable<Buffer>) {
    const end = piece.lastIndexOf(10) + 1
    if (end > 0 && waiting + end >= PIECE_BYTES) {
      yield take(piece.subarray(0, end))
      parts = [piece.subarray(end)]
      waiting = piece.length - end
    } else {
      parts.push(piece)
      waiting += piece.length
      if (waiting > MOST_LINE_BYTES) {
        throw new Error(`line ${first}: ${waiting} bytes and no line end, expected a JSON object a line`)
      }
    }
  }
  if (waiting > 0) yield take(Buffer.alloc(0))
}
