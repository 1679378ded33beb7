/**
 * Sums of a topic model's weights over the features of a page (see functions/classify/classify.ts; plain-topics.ts of the tests is the
 * twin). A lookup branches on nothing that the table holds, so that many misses of the cache are waited for at once. AssemblyScript.
 */

/** The places of the features that the table has, each once, over the features themselves; returns the end of the list. */
function findPlaces(fingerprints: usize, setBits: i32, features: usize, end: usize, seen: usize): usize {
  const shift = 32 - setBits
  let out = features
  for (let at = features; at < end; at += 4) {
    const hash = load<u32>(at)
    const set = hash >>> shift
    const two = load<u32>(fingerprints + ((<usize>set) << 2))
    let mark = hash & 0xffff
    mark = select<u32>(mark, 1, mark != 0)
    const isFirst = u32((two & 0xffff) == mark)
    const has = isFirst | u32(two >>> 16 == mark)
    const place = (set << 1) + (isFirst ^ 1)
    const word = seen + ((<usize>(place >>> 5)) << 2)
    const had = load<u32>(word)
    const bit = has << (place & 31)
    store<u32>(word, had | bit)
    store<u32>(out, place)
    out += (<usize>((bit & ~had) != 0)) << 2
  }
  return out
}

/** Weights added to a lane of 16 bits before it may be full: 255 times −128 is just above its end. */
const ADDITIONS: usize = 255

/**
 * fingerprints: two numbers of 16 bits a set. weights: `classes` signed bytes a place, at most 16; 15 bytes behind the last are read.
 * features: `count` hashes, which are overwritten. seen: a bit a place, all 0, and 0 again afterwards.
 * sums: 16 numbers, of which the first `classes` say anything. Returns the number of features that the table has.
 */
export function sumTopics(
  fingerprints: usize,
  setBits: i32,
  weights: usize,
  classes: usize,
  features: usize,
  count: i32,
  seen: usize,
  sums: usize,
): i32 {
  const end = findPlaces(fingerprints, setBits, features, features + ((<usize>count) << 2), seen)
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
      store<u32>(seen + ((<usize>(place >>> 5)) << 2), 0)
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
  return <i32>((end - features) >>> 2)
}
