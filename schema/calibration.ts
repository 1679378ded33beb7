/**
 * Histograms of perplexity buckets, and calibrations with the figures that they were made from: the contract of
 * docs/formats/calibration.md. A manifest holds the borders alone (`Calibration` of schema/manifest.ts).
 */
import { z } from 'zod'
import { Calibration } from './manifest.ts'
import { BucketCount, SOURCES } from './shard.ts'

const count = z.int().nonnegative()

/** Buckets of one cell under one model, ascending, null last. */
export interface CellHistogram {
  /** source/language/topic. */
  readonly cell: string
  /** Null where no model scores the language. */
  readonly pplModel: string | null
  readonly counts: readonly BucketCount[]
}

const Sums = z.strictObject({ documents: count, bytes: count, tokens: count })

/** What the borders of one language, or of one topic of it, were cut from. */
export const Figures = z.strictObject({
  /** As in `borders`. */
  key: z.string(),
  pplModel: z.string(),
  /** By quantile, q01 first. */
  quantiles: z.array(Sums).length(10),
  /** Documents below the token guard, which are in no quantile. */
  withoutBucket: Sums,
  /** Documents that this model has not scored. */
  notScored: Sums,
  histogram: z.array(BucketCount),
})
export type Figures = z.infer<typeof Figures>

export const CALIBRATION_BY = ['language', 'topic'] as const

/** A calibration with what made it. `id` is `cal-` and 16 hex digits of the sha-256 of the rest in RFC 8785 form. */
export const FrozenCalibration = Calibration.extend({
  made: z.strictObject({
    index: z.strictObject({ version: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    source: z.enum(SOURCES),
    by: z.enum(CALIBRATION_BY),
    figures: z.array(Figures),
    /** Topics with too few documents for borders of their own: those of their language hold. */
    tooFew: z.array(z.strictObject({ key: z.string(), documents: count })),
  }),
})
export type FrozenCalibration = z.infer<typeof FrozenCalibration>

/** Those that were made before figures were kept, or by hand, have none. */
export const KnownCalibration = FrozenCalibration.partial({ made: true })
export type KnownCalibration = z.infer<typeof KnownCalibration>
