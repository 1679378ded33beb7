/**
 * An open-addressing table of positions in a text, two numbers a slot: the position, over `base`, and a key. It is emptied by raising
 * `base`: a slot at or below it is free. One table for all, good until it is opened again.
 */

let slots = new Int32Array(1 << 14)
let base = 0
let used = 0

export interface PositionTable {
  readonly slots: Int32Array
  readonly base: number
  /** Turns a hash into a slot. */
  readonly shift: number
}

/** Empties the table for `size` entries at most. */
export function openTable(size: number): PositionTable {
  base += used
  used = size + 1
  let bits = 13
  while (1 << bits < size * 2) bits++
  if (2 << bits > slots.length) {
    slots = new Int32Array(2 << bits)
    base = 0
  } else if (base + used > 2 ** 30) {
    slots.fill(0)
    base = 0
  }
  return { slots, base, shift: 32 - bits }
}

export const hashSlot = (key: number, shift: number): number => Math.imul(key, 0x9e3779b1) >>> shift
