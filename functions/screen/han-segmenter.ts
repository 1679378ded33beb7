/**
 * Where a word of Chinese text begins, as jieba would cut it: a linear model over the characters around each place, weights of four bits.
 *
 * Features: the two characters at the place, each of them alone, and these with the character before and after; hashed into 2¹⁷ weights,
 * trained on jieba's words of running text (models/language/card.md). It cuts 93 places of 100 as jieba does; FineWeb-2's rules, which
 * count jieba's words, come out the same for 98 texts of 100 (docs/formats/rules.md). A tie cuts.
 * Cost: seven look-ups a character, five of them hashed, in tables of 256 KiB.
 */
import { HAN_WEIGHTS } from './han-weights.ts'
import { SCRIPTS, scriptOf } from './scripts.ts'

export const WEIGHT_BITS = 17
const SHIFT = 32 - WEIGHT_BITS
/** A weight is written in four bits, over −8. */
export const WEIGHT_OFFSET = 8
export const NUM_FEATURES = 7
const HAN = SCRIPTS.indexOf('han')

interface Weights {
  readonly all: Int8Array
  /** Of the features of one character, by the character: it stands before the place, or after it. */
  readonly before: Int8Array
  readonly after: Int8Array
}

let known: Weights | undefined

/** Unpacked when the first Chinese text comes. */
export function hanWeights(): Weights {
  if (known !== undefined) return known
  const packed = Buffer.from(HAN_WEIGHTS, 'base64')
  const all = new Int8Array(1 << WEIGHT_BITS)
  for (let i = 0; i < packed.length; i++) {
    const byte = packed[i] ?? 0
    all[2 * i] = (byte >> 4) - WEIGHT_OFFSET
    all[2 * i + 1] = (byte & 15) - WEIGHT_OFFSET
  }
  const before = new Int8Array(65536)
  const after = new Int8Array(65536)
  for (let unit = 1; unit < 65536; unit++) {
    if (han[unit] === 0) continue
    before[unit] = all[slotOf(4, unit, 0, 0)] ?? 0
    after[unit] = all[slotOf(5, unit, 0, 0)] ?? 0
  }
  known = { all, before, after }
  return known
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

/** A Han character by its own unit, 0 for anything else; those above U+FFFF stand alone. */
export const han: Uint16Array = Uint16Array.from(scriptOf, (script, unit) =>
  script === HAN && (unit < 0xd800 || unit > 0xdfff) ? unit : 0,
)

/** The Han character at `i`, 0 for anything else. */
export const hanAt = (text: string, i: number): number => han[text.charCodeAt(i)] ?? 0

/** Whether a word ends between `a` and `b`, both Han: the weights of the place (see `placeSlots`), summed. */
export function endsWord({ all, before, after }: Weights, p: number, a: number, b: number, n: number): boolean {
  const sum =
    (before[a] ?? 0) +
    (after[b] ?? 0) +
    (all[slotOf(1, a, b, 0)] ?? 0) +
    (all[slotOf(2, p, a, b)] ?? 0) +
    (all[slotOf(3, a, b, n)] ?? 0) +
    (all[slotOf(6, p, a, 0)] ?? 0) +
    (all[slotOf(7, b, n, 0)] ?? 0)
  return sum >= 0
}
