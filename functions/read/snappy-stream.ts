/**
 * Snappy (its format description of 2011) as a stream, for pages too large to hold. Encoders work on blocks of 64 KiB, so
 * copies never reach further back; one that does is refused. Memory: 192 KiB. Cost: one look at each byte.
 */
import type { ByteWindow } from './byte-source.ts'

const HISTORY_BYTES = 1 << 16
const PIECE_BYTES = 1 << 17
const MAX_TAG_BYTES = 5

/** Yields what the next `length` bytes of the window decode to. */
export async function* decodeSnappy(window: ByteWindow, length: number): AsyncGenerator<Uint8Array> {
  const end = window.position + length
  const out = new Uint8Array(HISTORY_BYTES + PIECE_BYTES)
  let [from, to] = [0, 0]
  /** Makes room for `count` bytes: gives out what is there and keeps the history. */
  const room = (count: number): Uint8Array | null => {
    if (to + count <= out.length) return null
    const piece = out.slice(from, to)
    out.copyWithin(0, Math.max(0, to - HISTORY_BYTES), to)
    to = Math.min(to, HISTORY_BYTES)
    from = to
    return piece
  }
  const byte = (at: number): number => window.unread[at] ?? 0
  await window.fill(MAX_TAG_BYTES)
  let size = 1
  while (size < MAX_TAG_BYTES && (byte(size - 1) & 0x80) !== 0) size++
  window.skip(size)
  while (window.position < end) {
    await window.fill(Math.min(MAX_TAG_BYTES, end - window.position))
    const tag = byte(0)
    const extra = [tag >> 2 < 60 ? 0 : (tag >> 2) - 59, 1, 2, 4][tag & 3] ?? 0
    let value = 0
    for (let i = extra; i >= 1; i--) value = value * 256 + byte(i)
    window.skip(1 + extra)
    if ((tag & 3) === 0) {
      let left = (extra === 0 ? tag >> 2 : value) + 1
      while (left > 0) {
        await window.fill(1)
        const part = window.unread.subarray(0, Math.min(left, PIECE_BYTES, end - window.position))
        if (part.length === 0) throw new Error('the page ends inside a Snappy literal')
        const piece = room(part.length)
        if (piece !== null) yield piece
        out.set(part, to)
        to += part.length
        left -= part.length
        window.skip(part.length)
      }
      continue
    }
    const count = (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const back = (tag & 3) === 1 ? (tag >> 5) * 256 + value : value
    const piece = room(count)
    if (piece !== null) yield piece
    if (back === 0 || back > to) throw new Error(`a Snappy copy reaches ${back} bytes back, ${to} are there`)
    // Byte by byte: a copy may overlap what it writes.
    for (let i = 0; i < count; i++) out[to + i] = out[to + i - back] ?? 0
    to += count
  }
  if (to > from) yield out.slice(from, to)
}
