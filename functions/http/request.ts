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

/** A page has at most 16 MiB; written as JSON, its quotes and line ends take two bytes each. */
const MAX_JSON_BYTES = 32 * 1024 * 1024

/** The body as text. A body is JSON as a whole or not at all, so it is held; no more of it than an isolate can bear. */
async function textOf(c: Context<App>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length
    if (size > MAX_JSON_BYTES) {
      const detail = `A JSON body has at most ${MAX_JSON_BYTES} bytes. Many pages go as NDJSON, files to PUT /v1/objects/{key}.`
      throw new Problem('body-too-large', detail, { maxBytes: MAX_JSON_BYTES })
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

export async function parseBody<T extends z.ZodType>(schema: T, c: Context<App>): Promise<z.infer<T>> {
  const text = await textOf(c)
  let value: unknown
  try {
    value = JSON.parse(text)
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
