/** What a run sends back: sums and counts, never means, so that reports add up. */
import { z } from 'zod'

const count = z.int().nonnegative()

export const TopicReport = z.strictObject({
  lang: z.string(),
  /** A topic of web pages, or `source` for the documents of another source. */
  topic: z.string(),
  nllSum: z.number().nonnegative(),
  tokens: count,
  bytes: count,
  docs: count,
  /** Over documents: mean NLL per token now − at the run's previous evaluation. Null at the first. */
  change: z.strictObject({ docs: count, sum: z.number(), sumSq: z.number().nonnegative() }).nullable(),
})
export type TopicReport = z.infer<typeof TopicReport>

export const Report = z.strictObject({
  format: z.literal('millrace-report/1'),
  run: z.string().min(1),
  round: z.int().positive(),
  kind: z.enum(['before', 'after']),
  step: count,
  /** Tokens trained on since the run's start. */
  tokens: count,
  manifest: z.string().regex(/^[0-9a-f]{64}$/),
  plan: z.string().regex(/^[0-9a-f]{64}$/),
  tokenizer: z.string(),
  holdout: z.string(),
  checkpoint: z.string().nullable(),
  engine: z.string(),
  worldSize: z.int().positive(),
  topics: z.array(TopicReport),
  cells: z.array(
    z.strictObject({ phase: z.string(), cell: z.string(), quota: count, tokens: count, bytes: count, rows: count }),
  ),
  /** Rows of the manifest that the plan did not read (reserve left over). */
  unread: z.array(z.strictObject({ shard: z.string(), rowStart: count, rowEnd: count })),
  trainLoss: z.array(z.strictObject({ step: count, loss: z.number() })).optional(),
})
export type Report = z.infer<typeof Report>
