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

/**
 * Slots of one line of the cache. A search looks at a whole line, and goes on to the next, from a section's last to its first, while the last
 * slot of a line is filled.
 */
export const LINE_SLOTS = 16

/** What a table has for the n-grams of one order: whole lines. */
export interface Section {
  readonly first: number
  readonly count: number
}

/** ⌊hash · count / 2^32⌋, by halves, since the product has more bits than a number holds. */
export const spread = (hash: number, count: number): number =>
  Math.floor(((hash >>> 16) * count + Math.floor(((hash & 0xffff) * count) / 65_536)) / 65_536)

/** The first slot of the line to look into first. */
export const homeSlot = (hash: number, { first, count }: Section): number =>
  first + LINE_SLOTS * spread(hash, count / LINE_SLOTS)

const nextLine = (line: number, { first, count }: Section): number =>
  line + LINE_SLOTS === first + count ? first : line + LINE_SLOTS

/** Whether all searches of a section end. */
export function hasRoom(slots: Int32Array, { first, count }: Section): boolean {
  for (let at = first + LINE_SLOTS - 1; at < first + count; at += LINE_SLOTS) if (slots[at] === 0) return true
  return false
}

/** The slot's content, or 0 where the n-gram is not in the section. */
export function findSlot(slots: Int32Array, section: Section, { hash, mark }: Hashes): number {
  const wanted = fingerprint(mark)
  for (let line = homeSlot(hash, section); ; line = nextLine(line, section)) {
    for (let at = line; at < line + LINE_SLOTS; at++) {
      const slot = slots[at] as number
      if (slot >>> 16 === wanted) return slot
    }
    if (slots[line + LINE_SLOTS - 1] === 0) return 0
  }
}

/** The same in a table of whole mark hashes: the slot's number plus 1, or 0. */
export function findPlace(marks: Int32Array, section: Section, { hash, mark }: Hashes): number {
  const wanted = wholeMark(mark)
  for (let line = homeSlot(hash, section); ; line = nextLine(line, section)) {
    for (let at = line; at < line + LINE_SLOTS; at++) if (marks[at] === wanted) return at + 1
    if (marks[line + LINE_SLOTS - 1] === 0) return 0
  }
}

interface Hashes {
  readonly hash: number
  readonly mark: number
}

/** 32 bits, never 0. */
export const wholeMark = (mark: number): number => mark | 0 || 1
