/**
 * log10 probability of a sentence of ready tokens, as KenLM's `score(sentence, bos=True, eos=True)` has it: the words
 * follow the sentence's start, and its end is predicted after them. Words are what stands between blanks of ASCII,
 * unfolded; `<s>`, `</s>` and `<unk>` written in a sentence are words like others, which no model has.
 */
import { LINE_END } from '../kernel/tokens.ts'
import { LINE_START } from './ngram-hash.ts'
import { READY } from './ngram-model.ts'
import type { NgramModel } from './ngram-model.ts'
import { logProbability, openProbed, probe } from './ngram-probe.ts'
import type { Probed } from './ngram-probe.ts'
import { UNKNOWN_WORD, readWords } from './ready-tokens.ts'

export interface SentenceScore {
  readonly log10p: number
  /** Words and the sentence's end. */
  readonly tokens: number
  /** Words that the model does not have. */
  readonly unknown: number
}

const CAPACITY = 4096

let scratch: { readonly own: Probed; readonly ready: Probed } | undefined

/** A sentence of any length; a model of our own tokens knows a word by the first hash alone. */
export const scoreSentence = (model: NgramModel, sentence: string): SentenceScore => score(model, sentence, true)

/** log10 p of words that begin a sentence, which may go on (`eos=False`). */
export const scorePrefix = (model: NgramModel, words: string): number => score(model, words, false).log10p

function score(model: NgramModel, sentence: string, hasEnd: boolean): SentenceScore {
  scratch ??= { own: openProbed(CAPACITY, { ready: false }), ready: openProbed(CAPACITY, { ready: true }) }
  const work = model.tokenisation === READY ? scratch.ready : scratch.own
  const { tokens, checks, found } = work
  const unigrams = found[0] as Int32Array
  let log10p = 0
  let numTokens = 0
  let unknown = 0
  tokens[0] = LINE_START
  checks[0] = LINE_START
  let carried = 1
  for (let from = 0, ended = false; !ended;) {
    const read = readWords(sentence, from, checks === tokens ? { tokens, checks: unused } : work, {
      at: carried,
      limit: CAPACITY - 1,
    })
    from = read.next
    let { size } = read
    ended = from === sentence.length
    if (ended && hasEnd) {
      tokens[size] = LINE_END
      checks[size++] = LINE_END
    }
    probe(work, size, model)
    for (let i = carried; i < size; i++) {
      log10p += logProbability(found, i, model)
      if (unigrams[i] === 0 || tokens[i] === UNKNOWN_WORD) unknown++
    }
    numTokens += size - carried
    carried = Math.min(model.order - 1, size)
    tokens.copyWithin(0, size - carried, size)
    if (checks !== tokens) checks.copyWithin(0, size - carried, size)
  }
  return { log10p, tokens: numTokens, unknown }
}

/** Where second hashes go that no model asks for. */
const unused = new Int32Array(CAPACITY)
