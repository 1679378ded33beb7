/**
 * ARPA file → table of n-grams: every n-gram's context is there (checked), and its suffix (put in where pruning took it).
 * Memory: the table, 26 bytes an n-gram, and one line; never the text.
 */
import { LINE_END, readTokens, tokenBlock } from '../../functions/kernel/tokens.ts'
import { normalise } from '../../functions/kernel/normalise.ts'
import { LINE_START } from '../../functions/perplexity/ngram-hash.ts'
import { MAX_ORDER } from '../../functions/perplexity/ngram-model.ts'
import { UNKNOWN_WORD, wordCheck, wordHash } from '../../functions/perplexity/ready-tokens.ts'
import { readArpaLines, DamagedArpa } from './arpa-lines.ts'
import { ArpaReader } from './arpa-reader.ts'
import type { Fail } from './arpa-reader.ts'
import { NgramTable, keyOf } from './ngram-table.ts'
import type { Key } from './ngram-table.ts'

export interface ImportOptions {
  /** Whether the words are tokens of ours, to be found in text; else ready words, known by 64 bits. */
  readonly isOwn: boolean
  readonly progress?: (bytes: number) => void
}

export interface Imported {
  readonly table: NgramTable
  /** n-grams by order, as the header has them. */
  readonly counts: readonly number[]
  /** log10 p of a word that the model lacks. */
  readonly unknown: number
  readonly hasUnknown: boolean
  /** Suffixes that pruning had taken and that were put in, each at the price of backing off: no score changes. */
  readonly filledIn: number
  /** Words that no text of ours has, as they are spelt; a few of them, if tokens of ours were promised. */
  readonly foreign: number
  readonly foreignWords: readonly string[]
  /** Words of which one hash of 32 bits stands for two: the first scores for both. */
  readonly collisions: number
}

/** What KenLM takes where a model has no `<unk>`. */
const NO_UNKNOWN = -100

const MARKERS: ReadonlyMap<string, number> = new Map([
  ['<s>', LINE_START],
  ['</s>', LINE_END],
  ['<unk>', UNKNOWN_WORD],
  ['<UNK>', UNKNOWN_WORD],
])

class Importer {
  table: NgramTable
  counts: readonly number[] = []
  unknown: number | null = null
  hasUnknown = false
  filledIn = 0
  foreign = 0
  collisions = 0
  readonly foreignWords: string[] = []
  readonly #isOwn: boolean
  readonly #block = tokenBlock()
  readonly #words = { tokens: new Int32Array(MAX_ORDER), checks: new Int32Array(MAX_ORDER) }
  readonly #key: Key = { slot: 0, mark: 0, ownMark: 0 }
  readonly #firstHashes = new Set<number>()

  constructor({ isOwn }: { readonly isOwn: boolean }) {
    this.#isOwn = isOwn
    this.table = new NgramTable({ expected: 1, isOwn })
  }

