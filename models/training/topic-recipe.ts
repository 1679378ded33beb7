/** How the shipped topic models are trained. */
import type { FeatureOptions } from '../../functions/classify/features.ts'
import { TRAINER } from './topic-trainer.ts'
import type { TrainerSettings } from './topic-trainer.ts'

export const FEATURES_OF: Readonly<Record<string, FeatureOptions>> = {
  en: { longestRun: 2, maxUnits: 6000 },
  zh: { longestRun: 3, maxUnits: 3000 },
}
/**
 * 2^17 sets of two places are 3.3 MiB; with half as many accuracy on web texts falls by .005, with a quarter by .019.
 * Epochs are fixed, six runs of one: to stop in sight of web texts alone would cost the others.
 */
const SETTINGS = { ...TRAINER, mostSetBits: 17, epochs: 6, patience: 0 }
/**
 * 3 · 10⁻⁴ and twice that are the same on English web texts, a third of it loses .006; Chinese ones would gain .006 by 3 · 10⁻⁴, and
 * `zh.test` lose as much.
 */
const DECAY_OF: Readonly<Record<string, number>> = { en: 3e-4, zh: 1e-4 }

export const settingsOf = (lang: string): TrainerSettings => ({ ...SETTINGS, decay: DECAY_OF[lang] ?? SETTINGS.decay })

interface Weights {
  /** Of a weak label, of a list of a topic's words, and of a web label. */
  readonly document: number
  readonly words: number
  readonly web: number
}

/**
 * Best of a small grid on a fifth of the English web labels: a web label counts as seven weak ones, and as four in Chinese, whose
 * few web labels leave `zh.test` the weak ones.
 */
export const weightsOf = (lang: string): Weights => ({ document: lang === 'zh' ? 1 : 0.6, words: 0.5, web: 4 })
