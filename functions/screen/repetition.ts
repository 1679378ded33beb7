/**
 * Repeated n-grams of words, as Gopher's repetition rules count them (Rae et al. 2021, Table A1) in datatrove's reading.
 *
 * Most frequent n-gram: its length written with spaces, times its count; of equally frequent ones the first. Found by refinement: an n-gram
 * can only occur twice if both (n−1)-grams in it do, so classes of equal (n−1)-grams are joined pairwise, exactly, and few positions are
 * left after n = 2. Duplicated n-grams: from the left, an n-gram whose words written together were met before counts its length and is
 * skipped whole; any other is remembered. That is one pass a size, with 64-bit hashes of the words written together (word-hash.ts).
 * Cost: O(words) a size, no strings. Departure: none but the odds of a hash collision.
 */
import { firstPowers, power, secondPowers } from './word-hash.ts'
import type { WordTable } from './word-table.ts'

/**
 * An open-addressing table of positions, two numbers a slot: the position, over `base`, and a key. It is emptied by raising `base`: a slot
 * at or below it is free.
 */
let slots = new Int32Array(1 << 14)
let base = 0
let used = 0

/** Empties the table for `size` entries at most and gives the shift that turns a hash into a slot. */
function openTable(size: number): number {
  base += used
  used = size + 1
  let bits = 13
  while (1 << bits < size * 2) bits++
  if (2 << bits > slots.length) {
    slots = new Int32Array(2 << bits)
    base = 0
  } else if (base + used > 2 ** 30) {
    slots.fill(0)
    base = 0
  }
  return 32 - bits
}

const hashSlot = (key: number, shift: number): number => Math.imul(key, 0x9e3779b1) >>> shift

let classA = new Int32Array(1024)
let classB = new Int32Array(1024)
let countsA = new Int32Array(1024)
let countsB = new Int32Array(1024)
let counts = countsA

let best = 0
let bestCount = 0

/** Takes position `i` into the class of the first position `at` that is like it. */
function join(refined: Int32Array, i: number, at: number): void {
  const count = (counts[at] ?? 0) + 1
  counts[at] = count
  refined[i] = at
  if (count > bestCount || (count === bestCount && at < best)) {
    bestCount = count
    best = at
  }
}

/** Gives equal words one class, the position of the first of them. */
function wordClasses(words: WordTable): Int32Array {
  const { count, first, second } = words
  if (classA.length <= count) {
    classA = new Int32Array(count * 2)
    classB = new Int32Array(count * 2)
    countsA = new Int32Array(count * 2)
    countsB = new Int32Array(count * 2)
    counts = countsA
  }
  const shift = openTable(count)
  const mask = (1 << (32 - shift)) - 1
  for (let i = 0; i < count; i++) {
    const a = first[i] ?? 0
    let slot = hashSlot(a, shift)
    let at = (slots[2 * slot] ?? 0) - base - 1
    while (at >= 0 && (slots[2 * slot + 1] !== a || second[at] !== second[i])) {
      slot = (slot + 1) & mask
      at = (slots[2 * slot] ?? 0) - base - 1
    }
    if (at < 0) {
      slots[2 * slot] = base + 1 + i
      slots[2 * slot + 1] = a
      at = i
      counts[i] = 0
    }
    join(classA, i, at)
  }
  return classA
}

/**
 * From classes of (n−1)-grams to classes of n-grams, for the `length` positions where one begins. What occurs once gets no class: −1, or
 * itself with a count of 1. Leaves the most frequent one, the first of equals, in `best`.
 */
function refine(classes: Int32Array, oldCounts: Int32Array, refined: Int32Array, length: number): Int32Array {
  const shift = openTable(length)
  const mask = (1 << (32 - shift)) - 1
  best = 0
  bestCount = 1
  let right = classes[0] ?? -1
  let isRightSingle = right < 0 || oldCounts[right] === 1
  for (let i = 0; i < length; i++) {
    const left = right
    const isLeftSingle = isRightSingle
    right = classes[i + 1] ?? -1
    isRightSingle = right < 0 || oldCounts[right] === 1
    if (isLeftSingle || isRightSingle) {
      refined[i] = -1
      continue
    }
    const key = Math.imul(left, 0x85ebca6b) ^ right
    let slot = hashSlot(key, shift)
    let at = (slots[2 * slot] ?? 0) - base - 1
    while (at >= 0 && (classes[at] !== left || classes[at + 1] !== right)) {
      slot = (slot + 1) & mask
      at = (slots[2 * slot] ?? 0) - base - 1
    }
    if (at < 0) {
      slots[2 * slot] = base + 1 + i
      at = i
      counts[i] = 0
    }
    join(refined, i, at)
  }
  return refined
}

export interface TopNgram {
  /** Code points of its words. */
  readonly chars: number
  readonly count: number
}

