/** How the shipped topic models are trained. */
import type { FeatureOptions } from '../../functions/classify/features.ts'
import { TRAINER } from './topic-trainer.ts'

export const FEATURES_OF: Readonly<Record<string, FeatureOptions>> = {
  en: { longestRun: 2, maxUnits: 6000 },
  zh: { longestRun: 3, maxUnits: 3000 },
}
/**
 * 2^17 sets of two places are 3.3 MiB; with half as many accuracy on web texts falls by .005, with a quarter by .019.
 * Epochs are fixed, six runs of one: to stop in sight of web texts alone would cost the others. The decay gains .003 on them (`*.test`), nothing on the
 * web in English and .005 in Chinese, two folds.
 */
export const SETTINGS = { ...TRAINER, mostSetBits: 17, epochs: 6, patience: 0, decay: 3e-4 }
/** Best of a small grid on a fifth of the English web labels: a web label counts as seven weak ones. */
export const WEIGHT = { document: 0.6, words: 0.5, web: 4 }
