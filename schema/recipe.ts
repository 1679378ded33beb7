/**
 * What the user wants of a mixture. Shares are fractions of their parent and sum to 1. A key that is not named here, a
 * source, language or topic that does not exist, and shares that do not add up are refused: a recipe is never guessed.
 */
import { z } from 'zod'
import { LANGUAGES, SOURCES, TOPICS } from './shard.ts'

/** Shares may miss 1 by this much: 0.1 + 0.2 + 0.7 is not 1 in binary, a forgotten half per cent is a mistake. */
export const SHARE_TOLERANCE = 1e-6

/** The part of a mixture that holds synthetic documents of every language, as in the paper. */
export const SYNTHETIC = 'synthetic'

const share = z.number().min(0).max(1)
const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected a name of lower-case letters, digits and hyphens')

type Context = z.core.$RefinementCtx

function expectSumOfOne(shares: readonly number[], what: string, context: Context): void {
  const sum = shares.reduce((total, one) => total + one, 0)
  if (Math.abs(sum - 1) <= SHARE_TOLERANCE) return
  // Ten digits show the mistake and hide what binary fractions add to it.
  context.addIssue({ code: 'custom', message: `${what} sum to ${Number(sum.toPrecision(10))}, expected 1` })
}

function expectKnown(
  names: readonly string[],
  known: readonly string[],
  { kind, context }: { kind: string; context: Context },
): void {
  for (const one of names) {
    if (known.includes(one)) continue
    context.addIssue({
      code: 'custom',
      path: [one],
      message: `unknown ${kind} ${JSON.stringify(one)}, expected one of ${known.join(', ')}`,
    })
  }
}

const sourceShares = z.record(z.string(), share).superRefine((shares, context) => {
  expectKnown(Object.keys(shares), SOURCES, { kind: 'source', context })
  expectSumOfOne(Object.values(shares), 'the shares of the sources', context)
})

const topicShares = z.record(z.string(), share).superRefine((shares, context) => {
  expectKnown(Object.keys(shares), TOPICS, { kind: 'topic', context })
  expectSumOfOne(Object.values(shares), 'the shares of the topics', context)
})

/** Where a cell's documents lie on the way from the first to the last token of a phase. */
export const Curriculum = z.enum(['none', 'ascending', 'descending'])
export type Curriculum = z.infer<typeof Curriculum>

export const LanguageMix = z.strictObject({
  share,
  /** Shares of the sources inside this language; they sum to 1. */
  sources: sourceShares,
  curriculum: Curriculum.default('none'),
})

export const Phase = z.strictObject({
  name,
  /** Fraction of the recipe's tokens; the phases' shares sum to 1. */
  share,
  /** Keyed by language, or by `synthetic`, which is a part of its own as in the paper. */
  mix: z.record(z.string(), LanguageMix).superRefine((mix, context) => {
    expectKnown(Object.keys(mix), [...LANGUAGES, SYNTHETIC], { kind: 'language', context })
    expectSumOfOne(
      Object.values(mix).map((part) => part.share),
      'the shares of the languages',
      context,
    )
    for (const [part, { sources }] of Object.entries(mix)) {
      const wrong = part === SYNTHETIC ? Object.keys(sources).find((source) => source !== SYNTHETIC) : undefined
      if (wrong !== undefined) {
        context.addIssue({
          code: 'custom',
          path: [part, 'sources', wrong],
          message: `the part ${SYNTHETIC} holds the source ${SYNTHETIC} alone, found ${wrong}`,
        })
      }
      if (part !== SYNTHETIC && SYNTHETIC in sources && SYNTHETIC in mix) {
        context.addIssue({
          code: 'custom',
          path: [part, 'sources', SYNTHETIC],
          message: `synthetic documents are a part of their own in this phase, so ${part} cannot have them as well`,
        })
      }
    }
  }),
})
export type Phase = z.infer<typeof Phase>

export const Feedback = z.strictObject({
  alpha: z.number().min(0).max(100).default(0.2),
  /** Weight w of a topic in the update; 1 where not named. */
  topicWeights: z
    .record(z.string(), z.number().min(0).max(100))
    .default({})
    .superRefine((weights, context) => {
      expectKnown(Object.keys(weights), TOPICS, { kind: 'topic', context })
    }),
  /** Largest move of one topic's share in one round. */
  maxChange: share.default(0.03),
  /** No share falls below min(floor, its last share). */
  floor: share.default(0.25 / 11),
  clamp: z
    .tuple([z.number().positive(), z.number().positive().max(100)])
    .default([0.5, 2])
    .refine(([low, high]) => low <= 1 && high >= 1, 'expected [low, high] with low <= 1 <= high'),
})
export type Feedback = z.infer<typeof Feedback>

export const Recipe = z.strictObject({
  name,
  phases: z
    .array(Phase)
    .min(1)
    .superRefine((phases, context) => {
      expectSumOfOne(
        phases.map((phase) => phase.share),
        'the shares of the phases',
        context,
      )
      for (const [i, phase] of phases.entries()) {
        if (phases.findIndex((other) => other.name === phase.name) < i) {
          context.addIssue({ code: 'custom', path: [i, 'name'], message: `two phases are named ${phase.name}` })
        }
      }
    }),
  /** Tokens of one round; without it a round takes `takeAtMost` of the tightest cell. */
  tokens: z.int().positive().optional(),
  takeAtMost: z
    .number()
    .positive()
    .max(1)
    .default(1 / 3),
  maxEpochs: z.int().min(1).max(16).default(4),
  /** Topic shares of web pages by language; `observed` keeps the shares that the corpus has. */
  topics: z
    .union([
      z.literal('observed'),
      z.record(z.string(), topicShares).superRefine((topics, context) => {
        expectKnown(Object.keys(topics), LANGUAGES, { kind: 'language', context })
      }),
    ])
    .default('observed'),
  shortfall: z.enum(['fail', 'shrink', 'repeat', 'renormalise']).default('fail'),
  missingSources: z.enum(['fail', 'renormalise']).default('fail'),
  select: z.enum(['even', 'lowest']).default('even'),
  /** Where documents without a bucket go under a curriculum. */
  withoutBucket: z.enum(['first', 'last']).default('last'),
  /** Leaves out pages that are kept from training (functions/screen/usage.ts says by which signs); false where absent. */
  respectOptOut: z.boolean().optional(),
  /** Quantiles a phase may read, 1 (easiest) to 10; all of them, and documents without a bucket, where absent. */
  quantiles: z.array(z.int().min(1).max(10)).min(1).optional(),
  reserve: z.strictObject({ share: share.default(0.03), rows: z.int().min(0).default(2) }).prefault({}),
  segmentTokens: z
    .int()
    .positive()
    .default(2 ** 17),
  feedback: Feedback.prefault({}),
  seed: z.int().nonnegative().default(0),
})
export type Recipe = z.infer<typeof Recipe>
export type RecipeInput = z.input<typeof Recipe>
