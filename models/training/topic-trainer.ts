/**
 * Documents → a topic model's file and its scores, in memory that does not grow with the text: records are cached on disk
 * (topic-corpus.ts), candidates counted (feature-counts.ts), a model fitted for each fold or beside what is held out and
 * one for the file (topic-fit.ts), its temperature fitted on documents that it has not learnt from.
 */
import type { FeatureOptions } from '../../functions/classify/features.ts'
import { CLASSES, WAYS } from '../../functions/classify/topic-model.ts'
import { TOPICS } from '../../schema/shard.ts'
import { numberFeatures, renumber } from './feature-counts.ts'
import type { FeatureNumbers } from './feature-counts.ts'
import type { RecordCache } from './record-cache.ts'
import { ScoredTexts } from './scored-texts.ts'
import { STEPS } from './softmax-learner.ts'
import { BadCorpus } from './topic-corpus.ts'
import type { CorpusCounts, TopicCorpus } from './topic-corpus.ts'
import { writeTopicFile } from './topic-file.ts'
import { fitTopic } from './topic-fit.ts'
import type { Fit } from './topic-fit.ts'
import { measure } from './topic-measure.ts'
import type { TopicScores } from './topic-measure.ts'
import { PARTS, labelsOf } from './topic-record.ts'
import type { EpochReport, FitOptions, FitSettings } from './topic-round.ts'
import type { WordVectors } from './word-vectors.ts'

export interface TrainerSettings extends Omit<FitSettings, 'classWeights'> {
  /** Fewest documents that a feature stands in. */
  readonly leastDocuments: number
  /** Candidates for a place, at most; the threshold rises until they are so few. */
  readonly mostFeatures: number
  /** A topic's documents weigh (mean count / its count)^balance: 0 as they come, 1 every topic alike. */
  readonly balance: number
}

export const TRAINER: TrainerSettings = {
  ...STEPS,
  wideEpochs: 3,
  wideTexts: 200_000,
  runTexts: 30_000,
  epochs: 20,
  patience: 2,
  guessWeight: 0,
  mostSetBits: 17,
  seed: 1,
  leastDocuments: 4,
  mostFeatures: 2 ** 20,
  balance: 0,
}

/** 13 bytes a place, two places a set, 98 bytes of fields. */
export const fileBytes = (setBits: number): number => 98 + 13 * WAYS * 2 ** setBits

export interface TrainOptions {
  readonly name: string
  readonly lang: string
  readonly features: FeatureOptions
  readonly settings: TrainerSettings
  /** Reads word vectors for the candidates, which are known by then. */
  readonly vectors?: (features: number, numberOf: (hash: number) => number) => WordVectors
  readonly pass?: FitOptions['pass']
  /** Told when a step is done. */
  readonly say?: (text: string) => void
}

export interface TrainedTopics {
  readonly bytes: Uint8Array
  readonly scores: TopicScores
  readonly epochs: number
  /** Of the fit whose model is in the file. */
  readonly reports: readonly EpochReport[]
  readonly counts: CorpusCounts
  /** Features that were candidates, the fewest documents that one stands in, those with a place, sets as bits. */
  readonly candidates: number
  readonly threshold: number
  readonly features: number
  readonly setBits: number
}

/** Fewest documents of a topic to learn from, and fewest of all topics to measure by. */
const LEAST_OF_TOPIC = 5
const LEAST_HELD_OUT = 20

export function checkCounts({ learnt, heldOut }: CorpusCounts): void {
  const few = TOPICS.filter((_, c) => (learnt[c] ?? 0) < LEAST_OF_TOPIC)
  if (few.length > 0) {
    const found = few.map((topic) => `${topic} ${learnt[TOPICS.indexOf(topic)] ?? 0}`).join(', ')
    throw new BadCorpus(
      `too few documents to learn from: ${found}; expected at least ${LEAST_OF_TOPIC} of each of the eleven topics, ` +
        'held-out ones not counted',
    )
  }
  const held = heldOut.reduce((sum, count) => sum + count, 0)
  if (held < LEAST_HELD_OUT) {
    throw new BadCorpus(
      `${held} documents are held out, expected at least ${LEAST_HELD_OUT}: give more documents, a larger share, or folds`,
    )
  }
}

