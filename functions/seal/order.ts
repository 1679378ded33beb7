/**
 * The order of rows and the hold-out line.
 *
 * Rows of a cell are sorted by bucket (null last), then by a seeded hash of their id, then by the id. The hash spreads
 * documents of one bucket evenly, whatever page or site they came from, so any run of rows is a fair sample of its
 * bucket. A row is held out when its hash falls under a fixed share of the hash space: the same for every corpus
 * that has the seed, and independent of when the document came in.
 */

/** Size of the hash space: 53 bits, the integers that a double holds exactly. */
export const HASH_SPACE = 2 ** 53

export interface SortKey {
  /** Null sorts as Infinity. */
  readonly bucket: number
  readonly hash: number
  readonly id: string
}

const mix = (h: number, word: number): number => {
  let x = Math.imul(h ^ word, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  return x ^ (x >>> 16)
}

/** A number in [0, 2^53) from 32 hex digits and a seed (murmur3 finaliser over the four words, two lanes). */
export function rowHash(id: string, seed: number): number {
  let low = seed | 0
  let high = (seed ^ 0x9e3779b9) | 0
  for (let i = 0; i < 32; i += 8) {
    const word = Number.parseInt(id.slice(i, i + 8), 16) | 0
    low = mix(low, word)
    high = mix(high, Math.imul(word, 0xcc9e2d51))
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0)
}

export const isHeldOut = (hash: number, share: number): boolean => hash < share * HASH_SPACE

export const sortKey = (id: string, bucket: number | null, seed: number): SortKey => ({
  bucket: bucket ?? Number.POSITIVE_INFINITY,
  hash: rowHash(id, seed),
  id,
})

export function compareKeys(a: SortKey, b: SortKey): number {
  if (a.bucket !== b.bucket) return a.bucket - b.bucket
  if (a.hash !== b.hash) return a.hash - b.hash
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

export const cellOf = (row: { readonly source: string; readonly lang: string; readonly topic: string }): string =>
  `${row.source}/${row.lang}/${row.topic}`
