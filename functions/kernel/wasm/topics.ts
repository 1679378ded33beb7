/**
 * Sums of a topic model's weights over the features of a page (see functions/classify/classify.ts; the tests have a plain twin). A lookup
 * branches on nothing that the table holds, so that many misses of the cache are waited for at once. AssemblyScript.
 */

/** A row: a signed byte a class, at most eleven, and how often the page has had the feature, 255 for more. */
const ROW_BYTES: usize = 12
const OCCURRENCES: usize = 11

/** The places of the features that the table has, over the features themselves; returns the end of the list. */
function findPlaces(fingerprints: usize, setBits: i32, features: usize, end: usize): usize {
  const shift = 32 - setBits
  let out = features
  for (let at = features; at < end; at += 4) {
    const hash = load<u32>(at)
    const set = hash >>> shift
    const two = load<u32>(fingerprints + ((<usize>set) << 2))
    let mark = hash & 0xffff
    mark = select<u32>(mark, 1, mark != 0)
    const isFirst = u32((two & 0xffff) == mark)
    store<u32>(out, (set << 1) + (isFirst ^ 1))
    out += (<usize>(isFirst | u32(two >>> 16 == mark))) << 2
  }
  return out
}

/** Weights added to a lane of 16 bits before it may be full: 255 times −128 is just above its end. */
const ADDITIONS: usize = 255

/**
 * fingerprints: two numbers of 16 bits a set. rows: of each place; all occurrences are 0, and 0 again afterwards; four bytes behind the
 * last row are read. features: `count` hashes, which are overwritten.
 * isOnce: 1 where a feature counts once however often it stands there, 0 where it counts 1 + ⌊log₂⌋ of that.
 * sums: 16 numbers, of which those of the classes say anything. Returns the sum of squares of how much each feature counts.
 */
export function sumTopics(
  fingerprints: usize,
  setBits: i32,
  rows: usize,
  features: usize,
  count: i32,
  isOnce: i32,
  sums: usize,
): i32 {
  const end = findPlaces(fingerprints, setBits, features, features + ((<usize>count) << 2))
  const once = -isOnce
  let squares: i32 = 0
  let s0 = i32x4.splat(0)
  let s1 = i32x4.splat(0)
  let s2 = i32x4.splat(0)
  let s3 = i32x4.splat(0)
  for (let at = features; at < end;) {
    const to = min(end, at + (ADDITIONS << 2))
    let low = i16x8.splat(0)
    let high = i16x8.splat(0)
    for (; at < to; at += 4) {
      const row = rows + <usize>load<u32>(at) * ROW_BYTES
      const bytes = v128.load(row)
      const had = <i32>i8x16.extract_lane_u(bytes, 11)
      const has = had + i32(had != 255)
      store<u8>(row, <u8>has, OCCURRENCES)
      // At the first, second, fourth, eighth … occurrence it counts once more; or at the first alone. The 255th is none of them.
      const counts = i32(((has | once) & had) == 0)
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
  for (let at = features; at < end; at += 4) store<u8>(rows + <usize>load<u32>(at) * ROW_BYTES, 0, OCCURRENCES)
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
  v128.store(sums, s2, 32)
  v128.store(sums, s3, 48)
  return squares
}
