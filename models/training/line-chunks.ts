/**
 * A file of lines, plain, gzip or zstd, in pieces of whole lines. Memory: a piece, and the longest line.
 */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ByteWindow } from '../../functions/read/byte-source.ts'
import type { ByteSource } from '../../functions/read/byte-source.ts'
import { zstdCodec } from '../../functions/read/zstd-codec.ts'
import { isFrame, isSkippable } from '../../functions/read/zstd-frame.ts'

const PIECE_BYTES = 2 ** 20
/** A line longer than this is no document: the file has no line ends, or is of another kind. */
const MOST_LINE_BYTES = 2 ** 28

export interface LineChunk {
  /** Whole lines, the last one's end perhaps left out at the file's end. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Number of the first line. */
  readonly first: number
}

/** A compressed file that is not whole, or no file of lines. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile'
  readonly exitCode = 2
}

async function kindOf(file: string): Promise<'plain' | 'gzip' | 'zstd'> {
  const handle = await open(file)
  const head = Buffer.alloc(4)
  await handle.read(head, 0, 4, 0)
  await handle.close()
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return isFrame(head) || isSkippable(head) ? 'zstd' : 'plain'
}

async function* gzipPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* Readable.from(pieces, { objectMode: false }).pipe(
      createGunzip({ chunkSize: PIECE_BYTES }),
    ) as AsyncIterable<Buffer>
  } catch (error) {
    throw new DamagedFile(`${(error as Error).message}: the gzip file is damaged or cut short`)
  }
}

/** Frame by frame: zlib's own stream ends silently behind the first. */
async function* zstdPieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  const window = new ByteWindow(source, 0)
  try {
    while (await zstdCodec.skipFiller(window)) {
      const at = window.position
      const ended = yield* zstdCodec.stream(window, { source, maxBytes: Infinity })
      if (ended.kind === 'whole') continue
      const detail = ended.kind === 'truncated' ? 'is cut short' : ended.detail
      throw new DamagedFile(`the zstd frame at byte ${at}: ${detail}`)
    }
  } finally {
    await window.close()
  }
}

async function openPieces(file: string, progress?: (bytes: number) => void): Promise<AsyncIterable<Uint8Array>> {
  const { size } = await stat(file)
  const source: ByteSource = {
    size,
    async *read(start) {
      for await (const piece of createReadStream(file, { start, highWaterMark: PIECE_BYTES })) {
        progress?.((piece as Buffer).length)
        yield piece as Buffer
      }
    },
  }
  const kind = await kindOf(file)
  return kind === 'gzip' ? gzipPieces(source.read(0)) : kind === 'zstd' ? zstdPieces(source) : source.read(0)
}

export async function* lineChunks(file: string, progress?: (bytes: number) => void): AsyncGenerator<LineChunk> {
  let parts: Uint8Array[] = []
  let waiting = 0
  let first = 1
  const take = (last: Uint8Array): LineChunk => {
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
  for await (const piece of await openPieces(file, progress)) {
    const end = piece.lastIndexOf(10) + 1
    if (end > 0 && waiting + end >= PIECE_BYTES) {
      yield take(piece.subarray(0, end))
      parts = [piece.subarray(end)]
      waiting = piece.length - end
    } else {
      parts.push(piece)
      waiting += piece.length
      if (waiting > MOST_LINE_BYTES) {
        throw new DamagedFile(`line ${first}: ${waiting} bytes and no line end, expected a JSON object a line`)
      }
    }
  }
  if (waiting > 0) yield take(new Uint8Array(0))
}
