/**
 * The bucket of a perplexity: floor(16 · ln perplexity). Sixteen to a factor of e, so a bucket spans 6.4 %, finer than
 * any quantile border has to be; it is kept with the row and never changes, whatever borders come later.
 */
export const bucketOf = (ppl: number): number => Math.floor(16 * Math.log(ppl))
