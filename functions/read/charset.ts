/**
 * A page's bytes → UTF-8 bytes. Order: byte order mark; UTF-8 if the bytes are valid UTF-8, whatever is declared (many
 * crawls re-encoded pages and left the meta alone; in a legacy encoding long text is practically never valid UTF-8);
 * the HTTP header; the meta (WHATWG HTML 13.2.3.2, with a longer prescan), both unless the bytes refute them; else evidence
 * (`charset-evidence.ts`). Departs from the standard in trusting the bytes over declarations. Cost: one validity check;
 * nothing is copied then.
 */
import { isUtf8 } from 'node:buffer'
import { reject, keep } from '../outcome.ts'
import type { Outcome } from '../outcome.ts'
import { weighCharsets } from './charset-evidence.ts'
import { mendUtf8 } from './charset-mixed.ts'

export interface Decoded {
  readonly bytes: Uint8Array
  readonly charset: string
}

const PRESCAN_BYTES = 4096
const UTF16_HEAD_BYTES = 512
/** With fewer non-ASCII bytes a legacy encoding can pass for UTF-8 by chance, and the declaration decides. */
const MIN_EVIDENCE_BYTES = 12
/** Above this share of replacement characters among the non-ASCII ones, a page is not worth reading. */
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
    const isStateful = (declared === null || declared === 'iso-2022-jp') && hasJapaneseEscapes(body)
    if (isStateful) return decodeAs(body, 'iso-2022-jp')
    const isLegacy = declared !== null && declared !== 'utf-8' && hasFewWideBytes(body)
    return isLegacy ? decodeAs(body, declared) : keep({ bytes: body, charset: 'utf-8' })
  }
  const wide = wideCharset(body)
  if (wide !== null) return decodeAs(body, wide)
  if (isBinary(body)) return reject({ code: 'undecodable', charset: 'binary', invalidShare: 1 })
  return decodeLegacy(body, headerCharset)
}

const ESCAPE = 0x1b

/** ESC $ B or ESC $ @ opens Kanji in ISO-2022-JP; the first escape of a page is looked at, for no other text has any. */
function hasJapaneseEscapes(bytes: Uint8Array): boolean {
  const at = bytes.indexOf(ESCAPE)
  if (at < 0) return false
  const [dollar, set] = bytes.subarray(at + 1, at + 3)
  return (dollar === 0x24 && (set === 0x42 || set === 0x40)) || (dollar === 0x28 && (set === 0x4a || set === 0x49))
}

function decodeLegacy(body: Uint8Array, headerCharset: string | null): Outcome<Decoded> {
  const charset = weighCharsets(body, narrow(declaredCharset(body, headerCharset)))
  return decodeAs(charset === 'utf-8' ? mendUtf8(body).bytes : body, charset)
}

/** A page that can say so in ASCII is not in UTF-16 (WHATWG HTML 13.2.3.2). */
const narrow = (charset: string | null): string | null => (charset?.startsWith('utf-16') === true ? 'utf-8' : charset)

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

/** UTF-16 without a mark: what is ASCII in it, markup above all, has a zero in every second byte, always on the same side. */
function wideCharset(bytes: Uint8Array): string | null {
  const head = bytes.subarray(0, UTF16_HEAD_BYTES)
  if (!head.includes(0)) return null
  const zeros: [even: number, odd: number] = [0, 0]
  head.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2 === 0 ? 0 : 1]++
  })
  const [even, odd] = zeros
  if (Math.max(even, odd) * 8 < head.length || Math.min(even, odd) * 8 > Math.max(even, odd)) return null
  return even > odd ? 'utf-16be' : 'utf-16le'
}

/** Control characters other than white space and ESC: text has next to none. */
function isBinary(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, PRESCAN_BYTES)
  let controls = 0
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] ?? 0
    if (byte < 32 && (byte < 9 || byte > 13) && byte !== ESCAPE) controls++
  }
  return controls * 50 > length
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
