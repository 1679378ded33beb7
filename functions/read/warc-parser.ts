/**
 * WARC records out of decoded bytes that come in pieces of any size. A push parser, because pieces come from three places
 * (whole members, streamed ones, plain objects); a record that lies in one piece is a view of it, never a copy.
 * A record is believed when what follows its block says that its length is right: the end of the object or of a member
 * that began with a record, the next record, or an empty line. One that is not is read again from its block on, up to the
 * next line that begins with `WARC/`: a wrong length costs its own record only. Cost: bytes are looked at once in headers,
 * never in blocks.
 */
import { concat, startsWith } from './http-response.ts'
import { failed, Places } from './read-event.ts'
import type { Place, ReadEvent, RecordParser } from './read-event.ts'
import { holdsPage, HTTP_HEAD_BYTES, otherRecordEvent, recordEvent } from './record-page.ts'
import { Rereading, type Spot } from './rereading.ts'
import { headerEnd, parseWarcHeader } from './warc-header.ts'
import type { WarcHeader } from './warc-header.ts'

const NOTHING = new Uint8Array(0)
const MAX_HEADER_BYTES = 1 << 18
const MARK = 'WARC/'
/** Two line feeds after a block are the end of its record. */
const RECORD_END_LINES = 2

/** A record whose header is read and whose block is being collected. */
interface Open {
  readonly header: WarcHeader
  readonly place: Place
  readonly length: number
  /** Where its block begins. */
  readonly block: Spot
  /** What is kept of the block: all of it, its beginning if it is over the limit, nothing if it holds no page. */
  readonly kept: Uint8Array
  filled: number
  left: number
}

/** A record whose block is read, until what follows tells that it was one. */
interface Closed {
  readonly record: Open
  readonly event: ReadEvent | null
  /** Line feeds after the block. */
  lines: number
}

/** A stretch that is passed over. */
interface Broken {
  readonly place: Place
  readonly url: string | null
  readonly detail: string
  /** What is said where no record follows: the object is cut off. */
  readonly cutOff: string | null
  readonly afterHeader: boolean
  bytes: number
}

export interface WarcParserOptions {
  /** Offset of the first byte that will be pushed, and in a plain object where the slice ends. */
  readonly start: number
  readonly end: number
  /** Bytes of a plain object; nobody knows how many a compressed one decodes to. */
  readonly size: number
  readonly maxPageBytes: number
  /** Told of each record that is believed, whatever its type. */
  readonly onRecord?: ((record: ReadRecord) => void) | undefined
}

export interface ReadRecord {
  readonly header: WarcHeader
  readonly place: Place
  readonly length: number
  /** Whole up to the limit of a page, the beginning beyond it. */
  readonly block: Uint8Array
}

export class WarcParser implements RecordParser {
  private readonly options: WarcParserOptions
  private readonly places = new Places()
  private readonly rereading = new Rereading()
  private events: ReadEvent[] = []
  /** Bytes of a header (or of a line while seeking) whose rest has not come, and the place of what begins with them. */
  private carry: Uint8Array = NOTHING
  private carryPlace: Place | null = null
  private open: Open | null = null
  private closed: Closed | null = null
  private broken: Broken | null = null
  /** Offset of the member that is being read, null in a plain object. */
  private member: number | null = null
  /** Offset of the next byte to be parsed: in the object if it is plain, in the decoded member otherwise. */
  private position: number
  private memberBegins = false
  /** Members that begin with a record end with one too, or nearly always. */
  private memberIsAligned = false
  others = 0
  stoppedAt: number | null = null

  constructor(options: WarcParserOptions) {
    this.options = options
    this.position = options.start
  }

  get clean(): boolean {
    const nothingOpen = this.open === null && this.closed === null && this.broken === null && this.carry.length === 0
    return nothingOpen && !this.rereading.isIn(this.spot())
  }

  get rewindTo(): number | null {
    return this.rereading.target?.offset ?? null
  }

  rewound(): void {
    const spot = this.rereading.begin()
    if (this.member === null) this.position = spot.offset
    this.carry = NOTHING
    this.carryPlace = null
  }

  enterMember(offset: number): void {
    this.member = offset
    this.memberBegins = true
    // What is carried over lies before the member's first byte.
    this.position = -this.carry.length
    this.places.enterMember(offset, this.rereading.indexIn(offset))
  }

  leaveMember(): void {
    // The end of a member that was cut anywhere says nothing of the record that seems to end with it.
    const isEnd = this.memberIsAligned || (this.closed !== null && endsAsRecord(this.closed))
    if (isEnd && this.open === null && this.carry.length === 0) this.settle()
  }

  take(): ReadEvent[] {
    const events = this.events
    this.events = []
    return events
  }

