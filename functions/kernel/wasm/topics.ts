/**
 * Sums of a topic model's weights over the features of a page (see functions/classify/classify.ts; the tests have a plain twin). A lookup
 * branches on nothing that the table holds, so that many misses of the cache are waited for at once. AssemblyScript.
 */

/**
 * A set is half a cache line: the fingerprints of its two places, then their rows. A row has a signed byte a class, at most eleven, and
 * how often the page has had the feature, 255 for more.
 */
const SET_SHIFT: usize = 5
const ROWS: usize = 4
const ROW_BYTES: usize = 12
const OCCURRENCES: usize = 11

/**
 * Features that are fetched before they are looked at, and whose weights are added to lanes of 16 bits: 255 times −128 is just above
 * their end.
 */
const RUN: usize = 255

/**
 * sets: 2^setBits of them, at a multiple of their size; all occurrences are 0, and 0 again afterwards.
 * features: `count` hashes, which are overwritten, and room for one more.
 * isOnce: 1 where a feature counts once however often it stands there, 0 where it counts 1 + ⌊log₂⌋ of that.
 * sums: 16 numbers, of which those of the classes say anything. Returns the sum of squares of how much each feature counts.
 */
export function sumTopics(sets: usize, setBits: i32, features: usize, count: i32, isOnce: i32, sums: usize): i32 {
  const end = features + ((<usize>count) << 2)
  const shift = 32 - setBits
  const once = -isOnce
  let touched: u32 = 0
  let found = features
  let squares: i32 = 0
  let s0 = i32x4.splat(0)
  let s1 = i32x4.splat(0)
  let s2 = i32x4.splat(0)
  let s3 = i32x4.splat(0)
  for (let at = features; at < end;) {
    const to = min(end, at + (RUN << 2))
    for (let next = at; next < to; next += 4)
      touched ^= load<u32>(sets + ((<usize>(load<u32>(next) >>> shift)) << SET_SHIFT))
    let low = i16x8.splat(0)
    let high = i16x8.splat(0)
    for (; at < to; at += 4) {
      const hash = load<u32>(at)
      const set = sets + ((<usize>(hash >>> shift)) << SET_SHIFT)
      const two = load<u32>(set)
      let mark = hash & 0xffff
      mark = select<u32>(mark, 1, mark != 0)
      const isFirst = i32((two & 0xffff) == mark)
      const isThere = isFirst | i32(two >>> 16 == mark)
      const row = set + ROWS + <usize>(isFirst ^ 1) * ROW_BYTES
      const bytes = v128.load(row)
      const had = <i32>i8x16.extract_lane_u(bytes, 11)
      const has = had + (isThere & i32(had != 255))
      store<u8>(row, <u8>has, OCCURRENCES)
      store<u32>(found, <u32>row)
      found += (<usize>isThere) << 2
      // At the first, second, fourth, eighth … occurrence it counts once more; or at the first alone. The 255th is none of them.
      const counts = isThere & i32(((has | once) & had) == 0)
      const weights = v128.and(bytes, i8x16.splat(<i8>-counts))
      low = i16x8.add(low, i16x8.extend_low_i8x16_s(weights))
      high = i16x8.add(high, i16x8.extend_high_i8x16_s(weights))
      // The square grows from (n − 1)² to n².
      squares += (63 - 2 * clz(has)) & -counts
    }
    s0 = i32x4.add(s0, i32x4.extend_low_i16x8_s(low))
    s1 = i32x4.add(s1, i32x4.extend_high_i16x8_s(low))
    s2 = i32x4.add(s2, i32x4.extend_low_i16x8_s(high))
    s3 = i32x4.add(s3, i32x4.extend_high_i16x8_s(high))
  }
  for (let at = features; at < found; at += 4) store<u8>(<usize>load<u32>(at), 0, OCCURRENCES)
  // What was fetched is used, or the compiler would leave it out.
  store<u32>(features, touched)
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
  v128.store(sums, s2, 32)
  v128.store(sums, s3, 48)
  return squares
}
