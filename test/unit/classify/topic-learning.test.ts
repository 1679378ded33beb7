/** How the topic trainer learns: single steps, epochs, and rounds that stop in time. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CLASSES } from '../../../functions/classify/topic-model.ts'
import { emptyModel, logits, random, shuffle, softmax } from '../../../models/training/softmax.ts'
import type { Linear } from '../../../models/training/softmax.ts'
import { SoftmaxLearner } from '../../../models/training/softmax-learner.ts'
import { learnEpoch, learnRound, runEpochs } from '../../../models/training/topic-round.ts'
import { TRAINER } from '../../../models/training/topic-trainer.ts'
import { cacheOf } from '../../support/topic-records.ts'
import type { Text } from '../../support/topic-records.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-learning-'))
afterAll(() => rmSync(folder, { recursive: true }))

const STEPS = { rate: 0.3, decay: 1e-6 }
const SETTINGS = { ...TRAINER, epochs: 30, classWeights: new Float32Array(CLASSES).fill(1) }

function probabilities(model: Linear, features: readonly number[]): number[] {
  const out = new Float32Array(CLASSES)
  logits(model, Uint32Array.from(features), { from: 0, to: features.length }, out)
  softmax(out)
  return [...out]
}

describe('softmax regression', () => {
  // Feature c belongs to class c, features 3 to 5 to nobody.
  const texts = Array.from({ length: 30 }, (_, i) => ({ features: [i % 3, 3 + (Math.floor(i / 3) % 3)], topic: i % 3 }))

  const learn = (all: readonly Text[], epochs: number, seed = 1, teacher: Linear | null = null): Linear => {
    const cache = cacheOf(folder, all)
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
      const counts = features.map((_, i) => 1 + ((example + i) % 3))
      const target = new Float32Array(CLASSES)
      target[Math.floor(next() * 4)] = 1
      const norm = features.length === 0 ? 0 : 1 / Math.hypot(...counts)
      const raw = [...bias].map(
        (b, c) =>
          b + norm * features.reduce((sum, f, i) => sum + (counts[i] ?? 0) * (slow.weights[f * CLASSES + c] ?? 0), 0),
      )
      const total = raw.reduce((sum, one) => sum + Math.exp(one), 0)
      const entries = features.flatMap((feature, i) => Array.from({ length: counts[i] ?? 0 }, () => feature))
      const loss = learner.learn(Uint32Array.from([9, ...entries]), { from: 1, to: entries.length + 1 }, target, 0.5)
      raw.forEach((one, c) => {
        const p = Math.exp(one) / total
        if (target[c] === 1) expect(loss).toBeCloseTo(-Math.log(p), 3)
        const slope = (p - (target[c] ?? 0)) * 0.5
        biasSquares[c] = (biasSquares[c] ?? 0) + slope ** 2
        bias[c] = (bias[c] ?? 0) - (0.2 * 0.1 * slope) / Math.sqrt((biasSquares[c] ?? 0) + 1e-2)
        for (const [i, feature] of features.entries()) {
          const at = feature * CLASSES + c
          const own = (counts[i] ?? 0) * slope * norm + 1e-3 * (slow.weights[at] ?? 0)
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
    const cache = cacheOf(folder, texts)
    const first = learn(texts, 5)
    const learner = new SoftmaxLearner(first, STEPS)
    const loss = learnEpoch(learner, { cache, settings: SETTINGS, seed: 1 })
    const fresh = learnEpoch(new SoftmaxLearner(20, STEPS), { cache, settings: SETTINGS, seed: 1 })
    expect(loss).toBeLessThan(fresh / 2)
    cache.close()
  })

  it('restarts as if it were new, from weights or from nothing', () => {
    const cache = cacheOf(folder, texts)
    const begun = learn(texts, 5)
    for (const begin of [begun, 20]) {
      const used = new SoftmaxLearner(20, STEPS)
      learnEpoch(used, { cache, settings: SETTINGS, seed: 4 })
      used.restart(begin)
      const fresh = new SoftmaxLearner(begin, STEPS)
      expect(used.model()).toEqual(fresh.model())
      for (const one of [used, fresh]) learnEpoch(one, { cache, settings: SETTINGS, seed: 1 })
      expect(used.model()).toEqual(fresh.model())
    }
    expect(() => new SoftmaxLearner(20, STEPS).restart(19)).toThrow(
      'a model of 19 features to restart from, expected 20',
    )
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
    const cache = cacheOf(folder, texts(120))
    const held = cacheOf(folder, texts(80))
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
    const none = cacheOf(folder, [])
    const whole = learnRound(
      300,
      { cache, held: none, teacher: null, seed: 1 },
      { settings: SETTINGS, isHeldOut: () => false },
    )
    expect(whole.epochs).toBe(SETTINGS.epochs)
    expect(whole.model.weights).not.toEqual(round.model.weights)
    for (const one of [cache, held, none]) one.close()
  })

  it('takes the mean of runs that each begin anew', () => {
    const cache = cacheOf(folder, texts(100))
    const none = cacheOf(folder, [])
    const settings = { ...SETTINGS, epochs: 3, runTexts: 100 }
    const { model } = learnRound(
      300,
      { cache, held: none, teacher: null, seed: 7 },
      { settings, isHeldOut: () => false },
    )
    const runs = [8, 9, 10].map((seed) => {
      const learner = new SoftmaxLearner(300, STEPS)
      learnEpoch(learner, { cache, settings, seed })
      return learner.model()
    })
    expect(runs[0]?.weights).not.toEqual(runs[1]?.weights)
    model.weights.forEach((weight, i) => {
      const mean = runs.reduce((sum, one) => sum + (one.weights[i] ?? 9), 0) / 3
      expect(weight).toBeCloseTo(mean, 5)
    })
    for (const one of [cache, none]) one.close()
  })

  it('makes a run as many epochs as come nearest to its texts', () => {
    expect(runEpochs(30_000, 31_000)).toBe(1)
    expect(runEpochs(30_000, 1_000_000)).toBe(1)
    expect(runEpochs(30_000, 12_000)).toBe(3)
    expect(runEpochs(30_000, 0)).toBe(30_000)
    expect(runEpochs(Infinity, 10)).toBe(Infinity)
  })
})
