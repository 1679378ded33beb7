/**
 * WARC records out of decoded bytes that come in pieces of any size. A push parser, because pieces come from three places
 * (whole gzip members, streamed ones, plain objects); a record that lies in one piece is a view of it, never a copy.
 * A broken record costs itself: the parser looks for the next line that begins with `WARC/` and names what it passed.
 * Cost: each byte is looked at once in headers, never in blocks.
 */
import { concat, startsWith } from './http-response.ts'
import { failed, Places } from './read-event.ts'
import type { Place, ReadEvent, RecordParser } from './read-event.ts'
import { holdsPage, HTTP_HEAD_BYTES, recordEvent } from './record-page.ts'
import { headerEnd, parseWarcHeader } from './warc-header.ts'
import type { WarcHeader } from './warc-header.ts'

const NOTHING = new Uint8Array(0)
const MAX_HEADER_BYTES = 1 << 18
const MARK = 'WARC/'

/** A record whose header is read and whose block is being collected. */
interface Open {
  readonly header: WarcHeader
  readonly place: Place
  readonly length: number
  /** What is kept of the block: all of it, its beginning if it is over the limit, nothing if it holds no page. */
  readonly kept: Uint8Array
  filled: number
  left: number
  readonly beganMember: boolean
}

export interface WarcParserOptions {
  /** Offset of the first byte that will be pushed, and in a plain object where the slice ends. */
  readonly start: number
  readonly end: number
  readonly maxPageBytes: number
}

export class WarcParser implements RecordParser {
  private readonly options: WarcParserOptions
  private readonly places = new Places()
  private events: ReadEvent[] = []
  /** Bytes of a header (or of a line while seeking) whose rest has not come, and the place of what begins with them. */
  private carry: Uint8Array = NOTHING
  private carryPlace: Place | null = null
  private open: Open | null = null
  private broken: { place: Place; detail: string; bytes: number } | null = null
  /** Offset in a plain object of the next byte to be parsed. */
  private position: number
  private memberBegins = false
  others = 0
  stoppedAt: number | null = null

  constructor(options: WarcParserOptions) {
    this.options = options
    this.position = options.start
  }

  get clean(): boolean {
    return this.open === null && this.broken === null && this.carry.length === 0
  }

  enterMember(offset: number): void {
    this.places.enterMember(offset)
    this.memberBegins = true
  }

  take(): ReadEvent[] {
    const events = this.events
    this.events = []
    return events
  }

  push(piece: Uint8Array): void {
    if (piece.length === 0) return
    const begins = this.memberBegins
    this.memberBegins = false
    if (begins && this.open?.beganMember === true && looksLikeRecord(piece)) this.cutOff()
    const bytes = this.carry.length === 0 ? piece : concat([this.carry, piece])
    let at = 0
    const freshMember = begins && this.carry.length === 0
    this.carry = NOTHING
    while (at < bytes.length && this.stoppedAt === null) {
      if (this.broken !== null) at = this.seek(bytes, at, freshMember)
      else if (this.open !== null) at = this.fillBlock(bytes, at, this.open)
      else at = this.readHeader(bytes, at, freshMember)
    }
  }

  lose(memberOffset: number): void {
    const place = this.open?.place ?? this.broken?.place ?? this.carryPlace
    const inMember = place?.offset === memberOffset
    if (this.broken !== null) this.endBroken()
    else if (place !== null && place !== undefined && !inMember)
      this.fail(place, 'broken-record', 'cut off by damage in the object', this.open?.header.url ?? null)
    this.reset()
  }

  finish(): void {
    if (this.stoppedAt !== null) return
    if (this.broken !== null) {
      this.broken.bytes += this.carry.length
      this.endBroken()
    } else if (this.open !== null) {
      const { header, place, left, length } = this.open
      const detail = `the object ends ${left} bytes before the end of a ${header.type} record of ${length}`
      this.fail(place, 'truncated', detail, header.url)
    } else if (this.carryPlace !== null) {
      this.fail(this.carryPlace, 'truncated', 'the object ends inside a WARC header', null)
    }
    this.reset()
  }

  private reset(): void {
    this.open = null
    this.broken = null
    this.carry = NOTHING
    this.carryPlace = null
  }

  private fail(place: Place, code: 'broken-record' | 'truncated', detail: string, url: string | null): void {
    this.events.push(failed(place, code, detail, url))
  }

