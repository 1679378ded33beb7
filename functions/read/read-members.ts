/**
 * The events of a compressed object from one of its members on. Damage is named where it lies and costs what it touches:
 * records that were whole before it stay, and reading goes on at the next member that can be believed.
 */
import { ByteWindow } from './byte-source.ts'
import type { ByteSource } from './byte-source.ts'
import { startsWith } from './http-response.ts'
import type { Codec, LargeEnd, Member } from './member-codec.ts'
import { failed, placeOf } from './read-event.ts'
import type { ReadEvent, RecordParser } from './read-event.ts'
import { seekMember } from './seek-member.ts'

export interface MemberSlice {
  readonly source: ByteSource
  readonly codec: Codec
  readonly parser: RecordParser
  readonly start: number
  readonly end: number
  readonly maxMemberBytes: number
  readonly isWarc: boolean
}

export async function* readMembers(slice: MemberSlice): AsyncGenerator<ReadEvent> {
  const { source, codec, parser } = slice
  let next: number | null = null
  for (let from: number | null = slice.start; from !== null;) {
    const window = new ByteWindow(source, from)
    try {
      while (parser.rewindTo === null && (await codec.skipFiller(window))) {
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

async function* readOneMember(window: ByteWindow, slice: MemberSlice): AsyncGenerator<ReadEvent> {
  const { codec, parser } = slice
  const offset = window.position
  const member = await codec.memberAt(window)
  if (member.kind === 'whole') {
    parser.enterMember(offset)
    parser.push(member.bytes)
    parser.leaveMember()
    window.skip(member.length)
    yield* parser.take()
  } else if (member.kind === 'large') {
    yield* readLarge(window, slice)
  } else if (member.kind === 'corrupt') {
    yield* passCorrupt(window, member, slice)
  } else {
    yield* passDamage(window, member, slice)
  }
}

async function* readLarge(window: ByteWindow, slice: MemberSlice): AsyncGenerator<ReadEvent> {
  const { source, codec, parser, maxMemberBytes: maxBytes } = slice
  const offset = window.position
  parser.enterMember(offset)
  const ended = yield* pushPieces(codec.stream(window, { source, maxBytes }), parser)
  if (ended === null) return
  if (ended.kind === 'whole') {
    parser.leaveMember()
    return
  }
  parser.lose(offset, { isSound: ended.kind === 'truncated' })
  yield* parser.take()
  const place = { offset, index: 0 }
  if (ended.kind === 'truncated') {
    window.skip(window.unread.length)
    yield failed(place, 'truncated', `the object ends inside the ${codec.unit} at ${offset}`)
    return
  }
  const from = window.position
  if (!ended.isPassed) await seekMember(window, codec, { looksRight: () => false })
  const skipped = ended.isPassed ? '' : `; bytes ${from} to ${window.position} passed over`
  yield failed(place, ended.kind === 'too-large' ? 'member-too-large' : 'corrupt-member', `${ended.detail}${skipped}`)
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

/** One failure for a member that is damaged, with the window behind it or at the next member that can be read. */
async function* passCorrupt(
  window: ByteWindow,
  { detail, decode, onlyCheckFails, length }: Member & { kind: 'corrupt' },
  slice: MemberSlice,
): AsyncGenerator<ReadEvent> {
  const { codec, parser, isWarc } = slice
  const offset = window.position
  parser.enterMember(offset)
  parser.push(await decode())
  let loss = 'passed over'
  if (onlyCheckFails) {
    // Something in it is damaged, and nothing tells what: with one page it is that page, of several most are whole.
    parser.leaveMember()
    const events = parser.take()
    const own = events.filter((event) => event.kind !== 'end' && placeOf(event).offset === offset)
    yield* own.length > 1 ? events : events.filter((event) => !own.includes(event))
    if (own.length > 1) loss = 'cannot be trusted'
  }
  yield* parser.take()
  if (parser.rewindTo !== null) return
  if (length === null) {
    window.skip(1)
    await seekMember(window, codec, { looksRight: (decoded) => isWarc && startsWith(decoded, 'WARC/') })
  } else window.skip(length)
  parser.lose(offset)
  yield* parser.take()
  const place = { offset, index: 0 }
  yield failed(place, 'corrupt-member', `${detail}; bytes ${offset} to ${window.position} ${loss}`)
}

/** One failure for what is no member, or the last one cut off, with the window at the next member or at the end. */
async function* passDamage(
  window: ByteWindow,
  member: Member & { kind: 'truncated' | 'none' },
  { codec, parser, isWarc }: MemberSlice,
): AsyncGenerator<ReadEvent> {
  const offset = window.position
  const place = { offset, index: 0 }
  window.skip(1)
  const looksRight = (decoded: Uint8Array): boolean => isWarc && startsWith(decoded, 'WARC/')
  const found = await seekMember(window, codec, { looksRight })
  if (!found && member.kind === 'truncated') {
    // No check vouches for what could be decoded, but its complete records are better than nothing.
    parser.enterMember(offset)
    parser.push(member.bytes)
    if (parser.rewindTo === null) parser.lose(offset, { isSound: true })
    yield* parser.take()
    if (parser.rewindTo === null)
      yield failed(place, 'truncated', `the object ends inside the ${codec.unit} at ${offset}`)
    return
  }
  // Behind the last member nothing is lost of what came before: a line or a page that is open ends with it.
  if (isWarc || found || member.kind !== 'none') parser.lose(offset)
  yield* parser.take()
  const passed = `bytes ${offset} to ${window.position} passed over`
  yield found || member.kind !== 'none'
    ? failed(place, 'corrupt-member', `no ${codec.unit} begins here; ${passed}`)
    : failed(place, 'trailing-garbage', `${window.position - offset} bytes after the last ${codec.unit} are none`)
}
