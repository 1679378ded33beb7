/**
 * Perplexity of a text under an n-gram model: 10^(−Σ log10 p / tokens), line ends counted among the tokens.
 *
 * A line is a sentence: its first token follows the line's start, its end is predicted. The probability of a token is
 * that of the longest n-gram there is, times the back-offs of the contexts that were too long (Katz 1987, section II;
 * the loop is KenLM's, Heafield 2011, section 2: a match of length m bounds the next context to m tokens). A word that
 * the model does not have costs what the file says, spelling included, and breaks the context.
 * A block of tokens is hashed first and then probed: cache misses overlap, which is worth 2x. Cost: about 50 ns a token.
 */
import { LINE, readTokens, tokenBlock } from '../kernel/tokens.ts'
import type { TokenBlock } from '../kernel/tokens.ts'
import { LINE_START, MARK_SEED, SLOT_SEED, findSlot, markHash, slotHash } from './ngram-hash.ts'
import { CENTROIDS, MAX_ORDER } from './ngram-model.ts'
import type { NgramModel } from './ngram-model.ts'

/** Below this many tokens a perplexity says more of the length than of the text (curation of CCNet: 300 characters). */
export const MIN_TOKENS = 100

export interface PerplexityScore {
  /** Null below `MIN_TOKENS`. */
  readonly ppl: number | null
  /** Tokens scored, line ends included. */
  readonly tokens: number
  readonly log10p: number
}

interface Scratch {
  readonly block: TokenBlock
  /** Tokens with the lines' starts among them, the last few of the block before in front. */
  readonly tokens: Int32Array
  /** Hashes of the k-gram that ends at each token, k growing in place. */
  readonly slotHashes: Int32Array
  readonly markHashes: Int32Array
  /** By order: the slot of the k-gram that ends at each token, 0 where the model has none. */
  readonly found: readonly Int32Array[]
}

const BLOCK_UNITS = 8192
// Every token may end a line, and then every second one starts one; plus the last end and the tokens carried over.
const CAPACITY = 2 * (BLOCK_UNITS + 1) + MAX_ORDER

let scratch: Scratch | undefined

const array = (): Int32Array => new Int32Array(CAPACITY)

function openScratch(): Scratch {
  scratch ??= {
    block: tokenBlock(BLOCK_UNITS),
    tokens: array(),
    slotHashes: array(),
    markHashes: array(),
    found: Array.from({ length: MAX_ORDER }, array),
  }
  return scratch
}

/** Puts a start in front of every line; returns the number of tokens in hand. */
function spreadLines({ block, tokens }: Scratch, carried: number, atLineStart: boolean): number {
  const { hashes, kinds, count } = block
  let size = carried
  let starting = atLineStart
  for (let i = 0; i < count; i++) {
    if (starting) tokens[size++] = LINE_START
    tokens[size++] = hashes[i] as number
    starting = kinds[i] === LINE
  }
  return size
}

/** Order by order: a k-gram can only be there if both of its (k−1)-grams are. */
function probe({ tokens, slotHashes, markHashes, found }: Scratch, size: number, { slots, order }: NgramModel): void {
  const unigrams = found[0] as Int32Array
  for (let i = 0; i < size; i++) {
    const token = tokens[i] as number
    const hash = slotHash(SLOT_SEED, token)
    const mark = markHash(MARK_SEED, token)
    slotHashes[i] = hash
    markHashes[i] = mark
    unigrams[i] = findSlot(slots, hash, mark)
  }
  for (let k = 1; k < order; k++) {
    const below = found[k - 1] as Int32Array
    const here = found[k] as Int32Array
    // From the back, so that i − 1 still holds the hashes of one token less.
    for (let i = size - 1; i > 0; i--) {
      const token = tokens[i] as number
      const hash = slotHash(slotHashes[i - 1] as number, token)
      const mark = markHash(markHashes[i - 1] as number, token)
      slotHashes[i] = hash
      markHashes[i] = mark
      const possible = below[i] !== 0 && below[i - 1] !== 0 && token !== LINE_START
      here[i] = possible ? findSlot(slots, hash, mark) : 0
    }
    here[0] = 0
  }
}

/** log10 p of the token at `i`. */
function logProbability(found: readonly Int32Array[], i: number, model: NgramModel): number {
  const { order, probabilities, backoffs, unknown } = model
  let k = order - 1
  let sum = 0
  for (; k >= 0; k--) {
    const slot = (found[k] as Int32Array)[i] as number
    if (slot !== 0) return sum + (probabilities[k * CENTROIDS + ((slot >>> 8) & 0xff)] as number)
    // The context of the n-gram that is not there: k tokens, ending one before.
    const context = k > 0 && i > 0 ? ((found[k - 1] as Int32Array)[i - 1] as number) : 0
    if (context !== 0) sum += backoffs[(k - 1) * CENTROIDS + (context & 0xff)] as number
  }
  return sum + unknown
}

export function scorePerplexity(model: NgramModel, text: string): PerplexityScore {
  const work = openScratch()
  const { tokens, found, block } = work
  const keep = model.order - 1
  let log10p = 0
  let numTokens = 0
  let carried = 0
  let atLineStart = true
  for (let from = 0; from < text.length;) {
    from = readTokens(text, from, block)
    if (block.count === 0) continue
    const size = spreadLines(work, carried, atLineStart)
    probe(work, size, model)
    for (let i = carried; i < size; i++) {
      if (tokens[i] !== LINE_START) log10p += logProbability(found, i, model)
    }
    numTokens += block.count
    atLineStart = block.kinds[block.count - 1] === LINE
    carried = Math.min(keep, size)
    tokens.copyWithin(0, size - carried, size)
  }
  return { ppl: numTokens < MIN_TOKENS ? null : 10 ** (-log10p / numTokens), tokens: numTokens, log10p }
}
