/** What the user wants of a mixture. Shares are fractions of their parent and sum to 1. */
import { z } from 'zod'

const share = z.number().min(0).max(1)
const name = z.string().regex(/^[a-z][a-z0-9-]*$/)

/** Where a cell's documents lie on the way from the first to the last token of a phase. */
export const Curriculum = z.enum(['none', 'ascending', 'descending'])

export const LanguageMix = z.object({
  share,
  /** Shares of the sources inside this language; they sum to 1. */
  sources: z.record(z.string(), share),
  curriculum: Curriculum.default('none'),
})

export const Phase = z.object({
  name,
  /** Fraction of the recipe's tokens; the phases' shares sum to 1. */
  share,
  /** Keyed by language, or by `synthetic`, which is a part of its own as in the paper. */
  mix: z.record(z.string(), LanguageMix),
})

export const Feedback = z.object({
  alpha: z.number().min(0).default(0.2),
  /** Weight w of a topic in the update; 1 where not named. */
  topicWeights: z.record(z.string(), z.number().min(0)).default({}),
  /** Largest move of one topic's share in one round. */
  maxChange: share.default(0.03),
  /** No share falls below min(floor, its last share). */
  floor: share.default(0.25 / 11),
  clamp: z.tuple([z.number(), z.number()]).default([0.5, 2]),
})

export const Recipe = z.object({
  name,
  phases: z.array(Phase).min(1),
  /** Tokens of one round; without it a round takes `takeAtMost` of the tightest cell. */
  tokens: z.int().positive().optional(),
  takeAtMost: share.default(1 / 3),
  maxEpochs: z.int().min(1).max(16).default(4),
  /** Topic shares of web pages by language; `observed` keeps the shares that the corpus has. */
  topics: z.union([z.literal('observed'), z.record(z.string(), z.record(z.string(), share))]).default('observed'),
  shortfall: z.enum(['fail', 'shrink', 'repeat', 'renormalise']).default('fail'),
  missingSources: z.enum(['fail', 'renormalise']).default('fail'),
  select: z.enum(['even', 'lowest']).default('even'),
  /** Where documents without a bucket go under a curriculum. */
  withoutBucket: z.enum(['first', 'last']).default('last'),
  /** Quantiles a phase may read, 1 (easiest) to 10; all of them where absent. */
  quantiles: z.array(z.int().min(1).max(10)).optional(),
  reserve: z.object({ share: share.default(0.03), rows: z.int().min(0).default(2) }).prefault({}),
  segmentTokens: z
    .int()
    .positive()
    .default(2 ** 17),
  feedback: Feedback.prefault({}),
  seed: z.int().nonnegative().default(0),
})
export type Recipe = z.infer<typeof Recipe>
export type RecipeInput = z.input<typeof Recipe>
