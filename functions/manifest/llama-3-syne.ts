/**
 * The mixture of Llama-3-SynE (arXiv 2407.18743) as data: 100 B tokens in two stages, 92.5 : 7.5; Chinese, English and
 * synthetic 2 : 8 : 0 and then 1 : 7 : 2; the shares of the sources inside a language are the same in both (the
 * authors' src/cal_data_volumn.py). Chinese is read from low perplexity to high, English in no order; only web pages
 * are weighted by topic. What the paper does not publish (topic update, buckets, interval) is our default in
 * schema/recipe.ts. Without `tokens` the mixture is scaled to what the corpus holds.
 */
import type { RecipeInput } from '../../schema/recipe.ts'

const chinese = { web: 0.7, encyclopedia: 0.05, book: 0.2, qa_forum: 0.05 }
const english = { web: 0.4, encyclopedia: 0.05, book: 0.15, qa_forum: 0.05, paper: 0.1, math: 0.1, code: 0.15 }

export const llama3SynE: RecipeInput = {
  name: 'llama-3-syne',
  phases: [
    {
      name: 'bilingual-adaptation',
      share: 0.925,
      mix: {
        zh: { share: 0.2, sources: chinese, curriculum: 'ascending' },
        en: { share: 0.8, sources: english },
      },
    },
    {
      name: 'synthetic-enhancement',
      share: 0.075,
      mix: {
        zh: { share: 0.1, sources: chinese, curriculum: 'ascending' },
        en: { share: 0.7, sources: english },
        synthetic: { share: 0.2, sources: { synthetic: 1 } },
      },
    },
  ],
}

export const builtinRecipes: Readonly<Record<string, RecipeInput>> = { 'llama-3-syne': llama3SynE }
