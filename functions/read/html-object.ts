/** An object that is one HTML page. */
import { concat } from './http-response.ts'
import { failed, rejected } from './read-event.ts'
import type { Place, ReadEvent, RecordParser } from './read-event.ts'

export class HtmlParser implements RecordParser {
  private readonly url: string
  private readonly maxPageBytes: number
  private readonly place: Place = { offset: 0, index: 0 }
  private events: ReadEvent[] = []
  private parts: Uint8Array[] = []
  private numBytes = 0
  private isLost = false
  readonly others = 0
  readonly stoppedAt = null
  readonly rewindTo = null
  /** A page has no place inside it where a slice could begin. */
  readonly clean = false

  constructor({ url, maxPageBytes }: { url: string; maxPageBytes: number }) {
    this.url = url
    this.maxPageBytes = maxPageBytes
  }

  enterMember(): void {
    // However many members it is packed in, the page is one.
  }

  leaveMember(): void {
    // Nor does it end with one.
  }

  rewound(): void {
    // Nothing of a page is read twice.
  }

  push(bytes: Uint8Array): void {
    // What follows a loss is the rest of a page that is told as failed.
    if (this.isLost) return
    this.numBytes += bytes.length
    if (this.numBytes > this.maxPageBytes) this.parts = []
    else this.parts.push(bytes)
  }

  lose(memberOffset: number): void {
    if (memberOffset > 0 && !this.isLost)
      this.events.push(failed(this.place, 'broken-record', 'cut off by damage in the object', this.url))
    this.parts = []
    this.numBytes = 0
    this.isLost = true
  }

  finish(): void {
    const { numBytes, maxPageBytes, place, url } = this
    if (numBytes === 0) return
    if (numBytes > maxPageBytes)
      this.events.push(rejected(place, url, { code: 'too-large', bytes: numBytes, maxBytes: maxPageBytes }))
    else
      this.events.push({
        kind: 'page',
        page: {
          url,
          body: concat(this.parts),
          kind: 'html',
          contentType: null,
          charset: null,
          status: 200,
          fetchedAt: null,
          source: null,
          lang: null,
          ...place,
        },
      })
  }

  take(): ReadEvent[] {
    const events = this.events
    this.events = []
    return events
  }
}
