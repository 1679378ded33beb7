import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import type { NgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePrefix, scoreSentence } from '../../../functions/perplexity/score-ready.ts'
import { entriesWithin, writeTableFile } from '../../../models/training/ngram-table-file.ts'
import { boundedDiscounts, estimate, openEstimate, takenShare } from '../../../models/training/pruned-kneser-ney.ts'
import type { Estimate } from '../../../models/training/pruned-kneser-ney.ts'
import { countSources, modelOfSize } from '../../../models/training/sized-train.ts'
import type { Counted, SizedModel, SizedOptions } from '../../../models/training/sized-train.ts'
import { pricesOf, pruneToSize } from '../../../models/training/size-pruning.ts'

const CORPUS = readFileSync(path.join(import.meta.dirname, '../../fixtures/ngram/corpus.txt'), 'utf8')
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-sized-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function* pieces(text: string): AsyncGenerator<string> {
  yield await Promise.resolve(text)
}

const OPTIONS: SizedOptions = { order: 3, minCount: 1, prune: [0, 0, 0], isOwn: false, folder, bufferBytes: 1e6 }

const count = (text: string, options: Partial<SizedOptions> = {}): Promise<Counted> =>
  countSources([{ pieces: () => pieces(text), weight: 1 }], { ...OPTIONS, ...options })

const model = (made: SizedModel, bits: 8 | 32 = 32): NgramModel => {
  const file = path.join(folder, 'model.bin')
  const { unknown } = made
  writeTableFile(file, made.table, { name: 'x', lang: 'en', order: 3, unknown, hasUnknown: false, isOwn: false, bits })
  return loadNgramModel(readFileSync(file))
}

const SENTENCES = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 7 }), {
  minLength: 2,
  maxLength: 20,
})
const textOf = (sentences: readonly (readonly string[])[]): string =>
  sentences.map((words) => `${words.join(' ')}\n`).join('')

