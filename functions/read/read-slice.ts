/**
 * The pages of one slice of an object. A slice starts where an earlier one said the next starts (or at 0) and owns what
 * begins before `start + length`: gzip members, or the records or lines of a plain object. It ends at the first member
 * boundary at or after that point at which no record is open, so records may span members and slices of any length give
 * the same pages. Nothing is guessed: the next start is known because everything before it was read.
 * Memory: one window of at most 4 MiB compressed, one decoded piece, one page.
 */
import { ByteWindow } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { detectFormat } from './detect-format.ts'
import type { Format } from './detect-format.ts'
import { inflateUndamaged, SMALL_MEMBER_WINDOW } from './gzip-member.ts'
import type { Member } from './gzip-member.ts'
import { HtmlParser } from './html-object.ts'
import { startsWith } from './http-response.ts'
import { inflateLarge } from './large-member.ts'
import type { LargeEnd } from './large-member.ts'
import { NdjsonParser } from './ndjson-parser.ts'
import { failed, placeOf } from './read-event.ts'
import type { ReadEvent, RecordParser } from './read-event.ts'
import { memberAt, plausibleHeader, seekMember } from './seek-member.ts'
import { WarcParser, type ReadRecord } from './warc-parser.ts'

export interface SliceOptions {
  readonly start?: number
  readonly length?: number
  /** The URL of an HTML object's one page. */
  readonly objectUrl?: string
  /** Known from an earlier slice of the same object; looked up in its first bytes otherwise. */
  readonly format?: Format
  readonly maxPageBytes?: number
  readonly maxMemberBytes?: number
  /** Told of each WARC record that is believed, pages or not: for comparing readers. */
  readonly onRecord?: (record: ReadRecord) => void
}

export const MAX_PAGE_BYTES = 16 << 20
export const MAX_MEMBER_BYTES = 512 << 20

export async function* readSlice(source: ByteSource, options: SliceOptions = {}): AsyncGenerator<ReadEvent> {
  const { start = 0, length = Infinity, maxPageBytes = MAX_PAGE_BYTES, maxMemberBytes = MAX_MEMBER_BYTES } = options
  const format = options.format ?? (await detectFormat(source))
  const end = start + length
  if (format.kind === 'unknown') {
    yield failed({ offset: 0, index: 0 }, 'unreadable-encoding', format.detail ?? 'unknown format')
    yield { kind: 'end', next: null, others: 0 }
    return
  }
  const plainEnd = format.compression === 'none' ? end : Infinity
  const size = format.compression === 'none' ? source.size : Infinity
  const limits = { start, end: plainEnd, size, maxPageBytes, onRecord: options.onRecord }
  const parser =
    format.kind === 'warc'
      ? new WarcParser(limits)
      : format.kind === 'ndjson'
        ? new NdjsonParser(limits)
        : new HtmlParser({ url: options.objectUrl ?? '', maxPageBytes })
  if (format.compression === 'none') yield* readPlain(source, start, parser)
  else yield* readGzip({ source, start, end, parser, maxMemberBytes, isWarc: format.kind === 'warc' })
}

async function* readPlain(source: ByteSource, start: number, parser: RecordParser): AsyncGenerator<ReadEvent> {
  for (let from: number | null = start; from !== null;) {
    for await (const chunk of source.read(from)) {
      parser.push(chunk)
      yield* parser.take()
      if (parser.stoppedAt !== null || parser.rewindTo !== null) break
    }
    if (parser.rewindTo === null) parser.finish()
    yield* parser.take()
    from = parser.rewindTo
    if (from !== null) parser.rewound()
  }
  yield { kind: 'end', next: parser.stoppedAt, others: parser.others }
}

interface GzipSlice {
  readonly source: ByteSource
  readonly start: number
  readonly end: number
  readonly parser: RecordParser
  readonly maxMemberBytes: number
  readonly isWarc: boolean
}

async function* readGzip(slice: GzipSlice): AsyncGenerator<ReadEvent> {
  const { source, parser } = slice
  let next: number | null = null
  for (let from: number | null = slice.start; from !== null;) {
    const window = new ByteWindow(source, from)
    try {
      while (parser.rewindTo === null && (await skipPadding(window))) {
        if (window.position >= slice.end && parser.clean) {
          next = window.position
          break
        }
        yield* readOneMember(window, slice)
      }
    } finally {
      await window.close()
    }
    if (next === null && parser.rewindTo === null) parser.finish()
    yield* parser.take()
    from = parser.rewindTo
    if (from !== null) parser.rewound()
  }
  yield { kind: 'end', next, others: parser.others }
}

/** Passes over zero bytes, with which tapes and block devices fill up, and says whether anything is left. */
async function skipPadding(window: ByteWindow): Promise<boolean> {
  for (;;) {
    await window.fill(1)
    const view = window.unread
    if (view.length === 0) return false
    let at = 0
    while (at < view.length && view[at] === 0) at++
    window.skip(at)
    if (at < view.length) return true
  }
}

