/**
 * The topic of a page: the class with the highest probability under a linear softmax, and that probability.
 *
 * A feature counts by the logarithm of how often it occurs, and the vector of these counts has length 1, so a long
 * page is not surer than a short one by its length alone. Weights are bytes, added four at a time in two 32-bit words of
 * 16-bit lanes (SIMD within a register; Fisher and Dietz 1998), which hold 257 additions of 255 before they must be
 * emptied. Cost: 3 ns a unit for the features, 5 ns a feature for the lookup.
 */
import { TOPICS } from '../../schema/shard.ts'
import type { Topic } from '../../schema/shard.ts'
import { MOST_OCCURRENCES, collectFeatures, countOf, featureList, versionOf } from './features.ts'
import type { Features, PageText } from './features.ts'
import { CLASSES, MAX_SET_BITS, WAYS, WORDS_PER_PLACE, fingerprintOf, setOf } from './topic-model.ts'
import type { TopicModel } from './topic-model.ts'

export interface TopicScore {
  readonly topic: Topic
  /** Calibrated probability of the topic. */
  readonly score: number
}

/** 65,535 = 257 · 255: a lane of 16 bits is full after so many bytes. */
const ADDITIONS = 257
const LOW_BYTES = 0x00ff00ff
/** What `packWeights` added to each weight. */
const OFFSET = 128

interface Scratch {
  readonly features: Features
  /** By place: how often the page has had this feature, 255 where more often; 0 between two pages. */
  readonly occurrences: Uint8Array
  readonly places: Int32Array
  /** Length of the vector of counts. */
  length: number
  readonly sums: Float64Array
  readonly logits: Float64Array
}

let scratch: Scratch | undefined

function openScratch(): Scratch {
  if (scratch === undefined) {
    const features = featureList()
    scratch = {
      features,
      occurrences: new Uint8Array(WAYS * 2 ** MAX_SET_BITS),
      places: new Int32Array(features.hashes.length),
      length: 0,
      sums: new Float64Array(WORDS_PER_PLACE * 4),
      logits: new Float64Array(CLASSES),
    }
  }
  return scratch
}

/**
 * Writes the places of the page's features that the model has, each as often as it counts, and the length of the vector of
 * these counts; returns how many there are.
 */
function findPlaces(work: Scratch, { fingerprints, setBits, features: rule }: TopicModel): number {
  const { features, occurrences, places } = work
  const { hashes, count } = features
  const version = versionOf(rule)
  let found = 0
  let squares = 0
  for (let i = 0; i < count; i++) {
    const hash = hashes[i] as number
    const mark = fingerprintOf(hash)
    let place = setOf(hash, setBits) * WAYS
    if (fingerprints[place] !== mark) {
      place++
      if (fingerprints[place] !== mark) continue
    }
    const before = occurrences[place] as number
    if (before === MOST_OCCURRENCES) continue
    occurrences[place] = before + 1
    const counts = countOf(before + 1, version)
    if (counts === countOf(before, version)) continue
    places[found++] = place
    squares += 2 * counts - 1
  }
  for (let i = 0; i < found; i++) occurrences[places[i] as number] = 0
  work.length = Math.sqrt(squares)
  return found
}

/** Sums of the weights of each class over `places[0 … found)`, still with the offset. */
function addWeights({ places, sums }: Scratch, found: number, weights: Int32Array): void {
  sums.fill(0)
  for (let from = 0; from < found; from += ADDITIONS) {
    const to = Math.min(found, from + ADDITIONS)
    let even0 = 0
    let odd0 = 0
    let even1 = 0
    let odd1 = 0
    let even2 = 0
    let odd2 = 0
    for (let i = from; i < to; i++) {
      const at = (places[i] as number) * WORDS_PER_PLACE
      const a = weights[at] as number
      const b = weights[at + 1] as number
      const c = weights[at + 2] as number
      even0 = (even0 + (a & LOW_BYTES)) | 0
      odd0 = (odd0 + ((a >>> 8) & LOW_BYTES)) | 0
      even1 = (even1 + (b & LOW_BYTES)) | 0
      odd1 = (odd1 + ((b >>> 8) & LOW_BYTES)) | 0
      even2 = (even2 + (c & LOW_BYTES)) | 0
      odd2 = (odd2 + ((c >>> 8) & LOW_BYTES)) | 0
    }
    emptyLanes(sums, 0, even0, odd0)
    emptyLanes(sums, 4, even1, odd1)
    emptyLanes(sums, 8, even2, odd2)
  }
}

function emptyLanes(sums: Float64Array, at: number, even: number, odd: number): void {
  sums[at] = (sums[at] as number) + (even & 0xffff)
  sums[at + 1] = (sums[at + 1] as number) + (odd & 0xffff)
  sums[at + 2] = (sums[at + 2] as number) + (even >>> 16)
  sums[at + 3] = (sums[at + 3] as number) + (odd >>> 16)
}

/** Probabilities in the order of `TOPICS`; the array is the next call's too. */
export function topicProbabilities(model: TopicModel, page: PageText): Float64Array {
  const work = openScratch()
  collectFeatures(page, work.features, model.features)
  const found = findPlaces(work, model)
  addWeights(work, found, model.weights)
  const { sums, logits } = work
  const norm = found === 0 ? 0 : model.scale / work.length
  let top = -Infinity
  for (let c = 0; c < CLASSES; c++) {
    const logit = ((sums[c] as number) - OFFSET * found) * norm + (model.bias[c] as number)
    logits[c] = logit
    if (logit > top) top = logit
  }
  let total = 0
  for (let c = 0; c < CLASSES; c++) {
    const p = Math.exp((logits[c] as number) - top)
    logits[c] = p
    total += p
  }
  for (let c = 0; c < CLASSES; c++) logits[c] = (logits[c] as number) / total
  return logits
}

export function classifyTopic(model: TopicModel, page: PageText): TopicScore {
  const p = topicProbabilities(model, page)
  let best = 0
  for (let c = 1; c < CLASSES; c++) if ((p[c] as number) > (p[best] as number)) best = c
  return { topic: TOPICS[best] ?? 'other', score: p[best] as number }
}
