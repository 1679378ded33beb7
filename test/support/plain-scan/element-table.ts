/**
 * The block-level elements of a page as columns, and the stack of those that are open. No tree is built: an element knows
 * its parent, and what it holds is summed up later by walking the column backwards. End tags are matched in constant time
 * (each tag's topmost place on the stack is kept), so tag soup of any depth costs time linear in its size.
 * Follows the WHATWG rules for implied end tags where they decide what text belongs together (p, li, dt, dd, tr, td, option).
 */
import { T, TAG_NAMES } from '../../../functions/extract/tags.ts'
import { CLOSES_P, IS_BARRIER, IS_HEADING } from '../../../functions/kernel/wasm/scan-numbers.ts'
import { TAG_RULES } from '../../../functions/extract/scan-tables.ts'

const isRule = (tag: number, rule: number): boolean => ((TAG_RULES[tag] as number) & rule) !== 0

export class ElementTable {
  count = 0
  tags = new Uint8Array(1024)
  parents = new Int32Array(1024)
  flags = new Uint8Array(1024)
  /** Hash of the tag and the first class word: what repeats in lists of like things. */
  signatures = new Int32Array(1024)
  /** Where the element's class words begin in `words`; they end where the next element's begin. */
  wordStarts = new Int32Array(1025)
  words = new Int32Array(4096)
  wordCount = 0

  /** Element numbers from the outermost to the innermost open one. */
  private stack = new Int32Array(256)
  depth = 0
  /** For each tag, 1 + its topmost place on the stack; `below` has what it was before, by place. */
  private readonly topmost = new Int32Array(TAG_NAMES.length)
  private below = new Int32Array(256)
  private barrier = 0
  private barrierBelow = new Int32Array(256)

  reset(): void {
    this.count = 0
    this.wordCount = 0
    this.depth = 0
    this.barrier = 0
    this.topmost.fill(0)
    // What one huge page needed is not kept for all that follow.
    if (this.tags.length > 1 << 17) this.allocate(1024)
    if (this.words.length > 1 << 18) this.words = new Int32Array(4096)
    this.open(T.body, 0)
  }

  get current(): number {
    return this.stack[this.depth - 1] as number
  }

  isOpen(tag: number): boolean {
    return (this.topmost[tag] as number) > 0
  }

  /** Opens an element after closing what its start tag implies is over. The words pushed before belong to it. */
  open(tag: number, flags: number): number {
    this.closeImplied(tag)
    const element = this.count
    if (element === this.tags.length) this.allocate(element * 2)
    const { depth } = this
    if (depth === this.stack.length) {
      this.stack = grown(this.stack)
      this.below = grown(this.below)
      this.barrierBelow = grown(this.barrierBelow)
    }
    this.tags[element] = tag
    this.parents[element] = depth === 0 ? -1 : this.current
    this.flags[element] = flags
    this.stack[depth] = element
    this.below[depth] = this.topmost[tag] as number
    this.barrierBelow[depth] = this.barrier
    this.topmost[tag] = depth + 1
    if (isRule(tag, IS_BARRIER)) this.barrier = depth + 1
    this.depth = depth + 1
    this.count = element + 1
    this.wordStarts[element + 1] = this.wordCount
    return element
  }

  pushWord(hash: number): void {
    if (this.wordCount === this.words.length) this.words = grown(this.words)
    this.words[this.wordCount++] = hash
  }

  /** Closes the innermost open element of this tag and all inside it; a stray end tag does nothing. */
  close(tag: number): void {
    const place = this.topmost[tag] as number
    if (place === 0 || (place < this.barrier && !isRule(tag, IS_BARRIER) && tag !== T.tr)) return
    // The body is the bottom of the stack: text after its end tag still belongs to the page.
    if (tag !== T.body && tag !== T.html) this.popTo(place)
  }

  private closeImplied(tag: number): void {
    const { topmost } = this
    if (this.depth === 0) return
    const p = topmost[T.p] as number
    if (p > this.barrier && isRule(tag, CLOSES_P)) this.popTo(p)
    if (isRule(tag, IS_HEADING) && isRule(this.tags[this.current] as number, IS_HEADING)) this.popTo(this.depth)
    if (tag === T.li) this.closeWithin(T.li, Math.max(topmost[T.ul] as number, topmost[T.ol] as number))
    else if (tag === T.dt || tag === T.dd) {
      this.closeWithin(T.dt, topmost[T.dl] as number)
      this.closeWithin(T.dd, topmost[T.dl] as number)
    } else if (tag === T.td || tag === T.th) {
      this.closeWithin(T.td, topmost[T.tr] as number)
      this.closeWithin(T.th, topmost[T.tr] as number)
    } else if (tag === T.tr) this.closeWithin(T.tr, topmost[T.table] as number)
    else if (tag === T.option) this.closeWithin(T.option, 0)
  }

  /** Closes an open `tag` that lies above the place of its container. */
  private closeWithin(tag: number, container: number): void {
    const place = this.topmost[tag] as number
    if (place > container && (place > this.barrier || isRule(tag, IS_BARRIER) || tag === T.tr)) this.popTo(place)
  }

  private popTo(place: number): void {
    while (this.depth >= place) {
      const at = --this.depth
      const tag = this.tags[this.stack[at] as number] as number
      this.topmost[tag] = this.below[at] as number
      this.barrier = this.barrierBelow[at] as number
    }
  }

  private allocate(size: number): void {
    const keep = Math.min(this.count, size)
    const tags = new Uint8Array(size)
    const flags = new Uint8Array(size)
    const [parents, signatures, wordStarts] = [new Int32Array(size), new Int32Array(size), new Int32Array(size + 1)]
    tags.set(this.tags.subarray(0, keep))
    flags.set(this.flags.subarray(0, keep))
    parents.set(this.parents.subarray(0, keep))
    signatures.set(this.signatures.subarray(0, keep))
    wordStarts.set(this.wordStarts.subarray(0, keep + 1))
    Object.assign(this, { tags, flags, parents, signatures, wordStarts })
  }
}

function grown(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2)
  larger.set(column)
  return larger
}
