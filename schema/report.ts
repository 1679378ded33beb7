/** What a run sends back: sums and counts, never means, so that reports add up. */
import { z } from 'zod'

const count = z.int().nonnegative()

export const TopicReport = z.object({
  lang: z.string(),
  /** A topic of web pages, or `source` for the documents of another source. */
  topic: z.string(),
  nllSum: z.number(),
  tokens: count,
  bytes: count,
  docs: count,
  /** Over documents: mean NLL per token now − at the run's previous evaluation. Null at the first. */
  change: z.object({ docs: count, sum: z.number(), sumSq: z.number() }).nullable(),
})
export type TopicReport = z.infer<typeof TopicReport>

export const Report = z.object({
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
    z.object({ phase: z.string(), cell: z.string(), quota: count, tokens: count, bytes: count, rows: count }),
  ),
  /** Rows of the manifest that the plan did not read (reserve left over). */
  unread: z.array(z.object({ shard: z.string(), rowStart: count, rowEnd: count })),
  trainLoss: z.array(z.object({ step: count, loss: z.number() })).optional(),
})
export type Report = z.infer<typeof Report>
