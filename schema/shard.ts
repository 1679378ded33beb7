/**
 * The shard row and the lines that describe a shard: the contract between the stages, the planner and gpu-runner.
 * Field meanings: docs/formats/shard.md.
 */
import { z } from 'zod'

export const SOURCES = ['web', 'encyclopedia', 'book', 'qa_forum', 'paper', 'math', 'code', 'synthetic'] as const
export type Source = (typeof SOURCES)[number]

export const TOPICS = [
  'mathematics-physics',
  'computer-science-engineering',
  'biology-chemistry',
  'history-geography',
  'law-policy',
  'philosophy-logic',
  'economics-business',
  'psychology-sociology',
  'security-international-relations',
  'medicine-health',
  'other',
] as const
export type Topic = (typeof TOPICS)[number]

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]

/** Every source but `web` has this one topic. */
export const ALL_TOPICS = 'all'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits')

/** One document in a Parquet file. `bucket`, `ppl` and `pplModel` are null below the token guard. */
export const ShardRow = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  url: z.string(),
  source: z.enum(SOURCES),
  lang: z.string(),
  langScore: z.number(),
  topic: z.string(),
  topicScore: z.number().nullable(),
  text: z.string(),
  chars: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  ppl: z.number().nullable(),
  pplTokens: z.int().nonnegative(),
  pplModel: z.string().nullable(),
  bucket: z.int().nullable(),
  quality: z.record(z.string(), z.number()),
  dupClusterSize: z.int().positive(),
  fetchedAt: z.string().nullable(),
  title: z.string().nullable(),
  author: z.string().nullable(),
  date: z.string().nullable(),
  pageType: z.string().nullable(),
  declaredLang: z.string().nullable(),
  canonicalUrl: z.string().nullable(),
  licence: z.string().nullable(),
  optOut: z.string().nullable(),
  objectId: sha256Hex,
  recordOffset: z.int().nonnegative(),
  recordIndex: z.int().nonnegative(),
})
export type ShardRow = z.infer<typeof ShardRow>

/** [first row, bucket or null, UTF-8 bytes of text up to the next cut]. */
export const Cut = z.tuple([z.int().nonnegative(), z.int().nullable(), z.int().nonnegative()])
export type Cut = z.infer<typeof Cut>

const count = z.int().nonnegative()

/** [bucket or null, documents, UTF-8 bytes, tokens that the n-gram model scored]. */
export const BucketCount = z.tuple([z.int().nullable(), count, count, count])
export type BucketCount = z.infer<typeof BucketCount>

/** [row, UTF-8 bytes of text before it in its shard, its own]: a row that a plan can leave out by itself. */
export const RowSpan = z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int().nonnegative()])
export type RowSpan = z.infer<typeof RowSpan>

/** Scores of a shard's rows by another model than the one whose buckets it is sorted by: a file beside it. */
export const ShardScores = z.object({
  pplModel: z.string().min(1),
  /** Key of the file. */
  scores: z.string().min(1),
  sha256: sha256Hex,
  histogram: z.array(BucketCount),
})
export type ShardScores = z.infer<typeof ShardScores>

/** One line of `index.ndjson`: all that the planner knows of a shard. */
export const IndexLine = z.object({
  shard: z.string().min(1),
  sha256: sha256Hex,
  seal: z.int().positive(),
  cell: z.string().regex(/^[a-z_]+\/[a-z-]+\/[a-z-]+$/, 'expected source/language/topic'),
  pplModel: z.string().nullable(),
  rows: z.int().positive(),
  bytes: z.int().positive(),
  cuts: z.array(Cut).min(1),
  /** Documents, bytes and tokens by bucket; lines of before it was counted lack it. */
  histogram: z.array(BucketCount).optional(),
  holdout: z.boolean().optional(),
  /** Rows whose pages are kept from training, in row order: what a recipe leaves out that respects opt-outs. */
  optOut: z.array(RowSpan).optional(),
  /** Rows that a later seal took back, in row order: near duplicates of a row that stays. No plan reads them. */
  withdrawn: z.array(RowSpan).optional(),
  scores: z.array(ShardScores).optional(),
  /** Shards that a compaction put this one and others in place of. Who has read them cannot tell what is unread here. */
  replaces: z.array(z.string()).optional(),
})
export type IndexLine = z.infer<typeof IndexLine>
