import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINE_SLOTS, LINE_START, fingerprint, homeSlot, spread } from '../../../functions/perplexity/ngram-hash.ts'
import { CAPACITY, openNgramKernel } from '../../../functions/perplexity/ngram-kernel.ts'
import type { NgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { openProbed, scorePlainly } from '../../../functions/perplexity/ngram-probe.ts'
import { keyOf } from '../../../models/training/ngram-table.ts'
import { random } from '../../../models/training/softmax.ts'

/** A table of made-up n-grams of few tokens, so that many are met, in `lines` lines an order, `load` of their slots filled at most. */
function madeUp(order: number, { lines, load, seed }: { lines: number; load: number; seed: number }): NgramModel {
  const next = random(seed)
  const int = (below: number): number => Math.floor(next() * below)
  const count = LINE_SLOTS * lines
  const sections = Array.from({ length: order }, (_, k) => ({ first: k * count, count }))
  const slots = new Int32Array(order * count)
  const words = new Int32Array(order)
  sections.forEach((section, k) => {
    for (let i = 0; i < Math.floor(count * load); i++) {
      for (let word = 0; word <= k; word++) words[word] = TOKENS[int(TOKENS.length)] ?? 0
      const key = keyOf({ tokens: words, checks: words }, 0, k + 1, { slot: 0, mark: 0, ownMark: 0 })
      let at = homeSlot(key.slot, section) - section.first
      const slotAt = (): number => slots[section.first + at] as number
      while (slotAt() !== 0 && slotAt() >>> 16 !== fingerprint(key.mark)) at = (at + 1) % count
      slots[section.first + at] = (fingerprint(key.mark) << 16) | int(2 ** 16)
    }
  })
  const values = (length: number): Float32Array => Float32Array.from({ length }, () => -9 * next())
  const probabilities = values(256 * order)
  const backoffs = values(256 * (order - 1))
  const unknown = -7.25
  const about = { id: 'made-up@0', lang: 'en', tokenisation: 1, hasUnknown: false, heldBytes: 0, values: null }
  const kernel = openNgramKernel(new Uint8Array(slots.buffer), { order, sections, probabilities, backoffs, unknown })
  return { ...about, order, sections, slots, kernel, unknown, probabilities, backoffs }
}

const TOKENS = Int32Array.from({ length: 12 }, (_, i) => Math.imul(i + 1, 0x9e3779b1))

describe('a hash spread over a count', () => {
  it('is the whole part of hash · count / 2^32, also where a double has too few bits for the product', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 27 }), (hash, count) => {
        expect(spread(hash, count)).toBe(Number((BigInt(hash >>> 0) * BigInt(count)) >> 32n))
      }),
    )
    // The product is 2^-32 below a whole number, which is what a double would make of it.
    expect(spread(3_610_456_883, 67_108_869)).toBe(56_413_392)
  })
})

describe('the kernel of n-grams', () => {
  it('gives what the plain loops give, to the last bit, however full and small the table', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0, max: 0.94, noNaN: true }),
        fc.nat(),
        fc.array(fc.integer({ min: -3, max: 11 }), { minLength: 1, maxLength: 900 }),
        (order, lines, load, seed, picks) => {
          const model = madeUp(order, { lines, load, seed })
          const work = openProbed(CAPACITY, { ready: false })
          // Below 0: a token that no n-gram has, or a line's start.
          picks.forEach((pick, i) => {
            const token = pick >= 0 ? (TOKENS[pick] ?? 0) : pick === -1 ? 12345 : LINE_START
            work.tokens[i] = token
            if (model.kernel !== null) model.kernel.tokens[i] = token
          })
          const from = Math.min(order - 1, picks.length - 1)
          const inHand = { from, size: picks.length, before: -0.1 }
          expect(model.kernel?.score(from, picks.length, -0.1)).toBe(scorePlainly(model, work, inHand))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('takes as many tokens as a block can give', () => {
    const model = madeUp(6, { lines: 50, load: 0.6, seed: 5 })
    const work = openProbed(CAPACITY, { ready: false })
    for (let i = 0; i < CAPACITY; i++) work.tokens[i] = TOKENS[(i * i) % 12] ?? 0
    model.kernel?.tokens.set(work.tokens)
    expect(model.kernel?.score(5, CAPACITY, 0)).toBe(scorePlainly(model, work, { from: 5, size: CAPACITY, before: 0 }))
  })
})