  push(whole: Uint8Array): void {
    if (whole.length === 0 || this.rewindTo !== null) return
    const begins = this.memberBegins
    this.memberBegins = false
    if (begins) {
      const isAligned = looksLikeRecord(whole)
      if (this.open !== null && this.memberIsAligned && isAligned) this.endsBeforeItsLength(this.open)
      if (this.rewindTo !== null) return
      this.memberIsAligned = isAligned
    }
    const skipped = this.rereading.skip(whole.length)
    this.position += skipped
    const piece = whole.subarray(skipped)
    const bytes = this.carry.length === 0 ? piece : concat([this.carry, piece])
    let at = 0
    const freshMember = begins && this.carry.length === 0 && skipped === 0
    this.carry = NOTHING
    while (at < bytes.length && this.stoppedAt === null && this.rewindTo === null) {
      if (this.broken !== null) at = this.seek(bytes, at, freshMember)
      else if (this.open !== null) at = this.fillBlock(bytes, at, this.open)
      else at = this.readHeader(bytes, at)
    }
  }

  lose(memberOffset: number, { isSound = false } = {}): void {
    // Damage shows itself only some way behind it: a record whose end was not seen may have it.
    if (isSound || (this.closed !== null && this.closed.lines >= RECORD_END_LINES)) this.settle()
    const { open, broken, closed } = this
    const place = open?.place ?? broken?.place ?? closed?.record.place ?? this.carryPlace
    if (place !== null && place !== undefined && place.offset !== memberOffset) {
      const url = open?.header.url ?? closed?.record.header.url ?? null
      if (broken !== null) this.endBroken()
      else this.fail(place, 'broken-record', 'cut off by damage in the object', url)
    }
    this.reset()
  }

  finish(): void {
    if (this.stoppedAt !== null) return
    this.settle()
    const { open, broken } = this
    if (broken !== null) {
      broken.bytes += this.carry.length
      this.endBroken(true)
    } else if (open !== null) {
      this.distrust(open, this.overrun(open, open.length - open.left))
      if (this.rewindTo !== null) return
      this.endBroken(true)
    } else if (this.carry.length > 0) {
      const place = this.carryPlace ?? this.places.at(this.position)
      this.fail(place, 'truncated', 'the object ends inside a WARC header', null)
    }
    this.reset()
  }

  private reset(): void {
    this.open = null
    this.closed = null
    this.broken = null
    this.carry = NOTHING
    this.carryPlace = null
  }

  private fail(place: Place, code: 'broken-record' | 'truncated', detail: string, url: string | null): void {
    this.events.push(failed(place, code, detail, url === '' ? null : url))
  }

  /** Where the next byte to be parsed lies. */
  private spot(): Spot {
    const { member, position, places } = this
    return { offset: member ?? position, skip: member === null ? 0 : position, index: places.count }
  }

  /** A member that began with a record is over while this one is open, and the next begins with another. */
  private endsBeforeItsLength(open: Open): void {
    const detail = `Content-Length is ${open.length}, the record's member ends ${open.left} bytes earlier`
    this.distrust(open, { detail, cutOff: null })
  }

  private overrun(open: Open, there: number): Pick<Broken, 'detail' | 'cutOff'> {
    const { header, length } = open
    return {
      detail: `Content-Length is ${length}, the object has only ${there} bytes more`,
      cutOff: `the object ends ${length - there} bytes before the end of a ${header.type} record of ${length}`,
    }
  }

  /** Reads on from the record's block as if its length were not known, if that is not too much to read twice. */
  private distrust(record: Open, why: Pick<Broken, 'detail' | 'cutOff'>): void {
    const { place, header, block, length, left } = record
    this.open = null
    this.closed = null
    const isReread = this.rereading.want(block, this.spot(), length - left)
    this.broken = { ...why, place, url: header.url, afterHeader: true, bytes: isReread ? 0 : length - left }
  }

  private settle(): void {
    const { closed } = this
    this.closed = null
    if (closed === null) return
    const { header, place, length, kept } = closed.record
    this.options.onRecord?.({ header, place, length, block: kept })
    if (closed.event !== null) this.events.push(closed.event)
    else if (!holdsPage(header)) this.others++
  }

  private readHeader(bytes: Uint8Array, from: number): number {
    let at = from
    if (this.carryPlace === null) {
      while (at < bytes.length && (bytes[at] === 13 || bytes[at] === 10)) {
        if (bytes[at] === 10 && this.closed !== null) this.closed.lines++
        at++
      }
      this.position += at - from
      if (at === bytes.length) return at
    }
    const seen = bytes.subarray(at, at + MARK.length)
    const isMark = startsWith(MARK_BYTES, String.fromCharCode(...seen))
    if (this.closed !== null) {
      if (isMark && seen.length < MARK.length) {
        this.carry = bytes.slice(at)
        return bytes.length
      }
      const { record } = this.closed
      if (isMark || endsAsRecord(this.closed)) this.settle()
      else {
        const detail = `Content-Length is ${record.length}, but neither a record's end nor another record follows`
        this.distrust(record, { detail, cutOff: null })
        return at
      }
    }
    if (this.carryPlace === null && this.position >= this.options.end && !this.rereading.isIn(this.spot())) {
      this.stoppedAt = this.position
      return bytes.length
    }
    const place = this.carryPlace ?? this.places.at(this.position)
    this.carryPlace = null
    if (!isMark) return this.breakOff(place, 'no WARC header', at)
    const end = headerEnd(bytes, at)
    if (end < 0) {
      if (bytes.length - at > MAX_HEADER_BYTES) return this.breakOff(place, 'a WARC header without end', at)
      this.carry = bytes.slice(at)
      this.carryPlace = place
      return bytes.length
    }
    const header = parseWarcHeader(bytes.subarray(at, end))
    if (header === null) return this.breakOff(place, 'a WARC header without version', at)
    if (typeof header.contentLength === 'string') return this.breakOff(place, header.contentLength, at, header.url)
    this.position += end - at
    this.begin(header, header.contentLength, place, bytes.subarray(end))
    return end
  }

