/**
 * The markup around the beginning of the main text, cut into runs of text with what the elements around each say of it.
 * The table of blocks knows block-level elements only; who wrote a page mostly stands in inline ones (`a`, `span`).
 * Cost: bounded by the stretch, whatever the page.
 */
import { plainText } from './entities.ts'
import type { Scan } from './scan.ts'

/** A run of text between two tags, or a `meta` without text. */
export interface Segment {
  readonly text: string
  /** Attributes of the elements around it, as they stand in the markup, outermost first. */
  readonly around: readonly string[]
}

const BEFORE_BYTES = 4000
const AFTER_BYTES = 4000
const LABEL_BYTES = 120
const MAX_TEXT = 160
const DEPTH = 3
const VOID = new Set('br img input hr source wbr col area base embed param track link'.split(' '))
const RAW = new Set('script style title svg template noscript'.split(' '))
const utf8 = new TextDecoder()

/**
 * The stretch around the first kept block, and before it the one around the heading where that stands elsewhere; -1 is a
 * block that there is not.
 */
export function headSegments(
  html: Uint8Array,
  { blocks }: Scan,
  { first, heading }: { readonly first: number; readonly heading: number },
): Segment[] {
  if (first < 0) return []
  const cut = (from: number, to: number): Segment[] => segmentsOf(utf8.decode(html.subarray(Math.max(0, from), to)))
  const middle = blocks.sources[first] as number
  const title = heading < 0 ? middle : (blocks.sources[heading] as number)
  const isFar = title < middle - BEFORE_BYTES || title > middle + AFTER_BYTES
  return [
    ...(isFar ? cut(title - BEFORE_BYTES / 4, title + AFTER_BYTES) : []),
    ...cut(middle - BEFORE_BYTES, middle + AFTER_BYTES),
  ]
}

/** The stretch behind the last kept block, where some pages sign what stands above. */
export function tailSegments(html: Uint8Array, { blocks }: Scan, isKept: Uint8Array): Segment[] {
  const last = isKept.subarray(0, blocks.count).lastIndexOf(1)
  if (last < 0 || last + 1 >= blocks.count) return []
  // The word before the name may have been kept.
  const from = Math.max(0, (blocks.sources[last + 1] as number) - LABEL_BYTES)
  return segmentsOf(utf8.decode(html.subarray(from, from + AFTER_BYTES)))
}

const NEEDLES = ['itemprop="author"', "itemprop='author'", 'itemprop=author'].map((needle) =>
  new TextEncoder().encode(needle),
)
const MARKED_BYTES = 1500

/** The segments after the first `itemprop=author` of the page: in a thread, whoever opened it. */
export function firstAuthorSegments(html: Uint8Array): Segment[] {
  const bytes = Buffer.from(html.buffer, html.byteOffset, html.byteLength)
  for (const needle of NEEDLES) {
    const at = bytes.indexOf(needle)
    if (at >= 0) return segmentsOf(`<a ${utf8.decode(html.subarray(at, at + MARKED_BYTES))}`)
  }
  return []
}

/** A tag ends at the next `>`, quoted or not: that keeps the cost linear. */
function segmentsOf(markup: string): Segment[] {
  const segments: Segment[] = []
  const names: string[] = []
  const attributes: string[] = []
  let open = markup.indexOf('<')
  while (open >= 0) {
    const close = markup.indexOf('>', open)
    if (close < 0) break
    const isEnd = markup[open + 1] === '/'
    const name = nameAt(markup, isEnd ? open + 2 : open + 1)
    let next = close + 1
    if (name === '') {
      if (markup.startsWith('<!--', open)) next = endOf(markup, '-->', open)
    } else if (isEnd) {
      const at = names.lastIndexOf(name)
      if (at >= 0) names.length = attributes.length = at
    } else if (RAW.has(name)) next = endOf(markup, `</${name}`, open)
    else if (name === 'meta') {
      const own = markup.slice(open, close)
      if (own.includes('itemprop')) segments.push({ text: '', around: [own] })
    } else if (!VOID.has(name) && markup[close - 1] !== '/') {
      names.push(name)
      attributes.push(markup.slice(open + 1 + name.length, close))
    }
    open = markup.indexOf('<', next)
    const end = open < 0 ? markup.length : open
    const text = end - next < MAX_TEXT * 4 ? markup.slice(next, end).trim() : ''
    if (text === '') continue
    const plain = text.includes('&') ? plainText(text).trim() : text
    if (plain !== '' && plain.length <= MAX_TEXT) segments.push({ text: plain, around: attributes.slice(-DEPTH) })
  }
  return segments
}

const endOf = (markup: string, needle: string, from: number): number => {
  const at = markup.indexOf(needle, from)
  return at < 0 ? markup.length : at
}

/** Lower-cased, empty where there is no tag. */
function nameAt(markup: string, from: number): string {
  let end = from
  for (let code = markup.charCodeAt(end) | 32; (code >= 97 && code <= 122) || (end > from && code >= 48 && code < 58);)
    code = markup.charCodeAt(++end) | 32
  return markup.slice(from, end).toLowerCase()
}

/** What a machine reads: `datetime` or `content` of the innermost tag. */
export function machineText({ around }: Segment): string | null {
  const own = around.at(-1)
  if (own === undefined || !/datetime|content/i.test(own)) return null
  return /(?:datetime|content)\s*=\s*["']?([^"'>]{4,60})/i.exec(own)?.[1] ?? null
}
