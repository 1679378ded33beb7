/** Bindings read once an event, checked, and renamed to their purpose. Nothing else reads `env`. */
import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1'
import { z } from 'zod'
import type { SliceMessage } from '../../schema/messages.ts'
import type { UsagePolicy } from '../screen/usage.ts'

const positive = z.coerce.number().int().positive()

const Settings = z.object({
  SLICE_BYTES: positive,
  HOLDOUT_SHARE: z.coerce.number().gt(0).lt(1),
  SEED: z.coerce.number().int().nonnegative(),
  RANGE_BYTES: positive,
  QUIET_MINUTES: z.coerce.number().nonnegative(),
  BATCH_BYTES: positive,
  RESPECT_OPT_OUT: z.enum(['yes', 'no'], 'expected yes or no').default('no'),
  LICENCES: z.string().default(''),
  WEBHOOK_SECRET: z.string().startsWith('whsec_').optional(),
})

export interface Settings {
  readonly sliceBytes: number
  readonly holdoutShare: number
  readonly seed: number
  readonly rangeBytes: number
  readonly quietMs: number
  readonly batchBytes: number
  readonly use: UsagePolicy
  readonly webhookSecret: string | null
}

export interface Bindings {
  readonly settings: Settings
  readonly db: DrizzleD1Database
  readonly objects: R2Bucket
  readonly corpus: R2Bucket
  readonly slices: Queue<SliceMessage>
  readonly duplicates: Env['DUPLICATES']
  readonly seals: Env['SEAL']
}

export function readBindings(env: Env): Bindings {
  const parsed = Settings.safeParse(env)
  if (!parsed.success) throw new Error(`wrangler.toml [vars] or secrets: ${z.prettifyError(parsed.error)}`)
  const { data } = parsed
  return {
    settings: {
      sliceBytes: data.SLICE_BYTES,
      holdoutShare: data.HOLDOUT_SHARE,
      seed: data.SEED,
      rangeBytes: data.RANGE_BYTES,
      quietMs: data.QUIET_MINUTES * 60_000,
      batchBytes: data.BATCH_BYTES,
      use: {
        respectOptOut: data.RESPECT_OPT_OUT === 'yes',
        licences: data.LICENCES.split(' ').filter((text) => text !== ''),
      },
      webhookSecret: data.WEBHOOK_SECRET ?? null,
    },
    db: drizzle(env.INDEX),
    objects: env.OBJECTS,
    corpus: env.CORPUS,
    slices: env.SLICES,
    duplicates: env.DUPLICATES,
    seals: env.SEAL,
  }
}
