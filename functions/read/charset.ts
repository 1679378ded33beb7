/**
 * A page's bytes → UTF-8 bytes. Order: byte order mark; UTF-8 if the bytes are valid UTF-8, whatever is declared (many
 * crawls re-encoded pages and left the meta alone; in a legacy encoding long text is practically never valid UTF-8);
 * the HTTP header; the meta (WHATWG HTML 13.2.3.2, with a longer prescan); else evidence (`charset-evidence.ts`).
 * Departs from the standard in trusting validity over declarations. Cost: one validity check; nothing is copied then.
 */
import { isUtf8 } from 'node:buffer'
import { reject, keep } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { guessCharset } from './charset-evidence.ts'

export interface Decoded {
  readonly bytes: Uint8Array
  readonly charset: string
}

const PRESCAN_BYTES = 4096
/** With fewer non-ASCII bytes a legacy encoding can pass for UTF-8 by chance, and the declaration decides. */
const MIN_EVIDENCE_BYTES = 12
/** Above this share of replacement characters among the non-ASCII ones, a declared encoding is not believed. */
const MAX_REPLACED = 0.05
/** And above this the page is not worth reading. */
const MAX_INVALID = 0.25
const encoder = new TextEncoder()
const latin1 = new TextDecoder('latin1')

export function decodeHtml(bytes: Uint8Array, headerCharset: string | null): Outcome<Decoded> {
  const bom = byteOrderMark(bytes)
  if (bom !== null && bom.charset !== 'utf-8') return decodeAs(bytes.subarray(bom.length), bom.charset)
  const body = bom === null ? bytes : bytes.subarray(bom.length)
  if (isUtf8(body)) {
    const wide = wideCharset(body)
    if (wide !== null) return decodeAs(body, wide)
    const declared = bom === null ? declaredCharset(body, headerCharset) : null
    // ISO-2022-JP is ASCII with escapes, hence valid UTF-8.
    const isStateful = declared === 'iso-2022-jp' && body.includes(ESCAPE)
    const isLegacy = declared !== null && declared !== 'utf-8' && (isStateful || hasFewWideBytes(body))
    return isLegacy ? decodeAs(body, declared) : keep({ bytes: body, charset: 'utf-8' })
  }
  const wide = wideCharset(body)
  if (wide !== null) return decodeAs(body, wide)
  if (isBinary(body)) return reject({ code: 'undecodable', charset: 'binary', invalidShare: 1 })
  return decodeLegacy(body, headerCharset)
}

const ESCAPE = 0x1b

function decodeLegacy(body: Uint8Array, headerCharset: string | null): Outcome<Decoded> {
  const declared = bom8(declaredCharset(body, headerCharset))
  const first = declared === null ? null : decodeText(body, declared)
  if (first !== null && first.replacedShare <= MAX_REPLACED) return keep(toUtf8(first.text, declared ?? ''))
  const guessed = guessCharset(body)
  const second = guessed === null ? null : decodeText(body, guessed)
  const [best, charset] =
    second !== null && (first === null || second.replacedShare < first.replacedShare)
      ? [second, guessed ?? '']
      : [first, declared ?? '']
  if (best !== null) return finish(best, charset)
  const asUtf8 = decodeText(body, 'utf-8')
  // Little of the page is not ASCII and nothing tells what: what browsers would do.
  return asUtf8.replacedShare > MAX_INVALID && isMostlyAscii(body)
    ? decodeAs(body, 'windows-1252')
    : finish(asUtf8, 'utf-8')
}

const bom8 = (charset: string | null): string | null => (charset?.startsWith('utf-16') === true ? 'utf-8' : charset)

const decodeAs = (bytes: Uint8Array, charset: string): Outcome<Decoded> => finish(decodeText(bytes, charset), charset)

function finish(decoded: { text: string; replacedShare: number }, charset: string): Outcome<Decoded> {
  const invalidShare = Math.round(decoded.replacedShare * 1e4) / 1e4
  if (decoded.replacedShare > MAX_INVALID) return reject({ code: 'undecodable', charset, invalidShare })
  return keep(toUtf8(decoded.text, charset))
}

const toUtf8 = (text: string, charset: string): Decoded => ({ bytes: encoder.encode(text), charset })

/** The text, and the share of replacement characters among its non-ASCII ones (a few in a page of ASCII are no sign). */
function decodeText(bytes: Uint8Array, charset: string): { text: string; replacedShare: number } {
  const text = new TextDecoder(charset).decode(bytes)
  let replaced = 0
  for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) replaced++
  if (replaced === 0) return { text, replacedShare: 0 }
  let wide = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) wide++
  return { text, replacedShare: replaced < 3 ? 0 : replaced / Math.max(wide, text.length / 1000) }
}

function byteOrderMark(bytes: Uint8Array): { charset: string; length: number } | null {
  const [a, b, c] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return { charset: 'utf-8', length: 3 }
  if (a === 0xff && b === 0xfe) return { charset: 'utf-16le', length: 2 }
  if (a === 0xfe && b === 0xff) return { charset: 'utf-16be', length: 2 }
  return null
}

/** UTF-16 without a mark: markup has a zero in every second byte. */
function wideCharset(bytes: Uint8Array): string | null {
  if (bytes[0] === 0x3c && bytes[1] === 0 && bytes[3] === 0) return 'utf-16le'
  if (bytes[0] === 0 && bytes[1] === 0x3c && bytes[2] === 0) return 'utf-16be'
  return null
}

const isBinary = (bytes: Uint8Array): boolean => {
  const head = bytes.subarray(0, PRESCAN_BYTES)
  let zeros = 0
  for (const byte of head) if (byte === 0) zeros++
  return zeros * 50 > head.length
}

const isMostlyAscii = (bytes: Uint8Array): boolean => {
  let wide = 0
  for (const byte of bytes) if (byte > 127) wide++
  return wide * 20 < bytes.length
}

function hasFewWideBytes(bytes: Uint8Array): boolean {
  let wide = 0
  for (const byte of bytes) if (byte > 127 && ++wide >= MIN_EVIDENCE_BYTES) return false
  return wide > 0
}

/** The encoding that header or meta name, under its WHATWG name; null if none or none that is known. */
function declaredCharset(bytes: Uint8Array, headerCharset: string | null): string | null {
  return charsetName(headerCharset) ?? charsetName(metaCharset(latin1.decode(bytes.subarray(0, PRESCAN_BYTES))))
}

function metaCharset(head: string): string | null {
  const meta = /<meta\b[^>]*?\bcharset\s*=\s*["']?\s*([^\s"'/>;]+)/i.exec(head)
  const xml = /^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([^"']+)/i.exec(head)
  return meta?.[1] ?? xml?.[1] ?? null
}

/** Labels as `TextDecoder` knows them (gb2312 is gbk, latin1 is windows-1252), and a few that only pages know. */
const ALIASES: Readonly<Record<string, string>> = { utf8: 'utf-8', 'gb-18030': 'gb18030', gb_2312: 'gbk', cp936: 'gbk' }

export function charsetName(label: string | null): string | null {
  if (label === null) return null
  const name = label.trim().toLowerCase()
  try {
    const { encoding } = new TextDecoder(ALIASES[name] ?? name)
    return encoding === 'replacement' ? null : encoding
  } catch {
    // A label that nobody knows is no declaration.
    return null
  }
}
