/**
 * Repeated n-grams of words, as Gopher's repetition rules count them (Rae et al. 2021, Table A1) in datatrove's reading.
 *
 * Most frequent n-gram: its length written with spaces, times its count; of equally frequent ones the first. Found by refinement: an n-gram
 * can only occur twice if both (n−1)-grams in it do, so classes of equal (n−1)-grams are joined pairwise, exactly, and few positions are
 * left after n = 2. Duplicated n-grams: from the left, an n-gram whose words written together were met before counts its length and is
 * skipped whole; any other is remembered. That is one pass a size, with 64-bit hashes of the words written together (word-hash.ts).
 * Cost: O(words) a size, no strings. Departure: none but the odds of a hash collision.
 */
import { hashSlot, openTable } from './position-table.ts'
import { firstInversePowers, firstPowers, power, secondPowers } from './word-hash.ts'
import type { WordTable } from './word-table.ts'

let classA = new Int32Array(1024)
let classB = new Int32Array(1024)
let countsA = new Int32Array(1024)
let countsB = new Int32Array(1024)

/** Gives equal words one class, the position of the first of them. */
function wordClasses(words: WordTable): Int32Array {
  const { count, first, second } = words
  if (classA.length <= count) {
    classA = new Int32Array(count * 2)
    classB = new Int32Array(count * 2)
    countsA = new Int32Array(count * 2)
    countsB = new Int32Array(count * 2)
  }
  const { slots, base, shift } = openTable(count)
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
      countsA[i] = 0
    }
    countsA[at] = (countsA[at] ?? 0) + 1
    classA[i] = at
  }
  return classA
}

interface Refined {
  readonly classes: Int32Array
  /** Position of the most frequent n-gram, of equals the first. */
  readonly best: number
  readonly bestCount: number
}

/**
 * From classes of (n−1)-grams to classes of n-grams, for the `length` positions where one begins. What occurs once has no class, −1, or is
 * alone in its own. Reads the counts of one side and writes the other's.
 */
function refine(classes: Int32Array, oldCounts: Int32Array, refined: Int32Array, length: number): Refined {
  const { slots, base, shift } = openTable(length)
  const mask = (1 << (32 - shift)) - 1
  const newCounts = oldCounts === countsA ? countsB : countsA
  let best = 0
  let bestCount = 1
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
    let slot = hashSlot(Math.imul(left, 0x85ebca6b) ^ right, shift)
    let at = (slots[2 * slot] ?? 0) - base - 1
    while (at >= 0 && (classes[at] !== left || classes[at + 1] !== right)) {
      slot = (slot + 1) & mask
      at = (slots[2 * slot] ?? 0) - base - 1
    }
    if (at < 0) {
      slots[2 * slot] = base + 1 + i
      newCounts[i] = 1
      refined[i] = i
      continue
    }
    const count = (newCounts[at] ?? 0) + 1
    newCounts[at] = count
    refined[i] = at
    if (count > bestCount || (count === bestCount && at < best)) {
      bestCount = count
      best = at
    }
  }
  return { classes: refined, best, bestCount }
}

export interface TopNgram {
  /** Code points of its words. */
  readonly chars: number
  readonly count: number
}

/** For each size (2 or more, ascending) the most frequent n-gram, of equals the first; a count of 0 where there is none. */
export function topNgrams(words: WordTable, sizes: readonly number[]): TopNgram[] {
  let found: Refined = { classes: wordClasses(words), best: 0, bestCount: 0 }
  let counts = countsA
  let n = 1
  return sizes.map((size) => {
    for (; n < size; n++) {
      const { classes } = found
      found = refine(classes, counts, classes === classA ? classB : classA, Math.max(0, words.count - n))
      counts = counts === countsA ? countsB : countsA
    }
    if (words.count < size) return { chars: 0, count: 0 }
    let chars = 0
    for (let i = found.best; i < found.best + size; i++) chars += words.chars[i] ?? 0
    return { chars, count: found.bestCount }
  })
}

/**
 * Hashes of words written together, for any range of a table's words at one multiplication. With U(i) the units before word i and m the
 * multiplier, `sums[i]` = Σ over words k < i of H(k) · m^−U(k+1) and `scales[i]` = m^U(i), so that
 * H(words i … j−1 together) = (sums[j] − sums[i]) · scales[j]. Modulo 2³² an odd m has an inverse.
 */
export interface RangeHashes {
  readonly words: WordTable
  readonly sums: Int32Array
  readonly scales: Int32Array
}

let sumBuffer = new Int32Array(1024)
let scaleBuffer = new Int32Array(1024)

