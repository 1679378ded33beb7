import { MIN_TOKENS } from './score.ts'

/**
 * The bucket of a perplexity: floor(16 · ln perplexity). Sixteen to a factor of e, so a bucket spans 6.4 %, finer than
 * any quantile border has to be; it is kept with the row and never changes, whatever borders come later.
 */
export const bucketOf = (ppl: number): number => Math.floor(16 * Math.log(ppl))

/** What is wrong with a score that somebody else made, or null. */
export function scoreMistake({
  ppl,
  pplTokens,
  bucket,
}: {
  readonly ppl: number | null
  readonly pplTokens: number
  readonly bucket: number | null
}): string | null {
  if (!Number.isInteger(pplTokens) || pplTokens < 0) return `pplTokens is ${pplTokens}, expected a count`
  if ((ppl === null) !== pplTokens < MIN_TOKENS) {
    return `ppl is ${ppl} of ${pplTokens} tokens, expected null below ${MIN_TOKENS} and a perplexity from there on`
  }
  if (ppl !== null && !(ppl > 0 && Number.isFinite(ppl))) return `ppl is ${ppl}, expected a number above 0`
  const expected = ppl === null ? null : bucketOf(ppl)
  return bucket === expected ? null : `bucket is ${bucket}, expected ${expected} of ppl ${ppl}`
}
