/**
 * Pages out of NDJSON, one posted page a line, from decoded bytes in pieces of any size. A broken line costs itself and is
 * named with what is wrong with it; blank lines are nothing. Cost: one search for line ends, one decode, one JSON.parse.
 */
import type { Failure } from '../outcome.ts'
import { PostedPage } from '../../schema/page.ts'
import { invalidUtf8At } from '../kernel/utf8.ts'
import { concat } from './http-response.ts'
import { failed, Places, rejected } from './read-event.ts'
import type { Place, ReadEvent, RecordParser } from './read-event.ts'
import { unicodePage } from './unicode-page.ts'

export interface NdjsonParserOptions {
  readonly start: number
  readonly end: number
  readonly maxPageBytes: number
}

/** Escapes and the other fields of a page at the limit have this room in a line before it is turned away unread. */
const LINE_SLACK_BYTES = 1 << 16
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
const encoder = new TextEncoder()

export class NdjsonParser implements RecordParser {
  private readonly options: NdjsonParserOptions
  private readonly places = new Places()
  private events: ReadEvent[] = []
  /** The pieces of a line whose end has not come; only counted once it is over the limit. */
  private parts: Uint8Array[] = []
  private partBytes = 0
  private place: Place | null = null
  private position: number
  readonly others = 0
  stoppedAt: number | null = null
  readonly rewindTo = null

  constructor(options: NdjsonParserOptions) {
    this.options = options
    this.position = options.start
  }

  get clean(): boolean {
    return this.place === null
  }

  enterMember(offset: number): void {
    this.places.enterMember(offset)
  }

  leaveMember(): void {
    // A line may go on in the next member.
  }

  rewound(): void {
    // A line is known by its end: nothing is misread.
  }

  take(): ReadEvent[] {
    const events = this.events
    this.events = []
    return events
  }

  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) {
      if (this.place === null) {
        const begin = skipBlank(bytes, at)
        this.position += begin - at
        at = begin
        if (at === bytes.length) return
        if (this.position >= this.options.end) {
          this.stoppedAt = this.position
          return
        }
        this.place = this.places.at(this.position)
      }
      const newline = bytes.indexOf(10, at)
      const end = newline < 0 ? bytes.length : newline
      this.collect(bytes.subarray(at, end))
      this.position += end - at
      at = end
      if (newline >= 0) this.endLine()
    }
  }

  lose(memberOffset: number): void {
    if (this.place !== null && this.place.offset !== memberOffset)
      this.events.push(failed(this.place, 'broken-line', 'cut off by damage in the object'))
    this.reset()
  }

  finish(): void {
    if (this.stoppedAt === null && this.place !== null) this.endLine()
  }

  private collect(part: Uint8Array): void {
    this.partBytes += part.length
    if (this.partBytes > this.maxLineBytes) this.parts = []
    else this.parts.push(part)
  }

  private get maxLineBytes(): number {
    return this.options.maxPageBytes + LINE_SLACK_BYTES
  }

  private endLine(): void {
    const place = this.place ?? { offset: 0, index: 0 }
    const { maxPageBytes } = this.options
    if (this.partBytes > this.maxLineBytes)
      this.events.push(rejected(place, null, { code: 'too-large', bytes: this.partBytes, maxBytes: maxPageBytes }))
    else this.events.push(postedPageEvent(concat(this.parts), place, maxPageBytes))
    this.reset()
  }

  private reset(): void {
    this.parts = []
    this.partBytes = 0
    this.place = null
  }
}

/** One line → its page, or what is wrong with it. */
export function postedPageEvent(line: Uint8Array, place: Place, maxPageBytes: number): ReadEvent {
  const parsed = parseLine(line)
  if (!parsed.ok) return failed(place, parsed.code, parsed.detail, parsed.url)
  const { url, html, text, source = null, lang = null, fetchedAt = null, contentType = null } = parsed.page
  const body = encoder.encode(html ?? text ?? '')
  const kind = html === undefined ? 'text' : 'html'
  return unicodePage({ url, body, kind, source, lang, fetchedAt, contentType }, place, maxPageBytes)
}

type Line =
  | { readonly ok: true; readonly page: PostedPage }
  | { readonly ok: false; readonly code: Failure['code']; readonly detail: string; readonly url: string | null }

function parseLine(line: Uint8Array): Line {
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(line))
  } catch (error) {
    const detail =
      error instanceof SyntaxError
        ? `no JSON: ${error.message}`
        : `no UTF-8 from byte ${invalidUtf8At(line)} of the line on`
    return { ok: false, code: 'broken-line', detail, url: null }
  }
  const checked = PostedPage.safeParse(value)
  if (checked.success) return { ok: true, page: checked.data }
  const url = value !== null && typeof value === 'object' && 'url' in value ? value.url : null
  return {
    ok: false,
    code: 'broken-record',
    detail: checked.error.issues.map(({ path, message }) => `${path.join('.') || 'page'}: ${message}`).join('; '),
    url: typeof url === 'string' ? url : null,
  }
}

/** Blank lines, the mark of UTF-8 that some editors put at the head of a file, and the separators of RFC 7464. */
function skipBlank(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    const byte = bytes[at]
    if (byte === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) at += 3
    else if (byte === 10 || byte === 13 || byte === 32 || byte === 9 || byte === 0x1e) at++
    else return at
  }
}