/** For each size (2 or more, ascending) the most frequent n-gram, of equals the first; a count of 0 where there is none. */
export function topNgrams(words: WordTable, sizes: readonly number[]): TopNgram[] {
  let classes = wordClasses(words)
  let n = 1
  return sizes.map((size) => {
    for (; n < size; n++) {
      const oldCounts = counts
      counts = counts === countsA ? countsB : countsA
      classes = refine(classes, oldCounts, classes === classA ? classB : classA, Math.max(0, words.count - n))
    }
    if (words.count < size) return { chars: 0, count: 0 }
    let chars = 0
    for (let i = best; i < best + size; i++) chars += words.chars[i] ?? 0
    return { chars, count: bestCount }
  })
}

let isRepeated = new Uint8Array(1024)

/** Share of the n-grams of one size that occur more than once, every occurrence counted. */
export function repeatedShare(words: WordTable, size: number): number {
  const length = words.count - size + 1
  if (length <= 0) return 0
  sumPrefixes(words)
  const shift = openTable(length)
  const mask = (1 << (32 - shift)) - 1
  if (isRepeated.length < length) isRepeated = new Uint8Array(length * 2)
  let repeated = 0
  for (let i = 0; i < length; i++) {
    const a = firstLane(i, size)
    let slot = hashSlot(a, shift)
    let at = (slots[2 * slot] ?? 0) - base - 1
    while (at >= 0 && (slots[2 * slot + 1] !== a || secondLane(at, size) !== secondLane(i, size))) {
      slot = (slot + 1) & mask
      at = (slots[2 * slot] ?? 0) - base - 1
    }
    if (at < 0) {
      slots[2 * slot] = base + 1 + i
      slots[2 * slot + 1] = a
      isRepeated[i] = 0
      continue
    }
    // The second occurrence makes the first one a repeated n-gram too.
    repeated += isRepeated[at] === 1 ? 1 : 2
    isRepeated[at] = 1
  }
  return repeated / length
}

let firstPrefix = new Int32Array(1024)
let secondPrefix = new Int32Array(1024)
let unitsBefore = new Int32Array(1024)
let charsBefore = new Int32Array(1024)

function sumPrefixes(words: WordTable): void {
  const { count, first, second, units, chars } = words
  if (firstPrefix.length <= count) {
    firstPrefix = new Int32Array(count * 2)
    secondPrefix = new Int32Array(count * 2)
    unitsBefore = new Int32Array(count * 2)
    charsBefore = new Int32Array(count * 2)
  }
  let a = 0
  let b = 0
  let numUnits = 0
  let numChars = 0
  for (let i = 0; i < count; i++) {
    const length = units[i] ?? 0
    a = (Math.imul(a, power(firstPowers, length)) + (first[i] ?? 0)) | 0
    b = (Math.imul(b, power(secondPowers, length)) + (second[i] ?? 0)) | 0
    numUnits += length
    numChars += chars[i] ?? 0
    firstPrefix[i + 1] = a
    secondPrefix[i + 1] = b
    unitsBefore[i + 1] = numUnits
    charsBefore[i + 1] = numChars
  }
}

/** First lane of the hash of `size` words from `i` on, written together. */
const firstLane = (i: number, size: number): number => {
  const length = (unitsBefore[i + size] ?? 0) - (unitsBefore[i] ?? 0)
  return ((firstPrefix[i + size] ?? 0) - Math.imul(firstPrefix[i] ?? 0, power(firstPowers, length))) | 0
}

const secondLane = (i: number, size: number): number => {
  const length = (unitsBefore[i + size] ?? 0) - (unitsBefore[i] ?? 0)
  return ((secondPrefix[i + size] ?? 0) - Math.imul(secondPrefix[i] ?? 0, power(secondPowers, length))) | 0
}

function repeatedChars(count: number, size: number): number {
  const shift = openTable(Math.max(0, count - size + 1))
  const mask = (1 << (32 - shift)) - 1
  let repeated = 0
  let i = 0
  while (i <= count - size) {
    const a = firstLane(i, size)
    let slot = hashSlot(a, shift)
    let at = (slots[2 * slot] ?? 0) - base - 1
    while (at >= 0 && (slots[2 * slot + 1] !== a || secondLane(at, size) !== secondLane(i, size))) {
      slot = (slot + 1) & mask
      at = (slots[2 * slot] ?? 0) - base - 1
    }
    if (at >= 0) {
      repeated += (charsBefore[i + size] ?? 0) - (charsBefore[i] ?? 0)
      i += size
    } else {
      slots[2 * slot] = base + 1 + i
      slots[2 * slot + 1] = a
      i++
    }
  }
  return repeated
}

/** For each size, code points in n-grams that were met before, counted from the left without overlap. */
export function repeatedNgramChars(words: WordTable, sizes: readonly number[]): number[] {
  sumPrefixes(words)
  return sizes.map((size) => repeatedChars(words.count, size))
}
