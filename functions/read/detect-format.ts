/** What an object is, by its bytes and never by its name. */
import { bytesSource, ByteWindow } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { looksLikeHtml } from './content-type.ts'
import { gzipCodec } from './gzip-codec.ts'
import { concat, latin1, startsWith } from './http-response.ts'
import type { Codec, Member } from './member-codec.ts'
import type { Failure } from '../outcome.ts'
import { seekMember } from './seek-member.ts'
import { zstdCodec } from './zstd-codec.ts'
import { isFrame, isSkippable } from './zstd-frame.ts'

export interface Format {
  /** `empty`: packed as it should be, and nothing inside. */
  readonly kind: 'warc' | 'ndjson' | 'html' | 'parquet' | 'empty' | 'unknown'
  /** Null where the object is not compressed. */
  readonly codec: Codec | null
  /** What an unknown object looks like, for the failure that names it. */
  readonly detail: string | null
  /** How that failure is counted; `unreadable-encoding` where nothing is said. */
  readonly code?: Failure['code']
}

const NOTHING = new Uint8Array(0)
const PEEK_BYTES = 1 << 16
/** What tells a format: decoded bytes of the first members. */
const HEAD_BYTES = 1024
/** So far into an object that begins with something else a gzip member is looked for. */
const JUNK_BYTES = 1 << 20
/** The skippable frame in which a `.warc.zst` has the dictionary of all others (IIPC, WARC Zstandard compression 1.0). */
const DICTIONARY_FRAME = 0x5d
const DICTIONARY = 'zstd with a dictionary is not read: compress it again without one, a record a frame'
const NOTHING_KNOWN = 'neither WARC, NDJSON, Parquet nor HTML'
const MAGIC: readonly (readonly [name: string, bytes: string])[] = [
  ['lz4', '\x04\x22\x4d\x18'],
  ['bzip2', 'BZh'],
  ['xz', '\xfd7zXZ'],
  ['zip', 'PK\x03\x04'],
  ['PDF', '%PDF-'],
]

export async function detectFormat(source: ByteSource): Promise<Format> {
  const window = new ByteWindow(source, 0)
  try {
    await window.fill(PEEK_BYTES)
    const head = window.unread
    if (head[0] === 0x1f && head[1] === 0x8b) return await packedFormat(window, source, gzipCodec)
    if (isSkippable(head) && head[0] === DICTIONARY_FRAME) return { kind: 'unknown', codec: null, detail: DICTIONARY }
    if (isFrame(head) || isSkippable(head)) return await packedFormat(window, source, zstdCodec)
    const format = plainFormat(head, null)
    return format.detail === NOTHING_KNOWN ? ((await behindJunk(window, source)) ?? format) : format
  } finally {
    await window.close()
  }
}

async function packedFormat(window: ByteWindow, source: ByteSource, codec: Codec): Promise<Format> {
  const { bytes, fault } = await decodeBeginning(window, source, codec)
  if (withoutBlank(bytes).length > 0) return plainFormat(bytes, codec)
  if (fault === null) return { kind: 'empty', codec, detail: null }
  return { kind: 'unknown', codec, ...fault }
}

type Fault = Required<Pick<Format, 'code'>> & { readonly detail: string }

/** Why a member gives nothing. */
function faultOf(member: Exclude<Member, { kind: 'whole' }>, at: number, { unit }: Codec, size: number): Fault {
  if (member.kind === 'truncated') {
    const detail = `the object ends at byte ${size}, inside of the ${unit} that begins at byte ${at}, and what there is of it tells no format`
    return { code: 'truncated', detail: `${detail}: it was cut off` }
  }
  if (member.kind === 'large' && typeof member.refusal === 'string')
    return { code: 'member-too-large', detail: member.refusal }
  const why = member.kind === 'corrupt' ? member.detail : 'its bytes are damaged'
  return { code: 'corrupt-member', detail: `no ${unit} of the object can be decoded; of the one at byte ${at}: ${why}` }
}

const isKnown = (decoded: Uint8Array, codec: Codec): boolean => plainFormat(decoded, codec).kind !== 'unknown'

/** A gzip object of a known kind that begins a little later than it should; null if there is none. */
async function behindJunk(window: ByteWindow, source: ByteSource): Promise<Format | null> {
  const looksRight = (decoded: Uint8Array): boolean => isKnown(decoded, gzipCodec)
  if (!(await seekMember(window, gzipCodec, { looksRight, until: JUNK_BYTES }))) return null
  const format = await packedFormat(window, source, gzipCodec)
  return format.kind === 'unknown' ? null : format
}

