/**
 * The values of a Parquet page that is too large to hold. Writers look at a page's size only after each thousand rows, so
 * that a thousand papers or books are one page, or one dictionary. Memory: what decompressing needs, and one value.
 */
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { ByteWindow } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { openDecoder } from './stream-decoder.ts'
import { decodeSnappy } from './snappy-stream.ts'
import { zstdCodec } from './zstd-codec.ts'

/** A value above the limit of a page, which is passed over. */
export class TooLong {
  readonly bytes: number
  constructor(bytes: number) {
    this.bytes = bytes
  }
}

export interface StreamedPage {
  /** Of its bytes, behind its header. */
  readonly offset: number
  readonly compressedBytes: number
  readonly bytes: number
  readonly codec: string
}

// Deflate and Brotli expand a thousand times and more: so little at once bounds what comes of it.
const PIECE_BYTES = 1 << 12

async function* decompress(source: ByteSource, page: StreamedPage): AsyncGenerator<Uint8Array> {
  const { codec, offset, compressedBytes, bytes: maxBytes } = page
  const window = new ByteWindow(source, offset)
  try {
    if (codec === 'SNAPPY') yield* decodeSnappy(window, compressedBytes)
    else if (codec === 'ZSTD') {
      const ended = yield* zstdCodec.stream(window, { source, maxBytes })
      if (ended.kind !== 'whole') throw new Error('detail' in ended ? ended.detail : 'the object ends inside a page')
    } else if (codec === 'UNCOMPRESSED') yield* pieces(window, compressedBytes)
    else {
      const engine = codec === 'GZIP' ? createGunzip() : codec === 'BROTLI' ? createBrotliDecompress() : null
      if (engine === null) throw new Error(`parquet unsupported compression codec: ${codec}`)
      const decoder = openDecoder(engine)
      try {
        for await (const piece of pieces(window, compressedBytes)) {
          const given = await decoder.write(piece)
          yield* given.pieces
          if (given.fault !== null) throw new Error(given.fault)
        }
        yield* await decoder.end()
      } finally {
        decoder.close()
      }
    }
  } finally {
    await window.close()
  }
}

async function* pieces(window: ByteWindow, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0;) {
    await window.fill(Math.min(left, PIECE_BYTES))
    const piece = window.unread.slice(0, Math.min(left, PIECE_BYTES))
    if (piece.length === 0) throw new Error('the object ends inside a page')
    window.skip(piece.length)
    left -= piece.length
    yield piece
  }
}

/** Reads the decompressed bytes of a page in turn. */
class PageBytes {
  private readonly source: AsyncGenerator<Uint8Array>
  private piece: Uint8Array = new Uint8Array(0)
  constructor(source: AsyncGenerator<Uint8Array>) {
    this.source = source
  }

  /** The next `length` bytes; into nothing where `isKept` is false. */
  async take(length: number, isKept = true): Promise<Uint8Array> {
    const whole = new Uint8Array(isKept ? length : 0)
    for (let at = 0; at < length;) {
      if (this.piece.length === 0) {
        const step = await this.source.next()
        if (step.done === true) throw new Error('the page ends inside a value')
        this.piece = step.value
        continue
      }
      const part = this.piece.subarray(0, length - at)
      if (isKept) whole.set(part, at)
      this.piece = this.piece.subarray(part.length)
      at += part.length
    }
    return whole
  }

  async close(): Promise<void> {
    await this.source.return(undefined)
  }
}

const length32 = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)

export interface PlainPage extends StreamedPage {
  readonly numValues: number
  /**
   * Levels that tell which values are null come first: inside of what is compressed with their length before them, as in
   * the first version of data pages, or so many bytes before it, as in the second.
   */
  readonly levels: 'inside' | number
  /** Reads those levels: 1 for a value, 0 for null. */
  readonly readLevels: (bytes: Uint8Array, numValues: number) => ArrayLike<number>
}

async function before(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  if (length === 0) return new Uint8Array(0)
  const window = new ByteWindow(source, offset - length)
  await window.fill(length)
  const bytes = window.unread.slice(0, length)
  await window.close()
  return bytes
}

/** The values of a page of byte arrays in the plain encoding, in turn. */
export async function* plainValues(
  source: ByteSource,
  page: PlainPage,
  maxValueBytes: number,
): AsyncGenerator<Uint8Array | TooLong | null> {
  const bytes = new PageBytes(decompress(source, page))
  try {
    const stored =
      page.levels === 'inside'
        ? await bytes.take(length32(await bytes.take(4)))
        : await before(source, page.offset, page.levels)
    const levels = stored.length === 0 ? null : page.readLevels(stored, page.numValues)
    for (let i = 0; i < page.numValues; i++) {
      if (levels !== null && levels[i] === 0) {
        yield null
        continue
      }
      const length = length32(await bytes.take(4))
      if (length > page.bytes) throw new Error(`a value should have ${length} bytes, its page has ${page.bytes}`)
      const isKept = length <= maxValueBytes
      const value = await bytes.take(length, isKept)
      yield isKept ? value : new TooLong(length)
    }
  } finally {
    await bytes.close()
  }
}

const CACHE_BYTES = 8 << 20
const MAX_RESTARTS = 16

/**
 * A dictionary too large to hold. Its values stand in the order in which rows first have them, so rows mostly want the
 * next one; a text that comes again is looked for among the last ones, then by reading the dictionary again.
 */
export class StreamedDictionary {
  private readonly open: () => AsyncGenerator<Uint8Array | TooLong | null>
  private values: AsyncGenerator<Uint8Array | TooLong | null>
  private next = 0
  private restarts = 0
  private readonly cache = new Map<number, Uint8Array | TooLong | null>()
  private cached = 0

  constructor(open: () => AsyncGenerator<Uint8Array | TooLong | null>) {
    this.open = open
    this.values = open()
  }

  async get(index: number): Promise<Uint8Array | TooLong | null> {
    const known = this.cache.get(index)
    if (known !== undefined) return known
    if (index < this.next) {
      if (++this.restarts > MAX_RESTARTS)
        throw new Error('texts repeat ones far back in a dictionary too large to hold')
      await this.close()
      this.values = this.open()
      this.next = 0
    }
    for (;;) {
      const step = await this.values.next()
      if (step.done === true) throw new Error(`the dictionary has ${this.next} values, a row wants number ${index}`)
      this.keep(this.next, step.value)
      if (this.next++ === index) return step.value
    }
  }

  async close(): Promise<void> {
    await this.values.return(undefined)
  }

  private keep(index: number, value: Uint8Array | TooLong | null): void {
    this.cache.set(index, value)
    this.cached += value instanceof Uint8Array ? value.length : 0
    for (const [oldest, dropped] of this.cache) {
      if (this.cached <= CACHE_BYTES && this.cache.size <= 4096) break
      if (oldest === index) break
      this.cache.delete(oldest)
      this.cached -= dropped instanceof Uint8Array ? dropped.length : 0
    }
  }
}
