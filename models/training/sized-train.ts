/**
 * Texts → the n-gram model of a given size: two readings, counts by external sort, pruning, estimation.
 * Memory: 60 bytes a distinct word, the sort's buffer, and about 110 bytes a candidate; the length of the text costs none.
 */
import { BadText, readCorpus } from './ngram-corpus.ts'
import type { TextSource } from './ngram-corpus.ts'
import type { NgramTable } from './ngram-table.ts'
import type { Discounts } from './pruned-kneser-ney.ts'
import { countRaw } from './raw-counts.ts'
import type { RawCounts } from './raw-counts.ts'
import { collectCandidates } from './sized-candidates.ts'
import type { Candidates } from './sized-candidates.ts'
import { pruneToSize } from './size-pruning.ts'
import type { Pruned } from './size-pruning.ts'
import { SortedRuns } from './sorted-runs.ts'
import { BEGIN, END, UNKNOWN, WordNumbers } from './word-numbers.ts'

export interface Source extends TextSource {
  /** What an n-gram counts that is met here; 1 is plain. */
  readonly weight: number
}

export interface SizedOptions {
  readonly order: number
  /** Words that occur less often are unknown. */
  readonly minCount: number
  /** As many as orders, never falling, the first 0: n-grams that occur no more often are no candidates. */
  readonly prune: readonly number[]
  readonly isOwn: boolean
  /** Where the runs lie meanwhile: at most 28 bytes a token at order 5, and the candidates. */
  readonly folder: string
  readonly bufferBytes: number
  readonly progress?: (step: string) => void
}

export interface Counted {
  readonly tokens: number
  readonly candidates: Candidates
  readonly orders: RawCounts['orders']
  /** Words that `<unk>` stands for: those that occur too seldom, and one that was not met. */
  readonly numUnknown: number
}

interface Vocabulary {
  readonly numbers: WordNumbers
  /** By number as met → as kept; 0 for what occurs too seldom. */
  readonly renumbered: Uint32Array
  readonly tokens: Int32Array
  readonly checks: Int32Array
  readonly rare: number
}

async function readVocabulary(sources: readonly Source[], { isOwn, minCount }: SizedOptions): Promise<Vocabulary> {
  const numbers = new WordNumbers()
  let counts = new Uint32Array(1024)
  const add = (words: Uint32Array, end: number): void => {
    const word = words[end - 1] as number
    if (word >= counts.length) {
      const grown = new Uint32Array(2 * Math.max(counts.length, word))
      grown.set(counts)
      counts = grown
    }
    counts[word] = (counts[word] as number) + 1
  }
  for (const source of sources) await readCorpus(source, { order: 1, isOwn, numbers, add })
  const renumbered = new Uint32Array(numbers.size)
  const kept = [UNKNOWN, BEGIN, END]
  for (let word = 0; word < numbers.size; word++) {
    if (word <= END) renumbered[word] = word
    else if ((counts[word] as number) >= minCount) renumbered[word] = kept.push(word) - 1
  }
  return {
    numbers,
    renumbered,
    tokens: Int32Array.from(kept, (word) => numbers.tokens[word] as number),
    checks: Int32Array.from(kept, (word) => numbers.checks[word] as number),
    rare: numbers.size - kept.length,
  }
}

/** What pruning to any size starts from. */
export async function countSources(sources: readonly Source[], options: SizedOptions): Promise<Counted> {
  const { order, prune, isOwn, folder, bufferBytes, progress } = options
  const { numbers, renumbered, tokens, checks, rare } = await readVocabulary(sources, options)
  if (tokens.length === 3 && rare > 0) {
    throw new RangeError(
      `no word occurs ${options.minCount} times or more, of ${rare} words: there is nothing to count`,
    )
  }
  progress?.(`${tokens.length - 3} words that occur ${options.minCount} times or more, ${rare} that do not`)
  const runs = new SortedRuns({ order: order + 1, folder, bufferBytes })
  let raw: RawCounts | null = null
  try {
    const record = new Uint32Array(order + 1)
    let numTokens = 0
    for (const [number, source] of sources.entries()) {
      record[0] = number
      const add = (words: Uint32Array, end: number): void => {
        for (let k = 0; k < order; k++) record[k + 1] = renumbered[words[end - order + k] as number] as number
        runs.add(record, order + 1)
      }
      numTokens += (await readCorpus(source, { order, isOwn, numbers, add })).tokens
    }
    if (numTokens === 0) throw new BadText('the text has no token: nothing to train on')
    progress?.(`${numTokens} tokens`)
    const weights = sources.map(({ weight }) => weight)
    raw = countRaw(runs, { order, words: tokens.length, prune, weights, folder })
    progress?.(`candidates: ${raw.orders.map(({ kept, all }) => `${kept}/${all}`).join(', ')}`)
    const candidates = collectCandidates(raw, { tokens, checks }, { isOwn })
    return { tokens: numTokens, candidates, orders: raw.orders, numUnknown: rare + 1 }
  } finally {
    runs.close()
    raw?.close()
  }
}

export interface SizedModel {
  /** log10 p and log10 back-off. */
  readonly table: NgramTable
  readonly sizes: readonly number[]
  readonly discounts: readonly Discounts[]
  /** log10 p of one unknown word. */
  readonly unknown: number
}

/** `most`: n-grams, words among them. May be called again for another size. */
export function modelOfSize(
  { candidates, numUnknown }: Counted,
  { most, progress }: { readonly most: number; readonly progress?: (step: string) => void },
): SizedModel {
  const words = candidates.orders[0]?.length ?? 0
  if (most < words) throw new RangeError(`there is room for ${most} n-grams, and the words alone are ${words}`)
  const pruned = pruneToSize(candidates, {
    most,
    numUnknown,
    progress: (kept) => progress?.(`pruned to ${kept} n-grams`),
  })
  pruned.missing.forEach((count, k) => {
    if (count === null) return
    progress?.(
      `discounts of ${k + 1}-grams are .5, 1 and 1.5: they cannot be estimated, since none has a count of ${count} ` +
        '(likely little text, text that repeats itself, or few words)',
    )
  })
  const table = selectKept(candidates, pruned)
  return { table, sizes: pruned.sizes, discounts: pruned.discounts, unknown: Math.log10(pruned.unknown) }
}

/** The kept n-grams with their logarithms. */
function selectKept({ table, orders, slots }: Candidates, { kept, p, events, freed }: Pruned): NgramTable {
  const start = orders[0]?.[BEGIN]
  const isKept = new Uint8Array(table.slots.length)
  for (let at = 0; at < slots.length; at++) {
    if (kept[at] === 0) continue
    const slot = slots[at] as number
    isKept[slot] = 1
    // The start is never predicted; 1 is what `lmplz` writes.
    table.probabilities[slot] = at === start ? 0 : Math.min(0, Math.log10(p[at] as number))
    const reached = events[at] as number
    const gamma = reached > 0 ? (freed[at] as number) / reached : 1
    table.backoffs[slot] = gamma > 0 ? Math.max(-99, Math.log10(Math.min(1, gamma))) : -99
  }
  return table.select((slot) => isKept[slot] === 1)
}
