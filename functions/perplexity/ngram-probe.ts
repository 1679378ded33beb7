/**
 * A block of tokens → the n-grams that end at each, and from them its log10 probability.
 *
 * A block is hashed and then probed, order by order: cache misses overlap, which is worth 2x. The probability of a token
 * is that of the longest n-gram there is, times the back-offs of the contexts that were too long (Katz 1987, section II;
 * the loop is KenLM's, Heafield 2011, section 2: a match of length m bounds the next context to m tokens).
 */
import { LINE_START, MARK_SEED, SLOT_SEED, findPlace, findSlot, markHash, slotHash } from './ngram-hash.ts'
import type { Section } from './ngram-hash.ts'
import { CENTROIDS, MAX_ORDER } from './ngram-model.ts'
import type { NgramModel } from './ngram-model.ts'
import { UNKNOWN_WORD } from './ready-tokens.ts'

export interface Probed {
  /** Tokens with the lines' starts among them, the last few of the block before in front. */
  readonly tokens: Int32Array
  /** What the marks run along: the second hashes of ready words, the tokens themselves of a text. */
  readonly checks: Int32Array
  /** Hashes of the k-gram that ends at each token, k growing in place. */
  readonly slotHashes: Int32Array
  readonly markHashes: Int32Array
  /** By order: what the table has of the k-gram that ends at each token, 0 where it has none. */
  readonly found: readonly Int32Array[]
}

export function openProbed(capacity: number, { ready }: { readonly ready: boolean }): Probed {
  const array = (): Int32Array => new Int32Array(capacity)
  const tokens = array()
  return {
    tokens,
    checks: ready ? array() : tokens,
    slotHashes: array(),
    markHashes: array(),
    found: Array.from({ length: MAX_ORDER }, array),
  }
}

/** What the table has of an n-gram of `k` + 1 tokens. */
function look({ slots, sections, values }: NgramModel, k: number, hash: number, mark: number): number {
  const section = sections[k] as Section
  return values === null ? findSlot(slots, section, { hash, mark }) : findPlace(slots, section, { hash, mark })
}

/** Order by order: a k-gram can only be there if both of its (k−1)-grams are. */
export function probe(
  { tokens, checks, slotHashes, markHashes, found }: Probed,
  size: number,
  model: NgramModel,
): void {
  const { order, hasUnknown } = model
  const unigrams = found[0] as Int32Array
  for (let i = 0; i < size; i++) {
    const hash = slotHash(SLOT_SEED, tokens[i] as number)
    const mark = markHash(MARK_SEED, checks[i] as number)
    slotHashes[i] = hash
    markHashes[i] = mark
    unigrams[i] = look(model, 0, hash, mark)
  }
  if (hasUnknown) renameUnknown({ tokens, checks, slotHashes, markHashes, found }, size, model)
  for (let k = 1; k < order; k++) {
    const below = found[k - 1] as Int32Array
    const here = found[k] as Int32Array
    // From the back, so that i − 1 still holds the hashes of one token less.
    for (let i = size - 1; i > 0; i--) {
      const token = tokens[i] as number
      const hash = slotHash(slotHashes[i - 1] as number, token)
      const mark = markHash(markHashes[i - 1] as number, checks[i] as number)
      slotHashes[i] = hash
      markHashes[i] = mark
      const possible = below[i] !== 0 && below[i - 1] !== 0 && token !== LINE_START
      here[i] = possible ? look(model, k, hash, mark) : 0
    }
    here[0] = 0
  }
}

/** Where the model has n-grams of `<unk>`, a word that it lacks is read as that. */
function renameUnknown(
  { tokens, checks, slotHashes, markHashes, found }: Probed,
  size: number,
  model: NgramModel,
): void {
  const hash = slotHash(SLOT_SEED, UNKNOWN_WORD)
  const mark = markHash(MARK_SEED, UNKNOWN_WORD)
  const unigrams = found[0] as Int32Array
  for (let i = 0; i < size; i++) {
    if (unigrams[i] !== 0) continue
    tokens[i] = UNKNOWN_WORD
    checks[i] = UNKNOWN_WORD
    slotHashes[i] = hash
    markHashes[i] = mark
    unigrams[i] = look(model, 0, hash, mark)
  }
}

/** log10 p of the token at `i`. */
export function logProbability(found: readonly Int32Array[], i: number, model: NgramModel): number {
  const { order, probabilities, backoffs, unknown, values } = model
  let sum = 0
  for (let k = order - 1; k >= 0; k--) {
    const slot = (found[k] as Int32Array)[i] as number
    if (slot !== 0) {
      if (values !== null) return sum + (values[2 * slot - 2] as number)
      return sum + (probabilities[k * CENTROIDS + ((slot >>> 8) & 0xff)] as number)
    }
    // The context of the n-gram that is not there: k tokens, ending one before.
    const context = k > 0 && i > 0 ? ((found[k - 1] as Int32Array)[i - 1] as number) : 0
    if (context === 0) continue
    if (values === null) sum += backoffs[(k - 1) * CENTROIDS + (context & 0xff)] as number
    else sum += values[2 * context - 1] as number
  }
  return sum + unknown
}

export interface InHand {
  readonly from: number
  readonly size: number
  readonly before: number
}

/** `before` and log10 p of the tokens in hand from `from` on, the lines' starts left out. */
export function scorePlainly(model: NgramModel, work: Probed, { from, size, before }: InHand): number {
  probe(work, size, model)
  let total = before
  for (let i = from; i < size; i++) {
    if (work.tokens[i] !== LINE_START) total += logProbability(work.found, i, model)
  }
  return total
}
