/** The bytes of a file, plain, gzip or zstd, known by its first bytes. Memory: a piece. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ByteWindow } from '../../functions/read/byte-source.ts'
import type { ByteSource } from '../../functions/read/byte-source.ts'
import { zstdCodec } from '../../functions/read/zstd-codec.ts'
import { isFrame, isSkippable } from '../../functions/read/zstd-frame.ts'

export const PIECE_BYTES = 2 ** 20

/** A compressed file that is not whole, or no file of the kind that is read. */
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
  const raw = Readable.from(pieces, { objectMode: false })
  const bytes = raw.pipe(createGunzip({ chunkSize: PIECE_BYTES }))
  // `pipe` hands no errors on.
  raw.on('error', (error) => bytes.destroy(error))
  try {
    yield* bytes as AsyncIterable<Buffer>
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('Z_') !== true) throw error
    throw new DamagedFile(`${message}: the gzip file is damaged or cut short`)
  } finally {
    raw.destroy()
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

/** `progress` is told of bytes of the file, packed as they are. Throws `DamagedFile`, without the file's name. */
export async function* unpackedPieces(file: string, progress?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
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
  yield* kind === 'gzip' ? gzipPieces(source.read(0)) : kind === 'zstd' ? zstdPieces(source) : source.read(0)
}
