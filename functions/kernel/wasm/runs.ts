/**
 * Hashes of runs of one, two and three words among tokens, and of stems (see functions/classify/features.ts). Every run is hashed and written behind
 * the last one; whether it stays is a number that is added, so nothing branches on what the text says. AssemblyScript.
 */
// functions/kernel/characters.ts numbers them so.
const WORD: i32 = 1
const DROPPED: i32 = 5
const FNV_OFFSET: i32 = 0x811c9dc5
const FNV_PRIME: i32 = 0x01000193

function mix(hash: i32): i32 {
  let h = (hash ^ <i32>(<u32>hash >>> 16)) * 0x85ebca6b
  h = (h ^ <i32>(<u32>h >>> 13)) * 0xc2b2ae35
  return h ^ <i32>(<u32>h >>> 16)
}

function combine(head: i32, last: i32): i32 {
  return mix((head * 0x9e3779b1 + 0x7f4a7c15) ^ last)
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
    const isOf = i32(<u32>load<u8>(kinds + i) - WORD < 2)
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

/**
 * table: what each unit is, `kind << 16 | fold`. units: `size` of them. features: room for a number a word and one more. Returns how many
 * were written: of each word of more than `stemUnits` folded units the hash that its first ones would have as a word, behind `seed`.
 */
export function addStems(table: usize, units: usize, size: i32, stemUnits: i32, seed: i32, features: usize): i32 {
  const end = units + ((<usize>size) << 1)
  let out = features
  let h = FNV_OFFSET
  let length: i32 = 0
  for (let at = units; at < end; at += 2) {
    const entry = load<i32>(table + ((<usize>load<u16>(at)) << 2))
    const is = entry >>> 16
    if (is == DROPPED) continue
    const isWord = i32(is == WORD)
    store<i32>(out, h)
    out += (<usize>(isWord & i32(length == stemUnits))) << 2
    h = (select<i32>(h, FNV_OFFSET, length != 0) ^ (entry & 0xffff)) * FNV_PRIME
    length = (length + 1) * isWord
  }
  for (let at = features; at < out; at += 4) store<i32>(at, combine(seed, mix(load<i32>(at))))
  return <i32>((out - features) >>> 2)
}
