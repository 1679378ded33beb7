/**
 * The outside of a zstd frame (RFC 8878, section 3.1): its header and the lengths of its blocks. Unlike a gzip member a
 * frame tells where it ends without being decoded, so damage inside it costs it alone.
 */
import { constants } from 'node:zlib'

/** Decoders need not bear more than this (RFC 8878, section 3.1.1.1.2): levels up to 19 without `--long` stay in it. */
export const MAX_WINDOW_BYTES = 8 << 20
export const WINDOW_OPTIONS = { params: { [constants.ZSTD_d_windowLogMax]: Math.log2(MAX_WINDOW_BYTES) } }
/** A block decodes to at most this. */
export const MAX_BLOCK_BYTES = 128 << 10
export const MAX_HEADER_BYTES = 18
export const CHECKSUM_BYTES = 4
export const BLOCK_HEADER_BYTES = 3
const RESERVED_BIT = 8
const WINDOW_UNIT = 1 << 10

export interface FrameHeader {
  readonly length: number
  readonly windowBytes: number
  /** Bytes that it decodes to, null where it does not say. */
  readonly contentBytes: number | null
  /** 0 for none. */
  readonly dictionary: number
  readonly hasChecksum: boolean
}

export const isFrame = (view: Uint8Array, at = 0): boolean =>
  view[at] === 0x28 && view[at + 1] === 0xb5 && view[at + 2] === 0x2f && view[at + 3] === 0xfd

/** Frames that decoders pass over (section 3.1.2): 16 magic numbers, then a length. */
export const isSkippable = (view: Uint8Array, at = 0): boolean =>
  ((view[at] ?? 0) & 0xf0) === 0x50 && view[at + 1] === 0x2a && view[at + 2] === 0x4d && view[at + 3] === 0x18

const littleEndian = (view: Uint8Array, at: number, length: number): number => {
  let value = 0
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (view[at + i] ?? 0)
  return value
}

/** Bytes of the skippable frame at the head of `view`, its own eight among them. */
export const skippableLength = (view: Uint8Array): number => 8 + littleEndian(view, 4, 4)

/** Null if the bytes are no header of a frame, or end inside it. */
export function frameHeader(view: Uint8Array): FrameHeader | null {
  const descriptor = view[4]
  if (!isFrame(view) || descriptor === undefined || (descriptor & RESERVED_BIT) !== 0) return null
  const isSingle = (descriptor & 0x20) !== 0
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0
  const dictionaryAt = isSingle ? 5 : 6
  const sizeAt = dictionaryAt + dictionaryBytes
  const length = sizeAt + sizeBytes
  if (length > view.length) return null
  const contentBytes = sizeBytes === 0 ? null : littleEndian(view, sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
  const exponent = (view[5] ?? 0) >> 3
  const base = WINDOW_UNIT * 2 ** exponent
  return {
    length,
    windowBytes: isSingle ? (contentBytes ?? 0) : base + (base / 8) * ((view[5] ?? 0) & 7),
    contentBytes,
    dictionary: littleEndian(view, dictionaryAt, dictionaryBytes),
    hasChecksum: (descriptor & 4) !== 0,
  }
}

export interface Block {
  /** With its header. */
  readonly length: number
  readonly isLast: boolean
}

/** The block at `at`; null where its type or length is none that there is. The bytes of its header must be there. */
export function blockAt(view: Uint8Array, at: number): Block | null {
  const header = littleEndian(view, at, BLOCK_HEADER_BYTES)
  const [type, size] = [(header >> 1) & 3, header >> 3]
  if (type === 3 || size > MAX_BLOCK_BYTES) return null
  // One byte, repeated.
  const stored = type === 1 ? 1 : size
  return { length: BLOCK_HEADER_BYTES + stored, isLast: (header & 1) === 1 }
}

export interface Walked {
  /** `need-more`: the bytes end first. */
  readonly kind: 'whole' | 'need-more' | 'broken'
  /** How far the frame goes, or where the block lies that is none. */
  readonly at: number
  readonly blocks: number
}

/** Walks over the blocks of the frame at the head of `view`. */
export function walkFrame(view: Uint8Array, header: FrameHeader): Walked {
  let at = header.length
  for (let blocks = 0; ; blocks++) {
    if (at + BLOCK_HEADER_BYTES > view.length) return { kind: 'need-more', at, blocks }
    const block = blockAt(view, at)
    if (block === null) return { kind: 'broken', at, blocks }
    if (at + block.length > view.length) return { kind: 'need-more', at, blocks }
    at += block.length
    if (!block.isLast) continue
    if (header.hasChecksum) at += CHECKSUM_BYTES
    return { kind: at > view.length ? 'need-more' : 'whole', at, blocks: blocks + 1 }
  }
}
