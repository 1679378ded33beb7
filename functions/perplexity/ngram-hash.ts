/**
 * Where an n-gram lies in the table. Two hashes run along the chain of its tokens: one gives the slot, the other the
 * fingerprint. With one hash of 32 bits for both, the bits that a slot's neighbours share would tell nothing more.
 */
import { mix } from '../kernel/hash.ts'

/** The context before the first token of a line. */
export const LINE_START = mix(0x73746172)

/** Slot hash of the n-gram that continues `head` by `token`. */
export const slotHash = (head: number, token: number): number => mix((Math.imul(head, 0x9e3779b1) + 0x7f4a7c15) ^ token)

/** Fingerprint hash of the same n-gram. Its high 16 bits are used, which a multiplication mixes best. */
export const markHash = (head: number, token: number): number =>
  Math.imul((head >>> 15) ^ head ^ token, 0x2c1b3c6d) + 0x297a2d39

/** Heads of a one-token n-gram. */
export const SLOT_SEED = 0
export const MARK_SEED = 0x6d61726b

/** 16 bits, never 0, which says that a slot is empty. */
export const fingerprint = (mark: number): number => mark >>> 16 || 1

/** The first of `count` slots to look into: ⌊hash · count / 2^32⌋, by halves, since the product has more bits than a number holds. */
export const homeSlot = (hash: number, count: number): number =>
  Math.floor(((hash >>> 16) * count + Math.floor(((hash & 0xffff) * count) / 65_536)) / 65_536)

/** The slot's content, or 0 where the n-gram is not in the table. */
export function findSlot(slots: Int32Array, hash: number, mark: number): number {
  const count = slots.length
  const wanted = fingerprint(mark)
  let at = homeSlot(hash, count)
  for (;;) {
    const slot = slots[at] as number
    if (slot === 0 || slot >>> 16 === wanted) return slot
    at = at + 1 === count ? 0 : at + 1
  }
}

/** The same in a table of whole mark hashes: the slot's number plus 1, or 0. */
export function findPlace(marks: Int32Array, hash: number, mark: number): number {
  const count = marks.length
  const wanted = wholeMark(mark)
  let at = homeSlot(hash, count)
  for (;;) {
    const found = marks[at] as number
    if (found === wanted) return at + 1
    if (found === 0) return 0
    at = at + 1 === count ? 0 : at + 1
  }
}

/** 32 bits, never 0. */
export const wholeMark = (mark: number): number => mark | 0 || 1
