/** What becomes of learnt weights: places, bytes, and how good they are. */
import { describe, expect, it } from 'vitest'
import { CLASSES, WAYS, fingerprintOf, setOf } from '../../../functions/classify/topic-model.ts'
import { emptyModel, random } from '../../../models/training/softmax.ts'
import { quantise, restored } from '../../../models/training/topic-file.ts'
import { ScoredTexts } from '../../../models/training/scored-texts.ts'
import { calibrationError, fitTemperature, measure } from '../../../models/training/topic-measure.ts'
import { choosePlaces, worthOf } from '../../../models/training/topic-places.ts'
import { NO_TOPIC } from '../../../models/training/topic-record.ts'

describe('places', () => {
  it('go to the features with most to say, two a set and each known apart', () => {
    const next = random(5)
    const hashes = Uint32Array.from({ length: 400 }, () => Math.floor(next() * 2 ** 32))
    const weights = Float32Array.from({ length: hashes.length * CLASSES }, () => next())
    const model = { weights, bias: new Float32Array(CLASSES) }
    const frequencies = new Float32Array(400).fill(1)
    frequencies[7] = 0
    const { rows, fingerprints, setBits, taken } = choosePlaces(model, { hashes, frequencies, mostSetBits: 6 })
    expect(setBits).toBe(6)
    expect(rows[7]).toBe(-1)
    const kept = [...rows.keys()].filter((feature) => (rows[feature] ?? -1) >= 0)
    expect(kept).toHaveLength(taken)
    expect(new Set(kept.map((feature) => rows[feature])).size).toBe(taken)
    for (const feature of kept) {
      const hash = hashes[feature] ?? 0
      expect(Math.floor((rows[feature] ?? 0) / WAYS)).toBe(setOf(hash, 6))
      expect(fingerprints[rows[feature] ?? 0]).toBe(fingerprintOf(hash))
    }
    for (const [left, hash] of hashes.entries()) {
      if (kept.includes(left) || left === 7) continue
      const chosen = kept.filter((feature) => setOf(hashes[feature] ?? 0, 6) === setOf(hash, 6))
      expect(chosen).toHaveLength(WAYS)
      for (const other of chosen) expect(worthOf(model, other, 1)).toBeGreaterThanOrEqual(worthOf(model, left, 1))
    }
  })

  it('are no more than twice the features', () => {
    const model = {
      weights: Float32Array.from({ length: 100 * CLASSES }, (_, i) => i % 7),
      bias: new Float32Array(CLASSES),
    }
    const hashes = Uint32Array.from({ length: 100 }, (_, i) => Math.imul(i + 1, 0x85ebca6b) >>> 0)
    expect(choosePlaces(model, { hashes, frequencies: new Float32Array(100).fill(1), mostSetBits: 17 }).setBits).toBe(7)
  })
})

describe('bytes of weights', () => {
  it('are near the weights, and one large weight does not coarsen all', () => {
    const next = random(6)
    const weights = Float32Array.from({ length: 220_000 }, () => next() - 0.5)
    weights[3] = 1
    const { step, bytes } = quantise({ weights, bias: new Float32Array(CLASSES) })
    expect(step).toBeLessThan(0.7 / 127)
    expect(bytes[3]).toBe(127)
    const back = restored(quantise({ weights, bias: new Float32Array(CLASSES) })).weights
    const errors = weights.map((weight, i) => (i === 3 ? 0 : Math.abs(weight - (back[i] ?? 9))))
    expect(errors.reduce((most, error) => Math.max(most, error), 0)).toBeLessThanOrEqual(step / 2 + 1e-6)
  })

  it('of nothing are nothing', () => {
    expect(restored(quantise(emptyModel(2))).weights).toEqual(new Float32Array(2 * CLASSES))
  })
})

describe('measures', () => {
  const scoredOf = (
    all: readonly { values: readonly number[]; topic: number; second?: number; part?: number }[],
  ): ScoredTexts => {
    const scored = new ScoredTexts()
    for (const { values, topic, second = NO_TOPIC, part = 0 } of all) {
      scored.add(
        Float32Array.from({ length: CLASSES }, (_, c) => values[c] ?? -9),
        { topic, second, part },
      )
    }
    return scored
  }

  it('count the second topic half, and only topics that occur', () => {
    const scores = measure(
      scoredOf([
        { values: [5], topic: 0 },
        { values: [5], topic: 1, second: 0 },
        { values: [0, 5], topic: 2, second: 0 },
        { values: [0, 5], topic: 1 },
      ]),
    )
    expect(scores).toMatchObject({ texts: 4, strict: 0.5, lenient: 0.625 })
    // 0: 2/3, 1: 1/2, 2: 0.
    expect(scores.macroF1).toBeCloseTo((2 / 3 + 1 / 2) / 3, 6)
    expect(scores.confusion[1]?.slice(0, 3)).toEqual([1, 1, 0])
  })

  const sure = [6, 0, ...Array.from({ length: 9 }, () => -99)]

  it('cool logits that are too sure', () => {
    // Right three times of four at a confidence of nearly 1: the likeliest is 3/4 = e^(6/T) / (e^(6/T) + 1), T = 6 / ln 3.
    const scored = scoredOf([0, 0, 0, 1].map((topic) => ({ values: sure, topic })))
    expect(fitTemperature(scored)).toBeCloseTo(6 / Math.log(3), 1)
  })

  it('judge a part by the temperature of the others', () => {
    // Part 0 is right three times of four, part 1 always: the temperature of each is wrong for the other.
    const part = (which: number, topics: readonly number[]): { values: number[]; topic: number; part: number }[] =>
      topics.map((topic) => ({ values: sure, topic, part: which }))
    const scores = measure(scoredOf([...part(0, [0, 0, 0, 1]), ...part(1, [0, 0, 0, 0])]))
    expect(scores.ece).toBeGreaterThan(0.2)
    const alike = measure(scoredOf([...part(0, [0, 0, 0, 1]), ...part(1, [0, 0, 0, 1])]))
    expect(alike.ece).toBeLessThan(0.01)
    expect(alike.reliability[7]).toMatchObject({ texts: 8, accuracy: 0.75 })
    expect(calibrationError(alike.reliability)).toBe(alike.ece)
  })
})