/** Of all words of the table; good until it is called again. */
export function rangeHashes(words: WordTable): RangeHashes {
  const { count, first, units } = words
  if (sumBuffer.length <= count) {
    sumBuffer = new Int32Array(count * 2)
    scaleBuffer = new Int32Array(count * 2)
  }
  const sums = sumBuffer
  const scales = scaleBuffer
  let sum = 0
  let scale = 1
  let inverse = 1
  sums[0] = 0
  scales[0] = 1
  for (let i = 0; i < count; i++) {
    const length = units[i] ?? 0
    scale = Math.imul(scale, power(firstPowers, length))
    inverse = Math.imul(inverse, power(firstInversePowers, length))
    sum = (sum + Math.imul(first[i] ?? 0, inverse)) | 0
    sums[i + 1] = sum
    scales[i + 1] = scale
  }
  return { words, sums, scales }
}

/** Second lane of the hash of `size` words from `i` on: asked only where the first lanes are equal. */
function secondLane({ second, units }: WordTable, i: number, size: number): number {
  let hash = 0
  for (let k = i; k < i + size; k++) hash = (Math.imul(hash, power(secondPowers, units[k] ?? 0)) + (second[k] ?? 0)) | 0
  return hash
}

/**
 * Whether two of the ranges [bounds[i], bounds[i + 1]) may be the same words written together. A yes may be a hash collision; a no is sure,
 * so that the lines of most texts need not be compared as strings.
 */
export function mayRepeat({ sums, scales }: RangeHashes, bounds: readonly number[]): boolean {
  const { slots, base, shift } = openTable(bounds.length)
  const mask = (1 << (32 - shift)) - 1
  for (let i = 0; i + 1 < bounds.length; i++) {
    const end = bounds[i + 1] ?? 0
    const a = Math.imul((sums[end] ?? 0) - (sums[bounds[i] ?? 0] ?? 0), scales[end] ?? 0)
    let slot = hashSlot(a, shift)
    while ((slots[2 * slot] ?? 0) > base) {
      if (slots[2 * slot + 1] === a) return true
      slot = (slot + 1) & mask
    }
    slots[2 * slot] = base + 1
    slots[2 * slot + 1] = a
  }
  return false
}

let isRepeated = new Uint8Array(1024)

/** Sets `isRepeated` at the `length` positions whose n-gram occurs elsewhere too; their number. */
function markRepeated({ words, sums, scales }: RangeHashes, size: number, length: number): number {
  const { slots, base, shift } = openTable(length)
  const mask = (1 << (32 - shift)) - 1
  if (isRepeated.length < length) isRepeated = new Uint8Array(length * 2)
  let repeated = 0
  for (let i = 0; i < length; i++) {
    const a = Math.imul((sums[i + size] ?? 0) - (sums[i] ?? 0), scales[i + size] ?? 0)
    let slot = hashSlot(a, shift)
    let at = (slots[2 * slot] ?? 0) - base - 1
    while (at >= 0 && (slots[2 * slot + 1] !== a || secondLane(words, at, size) !== secondLane(words, i, size))) {
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
    isRepeated[i] = 1
  }
  return repeated
}

/** With `marks`, positions where it is 0 are passed over: no n-gram that begins there occurs twice. */
function repeatedChars({ words, sums, scales }: RangeHashes, size: number, marks?: Uint8Array): number {
  const last = words.count - size
  const { slots, base, shift } = openTable(Math.max(0, last + 1))
  const mask = (1 << (32 - shift)) - 1
  let repeated = 0
  let i = 0
  while (i <= last) {
    if (marks?.[i] === 0) {
      i++
      continue
    }
    const a = Math.imul((sums[i + size] ?? 0) - (sums[i] ?? 0), scales[i + size] ?? 0)
    let slot = hashSlot(a, shift)
    let at = (slots[2 * slot] ?? 0) - base - 1
    while (at >= 0 && (slots[2 * slot + 1] !== a || secondLane(words, at, size) !== secondLane(words, i, size))) {
      slot = (slot + 1) & mask
      at = (slots[2 * slot] ?? 0) - base - 1
    }
    if (at >= 0) {
      for (let k = i; k < i + size; k++) repeated += words.chars[k] ?? 0
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
export function repeatedNgramChars(hashes: RangeHashes, sizes: readonly number[]): number[] {
  return sizes.map((size) => repeatedChars(hashes, size))
}

/**
 * The same at a fraction of the cost: an n-gram that occurs twice begins with one of the smallest size that does, and few do. Equal but
 * where two n-grams are the same text cut into words in different places, which the units of Chinese text hardly ever are.
 */
export function repeatedUnitChars(hashes: RangeHashes, sizes: readonly number[]): number[] {
  const [smallest = 1] = sizes
  const length = hashes.words.count - smallest + 1
  if (length <= 0 || markRepeated(hashes, smallest, length) === 0) return sizes.map(() => 0)
  const marks = isRepeated
  return sizes.map((size) => repeatedChars(hashes, size, marks))
}
