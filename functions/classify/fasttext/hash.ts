/**
 * fastText's hashes, which name the rows of its input matrix and so are kept to the bit (0.9.2, dictionary.cc).
 *
 * A word's is FNV-1a over its bytes with each byte's sign carried into the high bits before the xor: early versions read
 * `char` where it is signed, and models are made so ever since. Bytes are read through an Int8Array, which does it.
 * A run of words is a 64-bit sum h · 116049371 + next, over signed 32-bit hashes, modulo the number of buckets.
 */

export const FNV_START = 0x811c9dc5 | 0
export const FNV_PRIME = 0x01000193
const RUN_FACTOR = 116049371
/** Up to here (remainder · remainder + 2^32) is exact in a double: 2^52 + 2^32 < 2^53. */
const SMALL_BUCKET = 2 ** 26

export function hashOf(signed: Int8Array, from: number, to: number): number {
  let h = FNV_START
  for (let at = from; at < to; at++) h = Math.imul(h ^ (signed[at] as number), FNV_PRIME)
  return h
}

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80

/**
 * Calls `push` with the bucket of each run of `minn` to `maxn` characters of signed[from … to), a word with `<` and `>` around
 * it, which are no runs by themselves. A character is a byte and the continuation bytes behind it, be it UTF-8 or not.
 */
export function runsWithin(
  signed: Int8Array,
  from: number,
  to: number,
  { minn, maxn, bucket }: { readonly minn: number; readonly maxn: number; readonly bucket: number },
  push: (bucket: number) => void,
): void {
  for (let i = from; i < to; i++) {
    if (isContinuation(signed[i] as number)) continue
    let h = FNV_START
    for (let at = i, n = 1; at < to && n <= maxn; n++) {
      do h = Math.imul(h ^ (signed[at++] as number), FNV_PRIME)
      while (at < to && isContinuation(signed[at] as number))
      if (n >= minn && (n > 1 || (i !== from && at !== to))) push((h >>> 0) % bucket)
    }
  }
}

/** What is behind a modulus, so that no division is left to the loop. */
export interface Modulus {
  readonly bucket: number
  readonly inverse: number
  /** 2^32 modulo the bucket. */
  readonly shift: number
}

export const modulusOf = (bucket: number): Modulus => ({ bucket, inverse: 1 / bucket, shift: 2 ** 32 % bucket })

/** x − bucket · ⌊x / bucket⌋ for 0 ≤ x < 2^53. The product with the inverse is off by one at most. */
function reduce(x: number, bucket: number, inverse: number): number {
  const rest = x - Math.floor(x * inverse) * bucket
  return rest < 0 ? rest + bucket : rest >= bucket ? rest - bucket : rest
}

/** (high · 2^32 + low) modulo the bucket, both halves as 32 bits of either sign. */
export function remainder64(high: number, low: number, { bucket, inverse, shift }: Modulus): number {
  const head = reduce(high >>> 0, bucket, inverse)
  if (bucket <= SMALL_BUCKET) return reduce(head * shift + (low >>> 0), bucket, inverse)
  const middle = reduce(head * 65536 + (low >>> 16), bucket, inverse)
  return reduce(middle * 65536 + (low & 0xffff), bucket, inverse)
}

/**
 * Calls `push` with the bucket of each run of two to `longest` words that begins at `start`, shortest first.
 * `hashes` are the words' 32-bit hashes.
 */
export function runsFrom(
  hashes: Int32Array,
  start: number,
  end: number,
  modulus: Modulus,
  push: (bucket: number) => void,
): void {
  let low = hashes[start] as number
  let high = low >> 31
  for (let i = start + 1; i < end; i++) {
    const next = hashes[i] as number
    // 32 × 27 bits by halves of 16: every product and sum is exact in a double.
    const middle = (low >>> 16) * RUN_FACTOR + ((((low & 0xffff) * RUN_FACTOR) / 65536) >>> 0)
    const carry = (middle / 65536) >>> 0
    const sum = (Math.imul(low, RUN_FACTOR) >>> 0) + (next >>> 0)
    high = (Math.imul(high, RUN_FACTOR) + carry + (next >> 31) + (sum >= 2 ** 32 ? 1 : 0)) | 0
    low = sum | 0
    push(remainder64(high, low, modulus))
  }
}
