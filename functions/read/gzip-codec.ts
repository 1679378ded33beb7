/** gzip objects, member by member. */
import { ByteWindow } from './byte-source.ts'
import { gzipHeaderLength, inflateUndamaged, readMember, type GzipMember } from './gzip-member.ts'
import { inflateLarge } from './large-member.ts'
import {
  skipZeros,
  SMALL_MEMBER_WINDOW,
  type Codec,
  type LargeEnd,
  type LargeOptions,
  type Member,
} from './member-codec.ts'

const HEADER_BYTES = 10

export const gzipCodec: Codec = { unit: 'gzip member', skipFiller: skipZeros, memberAt, stream, find }

async function memberAt(window: ByteWindow): Promise<Member> {
  // Most members of a crawl are below 256 KiB: a failed try inflates at most a third of what the next one does.
  for (let want = 1 << 18; ; want = Math.min(want * 4, SMALL_MEMBER_WINDOW)) {
    await window.fill(want)
    const member = readMember(window.unread.subarray(0, SMALL_MEMBER_WINDOW), window.ended)
    if (member.kind === 'need-more') continue
    if (member.kind === 'not-gzip') return { kind: 'none' }
    return member.kind === 'corrupt' ? damaged(window, member) : member
  }
}

function damaged(window: ByteWindow, { detail, headerLength, ended }: GzipMember & { kind: 'corrupt' }): Member {
  const after = ended === null ? null : window.unread.subarray(ended.length)
  // A deflate stream that ended as it should, before a plausible member or the end, tells the next start without search.
  if (ended !== null && after !== null && (after.length === 0 || after[0] === 0 || plausibleHeader(after)))
    return { kind: 'corrupt', detail, decode: () => ended.bytes, onlyCheckFails: true, length: ended.length }
  const deflated = window.unread.subarray(headerLength, SMALL_MEMBER_WINDOW)
  const decode = (): Uint8Array => ended?.bytes ?? inflateUndamaged(deflated)
  return { kind: 'corrupt', detail, decode, onlyCheckFails: false, length: null }
}

async function* stream(window: ByteWindow, { source, maxBytes }: LargeOptions): AsyncGenerator<Uint8Array, LargeEnd> {
  const offset = window.position
  await window.fill(SMALL_MEMBER_WINDOW)
  const headerLength = Math.max(0, gzipHeaderLength(window.unread))
  const ended = yield* inflateLarge(window, { headerLength, maxBytes })
  if (ended.kind === 'corrupt' && ended.brokeAt !== null) {
    const again = new ByteWindow(source, offset)
    try {
      yield* inflateLarge(again, { headerLength, maxBytes, brokeAt: ended.brokeAt })
    } finally {
      await again.close()
    }
  }
  if (ended.kind === 'whole' || ended.kind === 'truncated') return ended
  return { kind: ended.kind, detail: ended.detail, isPassed: false }
}

/** A member may begin at the head of these bytes, as far as its first ten tell. */
function plausibleHeader(view: Uint8Array): boolean {
  const level = view[8]
  const system = view[9] ?? 256
  if (view.length < HEADER_BYTES || gzipHeaderLength(view.subarray(0, 64)) < 0) return false
  return (level === 0 || level === 2 || level === 4) && (system <= 13 || system === 255)
}

function find(view: Uint8Array): number {
  for (let at = view.indexOf(0x1f); at >= 0; at = view.indexOf(0x1f, at + 1))
    if (view[at + 1] === 0x8b && plausibleHeader(view.subarray(at, at + 64))) return at
  return -1
}
