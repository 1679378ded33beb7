/**
 * Where a word of Chinese text begins, as jieba would cut it: a linear model over the characters around each place, weights of four bits.
 *
 * Features: the two characters at the place, each of them alone, and these with the character before and after; hashed into 2¹⁷ weights,
 * trained on jieba's words of running text (models/language/card.md). It cuts 93 places of 100 as jieba does; FineWeb-2's rules, which
 * count jieba's words, come out the same for 98 texts of 100 (docs/formats/rules.md). A tie cuts.
 * Cost: seven look-ups a character, a table of 128 KiB.
 */
import { HAN_WEIGHTS } from './han-weights.ts'
import { SCRIPTS, scriptOf } from './scripts.ts'

export const WEIGHT_BITS = 17
const SHIFT = 32 - WEIGHT_BITS
/** A weight is written in four bits, over −8. */
export const WEIGHT_OFFSET = 8
export const NUM_FEATURES = 7
const HAN = SCRIPTS.indexOf('han')

let table: Int8Array | undefined

/** Unpacked when the first Chinese text comes. */
function weights(): Int8Array {
  if (table !== undefined) return table
  const packed = Buffer.from(HAN_WEIGHTS, 'base64')
  table = new Int8Array(1 << WEIGHT_BITS)
  for (let i = 0; i < packed.length; i++) {
    const byte = packed[i] ?? 0
    table[2 * i] = (byte >> 4) - WEIGHT_OFFSET
    table[2 * i + 1] = (byte & 15) - WEIGHT_OFFSET
  }
  return table
}

function slotOf(feature: number, x: number, y: number, z: number): number {
  let hash = Math.imul(feature ^ x, 0x9e3779b1)
  hash = Math.imul(hash ^ (hash >>> 15) ^ y, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13) ^ z, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> SHIFT
}

/** The slots of a place: `a` and `b` stand before and after it, `p` before `a`, `n` after `b`; 0 where no Han character is. */
export function placeSlots(p: number, a: number, b: number, n: number, slots: Int32Array): void {
  slots[0] = slotOf(1, a, b, 0)
  slots[1] = slotOf(2, p, a, b)
  slots[2] = slotOf(3, a, b, n)
  slots[3] = slotOf(4, a, 0, 0)
  slots[4] = slotOf(5, b, 0, 0)
  slots[5] = slotOf(6, p, a, 0)
  slots[6] = slotOf(7, b, n, 0)
}

/** The Han character at `i`, 0 for anything else; those above U+FFFF stand alone. */
export function hanAt(text: string, i: number): number {
  const unit = text.charCodeAt(i)
  return scriptOf[unit] === HAN && (unit < 0xd800 || unit > 0xdfff) ? unit : 0
}

const slots = new Int32Array(NUM_FEATURES)

/** End of the word that begins with the Han character at `start`. */
export function hanWordEnd(text: string, start: number): number {
  const own = weights()
  let p = start > 0 ? hanAt(text, start - 1) : 0
  let a = text.charCodeAt(start)
  let end = start + 1
  let b = hanAt(text, end)
  while (b !== 0) {
    const n = hanAt(text, end + 1)
    placeSlots(p, a, b, n, slots)
    let sum = 0
    for (let k = 0; k < NUM_FEATURES; k++) sum += own[slots[k] ?? 0] ?? 0
    if (sum >= 0) break
    p = a
    a = b
    b = n
    end++
  }
  return end
}
