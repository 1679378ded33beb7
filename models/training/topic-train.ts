/**
 * A topic model from texts of which few have labels: two rounds of a linear softmax, the second with the first's
 * guesses for the unlabelled texts as soft targets (self-training; Yarowsky 1995, section 3, without his threshold), and
 * a choice of the features that have most to say, two for each place of the table.
 * Cost: 25 ns a feature, text and epoch; a million features of 30,000 texts take a minute.
 */
import { CLASSES, WAYS, fingerprintOf, setOf } from '../../functions/classify/topic-model.ts'
import { logits, softmax, trainSoftmax } from './softmax.ts'
import type { Example, Linear } from './softmax.ts'

export interface Item {
  /** Distinct feature hashes. */
  readonly hashes: Int32Array
  /** Null where nobody has labelled the text. */
  readonly target: Float32Array | null
  readonly weight: number
}

export interface Indexed extends Item {
  readonly features: Int32Array
}

const SGD = { classes: CLASSES, epochs: 5, rate: 0.3, decay: 1e-6, seed: 1 }
/** A guess teaches an eighth of what a label does. */
const GUESS_WEIGHT = 0.5
const MIN_TEXTS = 4

/** Features that stand in enough texts, numbered. */
export function dictionary(items: readonly Item[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { hashes } of items) for (const hash of hashes) counts.set(hash, (counts.get(hash) ?? 0) + 1)
  const numbers = new Map<number, number>()
  for (const [hash, count] of counts) if (count >= MIN_TEXTS) numbers.set(hash, numbers.size)
  return numbers
}

export const indices = (hashes: Int32Array, numbers: ReadonlyMap<number, number>): Int32Array =>
  hashes.map((hash) => numbers.get(hash) ?? -1).filter((feature) => feature >= 0)

export function twoRounds(items: readonly Indexed[], features: number): Linear {
  const known = items.flatMap(({ features: present, target, weight }): Example[] =>
    target === null ? [] : [{ features: present, target, weight }],
  )
  const first = trainSoftmax(known, { ...SGD, features })
  const guesses = items.flatMap(({ features: present, target }): Example[] => {
    if (target !== null) return []
    const guess = new Float32Array(CLASSES)
    logits(first, present, guess)
    softmax(guess)
    return [{ features: present, target: guess, weight: GUESS_WEIGHT }]
  })
  return trainSoftmax([...known, ...guesses], { ...SGD, features, seed: 2 })
}

/** How far apart a feature's weights are, squared, times how often it stands in a text. */
function worths({ weights }: Linear, items: readonly Indexed[], size: number): Float64Array {
  const frequency = new Float64Array(size)
  // Rare kinds of text weigh more when they teach; here a text is a text, and a weakly labelled one a third.
  for (const { features, weight } of items)
    for (const feature of features) frequency[feature] = (frequency[feature] ?? 0) + Math.min(weight, 1.5)
  return frequency.map((count, feature) => {
    const row = weights.subarray(feature * CLASSES, (feature + 1) * CLASSES)
    const mean = row.reduce((sum, weight) => sum + weight, 0) / CLASSES
    return count * row.reduce((sum, weight) => sum + (weight - mean) ** 2, 0)
  })
}

/** The row of each feature that finds a place, best first; a set takes no two with one fingerprint. */
export function choosePlaces(
  model: Linear,
  items: readonly Indexed[],
  { numbers, setBits }: { readonly numbers: ReadonlyMap<number, number>; readonly setBits: number },
): Map<number, number> {
  const worth = worths(model, items, numbers.size)
  const ranked = [...numbers].sort(([a, i], [b, j]) => (worth[j] ?? 0) - (worth[i] ?? 0) || a - b)
  const filled = new Uint8Array(2 ** setBits)
  const taken = new Set<number>()
  const places = new Map<number, number>()
  for (const [hash] of ranked) {
    const set = setOf(hash, setBits)
    const way = filled[set] ?? 0
    const key = set * 65_536 + fingerprintOf(hash)
    if (way === WAYS || taken.has(key)) continue
    taken.add(key)
    filled[set] = way + 1
    places.set(hash, set * WAYS + way)
  }
  return places
}