async function* readOneMember(window: ByteWindow, slice: GzipSlice): AsyncGenerator<ReadEvent> {
  const { parser } = slice
  const offset = window.position
  const member = await memberAt(window)
  if (member.kind === 'whole') {
    parser.enterMember(offset)
    parser.push(member.bytes)
    parser.leaveMember()
    window.skip(member.length)
    yield* parser.take()
  } else if (member.kind === 'large') {
    yield* readLarge(window, member.headerLength, slice)
  } else {
    yield* passDamage(window, member, slice)
  }
}

async function* readLarge(window: ByteWindow, headerLength: number, slice: GzipSlice): AsyncGenerator<ReadEvent> {
  const { parser, source, maxMemberBytes: maxBytes } = slice
  const offset = window.position
  parser.enterMember(offset)
  const ended = yield* pushPieces(inflateLarge(window, { headerLength, maxBytes }), parser)
  if (ended === null) return
  if (ended.kind === 'whole') {
    parser.leaveMember()
    return
  }
  if (ended.kind === 'corrupt' && ended.brokeAt !== null) {
    const again = new ByteWindow(source, offset)
    const rest = inflateLarge(again, { headerLength, maxBytes, brokeAt: ended.brokeAt })
    const isWhole = (yield* pushPieces(rest, parser)) !== null
    await again.close()
    if (!isWhole) return
  }
  parser.lose(offset, { isSound: ended.kind === 'truncated' })
  yield* parser.take()
  const place = { offset, index: 0 }
  if (ended.kind === 'truncated') {
    window.skip(window.unread.length)
    yield failed(place, 'truncated', `the object ends inside the gzip member at ${offset}`)
    return
  }
  const from = window.position
  await seekMember(window, () => false)
  const skipped = `${ended.detail}; bytes ${from} to ${window.position} passed over`
  yield failed(place, ended.kind === 'too-large' ? 'member-too-large' : 'corrupt-member', skipped)
}

/** Pushes what comes and says how it ended; null when the parser wants to read something again. */
async function* pushPieces(
  pieces: AsyncGenerator<Uint8Array, LargeEnd>,
  parser: RecordParser,
): AsyncGenerator<ReadEvent, LargeEnd | null> {
  for (;;) {
    const step = await pieces.next()
    if (step.done === true) return step.value
    parser.push(step.value)
    yield* parser.take()
    if (parser.rewindTo !== null) {
      await pieces.return({ kind: 'whole' })
      return null
    }
  }
}

type Damaged = Exclude<Member, { kind: 'whole' | 'large' }>

/** One failure for what is damaged, with the window after it: at the next member that can be read, or at the end. */
async function* passDamage(window: ByteWindow, member: Damaged, slice: GzipSlice): AsyncGenerator<ReadEvent> {
  const { parser, isWarc } = slice
  const offset = window.position
  const place = { offset, index: 0 }
  // A deflate stream that ended as it should, before a plausible member or the end, tells the next start without search.
  const ended = member.kind === 'corrupt' ? member.ended : null
  const after = ended === null ? null : window.unread.subarray(ended.length)
  if (
    member.kind === 'corrupt' &&
    ended !== null &&
    after !== null &&
    (after.length === 0 || after[0] === 0 || plausibleHeader(after))
  ) {
    // Something in it is damaged, and nothing tells what: with one page it is that page, of several most are whole.
    parser.enterMember(offset)
    parser.push(ended.bytes)
    parser.leaveMember()
    const events = parser.take()
    const own = events.filter((event) => event.kind !== 'end' && placeOf(event).offset === offset)
    yield* own.length > 1 ? events : events.filter((event) => !own.includes(event))
    if (parser.rewindTo !== null) return
    window.skip(ended.length)
    parser.lose(offset)
    yield* parser.take()
    const loss = own.length > 1 ? 'cannot be trusted' : 'passed over'
    yield failed(place, 'corrupt-member', `${member.detail}; bytes ${offset} to ${window.position} ${loss}`)
    return
  } else {
    if (member.kind === 'corrupt') {
      parser.enterMember(offset)
      parser.push(inflateUndamaged(window.unread.subarray(member.headerLength, SMALL_MEMBER_WINDOW)))
      yield* parser.take()
      if (parser.rewindTo !== null) return
    }
    window.skip(1)
    const beginsRecord = (decoded: Uint8Array) => isWarc && startsWith(decoded, 'WARC/')
    const found = await seekMember(window, beginsRecord)
    if (!found && member.kind === 'truncated') {
      // No CRC vouches for what could be inflated, but its complete records are better than nothing.
      parser.enterMember(offset)
      parser.push(member.bytes)
      if (parser.rewindTo === null) parser.lose(offset, { isSound: true })
      yield* parser.take()
      if (parser.rewindTo !== null) return
      yield failed(place, 'truncated', `the object ends inside the gzip member at ${offset}`)
      return
    }
    if (!found && member.kind === 'not-gzip') {
      parser.lose(offset)
      yield* parser.take()
      const detail = `${window.position - offset} bytes after the last gzip member are none`
      yield failed(place, 'trailing-garbage', detail)
      return
    }
  }
  parser.lose(offset)
  yield* parser.take()
  const cause = member.kind === 'corrupt' ? member.detail : 'no gzip member begins here'
  yield failed(place, 'corrupt-member', `${cause}; bytes ${offset} to ${window.position} passed over`)
}
