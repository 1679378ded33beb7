/** Reading a recipe: a built-in one by name, or a value from outside, with every mistake as one readable line. */
import type { z } from 'zod'
import { Recipe } from '../../schema/recipe.ts'
import { builtinRecipes } from './llama-3-syne.ts'

export type RecipeResult = { readonly recipe: Recipe } | { readonly issues: readonly string[] }

/** `phases[0].mix.zh.sources`, as a person would write the way to a value. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${String(step)}`
  return text === '' ? '(top level)' : text
}

export const issueLines = (error: z.ZodError): string[] =>
  error.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`)

export function readRecipe(value: unknown): RecipeResult {
  const isKnown = typeof value !== 'string' || Object.hasOwn(builtinRecipes, value)
  const input = typeof value === 'string' && isKnown ? builtinRecipes[value] : value
  if (!isKnown) {
    const known = Object.keys(builtinRecipes).join(', ')
    return { issues: [`unknown recipe ${JSON.stringify(value)}, expected one of ${known}, or a recipe of your own`] }
  }
  const parsed = Recipe.safeParse(input)
  return parsed.success ? { recipe: parsed.data } : { issues: issueLines(parsed.error) }
}