function classWeights(counts: readonly number[], balance: number): Float32Array {
  const mean = counts.reduce((sum, count) => sum + count, 0) / CLASSES
  return Float32Array.from(counts, (count) => (mean / Math.max(1, count)) ** balance)
}

function numbered(corpus: TopicCorpus, settings: TrainerSettings): { cache: RecordCache; numbers: FeatureNumbers } {
  const { leastDocuments, mostFeatures } = settings
  const numbers = numberFeatures(corpus.cache, corpus.cells, {
    leastDocuments,
    mostFeatures,
    counts: (words, at) => labelsOf(words, at).part !== PARTS.test,
  })
  const cache = corpus.cache.map((bin, at) => {
    renumber(bin, at, numbers.numberOf)
    return true
  })
  return { cache, numbers }
}

interface Fitted {
  readonly fit: Fit
  readonly scored: ScoredTexts
}

/** What is held out for good is measured by the model that is written; folds by models of their own. */
function fitAll(cache: RecordCache, numbers: FeatureNumbers, folds: number, options: FitOptions): Fitted {
  const { settings, pass, onEpoch, vectors = null } = options
  if (folds === 0) {
    const fit = fitTopic(cache, numbers, { ...options, isHeldOut: ({ part }) => part === PARTS.test })
    return { fit, scored: fit.scored }
  }
  const scored = new ScoredTexts()
  const epochs: number[] = []
  for (let held = 0; held < folds; held++) {
    const label = `fold ${held + 1} of ${folds}`
    const fit = fitTopic(cache, numbers, {
      settings,
      vectors,
      isHeldOut: ({ part, fold }) => part === PARTS.either && fold === held,
      pass: (step, records) => pass?.(`${label}, ${step}`, records) ?? (() => undefined),
      ...(onEpoch && { onEpoch }),
    })
    scored.append(fit.scored)
    epochs.push(fit.epochs)
  }
  const usual = epochs.sort((a, b) => a - b)[Math.floor(folds / 2)] ?? settings.epochs
  const fit = fitTopic(cache, numbers, { ...options, settings: { ...settings, epochs: usual }, isHeldOut: () => false })
  return { fit, scored }
}

/** Closes the corpus. */
export function trainTopic(corpus: TopicCorpus, options: TrainOptions): TrainedTopics {
  const { settings, features, name, lang, pass, say } = options
  checkCounts(corpus.counts)
  corpus.cache.finish()
  const { cache, numbers } = numbered(corpus, settings)
  corpus.close()
  try {
    const candidates = numbers.hashes.length
    say?.(`${cache.records} texts, ${candidates} features in ${numbers.threshold} of them or more`)
    if (candidates === 0) {
      throw new BadCorpus(
        `no word stands in ${numbers.threshold} texts: the texts are too few, too short or not of one language`,
      )
    }
    const vectors = options.vectors?.(candidates, numbers.numberOf) ?? null
    if (vectors) say?.(`${vectors.words} of them have word vectors of ${vectors.dimensions} numbers`)
    const { fit, scored } = fitAll(cache, numbers, corpus.options.folds, {
      settings: { ...settings, classWeights: classWeights(corpus.counts.learnt, settings.balance) },
      isHeldOut: () => false,
      vectors,
      ...(pass && { pass }),
      onEpoch: (report) => say?.(epochLine(report)),
    })
    const scores = measure(scored)
    const { temperature } = scores
    return {
      bytes: writeTopicFile(fit.quantised, fit.places, { name, lang, ...features, temperature }),
      scores,
      epochs: fit.epochs,
      reports: fit.reports,
      counts: corpus.counts,
      candidates,
      threshold: numbers.threshold,
      features: fit.places.taken,
      setBits: fit.places.setBits,
    }
  } finally {
    cache.close()
  }
}

const epochLine = ({ epoch, loss, heldLoss, heldAccuracy }: EpochReport): string =>
  `epoch ${epoch}: loss ${loss.toFixed(4)}` +
  (heldLoss === null ? '' : `; held out: loss ${heldLoss.toFixed(4)}, accuracy ${(heldAccuracy ?? 0).toFixed(4)}`)
