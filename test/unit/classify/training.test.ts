import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { CLASSES, WAYS, fingerprintOf, setOf } from '../../../functions/classify/topic-model.ts'
import { CellCounts, numberFeatures, renumber } from '../../../models/training/feature-counts.ts'
import { RecordCache } from '../../../models/training/record-cache.ts'
import { emptyModel, logits, random, shuffle, softmax } from '../../../models/training/softmax.ts'
import type { Linear } from '../../../models/training/softmax.ts'
import { SoftmaxLearner } from '../../../models/training/softmax-learner.ts'
import { KeyTable, keyOfHash, keyOfText } from '../../../models/training/text-keys.ts'
import { quantise, restored } from '../../../models/training/topic-file.ts'
import { learnEpoch, learnRound } from '../../../models/training/topic-fit.ts'
import { ScoredTexts, calibrationError, fitTemperature, measure } from '../../../models/training/topic-measure.ts'
import { choosePlaces, worthOf } from '../../../models/training/topic-places.ts'
import {
  HEADER_WORDS,
  NO_TOPIC,
  PARTS,
  featuresOf,
  setLabels,
  setTarget,
  wordsOver,
} from '../../../models/training/topic-record.ts'
import { TRAINER } from '../../../models/training/topic-trainer.ts'
import { sha256 } from '../../../models/training/texts.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-topic-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const STEPS = { rate: 0.3, decay: 1e-6 }
const SETTINGS = { ...TRAINER, epochs: 30, classWeights: new Float32Array(CLASSES).fill(1) }

interface Text {
  readonly features: readonly number[]
  readonly topic?: number
  readonly second?: number
  readonly part?: keyof typeof PARTS
}

function cacheOf(texts: readonly Text[], bins = 3): RecordCache {
  const cache = new RecordCache(folder, bins)
  texts.forEach(({ features, topic = NO_TOPIC, second = NO_TOPIC, part = 'train' }, i) => {
    const record = wordsOver(new ArrayBuffer(4 * (HEADER_WORDS + features.length)))
    record.words[0] = features.length
    setLabels(record.words, 0, { topic, second, part: PARTS[part], fold: i % 2 })
    setTarget(record, 0, { weight: 1, secondShare: 0.3 })
    record.words.set(features, HEADER_WORDS)
    cache.add(i % bins, record.words, 0)
  })
  return cache.finish()
}

function probabilities(model: Linear, features: readonly number[]): number[] {
  const out = new Float32Array(CLASSES)
  logits(model, Uint32Array.from(features), { from: 0, to: features.length }, out)
  softmax(out)
  return [...out]
}

describe('the cache of records', () => {
  const texts = Array.from({ length: 50 }, (_, i) => ({ features: Array.from({ length: i }, (__, k) => 100 * i + k) }))

  it('gives every record back once, in an order that the seed says, and leaves no file', () => {
    const cache = cacheOf(texts)
    const read = (seed?: number): number[][] => {
      const all: number[][] = []
      for (const { words, starts } of cache.read(seed)) {
        for (const at of starts) {
          const { from, to } = featuresOf(words, at)
          all.push([...words.subarray(from, to)])
        }
      }
      return all
    }
    const sorted = (all: number[][]): number[][] => all.toSorted((a, b) => a.length - b.length)
    expect(readdirSync(folder)).toEqual([])
    expect(sorted(read())).toEqual(texts.map(({ features }) => features))
    expect(sorted(read(5))).toEqual(texts.map(({ features }) => features))
    expect(read(5)).toEqual(read(5))
    expect(read(5)).not.toEqual(read(6))
    expect(cache.records).toBe(50)
    cache.close()
  })

  it('holds records that are larger than its buffers', () => {
    const long = { features: Array.from({ length: 40_000 }, (_, i) => i) }
    const cache = cacheOf([long, { features: [1] }, long], 1)
    const [bin] = [...cache.read()]
    expect([...(bin?.starts ?? [])].map((at) => bin?.words[at])).toEqual([40_000, 1, 40_000])
    cache.close()
  })

  it('makes another of what a change leaves', () => {
    const cache = cacheOf(texts)
    const odd = cache.map((record, at) => {
      renumber(record, at, (feature) => (feature % 100 < 2 ? feature % 100 : -1))
      return (record.words[at] ?? 0) > 0
    })
    expect(odd.records).toBe(49)
    for (const { words, starts } of odd.read()) {
      for (const at of starts) expect(words[at]).toBeLessThanOrEqual(2)
    }
    cache.close()
    odd.close()
  })
})

