/**
 * 32-bit hashes of tokens and of runs of tokens.
 *
 * A token's hash is FNV-1a over its folded UTF-16 code units (Fowler, Noll, Vo; draft-eastlake-fnv, section 2) and then
 * `mix`, the finaliser of MurmurHash3, so that every bit depends on every unit. Departure: FNV takes bytes, this takes
 * 16-bit units, one multiplication a character whatever the script. A run of tokens chains `combine`.
 */

export const FNV_OFFSET = 0x811c9dc5 | 0
export const FNV_PRIME = 0x01000193

/** MurmurHash3's fmix32: a bijection on 32 bits, so it adds no collisions of its own. */
export function mix(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** The hash of a run from the hash of its head and the hash of its last token. Not commutative. */
export function combine(head: number, last: number): number {
  // The golden ratio's odd neighbour below 2^32 moves the head away from `last`, so that (a, a) is not 0.
  return mix((Math.imul(head, 0x9e3779b1) + 0x7f4a7c15) ^ last)
}

/** The hash of a string of units as they are, without folding. */
export function hashUnits(text: string): number {
  let h = FNV_OFFSET
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), FNV_PRIME)
  return mix(h)
}
