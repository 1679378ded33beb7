/**
 * MinHash minima (see functions/near/minhash.ts, whose plain twin the tests keep): for each permutation min(m, a·x + b) over a
 * block of hashes, signed 32-bit, four permutations to a vector and four vectors at a time. AssemblyScript.
 *
 * factors, summands, minima: `numPermutations` numbers each, a multiple of 16; minima are read and written.
 */
export function lowerMinima(
  hashes: usize,
  count: i32,
  numPermutations: i32,
  factors: usize,
  summands: usize,
  minima: usize,
): void {
  const hashesEnd = hashes + ((<usize>count) << 2)
  const end = minima + ((<usize>numPermutations) << 2)
  while (minima < end) {
    const a0 = v128.load(factors)
    const a1 = v128.load(factors, 16)
    const a2 = v128.load(factors, 32)
    const a3 = v128.load(factors, 48)
    const b0 = v128.load(summands)
    const b1 = v128.load(summands, 16)
    const b2 = v128.load(summands, 32)
    const b3 = v128.load(summands, 48)
    let m0 = v128.load(minima)
    let m1 = v128.load(minima, 16)
    let m2 = v128.load(minima, 32)
    let m3 = v128.load(minima, 48)
    for (let at = hashes; at < hashesEnd; at += 4) {
      const x = v128.load_splat<u32>(at)
      m0 = i32x4.min_s(m0, i32x4.add(i32x4.mul(x, a0), b0))
      m1 = i32x4.min_s(m1, i32x4.add(i32x4.mul(x, a1), b1))
      m2 = i32x4.min_s(m2, i32x4.add(i32x4.mul(x, a2), b2))
      m3 = i32x4.min_s(m3, i32x4.add(i32x4.mul(x, a3), b3))
    }
    v128.store(minima, m0)
    v128.store(minima, m1, 16)
    v128.store(minima, m2, 32)
    v128.store(minima, m3, 48)
    factors += 64
    summands += 64
    minima += 64
  }
}
