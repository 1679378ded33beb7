/**
 * Sums of a topic model's weights over the features of a page (see functions/classify/classify.ts; plain-topics.ts of the tests is the
 * twin). A lookup branches on nothing that the table holds, so that many misses of the cache are waited for at once. AssemblyScript.
 */

/**
 * The places of the features that the table has, each as often as it counts, over the features themselves; returns the end of the
 * list. Writes the sum of the squares of these counts to `squares`.
 */
function findPlaces(
  fingerprints: usize,
  setBits: i32,
  features: usize,
  end: usize,
  last: u32,
  seen: usize,
  squares: usize,
): usize {
  const shift = 32 - setBits
  let out = features
  let sum: u32 = 0
  for (let at = features; at < end; at += 4) {
    const hash = load<u32>(at)
    const set = hash >>> shift
    const two = load<u32>(fingerprints + ((<usize>set) << 2))
    let mark = hash & 0xffff
    mark = select<u32>(mark, 1, mark != 0)
    const isFirst = u32((two & 0xffff) == mark)
    const has = isFirst | u32(two >>> 16 == mark)
    const place = (set << 1) + (isFirst ^ 1)
    const before = <u32>load<u8>(seen + <usize>place)
    const now = before + has
    store<u8>(seen + <usize>place, <u8>min<u32>(now, 255))
    // Powers of two have no bit of the number before them.
    const counts = has & u32((now & before) == 0) & u32(now <= last)
    sum += counts * (2 * (32 - clz<u32>(now)) - 1)
    store<u32>(out, place)
    out += (<usize>counts) << 2
  }
  store<u32>(squares, sum)
  return out
}

/** Weights added to a lane of 16 bits before it may be full: 255 times −128 is just above its end. */
const ADDITIONS: usize = 255

/**
 * fingerprints: two numbers of 16 bits a set. weights: `classes` signed bytes a place, at most 16; 15 bytes behind the last are read.
 * features: `count` hashes, which are overwritten. seen: a byte a place, all 0, and 0 again afterwards.
 * last: the last occurrence of a feature that counts, 1 or 128: the first counts, the second, the fourth and so on.
 * sums: 16 numbers, of which the first `classes` say anything. Returns the squared length of the vector of counts.
 */
export function sumTopics(
  fingerprints: usize,
  setBits: i32,
  weights: usize,
  classes: usize,
  features: usize,
  count: i32,
  last: u32,
  seen: usize,
  sums: usize,
): i32 {
  const end = findPlaces(fingerprints, setBits, features, features + ((<usize>count) << 2), last, seen, sums)
  const squares = load<i32>(sums)
  let s0 = i32x4.splat(0)
  let s1 = i32x4.splat(0)
  let s2 = i32x4.splat(0)
  let s3 = i32x4.splat(0)
  for (let at = features; at < end;) {
    const to = min(end, at + (ADDITIONS << 2))
    let low = i16x8.splat(0)
    let high = i16x8.splat(0)
    for (; at < to; at += 4) {
      const place = load<u32>(at)
      const row = v128.load(weights + <usize>place * classes)
      low = i16x8.add(low, i16x8.extend_low_i8x16_s(row))
      high = i16x8.add(high, i16x8.extend_high_i8x16_s(row))
      store<u8>(seen + <usize>place, 0)
    }
    s0 = i32x4.add(s0, i32x4.extend_low_i16x8_s(low))
    s1 = i32x4.add(s1, i32x4.extend_high_i16x8_s(low))
    s2 = i32x4.add(s2, i32x4.extend_low_i16x8_s(high))
    s3 = i32x4.add(s3, i32x4.extend_high_i16x8_s(high))
  }
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
  v128.store(sums, s2, 32)
  v128.store(sums, s3, 48)
  return squares
}
