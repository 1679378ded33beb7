/** A small corpus with every cell of the paper's recipe, and a plan over it. */
import { isProblem, type PlanProblem } from '../../functions/manifest/problem.ts'
import { planManifest, type PlanRequest } from '../../functions/manifest/manifest.ts'
import type { Manifest } from '../../functions/manifest/serialise.ts'
import { Recipe, type RecipeInput } from '../../schema/recipe.ts'
import { TOPICS, type IndexLine } from '../../schema/shard.ts'
import { llama3SynE } from '../../functions/manifest/llama-3-syne.ts'
import { calibration, shardLine, tokenTable, type ShardSpec } from './index-lines.ts'

const SOURCES_OF = {
  zh: ['encyclopedia', 'book', 'qa_forum'],
  en: ['encyclopedia', 'book', 'qa_forum', 'paper', 'math', 'code'],
} as const

export function corpus(options: Partial<ShardSpec> & { webRows?: number } = {}): IndexLine[] {
  const { webRows = 60, ...shape } = options
  const lines: IndexLine[] = []
  let seed = shape.seed ?? 1
  const add = (cell: string, rows: number): void => {
    for (const seal of [1, 2]) lines.push(shardLine({ ...shape, cell, rows: Math.ceil(rows / 2), seal, seed: seed++ }))
    lines.push(shardLine({ ...shape, cell, rows: 8, seed: seed++, holdout: true }))
  }
  for (const lang of ['zh', 'en'] as const) {
    for (const [i, topic] of TOPICS.entries()) add(`web/${lang}/${topic}`, webRows + 7 * i)
    for (const source of SOURCES_OF[lang]) add(`${source}/${lang}/all`, 120)
  }
  add('synthetic/en/all', 80)
  return lines
}

export const recipeOf = (input: Partial<RecipeInput> = {}): Recipe => Recipe.parse({ ...llama3SynE, ...input })

export const request = (changes: Partial<PlanRequest> & Pick<PlanRequest, 'index'>): PlanRequest => ({
  recipe: recipeOf(),
  indexVersion: 1,
  calibration,
  tokenTable,
  consumed: [],
  run: 'test-run',
  round: 1,
  parent: null,
  ...changes,
})

export function planned(changes: Partial<PlanRequest> & Pick<PlanRequest, 'index'>): Manifest {
  const plan = planManifest(request(changes))
  if (isProblem(plan)) throw new Error(plan.detail)
  return plan
}

export function refused(changes: Partial<PlanRequest> & Pick<PlanRequest, 'index'>): PlanProblem {
  const plan = planManifest(request(changes))
  if (!isProblem(plan)) throw new Error('the plan was not refused')
  return plan
}
