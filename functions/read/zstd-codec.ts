/**
 * zstd objects, frame by frame (RFC 8878). `zstdDecompressSync` silently ends after the first frame, so frames are walked
 * over here and given to it one by one; those that are large go through it block by block, so that memory holds a window
 * of at most 8 MiB and one block. Dictionaries are refused by name: workerd's zlib takes none.
 */
import { createZstdDecompress, zstdDecompressSync } from 'node:zlib'
import { bytesSource, ByteWindow } from './byte-source.ts'
import { isTooLarge, plainBytes } from './gzip-member.ts'
import { concat } from './http-response.ts'
import {
  skipZeros,
  SMALL_MEMBER_BYTES,
  SMALL_MEMBER_WINDOW,
  type Codec,
  type LargeEnd,
  type LargeOptions,
  type Member,
} from './member-codec.ts'
import { openDecoder } from './stream-decoder.ts'
import {
  BLOCK_HEADER_BYTES,
  blockAt,
  CHECKSUM_BYTES,
  frameHeader,
  isFrame,
  isSkippable,
  MAX_BLOCK_BYTES,
  MAX_HEADER_BYTES,
  MAX_WINDOW_BYTES,
  skippableLength,
  walkFrame,
  WINDOW_OPTIONS,
  type FrameHeader,
} from './zstd-frame.ts'

export const zstdCodec: Codec = { unit: 'zstd frame', skipFiller, memberAt, stream, find }

async function skipFiller(window: ByteWindow): Promise<boolean> {
  for (;;) {
    if (!(await skipZeros(window))) return false
    await window.fill(8)
    if (!isSkippable(window.unread) || window.unread.length < 8) return true
    const length = skippableLength(window.unread)
    // One that ends behind the object is damage: what stands behind its head may be frames.
    if (window.position + length > window.size) return true
    await skip(window, length)
  }
}

async function skip(window: ByteWindow, length: number): Promise<void> {
  for (let left = length; left > 0;) {
    await window.fill(Math.min(left, 1 << 16))
    const count = Math.min(left, window.unread.length)
    if (count === 0) return
    window.skip(count)
    left -= count
  }
}

/** Why a frame cannot be decoded at all; null if it can. */
function refusal({ windowBytes, dictionary }: FrameHeader): string | null {
  if (windowBytes > MAX_WINDOW_BYTES) {
    const most = `at most ${MAX_WINDOW_BYTES} are read: compress it again with level 19 or less and without --long`
    return `the frame needs a window of ${windowBytes} bytes, ${most}`
  }
  return dictionary === 0 ? null : `the frame needs the dictionary ${dictionary}: compress it again without one`
}

async function memberAt(window: ByteWindow): Promise<Member> {
  await window.fill(MAX_HEADER_BYTES)
  const header = frameHeader(window.unread)
  if (header === null) {
    const isCut = window.ended && window.unread.length < MAX_HEADER_BYTES && isFrame(window.unread)
    return isCut ? { kind: 'truncated', bytes: new Uint8Array(0) } : { kind: 'none' }
  }
  const refused = refusal(header)
  if (refused !== null || (header.contentBytes ?? 0) > SMALL_MEMBER_BYTES) return { kind: 'large', refusal: refused }
  for (let want = 1 << 18; ; want = Math.min(want * 4, SMALL_MEMBER_WINDOW)) {
    await window.fill(want)
    const view = window.unread.subarray(0, SMALL_MEMBER_WINDOW)
    const walked = walkFrame(view, header)
    if (walked.kind === 'broken') return broken(view, null, 'a block of no known type')
    if (walked.blocks * MAX_BLOCK_BYTES > SMALL_MEMBER_BYTES && header.contentBytes === null) return { kind: 'large' }
    if (walked.kind === 'whole') return whole(view.subarray(0, walked.at))
    if (window.ended) return { kind: 'truncated', bytes: (await decodePart(view)).bytes }
    if (view.length >= SMALL_MEMBER_WINDOW) return { kind: 'large' }
  }
}

function whole(frame: Uint8Array): Member {
  try {
    const bytes = plainBytes(zstdDecompressSync(frame, { ...WINDOW_OPTIONS, maxOutputLength: SMALL_MEMBER_BYTES }))
    return { kind: 'whole', bytes, length: frame.length }
  } catch (error) {
    if (isTooLarge(error)) return { kind: 'large' }
    return broken(frame, frame.length, error instanceof Error ? error.message : String(error))
  }
}

function broken(frame: Uint8Array, length: number | null, detail: string): Member {
  const decode = async (): Promise<Uint8Array> => (await decodePart(frame)).bytes
  return { kind: 'corrupt', detail, decode, onlyCheckFails: /checksum/i.test(detail), length }
}

/** What a small frame that is damaged or cut off still gives. */
async function decodePart(frame: Uint8Array): Promise<{ bytes: Uint8Array }> {
  const pieces: Uint8Array[] = []
  const source = bytesSource(frame)
  const stepper = stream(new ByteWindow(source, 0), { source, maxBytes: SMALL_MEMBER_BYTES })
  for await (const piece of stepper) pieces.push(piece)
  return { bytes: concat(pieces) }
}

async function* stream(window: ByteWindow, { maxBytes }: LargeOptions): AsyncGenerator<Uint8Array, LargeEnd> {
  await window.fill(MAX_HEADER_BYTES)
  const header = frameHeader(window.unread)
  if (header === null) return { kind: 'truncated' }
  let fault = refusal(header)
  let isTooMuch = fault !== null
  let numBytes = 0
  const decoder = openDecoder(createZstdDecompress({ ...WINDOW_OPTIONS, chunkSize: MAX_BLOCK_BYTES }))
  try {
    let [part, isLast, isEnd] = [header.length, false, false]
    for (;;) {
      await window.fill(part)
      if (window.unread.length < part) return { kind: 'truncated' }
      if (fault === null) {
        const given = await decoder.write(window.unread.slice(0, part))
        fault = given.fault
        for (const piece of given.pieces) {
          numBytes += piece.length
          yield piece
        }
        isTooMuch = numBytes > maxBytes
        if (isTooMuch) fault = `more than ${maxBytes} bytes decoded`
      }
      window.skip(part)
      if (isEnd || (isLast && !header.hasChecksum)) break
      if (isLast) {
        // On its own, so that a wrong one does not cost the last block.
        ;[part, isEnd] = [CHECKSUM_BYTES, true]
        continue
      }
      await window.fill(BLOCK_HEADER_BYTES)
      if (window.unread.length < BLOCK_HEADER_BYTES) return { kind: 'truncated' }
      const block = blockAt(window.unread, 0)
      if (block === null) return { kind: 'corrupt', detail: fault ?? 'a block of no known type', isPassed: false }
      part = block.length
      isLast = block.isLast
    }
  } finally {
    decoder.close()
  }
  if (fault === null) return { kind: 'whole' }
  return { kind: isTooMuch ? 'too-large' : 'corrupt', detail: fault, isPassed: true }
}

function find(view: Uint8Array): number {
  for (let at = view.indexOf(0x28); at >= 0; at = view.indexOf(0x28, at + 1))
    if (isFrame(view, at) && frameHeader(view.subarray(at, at + MAX_HEADER_BYTES)) !== null) return at
  return -1
}
