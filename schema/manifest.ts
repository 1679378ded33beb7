/** The immutable answer to a recipe. gpu-runner validates against the JSON Schema generated from this file. */
import { z } from 'zod'
import { Recipe } from './recipe.ts'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)
const tokens = z.int().nonnegative()

const neverFall = (borders: readonly number[]): boolean =>
  borders.every((one, i) => i === 0 || one >= (borders[i - 1] ?? one))

/** Frozen borders between the ten quantiles: the lowest bucket of q02 … q10, per language. */
export const Calibration = z.strictObject({
  id: z.string(),
  borders: z.record(
    z.string(),
    z.strictObject({
      pplModel: z.string(),
      borders: z.array(z.int()).length(9).refine(neverFall, 'borders fall, expected them in order: q02 first'),
    }),
  ),
})
export type Calibration = z.infer<typeof Calibration>

/** Bytes of UTF-8 text per token, keyed `language/source`. */
export const TokenTable = z.object({
  id: z.string(),
  tokenizer: z.object({ name: z.string(), sha256: sha256Hex }),
  bytesPerToken: z.record(z.string(), z.number().positive()),
})
export type TokenTable = z.infer<typeof TokenTable>

export const Quota = z.object({ cell: z.string(), tokens })
export const ManifestPhase = z.object({ name: z.string(), tokens, quotas: z.array(Quota).min(1) })
export type ManifestPhase = z.infer<typeof ManifestPhase>

export const HoldoutFile = z.object({
  shard: z.string(),
  sha256: sha256Hex,
  cell: z.string(),
  rows: z.int().positive(),
  /** Rows that are not: taken back, or opted out where the recipe respects that. Ascending. */
  leftOut: z.array(z.int().nonnegative()).optional(),
  /** Rows that are evaluated, spread evenly over the n others: of these, number floor((i + 1/2) · n / take), i in [0, take). */
  take: z.int().positive(),
})
export type HoldoutFile = z.infer<typeof HoldoutFile>

export const Note = z.object({ code: z.string(), detail: z.string(), cells: z.array(z.string()).optional() })
export type Note = z.infer<typeof Note>

const File = z.object({
  name: z.string(),
  sha256: sha256Hex,
  lines: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
})

/** How one topic's share came to be: the feedback update of a round, term by term. */
export const TopicMove = z.object({
  lang: z.string(),
  topic: z.string(),
  /** Mean NLL per token on the hold-out rows before and after the round; null where the reports have none. */
  before: z.number().nullable(),
  after: z.number().nullable(),
  /** Standard error of the change over documents; null below two documents. */
  se: z.number().nullable(),
  /** Change divided by the largest change of the language; 0 where it is within its standard error. */
  delta: z.number(),
  /** Factor 1 + alpha * delta * weight, clamped. */
  factor: z.number(),
  old: z.number(),
  new: z.number(),
  why: z.enum(['moved', 'within-noise', 'too-few-documents', 'not-reported', 'no-share']),
})
export type TopicMove = z.infer<typeof TopicMove>

export const ManifestHead = z.object({
  format: z.literal('millrace-manifest/1'),
  /** sha-256 of this head in RFC 8785 form without `id`. */
  id: sha256Hex,
  parent: sha256Hex.nullable(),
  run: z.string().min(1),
  round: z.int().positive(),
  recipe: Recipe,
  seed: z.int().nonnegative(),
  index: z.object({ version: z.int().positive(), sha256: sha256Hex }),
  calibration: Calibration,
  tokenTable: TokenTable,
  holdout: z.object({ version: z.string(), files: z.array(HoldoutFile) }),
  /** Topic shares of web pages this round, by language. */
  topics: z.record(z.string(), z.record(z.string(), z.number())),
  /** The update that made `topics`, where reports made it. */
  feedback: z.array(TopicMove).optional(),
  phases: z.array(ManifestPhase).min(1),
  /** `tokens` is apart from the reserve; entries, rows and bytes are with it. */
  totals: z.object({ tokens, reserveTokens: tokens, entries: z.int(), rows: z.int(), bytes: z.int() }),
  /** Measured on the entries as written. */
  checks: z.object({
    /** Largest (tokens taken − quota) over all phases and cells, reserve apart. */
    largestOvershoot: tokens,
    /** Spearman correlation of reading position and bucket, by `phase/cell` with a curriculum. */
    curriculum: z.record(z.string(), z.number()),
    /** Largest distance, in tokens, of any cell from its share of its phase at any entry: at most a segment or two. */
    largestDeficit: z.number().nonnegative().optional(),
    /** Rows named more often than once; 0 unless cells are repeated. */
    repeatedRows: z.int().nonnegative().optional(),
  }),
  /** What was asked for but is not there: sources left out, quotas shrunk, cells repeated. */
  notes: z.array(Note),
  files: z.object({ shards: File, entries: File }),
})
export type ManifestHead = z.infer<typeof ManifestHead>

/** A line of `shards.ndjson`. */
export const ShardLine = z.object({ shard: z.string(), sha256: sha256Hex, rows: z.int(), bytes: z.int() })
export type ShardLine = z.infer<typeof ShardLine>

/** A line of `entries.ndjson`, in reading order; `shard` is a line number (from 0) of `shards.ndjson`. */
export const Entry = z.object({
  position: z.int().nonnegative(),
  phase: z.string(),
  cell: z.string(),
  bucket: z.int().nullable(),
  shard: z.int().nonnegative(),
  rowStart: z.int().nonnegative(),
  rowEnd: z.int().positive(),
  tokens,
  reserve: z.literal(true).optional(),
})
export type Entry = z.infer<typeof Entry>