describe('softmax regression', () => {
  // Feature c belongs to class c, features 3 to 5 to nobody.
  const texts = Array.from({ length: 30 }, (_, i) => ({ features: [i % 3, 3 + (Math.floor(i / 3) % 3)], topic: i % 3 }))

  const learn = (all: readonly Text[], epochs: number, seed = 1, teacher: Linear | null = null): Linear => {
    const cache = cacheOf(all)
    const learner = new SoftmaxLearner(20, STEPS)
    for (let epoch = 0; epoch < epochs; epoch++) {
      learnEpoch(learner, { cache, settings: { ...SETTINGS, guessWeight: 0.5 }, seed: seed + epoch, teacher })
    }
    cache.close()
    return learner.model()
  }

  it('learns what belongs to a class and what does not', () => {
    const model = learn(texts, 40)
    for (let c = 0; c < 3; c++) {
      expect(probabilities(model, [c])[c]).toBeGreaterThan(0.9)
      expect(Math.max(...probabilities(model, [3 + c]))).toBeLessThan(0.6)
    }
  })

  it('learns a divided target as it is divided', () => {
    const p = probabilities(learn([{ features: [0], topic: 0, second: 1 }], 600), [0])
    expect(p[0]).toBeCloseTo(0.7, 1)
    expect(p[1]).toBeCloseTo(0.3, 1)
  })

  it('gives the same weights for the same seed', () => {
    expect(learn(texts, 3).weights).toEqual(learn(texts, 3).weights)
    expect(learn(texts, 3).weights).not.toEqual(learn(texts, 3, 2).weights)
  })

  it('steps as its plain twin does', () => {
    const next = random(8)
    const slow = { weights: new Float64Array(50 * CLASSES), squares: new Float64Array(50 * CLASSES) }
    const bias = new Float64Array(CLASSES)
    const biasSquares = new Float64Array(CLASSES)
    const learner = new SoftmaxLearner(50, { rate: 0.2, decay: 1e-3 })
    for (let example = 0; example < 300; example++) {
      const features = [...new Set(Array.from({ length: example % 20 }, () => Math.floor(next() * 50)))]
      const target = new Float32Array(CLASSES)
      target[Math.floor(next() * 4)] = 1
      const norm = features.length === 0 ? 0 : 1 / Math.sqrt(features.length)
      const raw = [...bias].map(
        (b, c) => b + norm * features.reduce((sum, f) => sum + (slow.weights[f * CLASSES + c] ?? 0), 0),
      )
      const total = raw.reduce((sum, one) => sum + Math.exp(one), 0)
      const loss = learner.learn(Uint32Array.from([9, ...features]), { from: 1, to: features.length + 1 }, target, 0.5)
      raw.forEach((one, c) => {
        const p = Math.exp(one) / total
        if (target[c] === 1) expect(loss).toBeCloseTo(-Math.log(p), 3)
        const slope = (p - (target[c] ?? 0)) * 0.5
        biasSquares[c] = (biasSquares[c] ?? 0) + slope ** 2
        bias[c] = (bias[c] ?? 0) - (0.2 * 0.1 * slope) / Math.sqrt((biasSquares[c] ?? 0) + 1e-2)
        for (const feature of features) {
          const at = feature * CLASSES + c
          const own = slope * norm + 1e-3 * (slow.weights[at] ?? 0)
          slow.squares[at] = (slow.squares[at] ?? 0) + own ** 2
          slow.weights[at] = (slow.weights[at] ?? 0) - (0.2 * own) / Math.sqrt((slow.squares[at] ?? 0) + 1e-4)
        }
      })
    }
    const { weights } = learner.model()
    const worst = weights.reduce((most, weight, i) => Math.max(most, Math.abs(weight - (slow.weights[i] ?? 9))), 0)
    expect(worst).toBeLessThan(1e-3)
  })

  it('goes on from weights that it is given', () => {
    const cache = cacheOf(texts)
    const first = learn(texts, 5)
    const learner = new SoftmaxLearner(first, STEPS)
    const loss = learnEpoch(learner, { cache, settings: SETTINGS, seed: 1 })
    const fresh = learnEpoch(new SoftmaxLearner(20, STEPS), { cache, settings: SETTINGS, seed: 1 })
    expect(loss).toBeLessThan(fresh / 2)
    cache.close()
  })

  it('learns texts without a label from a teacher alone', () => {
    const teacher = emptyModel(20)
    teacher.weights.set([2, 1], 11 * CLASSES)
    const all: Text[] = Array.from({ length: 20 }, () => [{ features: [1], topic: 2 }, { features: [11] }]).flat()
    const taught = learn(all, 40, 1, teacher)
    const wanted = probabilities(teacher, [11])
    probabilities(taught, [11]).forEach((p, c) => expect(p).toBeCloseTo(wanted[c] ?? 0, 1))
    expect(probabilities(taught, [1])[2]).toBeGreaterThan(0.8)
    expect(learn(all, 40).weights.subarray(11 * CLASSES, 12 * CLASSES)).toEqual(new Float32Array(CLASSES))
  })

  it('shuffles without losing any', () => {
    const items = Uint32Array.from({ length: 50 }, (_, i) => i)
    const mixed = shuffle(items.slice(), random(3))
    expect(mixed).not.toEqual(items)
    expect(mixed.toSorted()).toEqual(items)
  })
})

