/**
 * Hashes of runs of one, two and three words among tokens, and of words' stems (see functions/classify/features.ts). Every one is hashed and written behind
 * the last one; whether it stays is a number that is added, so nothing branches on what the text says. AssemblyScript.
 */
// functions/kernel/characters.ts numbers them so.
const WORD: i32 = 1

function combine(head: i32, last: i32): i32 {
  let h = (head * 0x9e3779b1 + 0x7f4a7c15) ^ last
  h = (h ^ <i32>(<u32>h >>> 16)) * 0x85ebca6b
  h = (h ^ <i32>(<u32>h >>> 13)) * 0xc2b2ae35
  return h ^ <i32>(<u32>h >>> 16)
}

/** Words and characters; other kinds break runs. */
function isOfRuns(kinds: usize, i: usize): i32 {
  return i32(<u32>load<u8>(kinds + i) - WORD < 2)
}

/**
 * hashes, kinds: `count` tokens; words and characters (kinds 1 and 2) are of runs, others break them.
 * longestRun: 1 to 3. features: room for `longestRun` numbers a token and two more. Returns how many were written: of each token, in the
 * order of the text, the runs of one, two and three that end with it.
 */
export function addRuns(hashes: usize, kinds: usize, count: i32, seed: i32, longestRun: i32, features: usize): i32 {
  const hasPairs = i32(longestRun > 1)
  const hasTriples = i32(longestRun > 2)
  // Hashes of the runs of one and two that end with the token before, and whether there are any.
  let one: i32 = 0
  let two: i32 = 0
  let hasOne: i32 = 0
  let hasTwo: i32 = 0
  let out = features
  for (let i: usize = 0; i < <usize>count; i++) {
    const token = load<i32>(hashes + (i << 2))
    const isOf = isOfRuns(kinds, i)
    const single = combine(seed, token)
    const pair = combine(one, token)
    const isPair = isOf & hasOne & hasPairs
    store<i32>(out, single)
    out += (<usize>isOf) << 2
    store<i32>(out, pair)
    out += (<usize>isPair) << 2
    store<i32>(out, combine(two, token))
    out += (<usize>(isPair & hasTwo & hasTriples)) << 2
    one = single
    two = pair
    hasOne = isOf
    hasTwo = isPair
  }
  return <i32>((out - features) >>> 2)
}

/** Hashes of the first `most` words among `count` tokens, under a seed; returns how many were written. */
export function addFirst(hashes: usize, kinds: usize, count: i32, seed: i32, most: i32, features: usize): i32 {
  const end = features + ((<usize>most) << 2)
  let out = features
  for (let i: usize = 0; i < <usize>count && out < end; i++) {
    store<i32>(out, combine(seed, load<i32>(hashes + (i << 2))))
    out += (<usize>isOfRuns(kinds, i)) << 2
  }
  return <i32>((out - features) >>> 2)
}

/** Hashes of the stems of `count` tokens that have one, under a seed; room for one number more. Returns how many were written. */
export function addStems(stems: usize, count: i32, seed: i32, features: usize): i32 {
  const end = stems + ((<usize>count) << 2)
  let out = features
  for (let at = stems; at < end; at += 4) {
    const stem = load<i32>(at)
    store<i32>(out, combine(seed, stem))
    out += (<usize>(stem != 0)) << 2
  }
  return <i32>((out - features) >>> 2)
}
