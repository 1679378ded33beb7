import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  BASE,
  START,
  UNKNOWN,
  addText,
  countNgrams,
  countVocabulary,
  tokenStream,
} from '../../../models/training/ngram-counts.ts'
import { discountsOf, estimate, levelsOf } from '../../../models/training/kneser-ney.ts'
import type { Kept, Levels } from '../../../models/training/kneser-ney.ts'
import { prune } from '../../../models/training/ngram-prune.ts'

function levels(lines: readonly string[], minCount = 1): { levels: Levels; words: number } {
  const stream = tokenStream()
  for (const line of lines) addText(stream, line)
  const vocabulary = countVocabulary(stream, { minCount })
  return { levels: levelsOf(countNgrams(stream, vocabulary)), words: vocabulary.hashes.length }
}

const LINES = fc.array(
  fc
    .array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 8 })
    .map((words) => words.join(' ')),
  { minLength: 3, maxLength: 30 },
)

/** p(token | context of one) by the model with `kept`: the n-gram if it is kept, else the back-off. */
function bigramSum(
  { levels: { bigrams, unigrams }, words }: ReturnType<typeof levels>,
  kept: Kept,
): Map<number, number> {
  const model = estimate({ unigrams, bigrams, trigrams: emptyLevel() }, kept)
  const sums = new Map<number, number>()
  for (let context = 1; context < words; context++) {
    const gamma = model.bigrams.gamma[context] ?? 1
    const own = new Map<number, number>()
    bigrams.keys.forEach((key, i) => {
      if (kept.bigrams[i] === 1 && Math.floor(key / BASE) === context) own.set(key % BASE, model.bigrams.p[i] ?? 0)
    })
    let sum = 0
    for (let token = 0; token < words; token++) sum += own.get(token) ?? gamma * (model.unigrams[token] ?? 0)
    sums.set(context, sum)
  }
  return sums
}

const emptyLevel = (): Levels['trigrams'] => ({
  keys: new Float64Array(),
  counts: new Float64Array(),
  contexts: new Int32Array(),
  suffixes: new Int32Array(),
  eligible: new Uint8Array(),
})

describe('counts', () => {
  it('are those of the runs inside lines', () => {
    const { levels: counted } = levels(['a b a b', 'a b'])
    // a = 2, b = 3 or the other way round: both occur three times; </s> twice, <s> twice.
    expect([...counted.unigrams].sort((x, y) => x - y)).toEqual([0, 2, 2, 3, 3])
    expect([...counted.bigrams.counts].sort((x, y) => x - y)).toEqual([1, 2, 2, 3])
    expect([...counted.trigrams.counts].sort((x, y) => x - y)).toEqual([1, 1, 2, 2])
  })

  it('take rare words together', () => {
    const { levels: counted, words } = levels(['a a a', 'x y a'], 2)
    expect(words).toBe(4)
    expect(counted.unigrams[UNKNOWN]).toBe(2)
  })
})

describe('modified Kneser–Ney', () => {
  it('takes its discounts from the counts of counts', () => {
    // n1 = 4, n2 = 2, n3 = 1, n4 = 1: Y = 4 / 8, D1 = 1 − 2 Y n2/n1, D2 = 2 − 3 Y n3/n2, D3 = 3 − 4 Y n4/n3.
    expect(discountsOf(Float64Array.of(1, 1, 1, 1, 2, 2, 3, 4))).toEqual([0.5, 1.25, 1])
    expect(discountsOf(Float64Array.of(1, 2))).toEqual([0.5, 0.75, 0.9])
  })

  it('sums to 1 in every context, whatever is kept', () => {
    fc.assert(
      fc.property(LINES, fc.infiniteStream(fc.boolean()), (lines, coin) => {
        const counted = levels(lines)
        const bigrams = Uint8Array.from(counted.levels.bigrams.keys, () => Number(coin.next().value))
        for (const sum of bigramSum(counted, { bigrams, trigrams: new Uint8Array() }).values()) {
          expect(sum).toBeCloseTo(1, 9)
        }
      }),
    )
  })

  it('keeps the marginal of each token when all trigrams are kept', () => {
    fc.assert(
      fc.property(LINES, (lines) => {
        const { levels: counted } = levels(lines)
        const all = { bigrams: counted.bigrams.eligible, trigrams: counted.trigrams.eligible }
        const model = estimate(counted, all)
        // Σ over contexts of count(context) · p(token | context) against the count of the bigram, line starts apart.
        const implied = new Float64Array(counted.bigrams.keys.length)
        const contextCounts = new Float64Array(counted.bigrams.keys.length)
        counted.trigrams.counts.forEach((count, i) => {
          const context = counted.trigrams.contexts[i] ?? 0
          contextCounts[context] = (contextCounts[context] ?? 0) + count
        })
        for (let context = 0; context < contextCounts.length; context++) {
          const middle = counted.bigrams.suffixes[context]
          counted.bigrams.keys.forEach((_, suffix) => {
            if (counted.bigrams.contexts[suffix] !== middle || (contextCounts[context] ?? 0) === 0) return
            const hit = counted.trigrams.keys.findIndex(
              (_key, i) => counted.trigrams.contexts[i] === context && counted.trigrams.suffixes[i] === suffix,
            )
            const p =
              hit < 0 ? (model.trigrams.gamma[context] ?? 1) * (model.bigrams.p[suffix] ?? 0) : model.trigrams.p[hit]
            implied[suffix] = (implied[suffix] ?? 0) + (contextCounts[context] ?? 0) * (p ?? 0)
          })
        }
        counted.bigrams.keys.forEach((_, i) => {
          if (counted.bigrams.contexts[i] === START) return
          // The level below is itself smoothed, so the marginal is kept up to what that moves.
          expect(Math.abs((implied[i] ?? 0) - (counted.bigrams.counts[i] ?? 0))).toBeLessThan(
            1 + 0.5 * (counted.bigrams.counts[i] ?? 0),
          )
        })
      }),
      { numRuns: 30 },
    )
  })
})

describe('pruning', () => {
  it('keeps within the budget, and the context and suffix of all that it keeps', () => {
    fc.assert(
      fc.property(LINES, fc.integer({ min: 0, max: 60 }), (lines, budget) => {
        const { levels: counted } = levels(lines)
        const { kept } = prune(counted, budget)
        const size = [...kept.bigrams, ...kept.trigrams].reduce((sum, one) => sum + one, 0)
        expect(size).toBeLessThanOrEqual(budget)
        kept.trigrams.forEach((one, i) => {
          if (one === 0) return
          expect(kept.bigrams[counted.trigrams.contexts[i] ?? -1]).toBe(1)
          expect(kept.bigrams[counted.trigrams.suffixes[i] ?? -1]).toBe(1)
        })
      }),
      { numRuns: 50 },
    )
  })
})
