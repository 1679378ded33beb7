/** What reading a slice gives, and the interface of the parsers that give it. */
import type { Failure, Reason } from '../outcome.ts'
import type { Page } from '../page.ts'

export type ReadEvent =
  | { readonly kind: 'page'; readonly page: Page }
  | {
      readonly kind: 'rejected'
      readonly offset: number
      readonly index: number
      readonly url: string | null
      readonly reason: Reason
    }
  | {
      readonly kind: 'failed'
      readonly offset: number
      readonly index: number
      readonly url: string | null
      readonly failure: Failure
    }
  /** `next` is where the following slice starts, null at the object's end; `others` counts records that are no pages. */
  | { readonly kind: 'end'; readonly next: number | null; readonly others: number }

/** Where a record lies: the offset of its gzip member, or its own in a plain object, and its number in the member. */
export interface Place {
  readonly offset: number
  readonly index: number
}

export const placeOf = (event: Exclude<ReadEvent, { kind: 'end' }>): Place =>
  event.kind === 'page' ? event.page : event

/** Turns decoded bytes, in whatever pieces, into events. */
export interface RecordParser {
  /** The bytes pushed from here on are those of the gzip member at `offset`. */
  enterMember(offset: number): void
  /** The member's last byte was pushed, and nothing was wrong with it. */
  leaveMember(): void
  push(bytes: Uint8Array): void
  /** Whether a slice may end here: between two records. */
  readonly clean: boolean
  /** In a plain object, where the first record outside the slice begins. */
  readonly stoppedAt: number | null
  /** Offset at which reading must begin again, because what was read from there on turned out to be misread. */
  readonly rewindTo: number | null
  /** The next bytes are those at `rewindTo`. */
  rewound(): void
  /**
   * The bytes that would follow are lost. A record that began before the member at `memberOffset` and is cut off by that
   * is a failure of its own; one that began in it goes with the member. `isSound` says that what was pushed is as it was
   * written: the object is cut off there.
   */
  lose(memberOffset: number, options?: { readonly isSound?: boolean }): void
  /** The object ends. */
  finish(): void
  /** The events since the last call. */
  take(): ReadEvent[]
  readonly others: number
}

/** Gives records their places: a gzip member numbers them, a plain object names each by its own offset. */
export class Places {
  private member: number | null = null
  /** Records of the member so far. */
  count = 0

  enterMember(offset: number, count = 0): void {
    this.member = offset
    this.count = count
  }

  at(position: number): Place {
    return this.member === null ? { offset: position, index: 0 } : { offset: this.member, index: this.count++ }
  }
}

export const failed = (
  place: Place,
  code: Failure['code'],
  detail: string,
  url: string | null = null,
): ReadEvent & { kind: 'failed' } => ({ kind: 'failed', ...place, url, failure: { code, detail } })

export const rejected = (place: Place, url: string | null, reason: Reason): ReadEvent & { kind: 'rejected' } => ({
  kind: 'rejected',
  ...place,
  url,
  reason,
})
