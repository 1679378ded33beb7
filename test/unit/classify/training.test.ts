import { describe, expect, it } from 'vitest'
import { CLASSES, WAYS, setOf } from '../../../functions/classify/topic-model.ts'
import { TOPICS } from '../../../schema/shard.ts'
import { logits, random, shuffled, softmax, trainSoftmax } from '../../../models/training/softmax.ts'
import { calibrationError, fitTemperature, measure } from '../../../models/training/topic-measure.ts'
import type { Scored } from '../../../models/training/topic-measure.ts'
import { choosePlaces, dictionary, indices, twoRounds } from '../../../models/training/topic-train.ts'
import type { Item } from '../../../models/training/topic-train.ts'

const SGD = { features: 6, classes: 3, epochs: 40, rate: 0.3, decay: 1e-6, seed: 1 }

function oneHot(size: number, at: number): Float32Array {
  return new Float32Array(size).with(at, 1)
}

describe('softmax regression', () => {
  // Feature c belongs to class c, features 3 to 5 to nobody.
  const examples = Array.from({ length: 30 }, (_, i) => ({
    features: Int32Array.of(i % 3, 3 + (Math.floor(i / 3) % 3)),
    target: oneHot(3, i % 3),
    weight: 1,
  }))

  it('learns what belongs to a class and what does not', () => {
    const model = trainSoftmax(examples, SGD)
    for (let c = 0; c < 3; c++) {
      const p = new Float32Array(3)
      logits(model, Int32Array.of(c), p)
      softmax(p)
      expect(p[c]).toBeGreaterThan(0.9)
      logits(model, Int32Array.of(3 + c), p)
      softmax(p)
      expect(Math.max(...p)).toBeLessThan(0.6)
    }
  })

  it('learns a divided target as it is divided', () => {
    const half = { features: Int32Array.of(0), target: Float32Array.of(0.7, 0.3, 0), weight: 1 }
    const model = trainSoftmax([half], { ...SGD, epochs: 400 })
    const p = new Float32Array(3)
    logits(model, Int32Array.of(0), p)
    softmax(p)
    expect(p[0]).toBeCloseTo(0.7, 1)
    expect(p[1]).toBeCloseTo(0.3, 1)
  })

  it('gives the same weights for the same seed', () => {
    expect(trainSoftmax(examples, SGD).weights).toEqual(trainSoftmax(examples, SGD).weights)
    expect(trainSoftmax(examples, SGD).weights).not.toEqual(trainSoftmax(examples, { ...SGD, seed: 2 }).weights)
  })

  it('shuffles without losing any', () => {
    const items = Array.from({ length: 50 }, (_, i) => i)
    const mixed = shuffled(items, random(3))
    expect(mixed).not.toEqual(items)
    expect(mixed.toSorted((a, b) => a - b)).toEqual(items)
  })
})

describe('self-training', () => {
  it('finds the words that stand beside labelled ones', () => {
    // Hash 1 is labelled as class 0 and 2 as class 1; 11 and 12 stand beside them in unlabelled texts only.
    const text = (hashes: number[], target: Float32Array | null): Item => ({
      hashes: Int32Array.from(hashes),
      target,
      weight: 1,
    })
    const items = Array.from({ length: 10 }, () => [
      text([1], oneHot(CLASSES, 0)),
      text([2], oneHot(CLASSES, 1)),
      text([1, 11], null),
      text([2, 12], null),
    ]).flat()
    const numbers = dictionary(items)
    const indexed = items.map((item) => ({ ...item, features: indices(item.hashes, numbers) }))
    const model = twoRounds(indexed, numbers.size)
    const leaning = (hash: number): number => {
      const out = new Float32Array(CLASSES)
      logits(model, indices(Int32Array.of(hash), numbers), out)
      return (out[0] ?? 0) - (out[1] ?? 0)
    }
    expect(leaning(11) - leaning(12)).toBeGreaterThan(0.1)
    expect(leaning(1) - leaning(2)).toBeGreaterThan(leaning(11) - leaning(12))
  })
})

describe('places', () => {
  it('go to the features with most to say, two a set and each known apart', () => {
    const next = random(5)
    const hashes = Int32Array.from({ length: 400 }, () => Math.floor(next() * 2 ** 32) | 0)
    const numbers = new Map([...hashes].map((hash, i) => [hash, i]))
    const weights = Float32Array.from({ length: numbers.size * CLASSES }, () => next())
    const item = { hashes, target: null, weight: 1, features: Int32Array.from(numbers.values()) }
    const model = { classes: CLASSES, weights, bias: new Float32Array(CLASSES) }
    const places = choosePlaces(model, [item], { numbers, setBits: 6 })
    expect(new Set(places.values()).size).toBe(places.size)
    const worth = (hash: number): number => {
      const row = weights.subarray((numbers.get(hash) ?? 0) * CLASSES, ((numbers.get(hash) ?? 0) + 1) * CLASSES)
      const mean = row.reduce((sum, weight) => sum + weight, 0) / CLASSES
      return row.reduce((sum, weight) => sum + (weight - mean) ** 2, 0)
    }
    for (const [hash, place] of places) expect(Math.floor(place / WAYS)).toBe(setOf(hash, 6))
    for (const left of hashes.filter((hash) => !places.has(hash))) {
      const chosen = [...places.keys()].filter((hash) => setOf(hash, 6) === setOf(left, 6))
      expect(chosen).toHaveLength(WAYS)
      expect(Math.min(...chosen.map(worth))).toBeGreaterThanOrEqual(worth(left))
    }
  })
})

describe('measures', () => {
  const scored = (values: number[], topic: number, second: number | null = null): Scored => ({
    logits: Float32Array.from({ length: CLASSES }, (_, c) => values[c] ?? -9),
    topic: TOPICS[topic] ?? 'other',
    second: second === null ? null : (TOPICS[second] ?? null),
  })

  it('count the second topic half', () => {
    const all = [scored([5], 0), scored([5], 1, 0), scored([0, 5], 2, 0), scored([0, 5], 1)]
    expect(measure(all)).toMatchObject({ texts: 4, strict: 0.5, lenient: 0.625 })
  })

  it('cool logits that are too sure', () => {
    // Right three times of four at a confidence of nearly 1: the likeliest is 3/4 = e^(6/T) / (e^(6/T) + 1), T = 6 / ln 3.
    const all = [0, 0, 0, 1].map((topic) => scored([6, 0, ...Array.from({ length: 9 }, () => -99)], topic))
    const temperature = fitTemperature(all)
    expect(temperature).toBeGreaterThan((6 / Math.log(3)) * 0.97)
    expect(temperature).toBeLessThan((6 / Math.log(3)) * 1.03)
    expect(calibrationError(all, 1)).toBeCloseTo(0.2475, 3)
    expect(calibrationError(all, temperature)).toBeLessThan(0.01)
  })
})
