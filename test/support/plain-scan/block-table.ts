/** The block table as the plain scan fills it. */
import { NUM_COUNTS } from '../../../functions/extract/block-table.ts'

export class BlockTable {
  count = 0
  starts = new Int32Array(512)
  ends = new Int32Array(512)
  elements = new Int32Array(512)
  /** Where in the markup its text begins. */
  sources = new Int32Array(512)
  /** `NUM_COUNTS` numbers a block. */
  counts = new Int32Array(512 * NUM_COUNTS)
  text = new Uint8Array(1 << 16)
  /** Where the next byte of text goes. */
  length = 0
  /** The counts of the block that is being read. */
  readonly open = new Int32Array(NUM_COUNTS)
  /** Where the open block's text begins, and the element that it began in. */
  start = 0
  element = 0
  source = 0

  /** Text is never longer than the markup it comes from. */
  reset(htmlBytes: number): void {
    this.count = 0
    this.length = 0
    this.start = 0
    this.open.fill(0)
    if (this.text.length < htmlBytes + 16 || this.text.length > 4 << 20) this.text = new Uint8Array(htmlBytes + 16)
    if (this.starts.length > 1 << 16) this.allocate(512)
  }

  /** Ends the open block; without text it was none, and its images are the next one's. */
  flush(): void {
    const { open, count } = this
    if (this.length === this.start) return
    if (count === this.starts.length) this.allocate(count * 2)
    this.starts[count] = this.start
    this.ends[count] = this.length
    this.elements[count] = this.element
    this.sources[count] = this.source
    this.counts.set(open, count * NUM_COUNTS)
    open.fill(0)
    this.count = count + 1
    this.start = this.length
  }

  private allocate(size: number): void {
    const keep = Math.min(this.count, size)
    const [starts, ends] = [new Int32Array(size), new Int32Array(size)]
    const [elements, sources] = [new Int32Array(size), new Int32Array(size)]
    const counts = new Int32Array(size * NUM_COUNTS)
    starts.set(this.starts.subarray(0, keep))
    ends.set(this.ends.subarray(0, keep))
    elements.set(this.elements.subarray(0, keep))
    sources.set(this.sources.subarray(0, keep))
    counts.set(this.counts.subarray(0, keep * NUM_COUNTS))
    Object.assign(this, { starts, ends, elements, sources, counts })
  }
}
