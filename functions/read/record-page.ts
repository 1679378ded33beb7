/** A WARC record's block → a page, or why it is none. */
import type { Page } from '../page.ts'
import { contentKind, charsetOf } from './content-type.ts'
import { decodeBody, parseHttpHead } from './http-response.ts'
import { failed, rejected } from './read-event.ts'
import type { Place, ReadEvent } from './read-event.ts'
import type { WarcHeader } from './warc-header.ts'

const PAGE_TYPES = new Set(['response', 'resource', 'conversion'])
/** What a crawler writes beside its pages. */
const OTHER_TYPES = new Set(['warcinfo', 'request', 'metadata'])
/** Records that stand for a page without holding a whole one. */
const PART_TYPES = new Set(['revisit', 'continuation'])

export const holdsPage = (header: WarcHeader): boolean => PAGE_TYPES.has(header.type) && header.segment === null

/** What becomes of a record that holds no page: nothing where it never stood for one, else the reason or the fault. */
export function otherRecordEvent({ type, segment, url }: WarcHeader, place: Place): ReadEvent | null {
  if (OTHER_TYPES.has(type)) return null
  if (PART_TYPES.has(type)) return rejected(place, url, { code: 'record-type', type })
  if (PAGE_TYPES.has(type) && segment !== null) return rejected(place, url, { code: 'record-type', type: 'segment' })
  const found =
    type === '' ? 'the record has no WARC-Type' : `there is no WARC-Type ${JSON.stringify(type.slice(0, 40))}`
  return failed(place, 'broken-record', found, url === '' ? null : url)
}

/** An HTTP head has room for this much before the body in a block. */
export const HTTP_HEAD_BYTES = 1 << 16

/** `block` may be only the beginning of one that is over the limit: `blockLength` is what the record says. */
export function recordEvent(
  header: WarcHeader,
  block: Uint8Array,
  { blockLength, place, maxPageBytes }: { blockLength: number; place: Place; maxPageBytes: number },
): ReadEvent {
  const { url } = header
  const isHttp =
    header.type === 'response' && /^(?:application|message)\/http\b/i.test(header.contentType ?? 'message/http')
  const head = isHttp ? parseHttpHead(block) : null
  if (isHttp && head === null) return failed(place, 'broken-record', 'the response has no HTTP status line', url)
  if (head !== null && head.status !== 200) return rejected(place, url, { code: 'http-status', status: head.status })
  if (head?.isWhole === false) {
    const found = `no empty line in the ${block.length} bytes that follow the HTTP status line: the head is cut or broken`
    return failed(place, 'broken-record', found, url)
  }

  const contentType = head === null ? header.contentType : head.contentType
  const raw = head === null ? block : block.subarray(head.length)
  const declared = contentKind(contentType)
  if (declared === 'other') return rejected(place, url, { code: 'not-text', contentType: contentType ?? '' })
  const rawLength = blockLength - (head?.length ?? 0)
  const tooLarge = (bytes: number) => rejected(place, url, { code: 'too-large', bytes, maxBytes: maxPageBytes })
  if (rawLength > maxPageBytes) return tooLarge(rawLength)

  const body = head === null ? ({ kind: 'body', bytes: raw } as const) : decodeBody(raw, head, maxPageBytes)
  if (body.kind === 'too-large') return tooLarge(maxPageBytes + 1)
  if (body.kind === 'unreadable') return failed(place, 'unreadable-encoding', body.detail, url)
  if (body.bytes.length === 0) return rejected(place, url, { code: 'empty' })
  const kind = declared === 'unknown' ? contentKind(null, body.bytes) : declared
  if (kind !== 'html' && kind !== 'text')
    return rejected(place, url, { code: 'not-text', contentType: contentType ?? '' })
  const page: Page = {
    url,
    body: body.bytes,
    kind,
    contentType,
    charset: charsetOf(contentType),
    status: head?.status ?? 200,
    fetchedAt: header.date,
    source: null,
    lang: null,
    usageHeaders: head?.usage ?? {},
    ...place,
  }
  return { kind: 'page', page }
}