  private begin(header: WarcHeader, length: number, place: Place, rest: Uint8Array): void {
    const { maxPageBytes, size } = this.options
    const tooLarge = length > maxPageBytes + HTTP_HEAD_BYTES
    const keep = holdsPage(header) || this.options.onRecord !== undefined ? (tooLarge ? HTTP_HEAD_BYTES : length) : 0
    const here = keep <= rest.length
    const there = this.member === null ? size - this.position : Infinity
    const kept = here ? rest.subarray(0, keep) : new Uint8Array(there < length ? 0 : keep)
    const block = this.spot()
    const open: Open = { header, place, length, block, kept, filled: here ? keep : 0, left: length }
    if (there < length) {
      this.broken = { ...this.overrun(open, there), place, url: header.url, afterHeader: true, bytes: 0 }
      return
    }
    this.open = open
    if (length === 0) this.close(open)
  }

  private fillBlock(bytes: Uint8Array, at: number, open: Open): number {
    const count = Math.min(open.left, bytes.length - at)
    if (open.filled < open.kept.length) {
      const part = bytes.subarray(at, at + Math.min(count, open.kept.length - open.filled))
      open.kept.set(part, open.filled)
      open.filled += part.length
    }
    open.left -= count
    this.position += count
    if (open.left === 0) this.close(open)
    return at + count
  }

  private close(record: Open): void {
    const { header, place, length, kept } = record
    const { maxPageBytes } = this.options
    this.open = null
    const event = holdsPage(header)
      ? recordEvent(header, kept, { blockLength: length, place, maxPageBytes })
      : otherRecordEvent(header, place)
    this.closed = { record, event, lines: 0 }
  }

  private breakOff(place: Place, detail: string, at: number, url: string | null = null): number {
    this.broken = { place, url, detail, cutOff: null, afterHeader: false, bytes: 0 }
    return at
  }

  /** Passes over bytes up to the next line that begins with the mark; the first byte of a broken stretch is no such line. */
  private seek(bytes: Uint8Array, from: number, freshMember: boolean): number {
    const broken = this.broken
    if (broken === null) return from
    const mayBegin = from === 0 && freshMember && (broken.bytes > 0 || broken.afterHeader)
    if (mayBegin && startsWith(bytes, MARK)) return this.endBroken(false, from)
    for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) {
      if (bytes.length - at <= MARK.length) {
        // The line may be the one that is looked for: it is judged when more of it has come.
        this.passBroken(broken, at - from)
        this.carry = bytes.slice(at)
        return bytes.length
      }
      if (!startsWith(bytes.subarray(at + 1, at + 1 + MARK.length), MARK)) continue
      this.passBroken(broken, at + 1 - from)
      return this.endBroken(false, at + 1)
    }
    this.passBroken(broken, bytes.length - from)
    return bytes.length
  }

  private passBroken(broken: Broken, count: number): void {
    broken.bytes += count
    this.position += count
  }

  private endBroken(objectEnds = false, at = 0): number {
    if (this.broken !== null) {
      const { place, url, detail, cutOff, bytes } = this.broken
      if (objectEnds && cutOff !== null) this.fail(place, 'truncated', cutOff, url)
      else this.fail(place, 'broken-record', `${detail}; ${bytes} bytes passed over`, url)
    }
    this.broken = null
    return at
  }
}

const MARK_BYTES = new TextEncoder().encode(MARK)

/** A record's first line and the beginning of a field. */
const looksLikeRecord = (bytes: Uint8Array): boolean =>
  /^WARC\/\d\.\d\d?\r?\n[A-Za-z-]+:/.test(String.fromCharCode(...bytes.subarray(0, 64)))

const endsAsRecord = ({ record, lines }: Closed): boolean => lines >= RECORD_END_LINES && !holdsRecord(record.kept)

/** A record begins somewhere in these bytes, after an empty line. */
function holdsRecord(block: Uint8Array): boolean {
  const text = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  return text.includes('\r\n\r\nWARC/1.') || text.includes('\r\n\r\nWARC/0.')
}
