/** What an object is, by its bytes and never by its name. */
import { constants, inflateRawSync } from 'node:zlib'
import { bytesSource, ByteWindow } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { looksLikeHtml } from './content-type.ts'
import { gzipHeaderLength } from './gzip-member.ts'
import { concat, latin1, startsWith } from './http-response.ts'
import { memberAt, seekMember } from './seek-member.ts'

export interface Format {
  readonly kind: 'warc' | 'ndjson' | 'html' | 'unknown'
  readonly compression: 'none' | 'gzip'
  /** What an unknown object looks like, for the failure that names it. */
  readonly detail: string | null
}

const PEEK_BYTES = 1 << 16
/** So far into an object that begins with something else a gzip member is looked for. */
const JUNK_BYTES = 1 << 20
const NOTHING_KNOWN = 'neither WARC, NDJSON nor HTML'
const MAGIC: readonly (readonly [name: string, bytes: string])[] = [
  ['zstd', '\x28\xb5\x2f\xfd'],
  ['lz4', '\x04\x22\x4d\x18'],
  ['bzip2', 'BZh'],
  ['xz', '\xfd7zXZ'],
  ['zip', 'PK\x03\x04'],
  ['Parquet', 'PAR1'],
  ['PDF', '%PDF-'],
]

export async function detectFormat(source: ByteSource): Promise<Format> {
  const window = new ByteWindow(source, 0)
  try {
    await window.fill(PEEK_BYTES)
    const head = window.unread
    if (head[0] === 0x1f && head[1] === 0x8b) return plainFormat(await gunzipBeginning(window), 'gzip')
    const format = plainFormat(head, 'none')
    return format.detail === NOTHING_KNOWN ? ((await behindJunk(window)) ?? format) : format
  } finally {
    await window.close()
  }
}

/** A gzip object of a known kind that begins a little later than it should; null if there is none. */
async function behindJunk(window: ByteWindow): Promise<Format | null> {
  const isKnown = (decoded: Uint8Array): boolean => plainFormat(decoded, 'gzip').kind !== 'unknown'
  if (!(await seekMember(window, isKnown, JUNK_BYTES))) return null
  const format = plainFormat(await gunzipBeginning(window), 'gzip')
  return format.kind === 'unknown' ? null : format
}

/** The first decoded KiB: of as many members as it takes, and past a first one that is damaged at its head. */
async function gunzipBeginning(window: ByteWindow): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (let numBytes = 0; numBytes < 1024;) {
    await window.fill(PEEK_BYTES)
    if (window.unread.length === 0) break
    const head = gunzipHead(window.unread)
    const member = head.length > 1024 ? null : await memberAt(window)
    parts.push(head.length > 0 || member?.kind !== 'whole' ? head : member.bytes)
    numBytes += parts.at(-1)?.length ?? 0
    if (member?.kind === 'whole') window.skip(member.length)
    else if (numBytes > 0) break
    else {
      window.skip(1)
      await seekMember(window, (decoded) => plainFormat(decoded, 'gzip').kind !== 'unknown')
    }
  }
  return concat(parts)
}

/** What the first KiB of a member inflate to; nothing if they do not. */
function gunzipHead(head: Uint8Array): Uint8Array {
  const headerLength = gzipHeaderLength(head)
  // Deflate expands at most 1032 times: 4 KiB are never more than a small page.
  for (const length of [4096, 256]) {
    if (headerLength <= 0) break
    try {
      return inflateRawSync(head.subarray(headerLength, headerLength + length), { finishFlush: constants.Z_SYNC_FLUSH })
    } catch {
      // Damage further on must not hide the head: a shorter piece is tried.
    }
  }
  return new Uint8Array(0)
}

function plainFormat(bytes: Uint8Array, compression: 'none' | 'gzip'): Format {
  const head = withoutBlank(bytes.subarray(0, PEEK_BYTES))
  if (startsWith(head, 'WARC/')) return { kind: 'warc', compression, detail: null }
  if (head[0] === 0x7b) return { kind: 'ndjson', compression, detail: null }
  const unknown = (detail: string): Format => ({ kind: 'unknown', compression, detail })
  if (head.length === 0)
    return unknown(compression === 'gzip' ? 'nothing in it can be inflated' : 'the object is empty')
  const wide = wideText(bytes)
  if (wide !== null) return unknown(`${wide} in UTF-16 is not read: convert it to UTF-8`)
  if (startsWith(head, 'filedesc://')) return unknown('ARC is not read, only its successor WARC is')
  const magic = MAGIC.find(([, signature]) => startsWith(head, signature))
  if (magic !== undefined) return unknown(`${magic[0]} is not read`)
  if (/^\[\s*[{\]]/.test(latin1(head.subarray(0, 256)))) {
    return unknown('it is one JSON array; NDJSON is expected, a document on each line')
  }
  // What lies before the first record is a failure of its own, not a page that holds an archive.
  if (head[0] !== 0x3c && /(^|\n)warc\/\d\.\d\r?\n(?=warc-|content-)/i.test(latin1Chunks(head))) {
    return { kind: 'warc', compression, detail: null }
  }
  // A first line that is broken must not cost the lines after it.
  if (/\n\s*\{\s*"/.test(latin1Chunks(head)) && head[0] !== 0x3c) return { kind: 'ndjson', compression, detail: null }
  if (looksLikeHtml(head)) return { kind: 'html', compression, detail: null }
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