describe('a round', () => {
  // The odd texts are noise: what the first epochs learn is all there is.
  const next = random(9)
  const texts = (count: number): Text[] =>
    Array.from({ length: count }, () => {
      const topic = Math.floor(next() * 3)
      const told = next() < 0.7 ? topic : Math.floor(next() * 3)
      return { features: [told, ...Array.from({ length: 6 }, () => 10 + Math.floor(next() * 200))], topic }
    })

  it('stops when held-out texts stop gaining, at the weights that were best', () => {
    const cache = cacheOf(texts(120))
    const held = cacheOf(texts(80))
    const round = learnRound(
      300,
      { cache, held, teacher: null, seed: 1 },
      { settings: SETTINGS, isHeldOut: () => false },
    )
    const losses = round.reports.map(({ heldLoss }) => heldLoss ?? 0)
    expect(round.reports.length).toBeLessThan(SETTINGS.epochs)
    expect(round.reports.length).toBe(round.epochs + SETTINGS.patience)
    expect(Math.min(...losses)).toBe(losses[round.epochs - 1])
    // Without held-out texts it goes on to the end, and has come to other weights.
    const none = cacheOf([])
    const whole = learnRound(
      300,
      { cache, held: none, teacher: null, seed: 1 },
      { settings: SETTINGS, isHeldOut: () => false },
    )
    expect(whole.epochs).toBe(SETTINGS.epochs)
    expect(whole.model.weights).not.toEqual(round.model.weights)
    for (const one of [cache, held, none]) one.close()
  })
})

describe('the numbers of features', () => {
  it('are those of features in enough texts, the most frequent first', () => {
    // Feature f (any 32 bits) stands in f's rank of texts.
    const hashes = Array.from({ length: 40 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 0)
    const texts = Array.from({ length: 40 }, (_, t) => ({ features: hashes.filter((__, f) => f >= t) }))
    const cache = cacheOf(texts)
    const cells = new CellCounts()
    for (const { words, starts } of cache.read()) for (const at of starts) cells.add(words, at)
    const found = numberFeatures(cache, cells, { leastDocuments: 11, mostFeatures: 1000, counts: () => true })
    expect([...found.hashes]).toEqual(hashes.slice(10).reverse())
    expect([...found.documents]).toEqual(Array.from({ length: 30 }, (_, i) => 40 - i))
    expect(found.numberOf(hashes[39] ?? 0)).toBe(0)
    expect(found.numberOf(hashes[9] ?? 0)).toBe(-1)
    expect(found.numberOf(12345)).toBe(-1)
    cache.close()
  })

  it('are no more than asked for: the threshold rises', () => {
    const next = random(4)
    const features = Array.from({ length: 3000 }, () => Math.floor(next() * 2 ** 32))
    const cache = cacheOf(Array.from({ length: 30 }, (_, t) => ({ features: features.slice(100 * t) })))
    const cells = new CellCounts()
    for (const { words, starts } of cache.read()) for (const at of starts) cells.add(words, at)
    const found = numberFeatures(cache, cells, { leastDocuments: 1, mostFeatures: 1000, counts: () => true })
    expect(found.threshold).toBe(21)
    expect(found.hashes).toHaveLength(1000)
    cache.close()
  })
})

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

describe('keys of texts', () => {
  it('are the same by text and by hash', () => expect(keyOfText('A text.')).toBe(keyOfHash(sha256('A text.'))))

  it('are found again, however many', () => {
    const table = new KeyTable()
    for (let i = 0; i < 5000; i++) table.set(keyOfText(`text ${i}`), i % 11)
    expect(table.size).toBe(5000)
    for (let i = 0; i < 5000; i++) expect(table.get(keyOfText(`text ${i}`))).toBe(i % 11)
    expect(table.get(keyOfText('another'))).toBe(-1)
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
