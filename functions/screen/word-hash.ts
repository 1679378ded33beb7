/**
 * A polynomial hash of UTF-16 units modulo 2³², in two lanes: H(w) = Σ (unit + 1) · m^(units after it).
 *
 * It composes: H(ab) = H(a) · m^|b| + H(b). From prefix hashes over the words of a text the hash of any n words written together follows
 * by one subtraction, which is what the n-gram rules need. Two lanes make 64 bits: among a million n-grams a collision has odds of 3e-8.
 * Multipliers are odd, so that no unit is lost in the low bits.
 */

export const FIRST_MULTIPLIER = 0x01000193
export const SECOND_MULTIPLIER = 0x5bd1e995

const POWERS = 1024
export const firstPowers = powersOf(FIRST_MULTIPLIER)
export const secondPowers = powersOf(SECOND_MULTIPLIER)
export const firstInversePowers = powersOf(inverseOf(FIRST_MULTIPLIER))

function powersOf(multiplier: number): Int32Array {
  const powers = new Int32Array(POWERS)
  powers[0] = 1
  for (let i = 1; i < POWERS; i++) powers[i] = Math.imul(powers[i - 1] ?? 0, multiplier)
  return powers
}

/** Inverse of an odd number modulo 2³², by Newton's iteration: each step doubles the bits that are right, from 3. */
function inverseOf(odd: number): number {
  let inverse = odd
  for (let bits = 3; bits < 32; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}

/** multiplier^exponent modulo 2³²; the table answers what words of ordinary length ask. */
export function power(powers: Int32Array, exponent: number): number {
  if (exponent < POWERS) return powers[exponent] ?? 0
  let base = powers[1] ?? 0
  let result = 1
  for (let rest = exponent; rest > 0; rest >>>= 1) {
    if ((rest & 1) === 1) result = Math.imul(result, base)
    base = Math.imul(base, base)
  }
  return result
}

/** Both lanes of a word's hash. */
export function hashesOf(word: string): readonly [first: number, second: number] {
  let first = 0
  let second = 0
  for (let i = 0; i < word.length; i++) {
    first = (Math.imul(first, FIRST_MULTIPLIER) + word.charCodeAt(i) + 1) | 0
    second = (Math.imul(second, SECOND_MULTIPLIER) + word.charCodeAt(i) + 1) | 0
  }
  return [first, second]
}