describe('a model of a given size', () => {
  it.each([60, 90, 130, 1000])('sums to 1 in every context with %d n-grams', async (most) => {
    const made = modelOfSize(await count(CORPUS), { most })
    expect(made.sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(most)
    const loaded = model(made)
    const words = [...new Set(CORPUS.split(/\s+/).filter((word) => word !== ''))]
    for (const context of ['', 'the', 'the wheel', 'turns in', 'wheel the', '水 车']) {
      const before = scorePrefix(loaded, context)
      let sum = 10 ** (scoreSentence(loaded, context).log10p - before)
      for (const word of [...words, 'quagga']) sum += 10 ** (scorePrefix(loaded, `${context} ${word}`) - before)
      expect(sum).toBeCloseTo(1, 4)
    }
  })

  it('shares what rare words have among them and one that was not met', async () => {
    const counted = await count('a a a b\na b c\nd e a\nb f\n', { minCount: 2 })
    // c, d, e and f occur once.
    expect(counted.numUnknown).toBe(5)
    const made = modelOfSize(counted, { most: 100 })
    const loaded = model(made)
    const before = scorePrefix(loaded, 'a')
    const sum = [' a', ' b', ' c', ' d', ' e', ' f', ' never'].reduce(
      (all, word) => all + 10 ** (scorePrefix(loaded, `a${word}`) - before),
      10 ** (scoreSentence(loaded, 'a').log10p - before),
    )
    expect(sum).toBeCloseTo(1, 5)
    expect(made.sizes[0]).toBe(5)
  })

  it.each([
    [8, 7000],
    [8, 6000],
    [32, 2500],
    [32, 1500],
  ] as const)('of %d bits takes no more than %d bytes', async (bits, maxBytes) => {
    const most = entriesWithin(maxBytes, { order: 3, bits })
    const made = modelOfSize(await count(CORPUS), { most })
    model(made, bits)
    const { size } = statSync(path.join(folder, 'model.bin'))
    expect(size).toBeLessThanOrEqual(maxBytes)
    // What it leaves is less than what one more n-gram needs, where there are more.
    const isAll = made.sizes.reduce((sum, one) => sum + one) === 45 + 2 + 81 + 92
    if (!isAll) expect(size).toBeGreaterThan(0.8 * maxBytes)
  })

  it('is the same whatever the buffer, and leaves nothing behind', async () => {
    const bytesOf = async (bufferBytes: number): Promise<Buffer> => {
      model(modelOfSize(await count(CORPUS, { bufferBytes }), { most: 120 }))
      return readFileSync(path.join(folder, 'model.bin'))
    }
    const once = await bytesOf(1e6)
    for (const bufferBytes of [1, 700, 3000]) expect((await bytesOf(bufferBytes)).equals(once)).toBe(true)
    expect(readdirSync(folder)).toEqual(['model.bin'])
  })

  it('may be made of another size from the same counts', async () => {
    const counted = await count(CORPUS)
    const first = modelOfSize(counted, { most: 120 })
    modelOfSize(counted, { most: 70 })
    const again = modelOfSize(counted, { most: 120 })
    expect([again.sizes, again.unknown]).toEqual([first.sizes, first.unknown])
  })

  it('has room for its words at least', async () => {
    const counted = await count(CORPUS)
    expect(() => modelOfSize(counted, { most: 20 })).toThrow('room for 20 n-grams, and the words alone are 47')
  })

  it('is not made of nothing', async () => {
    await expect(count(' \n')).rejects.toThrow('no token: nothing to train on')
  })
})

describe('weighted sources', () => {
  const train = async (weights: readonly [number, number]): Promise<SizedModel> => {
    const half = CORPUS.indexOf('\n', CORPUS.length / 2) + 1
    const texts = [CORPUS.slice(0, half), CORPUS.slice(half)]
    const sources = texts.map((text, i) => ({ pieces: () => pieces(text), weight: weights[i] ?? 1 }))
    return modelOfSize(await countSources(sources, OPTIONS), { most: 120 })
  }

  it('of one weight are as one text, whatever the weight', async () => {
    const whole = modelOfSize(await count(CORPUS), { most: 120 })
    for (const weight of [1, 3]) {
      const made = await train([weight, weight])
      expect(made.sizes).toEqual(whole.sizes)
      expect(made.unknown).toBeCloseTo(whole.unknown, 6)
    }
  })

  it('make likelier what weighs more', async () => {
    const first = CORPUS.slice(0, CORPUS.indexOf('\n', CORPUS.length / 2)).split('\n')
    const score = async (weights: readonly [number, number]): Promise<number> => {
      const made = model(await train(weights))
      return first.reduce((sum, sentence) => sum + scoreSentence(made, sentence).log10p, 0)
    }
    const [more, same, less] = [await score([4, 1]), await score([1, 1]), await score([1, 4])]
    expect(more).toBeGreaterThan(same)
    expect(same).toBeGreaterThan(less)
  })
})

/** n-grams of candidates as strings of word numbers, by slot. */
async function candidatesOf(
  text: string,
): Promise<{ counted: Counted; parent: (at: number) => number; suffix: (at: number) => number }> {
  const counted = await count(text)
  const { contexts, suffixes } = counted.candidates
  return { counted, parent: (at) => contexts[at] ?? -1, suffix: (at) => suffixes[at] ?? -1 }
}

function estimated(counted: Counted, kept: (at: number, order: number) => boolean): Estimate {
  const into = openEstimate(counted.candidates)
  counted.candidates.orders.forEach((places, k) => {
    for (const at of places) into.kept[at] = k === 0 || kept(at, k + 1) ? 1 : 0
  })
  estimate(counted.candidates, into, counted)
  return into
}

/** Contexts and suffixes of what is kept are kept. */
function closed({ candidates }: Counted, wanted: (at: number) => boolean): Set<number> {
  const { orders, contexts, suffixes } = candidates
  const kept = new Set<number>()
  for (const places of orders.slice(1).toReversed()) {
    for (const at of places) {
      if (!kept.has(at) && !wanted(at)) continue
      for (const one of [at, contexts[at] ?? -1, suffixes[at] ?? -1]) kept.add(one)
    }
  }
  return kept
}

describe('the counts of a pruned model', () => {
  it('keep the marginals: an order has what the kept n-grams above it do not take', async () => {
    await fc.assert(
      fc.asyncProperty(SENTENCES, fc.infiniteStream(fc.boolean()), async (sentences, coin) => {
        const { counted } = await candidatesOf(textOf(sentences))
        const { orders, counts, contexts, suffixes } = counted.candidates
        const kept = closed(counted, () => coin.next().value)
        const { own, events, discounts } = estimated(counted, (at) => kept.has(at))
        // From the definition: c' of an n-gram is Σ over what is one word longer of D(c') if kept, else c'.
        const uses = new Map<number, number>()
        for (const at of orders[2] ?? []) uses.set(at, counts[at] ?? 0)
        for (const k of [1, 0]) {
          for (const at of orders[k] ?? []) {
            const above = [...(orders[k + 1] ?? [])].filter((one) => suffixes[one] === at)
            // What begins a sentence has nothing before it.
            const isFirst = above.length === 0
            const sum = above.reduce((all, one) => {
              const use = uses.get(one) ?? 0
              return all + (kept.has(one) ? use * takenShare(use, discounts[k + 1] ?? [0, 0, 0]) : use)
            }, 0)
            uses.set(at, isFirst ? (counts[at] ?? 0) : sum)
          }
        }
        for (const places of orders) {
          for (const at of places) {
            const use = uses.get(at) ?? 0
            const k = orders.indexOf(places)
            expect(own[at]).toBeCloseTo(use * (1 - takenShare(use, discounts[k] ?? [0, 0, 0])), 6)
            if (k === 0) continue
            const all = [...places].filter((one) => contexts[one] === contexts[at])
            const sum = all.reduce((total, one) => total + (uses.get(one) ?? 0), 0)
            expect(events[contexts[at] ?? -1]).toBeCloseTo(sum, 6)
          }
        }
      }),
      // Always the same draws: a sum that rounding moves over a whole number has another discount in one of the two.
      { numRuns: 60, seed: 1 },
    )
  })
})

describe('the price of an n-gram', () => {
  it('is the relative entropy between the model with it and without it', async () => {
    await fc.assert(
      fc.asyncProperty(SENTENCES, fc.infiniteStream(fc.boolean()), async (sentences, coin) => {
        const { counted } = await candidatesOf(textOf(sentences))
        const { orders, contexts, suffixes } = counted.candidates
        const kept = closed(counted, () => coin.next().value)
        const known = estimated(counted, (at) => kept.has(at))
        const prices = pricesOf(counted.candidates, known)
        const { p, own, events } = known
        for (const at of orders[2] ?? []) {
          const context = contexts[at] ?? -1
          const reached = events[context] ?? 0
          const siblings = [...(orders[2] ?? [])].filter((one) => contexts[one] === context && kept.has(one))
          /** p of every word after the context with these n-grams, the unseen ones as one. */
          const distribution = (there: readonly number[]): { seen: Map<number, number>; gamma: number } => {
            const gamma = 1 - there.reduce((sum, one) => sum + (own[one] ?? 0), 0) / reached
            const lower = (one: number): number => p[suffixes[one] ?? -1] ?? 0
            return { gamma, seen: new Map(there.map((one) => [one, (own[one] ?? 0) / reached + gamma * lower(one)])) }
          }
          const rest = siblings.filter((one) => one !== at)
          const [full, less] = [distribution([...rest, at]), distribution(rest)]
          // p of a suffix that is not kept is what it would be alone, so the sum may be more than 1: nothing is unseen then.
          const covered = [...full.seen.keys()].reduce((sum, one) => sum + (p[suffixes[one] ?? -1] ?? 0), 0)
          const unseen = Math.max(0, 1 - covered)
          // The kept ones are as likely as they were: pruning one moves its mass to what is backed off to alone.
          const here = full.seen.get(at) ?? 0
          const without = less.gamma * (p[suffixes[at] ?? -1] ?? 0)
          const entropy = here * Math.log(here / without) + full.gamma * unseen * Math.log(full.gamma / less.gamma)
          expect(prices[at]).toBeCloseTo(reached * entropy, 3)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('decides: what is kept is worth more than cut-offs of the same size', async () => {
    const counted = await count(CORPUS)
    const { sizes } = pruneToSize(counted.candidates, { most: 47 + 40, numUnknown: 1 })
    const pruned = model(modelOfSize(counted, { most: 47 + 40 }))
    const cut = await count(CORPUS, { prune: [0, 1, 1] })
    const plain = modelOfSize(cut, { most: 1000 })
    expect(plain.sizes.reduce((sum, size) => sum + size)).toBeGreaterThanOrEqual(
      sizes.reduce((sum, size) => sum + size),
    )
    const total = (one: NgramModel): number =>
      CORPUS.trim()
        .split('\n')
        .reduce((sum, sentence) => sum + scoreSentence(one, sentence).log10p, 0)
    expect(total(pruned)).toBeGreaterThan(total(model(plain)))
  })
})

describe('discounts within bounds', () => {
  it('are those of Chen and Goodman where they can be', () => {
    expect(boundedDiscounts([4, 2, 1, 1])).toEqual([0.5, 1.25, 1])
  })

  it.each([
    ['a count of counts is missing', [4, 2, 0, 1], [0.5, 1, 1.5]],
    ['one is out of bounds', [4, 2, 1, 9], [0.5, 1.25, 0.1]],
  ])('stay so where %s', (_, ofCounts, expected) => expect(boundedDiscounts(ofCounts)).toEqual(expected))
})
