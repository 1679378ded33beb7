/**
 * Text → hashes of tokens (see functions/kernel/tokens.ts; spell-tokens.ts, which makes a string of each, is the twin). What most units are, part of a
 * word, a blank or a token of their own, is told by arithmetic and not by branches, which no processor can foretell: each writes
 * a token behind the last one, and whether it stays is a number that is added. AssemblyScript.
 */
const FNV_OFFSET: i32 = 0x811c9dc5
const FNV_PRIME: i32 = 0x01000193
/** Longer words have a stem of so many units. */
const STEM_UNITS: i32 = 5
/** What `mix` makes the token that ends a line of. */
const LINE_END: i32 = 0x6c696e65

// functions/kernel/characters.ts numbers them so.
const WORD: i32 = 1
const SINGLE: i32 = 2
const MARK: i32 = 3
const LINE: i32 = 4
const DROPPED: i32 = 5

/** `mix` of functions/kernel/hash.ts, four at a time; up to three numbers behind the last are changed. */
function mixAll(hashes: usize, end: usize): void {
  const first = i32x4.splat(0x85ebca6b)
  const second = i32x4.splat(0xc2b2ae35)
  for (let at = hashes; at < end; at += 16) {
    let h = v128.load(at)
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), first)
    h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), second)
    v128.store(at, v128.xor(h, i32x4.shr_u(h, 16)))
  }
}

function kindAt(table: usize, unit: usize): i32 {
  return load<i32>(table + ((<usize>load<u16>(unit)) << 2)) >>> 16
}

/** Where the word begins that the units end in; `end` where they end in none. */
function wordStart(table: usize, units: usize, end: usize): usize {
  let at = end
  let start = end
  while (at > units) {
    at -= 2
    const is = kindAt(table, at)
    if (is == WORD) start = at
    else if (is != DROPPED) break
  }
  return start
}

/** Compiled twice, so that who asks for no stems does not pay for them: `Stem` is i32 with and void without. */
function hasStems<Stem>(): bool {
  return !isVoid<Stem>()
}

function readUnits<Stem>(
  table: usize,
  units: usize,
  size: i32,
  isLast: i32,
  hashes: usize,
  kinds: usize,
  stems: usize,
  state: usize,
): i32 {
  const unitsEnd = units + ((<usize>size) << 1)
  // A token of this line lies before the first of this block, or behind it.
  let lineHasToken = load<i32>(state)
  let lineStart: usize = 0
  let count: usize = 0
  let isInWord: i32 = 0
  let h = FNV_OFFSET
  let length: i32 = 0
  let stem: i32 = 0
  let at = units
  while (at < unitsEnd) {
    const entry = load<i32>(table + ((<usize>load<u16>(at)) << 2))
    const is = entry >>> 16
    at += 2
    if (is < LINE) {
      const isWord = i32(is == WORD)
      // A word that ended before this unit stays.
      count += <usize>(isInWord & (isWord ^ 1))
      h = (select<i32>(h, FNV_OFFSET, (isWord & isInWord) != 0) ^ (entry & 0xffff)) * FNV_PRIME
      store<i32>(hashes + (count << 2), h)
      store<u8>(kinds + count, <u8>is)
      if (hasStems<Stem>()) {
        length = select<i32>(length, 0, (isWord & isInWord) != 0) + isWord
        stem = select<i32>(h, stem, length == STEM_UNITS)
        store<i32>(stems + (count << 2), select<i32>(stem, 0, length > STEM_UNITS))
      }
      // 2 and 3 are tokens of their own.
      count += <usize>(is >>> 1)
      isInWord = isWord
      continue
    }
    if (is == DROPPED) continue
    count += <usize>isInWord
    isInWord = 0
    if (is == LINE) {
      if (lineHasToken | i32(count != lineStart)) {
        store<i32>(hashes + (count << 2), LINE_END)
        store<u8>(kinds + count, <u8>LINE)
        if (hasStems<Stem>()) store<i32>(stems + (count << 2), 0)
        count++
      }
      lineHasToken = 0
      lineStart = count
      continue
    }
    // The first half of a pair, which is read whole: with the next block if it ends this one.
    if (at == unitsEnd && isLast == 0 && at - 2 > units) {
      at -= 2
      break
    }
    const high = <i32>load<u16>(at - 2)
    const low = at < unitsEnd ? <i32>load<u16>(at) : 0
    const isPair = i32(low >= 0xdc00 && low <= 0xdfff)
    const code = isPair ? ((high - 0xd800) << 10) + (low - 0xdc00) + 0x10000 : high
    at += (<usize>isPair) << 1
    store<i32>(hashes + (count << 2), (FNV_OFFSET ^ code) * FNV_PRIME)
    // Planes 2 and 3 hold nothing but Han; the rest is emoji, ancient scripts and lone halves.
    store<u8>(kinds + count, <u8>(code >= 0x20000 && code <= 0x3ffff ? SINGLE : MARK))
    if (hasStems<Stem>()) store<i32>(stems + (count << 2), 0)
    count++
  }
  // A word at the end may go on in the next block, unless it fills this one.
  if (isInWord) {
    const start = isLast ? units : wordStart(table, units, unitsEnd)
    if (start > units) at = start
    else count++
  }
  lineHasToken |= i32(count != lineStart)
  if (isLast && at == unitsEnd && lineHasToken) {
    store<i32>(hashes + (count << 2), LINE_END)
    store<u8>(kinds + count, <u8>LINE)
    if (hasStems<Stem>()) store<i32>(stems + (count << 2), 0)
    count++
    lineHasToken = 0
  }
  mixAll(hashes, hashes + (count << 2))
  // 0 stays 0.
  if (hasStems<Stem>()) mixAll(stems, stems + (count << 2))
  store<i32>(state, lineHasToken)
  store<i32>(state + 4, <i32>((at - units) >>> 1))
  return <i32>count
}

/**
 * table: what each unit is, `kind << 16 | fold`. units: `size` of them, all that is left of a text where `isLast` is 1.
 * hashes, kinds: room for `size` + 1 tokens, and for four more. stems: likewise, or 0: for each word that is longer than five units the
 * hash of its first five, and 0 for each other token.
 * state: whether the text's last line has a token and no end yet, which is read; and what is left for the next block, which is
 * written: whether it is open now, and the units that were read. Returns the number of tokens.
 */
export function readTokens(
  table: usize,
  units: usize,
  size: i32,
  isLast: i32,
  hashes: usize,
  kinds: usize,
  stems: usize,
  state: usize,
): i32 {
  return stems == 0
    ? readUnits<void>(table, units, size, isLast, hashes, kinds, stems, state)
    : readUnits<i32>(table, units, size, isLast, hashes, kinds, stems, state)
}

/**
 * The tokens with `lineStart` in front of every line, the first of them where `isAtStart` is 1. lines: room for two numbers a token and
 * one more. Returns how many were written.
 */
export function spreadLines(
  hashes: usize,
  kinds: usize,
  count: i32,
  isAtStart: i32,
  lineStart: i32,
  lines: usize,
): i32 {
  let out = lines
  let starts = <usize>isAtStart
  for (let i: usize = 0; i < <usize>count; i++) {
    store<i32>(out, lineStart)
    out += starts << 2
    store<i32>(out, load<i32>(hashes + (i << 2)))
    out += 4
    starts = <usize>(load<u8>(kinds + i) == LINE)
  }
  return <i32>((out - lines) >>> 2)
}
