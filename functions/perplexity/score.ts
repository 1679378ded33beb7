/**
 * Perplexity of a text under an n-gram model: 10^(−Σ log10 p / tokens), line ends counted among the tokens.
 *
 * A line is a sentence: its first token follows the line's start, its end is predicted. A word that the model does not
 * have costs what the file says, spelling included, and breaks the context. Cost: 75 to 140 ns a token, by what others leave of the cache.
 */
import { LINE, readTokens, tokenBlock, tokensByLine } from '../kernel/tokens.ts'
import type { TokenBlock } from '../kernel/tokens.ts'
import { LINE_START } from './ngram-hash.ts'
import { CAPACITY } from './ngram-kernel.ts'
import { TOKENISATION } from './ngram-model.ts'
import type { NgramModel } from './ngram-model.ts'
import { openProbed, scorePlainly } from './ngram-probe.ts'
import type { Probed } from './ngram-probe.ts'

/** Below this many tokens a perplexity says more of the length than of the text (curation of CCNet: 300 characters). */
export const MIN_TOKENS = 100

export interface PerplexityScore {
  /** Null below `MIN_TOKENS`. */
  readonly ppl: number | null
  /** Tokens scored, line ends included. */
  readonly tokens: number
  readonly log10p: number
}

interface Scratch extends Probed {
  readonly block: TokenBlock
}

let scratch: Scratch | undefined

function openScratch(): Scratch {
  scratch ??= { block: tokenBlock(), ...openProbed(CAPACITY, { ready: false }) }
  return scratch
}

export function scorePerplexity(model: NgramModel, text: string): PerplexityScore {
  if (model.tokenisation !== TOKENISATION) throw new Error(foreignWords(model))
  const work = openScratch()
  const { block } = work
  const { kernel, order } = model
  const tokens = kernel?.tokens ?? work.tokens
  let log10p = 0
  let numTokens = 0
  let carried = 0
  let atLineStart = true
  for (let from = 0; from < text.length;) {
    from = readTokens(text, from, block)
    if (block.count === 0) continue
    const added = tokensByLine(block, { isAtStart: atLineStart, lineStart: LINE_START })
    tokens.set(added, carried)
    const size = carried + added.length
    const inHand = { from: carried, size, before: log10p }
    log10p = kernel === null ? scorePlainly(model, work, inHand) : kernel.score(carried, size, log10p)
    numTokens += block.count
    atLineStart = block.kinds[block.count - 1] === LINE
    carried = Math.min(order - 1, size)
    tokens.copyWithin(0, size - carried, size)
  }
  return { ppl: numTokens < MIN_TOKENS ? null : 10 ** (-log10p / numTokens), tokens: numTokens, log10p }
}

const foreignWords = ({ id }: NgramModel): string =>
  `${id} has words that another tool made, expected tokens of ours: it scores sentences of ready words only. ` +
  'Train it on the output of "millrace models tokenise", and import it with --tokens millrace.'
