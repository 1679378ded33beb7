/**
 * Reading a stretch of an object again, from where a record's length proved wrong. A slice may not end inside such a
 * stretch: whoever reads it must know what was read before. What is read twice is bounded, lest an object of nothing but
 * lies is read as often as it has records.
 */

/** Where a byte lies: `skip` bytes into the decoded member at `offset`, or at `offset` of a plain object. */
export interface Spot {
  readonly offset: number
  readonly skip: number
  /** Number of the next record in the member. */
  readonly index: number
}

/** A page and its WARC record are at most 16 MiB, so that sixteen wrong ones of that size in a row are told apart. */
export const MAX_REREAD_BYTES = 256 << 20

const isBefore = (a: Pick<Spot, 'offset' | 'skip'>, b: Pick<Spot, 'offset' | 'skip'>): boolean =>
  a.offset < b.offset || (a.offset === b.offset && a.skip < b.skip)

export class Rereading {
  /** Where reading must begin again; the reader has not gone there yet. */
  target: Spot | null = null
  private to: Spot | null = null
  private from: Spot | null = null
  private skipping = 0
  private bytes = 0
  private member = -1

  /**
   * Asks for the bytes from `from` on to be read again: `here` is how far reading has come, `count` bytes lie between.
   * Says whether they will be.
   */
  want(from: Spot, here: Spot, count: number): boolean {
    // Going back into a member means decoding it from its beginning: what one may cost is counted for all of it.
    if (from.offset !== this.member && !this.isIn(from)) this.bytes = 0
    this.member = from.offset
    this.bytes += count + from.skip
    if (this.to === null || isBefore(this.to, here)) this.to = here
    if (this.bytes > MAX_REREAD_BYTES) return false
    this.target = from
    return true
  }

  begin(): Spot {
    const spot = this.target
    if (spot === null) throw new Error('nothing is to be read again')
    this.target = null
    this.from = spot
    this.skipping = spot.skip
    return spot
  }

  /** How many records of the member that is entered were read before. */
  indexIn(member: number): number {
    const index = this.from?.offset === member ? this.from.index : 0
    this.from = null
    return index
  }

  /** How many of the next `length` bytes were rightly read before. */
  skip(length: number): number {
    const count = Math.min(length, this.skipping)
    this.skipping -= count
    return count
  }

  isIn(spot: Pick<Spot, 'offset' | 'skip'>): boolean {
    return this.to !== null && isBefore(spot, this.to)
  }
}
