/**
 * The n-grams of a model in the making, by 64 bits of their hashes: two n-grams of a hundred million are taken for one
 * another with probability 3 · 10⁻⁴. Each has its order, log10 probability and log10 back-off.
 * Memory: 21 bytes a slot (17 where the file's mark is the one it is known by), at most .8 of them filled.
 */
import { MARK_SEED, SLOT_SEED, markHash, slotHash, spread } from '../../functions/perplexity/ngram-hash.ts'

const LOAD = 0.8

/** The words of an n-gram by both hashes: `tokens` as in the file, `checks` independent of them. */
export interface Words {
  readonly tokens: Int32Array
  readonly checks: Int32Array
}

/** An n-gram's place in the table, and the mark that a file of our own tokens has, which runs along `tokens`. */
export interface Key {
  slot: number
  mark: number
  ownMark: number
}

export function keyOf({ tokens, checks }: Words, from: number, to: number, key: Key): Key {
  key.slot = SLOT_SEED
  key.mark = MARK_SEED
  key.ownMark = MARK_SEED
  for (let i = from; i < to; i++) {
    key.slot = slotHash(key.slot, tokens[i] as number)
    key.mark = markHash(key.mark, checks[i] as number)
    key.ownMark = markHash(key.ownMark, tokens[i] as number)
  }
  // As the arrays hold them.
  key.mark |= 0
  key.ownMark |= 0
  return key
}

export class NgramTable {
  readonly #isOwn: boolean
  slots: Int32Array
  marks: Int32Array
  /** The marks that the file has. */
  fileMarks: Int32Array
  /** 0 is an empty slot. */
  orders: Uint8Array
  probabilities: Float32Array
  backoffs: Float32Array
  entries = 0

  /** `isOwn`: the file knows n-grams by the hashes of our tokens alone. */
  constructor({ expected, isOwn }: { readonly expected: number; readonly isOwn: boolean }) {
    const size = Math.ceil(expected / LOAD) + 2
    this.#isOwn = isOwn
    this.slots = new Int32Array(size)
    this.marks = new Int32Array(size)
    this.fileMarks = isOwn ? new Int32Array(size) : this.marks
    this.orders = new Uint8Array(size)
    this.probabilities = new Float32Array(size)
    this.backoffs = new Float32Array(size)
  }

  /** The n-gram's place, or −1. */
  find({ slot, mark }: Key): number {
    const at = this.#walk(slot, mark)
    return this.orders[at] === 0 ? -1 : at
  }

  /** The new n-gram's place, or −1 where it was there. Places move when the table grows beyond what was expected. */
  add(key: Key, order: number): number {
    if (this.entries + 1 > this.slots.length * (LOAD + 0.05)) this.#grow()
    const at = this.#walk(key.slot, key.mark)
    if (this.orders[at] !== 0) return -1
    this.slots[at] = key.slot
    this.marks[at] = key.mark
    if (this.#isOwn) this.fileMarks[at] = key.ownMark
    this.orders[at] = order
    this.entries++
    return at
  }

  /** A table of some of the n-grams. */
  select(kept: (at: number) => boolean): NgramTable {
    let expected = 0
    for (let at = 0; at < this.orders.length; at++) if (this.orders[at] !== 0 && kept(at)) expected++
    return this.#copy(expected, kept)
  }

  #walk(slot: number, mark: number): number {
    const { slots, marks, orders } = this
    const count = slots.length
    let at = spread(slot, count)
    while (orders[at] !== 0 && (slots[at] !== slot || marks[at] !== mark)) at = at + 1 === count ? 0 : at + 1
    return at
  }

  #grow(): void {
    Object.assign(
      this,
      this.#copy(this.entries * 1.5, () => true),
    )
  }

  #copy(expected: number, kept: (at: number) => boolean): NgramTable {
    const next = new NgramTable({ expected, isOwn: this.#isOwn })
    const key = { slot: 0, mark: 0, ownMark: 0 }
    for (let i = 0; i < this.orders.length; i++) {
      if (this.orders[i] === 0 || !kept(i)) continue
      key.slot = this.slots[i] as number
      key.mark = this.marks[i] as number
      key.ownMark = this.fileMarks[i] as number
      const at = next.add(key, this.orders[i] as number)
      next.probabilities[at] = this.probabilities[i] as number
      next.backoffs[at] = this.backoffs[i] as number
    }
    return next
  }
}
