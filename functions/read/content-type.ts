/** What a Content-Type field, or where there is none the first bytes, say about a body. */
import { latin1 } from './http-response.ts'

export type ContentKind = 'html' | 'text' | 'other' | 'unknown'

const HTML_TYPES = new Set(['text/html', 'application/xhtml+xml', 'application/vnd.wap.xhtml+xml'])
/** Types that servers send for what they know nothing of. */
const EMPTY_TYPES = new Set(['', '*/*', 'unknown', 'unknown/unknown', 'application/unknown', 'null', 'none', 'no-type'])

/** With a body, an absent type is settled by looking at it. */
export function contentKind(contentType: string | null, body: Uint8Array | null = null): ContentKind {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (HTML_TYPES.has(type)) return 'html'
  if (type === 'text/plain') return 'text'
  if (!EMPTY_TYPES.has(type)) return 'other'
  if (body === null) return 'unknown'
  return looksLikeHtml(body) ? 'html' : 'other'
}

/** A tag that pages begin with, in the first KiB; UTF-16 is seen through by leaving its zero bytes out. */
export function looksLikeHtml(bytes: Uint8Array): boolean {
  const head = latin1(bytes.subarray(0, 1024).filter((byte) => byte !== 0))
  return /<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|div|table|p|h1|a|br|center|font)[\s/>]/i.test(
    head,
  )
}

export function charsetOf(contentType: string | null): string | null {
  const match = /;\s*charset\s*=\s*["']?\s*([^\s;"']+)/i.exec(contentType ?? '')
  return match?.[1]?.toLowerCase() ?? null
}