  /** A member that began with this record is over, and the next begins with another: its Content-Length was wrong. */
  private cutOff(): void {
    if (this.open === null) return
    const { header, place, left, length } = this.open
    const detail = `Content-Length is ${length}, the record's member ends ${left} bytes earlier`
    this.fail(place, 'broken-record', detail, header.url)
    this.open = null
  }

  private readHeader(bytes: Uint8Array, from: number, freshMember: boolean): number {
    let at = from
    if (this.carryPlace === null) {
      while (at < bytes.length && (bytes[at] === 13 || bytes[at] === 10)) at++
      this.position += at - from
      if (at === bytes.length) return at
      if (this.position >= this.options.end) {
        this.stoppedAt = this.position
        return bytes.length
      }
    }
    const place = this.carryPlace ?? this.places.at(this.position)
    this.carryPlace = null
    const seen = bytes.subarray(at, at + MARK.length)
    if (!startsWith(MARK_BYTES, String.fromCharCode(...seen))) return this.breakOff(place, 'no WARC header', at)
    const end = headerEnd(bytes, at)
    if (end < 0) {
      if (bytes.length - at > MAX_HEADER_BYTES) return this.breakOff(place, 'a WARC header without end', at)
      this.carry = bytes.slice(at)
      this.carryPlace = place
      return bytes.length
    }
    const header = parseWarcHeader(bytes.subarray(at, end))
    if (header === null) return this.breakOff(place, 'a WARC header without version', at)
    if (header.contentLength === null) return this.breakOff(place, 'a WARC header without Content-Length', at)
    this.position += end - at
    this.begin(header, header.contentLength, place, bytes.subarray(end), freshMember && at === 0)
    return end
  }

  private begin(header: WarcHeader, length: number, place: Place, rest: Uint8Array, beganMember: boolean): void {
    const { maxPageBytes } = this.options
    const isPage = holdsPage(header)
    if (!isPage) this.others++
    const tooLarge = length > maxPageBytes + HTTP_HEAD_BYTES
    const keep = isPage ? (tooLarge ? HTTP_HEAD_BYTES : length) : 0
    const here = keep <= rest.length
    const kept = here ? rest.subarray(0, keep) : new Uint8Array(keep)
    this.open = { header, place, length, kept, filled: here ? keep : 0, left: length, beganMember }
    if (length === 0) this.close(this.open)
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

  private close({ header, place, length, kept }: Open): void {
    this.open = null
    if (!holdsPage(header)) return
    const { maxPageBytes } = this.options
    this.events.push(recordEvent(header, kept, { blockLength: length, place, maxPageBytes }))
  }

  private breakOff(place: Place, detail: string, at: number): number {
    this.broken = { place, detail, bytes: 0 }
    return at
  }

  /** Passes over bytes up to the next line that begins with the mark; the first byte of a broken stretch is no such line. */
  private seek(bytes: Uint8Array, from: number, freshMember: boolean): number {
    const broken = this.broken
    if (broken === null) return from
    if (from === 0 && freshMember && broken.bytes > 0 && startsWith(bytes, MARK)) return this.endBroken(from)
    for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) {
      if (bytes.length - at <= MARK.length) {
        // The line may be the one that is looked for: it is judged when more of it has come.
        this.passBroken(broken, at - from)
        this.carry = bytes.slice(at)
        return bytes.length
      }
      if (!startsWith(bytes.subarray(at + 1, at + 1 + MARK.length), MARK)) continue
      this.passBroken(broken, at + 1 - from)
      return this.endBroken(at + 1)
    }
    this.passBroken(broken, bytes.length - from)
    return bytes.length
  }

  private passBroken(broken: { bytes: number }, count: number): void {
    broken.bytes += count
    this.position += count
  }

  private endBroken(at = 0): number {
    if (this.broken !== null) {
      const { place, detail, bytes } = this.broken
      this.fail(place, 'broken-record', `${detail}; ${bytes} bytes passed over`, null)
    }
    this.broken = null
    return at
  }
}

const MARK_BYTES = new TextEncoder().encode(MARK)

/** A record's first line and the beginning of a field. */
const looksLikeRecord = (bytes: Uint8Array): boolean =>
  /^WARC\/\d\.\d\d?\r?\n[A-Za-z-]+:/.test(String.fromCharCode(...bytes.subarray(0, 64)))
