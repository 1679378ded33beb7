/** Reading requests against a schema, and describing answers. A mistake is a problem that names every field. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { App } from './app.ts'
import { issuesOf, Problem } from './problem.ts'

export const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

export function parseQuery<T extends z.ZodType>(schema: T, c: Context<App>): z.infer<T> {
  const parsed = schema.safeParse(c.req.query())
  if (!parsed.success)
    throw new Problem('invalid-request', 'The query does not have the expected shape; see errors.', {
      errors: issuesOf(parsed.error),
    })
  return parsed.data
}

export async function parseBody<T extends z.ZodType>(schema: T, c: Context<App>): Promise<z.infer<T>> {
  let value: unknown
  try {
    value = await c.req.json()
  } catch (error) {
    throw new Problem(
      'invalid-request',
      `The body is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success)
    throw new Problem('invalid-request', 'The body does not have the expected shape; see errors.', {
      errors: issuesOf(parsed.error),
    })
  return parsed.data
}
