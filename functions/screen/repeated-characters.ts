/**
 * Share of a text's runs of characters that it has more than once, as EvalWeb counts them (Chen et al. 2023), every occurrence counted.
 *
 * A polynomial hash rolls over the UTF-16 units; runs of one hash are compared unit by unit, so that the share is exact.
 * Cost: one pass, a table entry a unit.
 */
import { hashSlot, openTable } from './position-table.ts'
import { FIRST_MULTIPLIER, firstPowers, power } from './word-hash.ts'

let isRepeated = new Uint8Array(1024)

/** Share of the runs of `size` among the first `count` units. */
export function repeatedRunShare(units: Uint16Array, count: number, size: number): number {
  const length = count - size + 1
  if (length <= 0) return 0
  const { slots, base, shift } = openTable(length)
  const mask = (1 << (32 - shift)) - 1
  if (isRepeated.length < length) isRepeated = new Uint8Array(length * 2)
  const marks = isRepeated
  const leaving = power(firstPowers, size)
  let hash = 0
  for (let i = 0; i < size - 1; i++) hash = (Math.imul(hash, FIRST_MULTIPLIER) + (units[i] ?? 0)) | 0
  let last = 0
  let repeated = 0
  for (let i = 0; i < length; i++) {
    hash = (Math.imul(hash, FIRST_MULTIPLIER) + (units[i + size - 1] ?? 0) - Math.imul(last, leaving)) | 0
    last = units[i] ?? 0
    let slot = hashSlot(hash, shift)
    let at = (slots[2 * slot] ?? 0) - base - 1
    while (at >= 0 && (slots[2 * slot + 1] !== hash || !areEqual(units, at, i, size))) {
      slot = (slot + 1) & mask
      at = (slots[2 * slot] ?? 0) - base - 1
    }
    if (at < 0) {
      slots[2 * slot] = base + 1 + i
      slots[2 * slot + 1] = hash
      marks[i] = 0
      continue
    }
    // The second occurrence makes the first one a repeated run too.
    repeated += marks[at] === 1 ? 1 : 2
    marks[at] = 1
    marks[i] = 1
  }
  return repeated / length
}

function areEqual(units: Uint16Array, a: number, b: number, size: number): boolean {
  for (let k = 0; k < size; k++) if (units[a + k] !== units[b + k]) return false
  return true
}
