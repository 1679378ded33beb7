import type { Calibration } from '../../schema/manifest.ts'

/**
 * The quantile of a perplexity bucket, 1 (easiest) to 10, under the frozen borders of a calibration: border i is the
 * lowest bucket of quantile i + 2. A bucket of null (too few tokens to be scored) is in no quantile.
 */
export function quantileOf(bucket: number | null, borders: readonly number[]): number | null {
  if (bucket === null) return null
  let quantile = 1
  for (const border of borders) if (bucket >= border) quantile++
  return quantile
}

/** Borders of a cell: those of its topic where there are any, else those of its language. */
export const bordersOf = (
  { borders }: Pick<Calibration, 'borders'>,
  { lang, topic }: { readonly lang: string; readonly topic: string },
): Calibration['borders'][string] | undefined => borders[`${lang}/${topic}`] ?? borders[lang]

/** `q01` to `q10`, as paths and tables write it. */
export const quantileName = (quantile: number): string => `q${String(quantile).padStart(2, '0')}`