  setCounts(counts: readonly number[]): void {
    this.counts = counts
    this.table = new NgramTable({ expected: counts.reduce((sum, count) => sum + count, 0), isOwn: this.#isOwn })
  }

  ngram(words: readonly string[], log10p: number, log10Backoff: number, fail: Fail): void {
    const { table } = this
    const size = words.length
    for (let i = 0; i < size; i++) this.#setWord(i, words[i] ?? '')
    if (size === 1) this.#unigram(words[0] ?? '', log10p, log10Backoff)
    else {
      const last = table.find(keyOf(this.#words, size - 1, size, this.#key))
      if (last < 0) fail(`${quoted(words)}: the word "${words.at(-1)}" is not among the 1-grams: it was pruned or lost`)
      if (table.find(keyOf(this.#words, 0, size - 1, this.#key)) < 0) {
        fail(
          `${quoted(words)}: its context ${quoted(words.slice(0, -1))} is not among the ${size - 1}-grams, expected ` +
            'before it: pruned by a tool that leaves contexts out, or lines were lost',
        )
      }
      this.#fillIn(1, size)
      this.hasUnknown ||= this.#hasUnknownWord(size)
    }
    const at = table.add(keyOf(this.#words, 0, size, this.#key), size)
    if (at < 0) fail(`${quoted(words)} is there for the second time: an n-gram has one line`)
    table.probabilities[at] = log10p
    table.backoffs[at] = log10Backoff
  }

  #hasUnknownWord(size: number): boolean {
    for (let i = 0; i < size; i++) if (this.#words.tokens[i] === UNKNOWN_WORD) return true
    return false
  }

  #setWord(i: number, word: string): void {
    const marker = MARKERS.get(word)
    this.#words.tokens[i] = marker ?? wordHash(word, 0, word.length)
    this.#words.checks[i] = marker ?? wordCheck(word, 0, word.length)
  }

  #unigram(word: string, log10p: number, log10Backoff: number): void {
    const token = this.#words.tokens[0] as number
    if (token === UNKNOWN_WORD) {
      this.unknown = log10p
      this.hasUnknown ||= log10Backoff !== 0
    }
    if (!this.#isOwn || MARKERS.has(word)) return
    if (this.#firstHashes.has(token)) this.collisions++
    this.#firstHashes.add(token)
    if (this.#isOurs(word, token)) return
    this.foreign++
    if (this.foreignWords.length < 5) this.foreignWords.push(word)
  }

  /** Whether a text can have the word as one token of ours, spelt so. */
  #isOurs(word: string, token: number): boolean {
    readTokens(word, 0, this.#block)
    return this.#block.count === 2 && this.#block.hashes[0] === token && normalise(word) === word
  }

  /** Puts the words from `from` to `to` in, if they are missing, at the price of backing off. */
  #fillIn(from: number, to: number): void {
    const { table } = this
    if (table.find(keyOf(this.#words, from, to, this.#key)) >= 0) return
    this.#fillIn(from + 1, to)
    const lower = table.find(keyOf(this.#words, from + 1, to, this.#key))
    const context = table.find(keyOf(this.#words, from, to - 1, this.#key))
    const backoff = context < 0 ? 0 : (table.backoffs[context] as number)
    const at = table.add(keyOf(this.#words, from, to, this.#key), to - from)
    table.probabilities[at] = Math.max(-99, backoff + (table.probabilities[lower] as number))
    this.filledIn++
  }

  /** Whether there is a 1-gram of a marker. */
  has(marker: string): boolean {
    this.#setWord(0, marker)
    return this.table.find(keyOf(this.#words, 0, 1, this.#key)) >= 0
  }
}

const quoted = (words: readonly string[]): string => `"${words.join(' ')}"`

export async function importArpa(file: string, { isOwn, progress }: ImportOptions): Promise<Imported> {
  const importer = new Importer({ isOwn })
  const reader = new ArpaReader(file, {
    counts: (counts) => importer.setCounts(counts),
    ngram: (words, log10p, log10Backoff, fail) => importer.ngram(words, log10p, log10Backoff, fail),
  })
  const lines = await readArpaLines(file, {
    line: (text, number) => reader.line(text, number),
    ...(progress === undefined ? {} : { progress }),
  })
  reader.end()
  for (const marker of ['<s>', '</s>']) {
    if (importer.has(marker)) continue
    throw new DamagedArpa(file, lines, `there is no 1-gram ${marker}: likely counted without the ends of sentences`)
  }
  if (importer.unknown !== null && importer.unknown >= 0) {
    throw new DamagedArpa(file, lines, `<unk> has log10 p = ${importer.unknown}, expected less than 0`)
  }
  const { table, counts, hasUnknown, filledIn, foreign, foreignWords, collisions } = importer
  const unknown = importer.unknown ?? NO_UNKNOWN
  return { table, counts, unknown, hasUnknown, filledIn, foreign, foreignWords, collisions }
}