/** The first decoded KiB: of as many members as it takes, and past a first one that is damaged at its head. */
async function decodeBeginning(
  window: ByteWindow,
  source: ByteSource,
  codec: Codec,
): Promise<{ bytes: Uint8Array; fault: Fault | null }> {
  const parts: Uint8Array[] = []
  let fault: Fault | null = null
  for (let numBytes = 0; numBytes < HEAD_BYTES && (await codec.skipFiller(window));) {
    const at = window.position
    const member = await codec.memberAt(window)
    if (member.kind !== 'whole') fault ??= faultOf(member, at, codec, source.size)
    if (member.kind === 'large') {
      // One that is refused is passed over, and what follows tells the format.
      const stream = codec.stream(window, { source, maxBytes: Infinity })
      const { done, value } = await stream.next()
      if (done === true && value.kind === 'truncated')
        fault = faultOf({ ...value, bytes: NOTHING }, at, codec, source.size)
      if (done === true && 'isPassed' in value && value.isPassed) continue
      await stream.return({ kind: 'whole' })
      if (done !== true) parts.push(value)
      break
    }
    const decoded = member.kind === 'corrupt' ? await member.decode() : 'bytes' in member ? member.bytes : NOTHING
    // What is left of a damaged member is believed if it is the beginning of something known.
    const isGuess = member.kind !== 'whole' && parts.length === 0 && !isKnown(decoded, codec)
    const bytes = isGuess ? NOTHING : decoded
    if (bytes.length > 0) parts.push(bytes)
    numBytes += bytes.length
    if (member.kind === 'whole') window.skip(member.length)
    else if (numBytes > 0) break
    else {
      window.skip(1)
      await seekMember(window, codec, { looksRight: (found) => isKnown(found, codec) })
    }
  }
  return { bytes: concat(parts), fault }
}

function plainFormat(bytes: Uint8Array, codec: Codec | null): Format {
  const head = withoutBlank(bytes.subarray(0, PEEK_BYTES))
  if (startsWith(head, 'WARC/')) return { kind: 'warc', codec, detail: null }
  if (head[0] === 0x7b) return { kind: 'ndjson', codec, detail: null }
  const unknown = (detail: string): Format => ({ kind: 'unknown', codec, detail })
  if (head.length === 0) return unknown('the object is empty')
  const wide = wideText(bytes)
  if (wide !== null) return unknown(`${wide} in UTF-16 is not read: convert it to UTF-8`)
  if (startsWith(head, 'filedesc://')) return unknown('ARC is not read, only its successor WARC is')
  if (startsWith(bytes, 'PAR1') && codec === null) return { kind: 'parquet', codec, detail: null }
  if (startsWith(bytes, 'PAR1')) return unknown('a Parquet file inside of gzip or zstd is not read: unpack it')
  if (codec !== null && ((head[0] === 0x1f && head[1] === 0x8b) || isFrame(head)))
    return unknown(`${isFrame(head) ? 'zstd' : 'gzip'} inside of gzip or zstd is not read: unpack it once`)
  const magic = MAGIC.find(([, signature]) => startsWith(head, signature))
  if (magic !== undefined) return unknown(`${magic[0]} is not read`)
  if (/^\[\s*[{\]]/.test(latin1(head.subarray(0, 256)))) {
    return unknown('it is one JSON array; NDJSON is expected, a document on each line')
  }
  // What lies before the first record is a failure of its own, not a page that holds an archive.
  if (head[0] !== 0x3c && /(^|\n)warc\/\d\.\d\r?\n(?=warc-|content-)/i.test(latin1Chunks(head))) {
    return { kind: 'warc', codec, detail: null }
  }
  // A first line that is broken must not cost the lines after it.
  if (/\n\s*\{\s*"/.test(latin1Chunks(head)) && head[0] !== 0x3c) return { kind: 'ndjson', codec, detail: null }
  if (looksLikeHtml(head)) return { kind: 'html', codec, detail: null }
  return unknown(NOTHING_KNOWN)
}

/** JSON or a WARC in UTF-16, by the zero bytes between its first letters. A page may come so: its charset is looked for. */
function wideText(bytes: Uint8Array): string | null {
  const first = bytes.subarray(0, 64)
  const letters = latin1(first.filter((byte) => byte !== 0)).replace(/^(?:\xff\xfe|\xfe\xff)?\s*/, '')
  if (first.length - first.filter((byte) => byte !== 0).length < letters.length / 2) return null
  if (/^[{[]/.test(letters)) return 'JSON'
  return letters.startsWith('WARC/') ? 'WARC' : null
}

/** Blanks, the mark of UTF-8, and the separator before each text of RFC 7464. */
function withoutBlank(bytes: Uint8Array): Uint8Array {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  while (isBlank(bytes[at])) at++
  return bytes.subarray(at)
}

const isBlank = (byte = 0): boolean => byte === 32 || byte === 0x1e || (byte >= 9 && byte <= 13)

/** `String.fromCharCode` takes its bytes as arguments: in pieces, lest the stack overflow. */
function latin1Chunks(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 4096) text += latin1(bytes.subarray(at, at + 4096))
  return text
}

export const detectBytes = (bytes: Uint8Array): Promise<Format> => detectFormat(bytesSource(bytes))
