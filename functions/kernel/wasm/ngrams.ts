/**
 * log10 probability of a block of tokens under a quantised n-gram table (see functions/perplexity/ngram-probe.ts, whose plain
 * loops are the twin). Sixteen slots are compared at once and nothing branches on what they hold, so that the processor
 * fetches the next tokens' slots meanwhile: a miss of the cache is waited for once in many. AssemblyScript.
 */
const MARK_SEED: i32 = 0x6d61726b

/** `slotHash` of four heads and tokens. */
function slotHashes(heads: v128, tokens: v128): v128 {
  let h = i32x4.add(i32x4.mul(heads, i32x4.splat(0x9e3779b1)), i32x4.splat(0x7f4a7c15))
  h = v128.xor(h, tokens)
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b))
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35))
  return v128.xor(h, i32x4.shr_u(h, 16))
}

/** `markHash` of four heads and tokens. */
function markHashes(heads: v128, tokens: v128): v128 {
  const h = v128.xor(v128.xor(i32x4.shr_u(heads, 15), heads), tokens)
  return i32x4.add(i32x4.mul(h, i32x4.splat(0x2c1b3c6d)), i32x4.splat(0x297a2d39))
}

/** Fingerprints of eight slots: their upper halves, 0 where a slot is empty. */
function marksOf(a: v128, b: v128): v128 {
  return i16x8.narrow_i32x4_u(i32x4.shr_u(a, 16), i32x4.shr_u(b, 16))
}

/** `findSlot`: a cache line of sixteen slots at a time, from the one that the hash names on, until one has room. */
function find(table: usize, lines: u32, home: u32, mark: i32): u32 {
  let fingerprint = <u32>mark >>> 16
  fingerprint = select<u32>(fingerprint, 1, fingerprint != 0)
  const wanted = i16x8.splat(<i16>fingerprint)
  let slot: u32 = 0
  let isOver = false
  while (!isOver) {
    const line = table + ((<usize>home) << 6)
    const a = marksOf(v128.load(line), v128.load(line, 16))
    const b = marksOf(v128.load(line, 32), v128.load(line, 48))
    const hit = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.eq(a, wanted), i16x8.eq(b, wanted)))
    // Of 0, 32 bits are counted, and that slot is behind the table at worst.
    slot = select<u32>(load<u32>(line + ((<usize>ctz(hit)) << 2)), 0, hit != 0)
    isOver = (hit | i32(load<u32>(line, 60) == 0)) != 0
    home = home + 1 == lines ? 0 : home + 1
  }
  return slot
}

/** Entries of a list that are fetched before they are looked at: their lines fit the nearest cache. */
const RUN: usize = 256

/** Looks up the places of a list, a run at a time: all lines of a run are asked for before the first is needed. */
function findAll(table: usize, lines: u32, list: usize, listEnd: usize, slots: usize, marks: usize, here: usize): u32 {
  let touched: u32 = 0
  while (list < listEnd) {
    const end = min(list + (RUN << 2), listEnd)
    for (let at = list; at < end; at += 4) {
      const i = <usize>load<u32>(at)
      const home = <u32>((<u64>load<u32>(slots + i) * <u64>lines) >>> 32)
      store<u32>(here + i, home)
      touched ^= load<u32>(table + ((<usize>home) << 6))
    }
    for (let at = list; at < end; at += 4) {
      const i = <usize>load<u32>(at)
      store<u32>(here + i, find(table, lines, load<u32>(here + i), load<i32>(marks + i)))
    }
    list = end
  }
  return touched
}

/** Bytes in front of a row: there is a number before its first. */
const MARGIN: usize = 16

/**
 * sections: of each order, where its slots begin and how many lines they are.
 * tokens: `size` hashes with the lines' starts (`lineStart`) among them; from `from` on they are scored.
 * before: the sum so far, to which each token is added: the same bits whatever the blocks.
 * work: room for 3 + order arrays of `stride` numbers, all 0 the first time: both hashes, a list of places, and what is found of each
 * order, each with four numbers in front. `stride` is 7 more than `size` at least.
 * centroids: 256 floats an order of probabilities, then 256 an order but the last of back-offs.
 */
export function scoreNgrams(
  sections: usize,
  tokens: usize,
  lineStart: i32,
  from: i32,
  size: i32,
  order: i32,
  work: usize,
  stride: i32,
  centroids: usize,
  unknown: f64,
  before: f64,
): f64 {
  const row = (<usize>stride) << 2
  const slots = work + MARGIN
  const marks = slots + row
  const list = marks + row
  const found = list + row
  const end = (<usize>size) << 2
  let listEnd = list
  for (let i: usize = 0; i < end; i += 4, listEnd += 4) store<u32>(listEnd, <u32>i)
  let touched: u32 = 0
  for (let k = 0; k < order; k++) {
    const here = found + <usize>k * row
    // From the back, so that before a place still lie the hashes of one token less.
    for (let i = (end + 12) & ~15; i != 0;) {
      i -= 16
      const next = v128.load(tokens + i)
      const heads = k == 0 ? i32x4.splat(0) : v128.load(slots + i - 4)
      const markHeads = k == 0 ? i32x4.splat(MARK_SEED) : v128.load(marks + i - 4)
      v128.store(slots + i, slotHashes(heads, next))
      v128.store(marks + i, markHashes(markHeads, next))
    }
    if (k != 0) {
      memory.fill(here, 0, end)
      // What was there of one token less may be there; the list closes up to it.
      const below = here - row
      let kept = list
      for (let at = list; at < listEnd; at += 4) {
        const i = <usize>load<u32>(at)
        store<u32>(kept, <u32>i)
        const possible =
          i32(load<u32>(below + i) != 0) & i32(load<u32>(below + i - 4) != 0) & i32(load<i32>(tokens + i) != lineStart)
        kept += (<usize>possible) << 2
      }
      listEnd = kept
    }
    const section = sections + ((<usize>k) << 3)
    touched ^= findAll(<usize>load<u32>(section), load<u32>(section, 4), list, listEnd, slots, marks, here)
  }
  // What was fetched is used, or the compiler would leave it out.
  store<u32>(list, touched)
  const backoffs = centroids + ((<usize>order) << 10)
  let total = before
  for (let i: usize = (<usize>from) << 2; i < end; i += 4) {
    if (load<i32>(tokens + i) == lineStart) continue
    let sum: f64 = 0
    let k = order - 1
    for (; k >= 0; k--) {
      const slot = load<u32>(found + <usize>k * row + i)
      if (slot != 0) {
        sum += <f64>load<f32>(centroids + ((<usize>k) << 10) + (((slot >>> 8) & 0xff) << 2))
        break
      }
      if (k == 0 || i == 0) continue
      const context = load<u32>(found + (<usize>k - 1) * row + i - 4)
      if (context != 0) sum += <f64>load<f32>(backoffs + ((<usize>(k - 1)) << 10) + ((context & 0xff) << 2))
    }
    total += k < 0 ? sum + unknown : sum
  }
  return total
}
