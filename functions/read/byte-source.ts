/** Bytes of one object that can be read from any offset: R2 ranges in the Worker, a file under Node, memory in tests. */
export interface ByteSource {
  readonly size: number
  /** Bytes from `start` to the end, in chunks that the source does not reuse: pages may be views of them. */
  read(start: number): AsyncIterable<Uint8Array>
}

/** The source over bytes in memory, cut into chunks of `chunkBytes`. */
export const bytesSource = (bytes: Uint8Array, chunkBytes = 1 << 16): ByteSource => ({
  size: bytes.length,
  async *read(start) {
    for (let at = start; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
  },
})

/** The unread compressed bytes in one contiguous piece: grows on demand, forgets what was skipped. */
export class ByteWindow {
  private buffer = new Uint8Array(1 << 19)
  private from = 0
  private to = 0
  private done = false
  private readonly chunks: AsyncIterator<Uint8Array>
  /** Offset in the object of the first unread byte. */
  position: number
  /** Bytes of the whole object. */
  readonly size: number

  constructor(source: ByteSource, start: number) {
    this.position = start
    this.size = source.size
    this.chunks = source.read(start)[Symbol.asyncIterator]()
  }

  /** A view that is good until the next `fill`. */
  get unread(): Uint8Array {
    return this.buffer.subarray(this.from, this.to)
  }

  /** Whether the unread bytes are the last of the object. */
  get ended(): boolean {
    return this.done
  }

  /** Reads on until `length` bytes are unread or the object ends. */
  async fill(length: number): Promise<void> {
    while (!this.done && this.to - this.from < length) {
      const next = await this.chunks.next()
      if (next.done === true) this.done = true
      else this.append(next.value)
    }
  }

  skip(length: number): void {
    this.from += length
    this.position += length
  }

  async close(): Promise<void> {
    await this.chunks.return?.()
  }

  private append(chunk: Uint8Array): void {
    const kept = this.to - this.from
    if (this.to + chunk.length > this.buffer.length) {
      const need = kept + chunk.length
      // Doubling only when less than half would stay free keeps moving bytes linear in what is read.
      const target = need * 2 > this.buffer.length ? new Uint8Array(need * 2) : this.buffer
      target.set(this.unread)
      this.buffer = target
      this.from = 0
      this.to = kept
    }
    this.buffer.set(chunk, this.to)
    this.to += chunk.length
  }
}
