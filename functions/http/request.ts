/** Reading requests against a schema, and describing answers. A mistake is a problem that names every field. */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { invalidUtf8At, openSequence } from '../kernel/utf8.ts'
import type { App } from './app.ts'
import { issuesOf, Problem } from './problem.ts'

export const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A name that nobody reads is a mistake: what it was to do would be left undone in silence. */
export function parseQuery<T extends z.ZodObject>(schema: T, c: Context<App>): z.infer<T> {
  const query = c.req.query()
  const twice = Object.entries(c.req.queries()).filter(([, values]) => values.length > 1)
  if (twice.length > 0)
    throw new Problem('invalid-request', 'The query has a name more than once; only one value could be read.', {
      errors: twice.map(([name]) => ({ pointer: `/${name}`, detail: 'there more than once' })),
    })
  const known = Object.keys(schema.shape)
  const unknown = Object.keys(query).filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new Problem(
      'invalid-request',
      `The query has a name that is not known here; known are ${known.join(', ')}.`,
      {
        errors: unknown.map((name) => ({ pointer: `/${name}`, detail: 'not known' })),
      },
    )
  const parsed = schema.safeParse(query)
  if (!parsed.success)
    throw new Problem('invalid-request', 'The query does not have the expected shape; see errors.', {
      errors: issuesOf(parsed.error),
    })
  return parsed.data
}

/** The whole body, null where it has more than `maxBytes`: no more of it is held, whatever its head says. */
export async function bodyAtMost(c: Context<App>, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length
    if (size > maxBytes) return null
    chunks.push(chunk)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** A page has at most 16 MiB; written as JSON, its quotes and line ends take two bytes each. */
const MAX_JSON_BYTES = 32 * 1024 * 1024

/**
 * The body as text. A body is JSON as a whole or not at all, so it is held; no more of it than an isolate can bear. JSON
 * is UTF-8 (RFC 8259, section 8.1): what is not is refused, never replaced.
 */
async function textOf(c: Context<App>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  let size = 0
  let open = new Uint8Array(0)
  const decode = (chunk: Uint8Array, stream: boolean): string => {
    try {
      return decoder.decode(chunk, { stream })
    } catch {
      throw notUtf8(open, chunk, size)
    }
  }
  for await (const chunk of c.req.raw.body ?? []) {
    if (size + chunk.length > MAX_JSON_BYTES) {
      const detail = `A JSON body has at most ${MAX_JSON_BYTES} bytes. Many pages go as NDJSON, files to PUT /v1/objects/{key}.`
      throw new Problem('body-too-large', detail, { maxBytes: MAX_JSON_BYTES })
    }
    text += decode(chunk, true)
    const whole = joined(open, chunk.subarray(-4))
    open = whole.slice(whole.length - openSequence(whole))
    size += chunk.length
  }
  return text + decode(new Uint8Array(0), false)
}

/** `open` is the sequence that the bytes before the chunk end within, `size` how many bytes came before it. */
function notUtf8(open: Uint8Array, chunk: Uint8Array, size: number): Problem {
  const bytes = joined(open, chunk)
  const at = invalidUtf8At(bytes)
  const offset = size - open.length + at
  const found = bytes[at]?.toString(16).padStart(2, '0') ?? ''
  return new Problem(
    'invalid-request',
    `The body is not UTF-8: no character begins with byte 0x${found} at offset ${offset} and what follows it. ` +
      'Likely the page was not decoded from its own charset.',
    { offset },
  )
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

/** The same of a request that may have no body: then what the schema makes of `{}`. */
export const parseBodyIfAny = async <T extends z.ZodType>(schema: T, c: Context<App>): Promise<z.infer<T>> =>
  c.req.header('content-length') === '0' || c.req.raw.body === null ? schema.parse({}) : parseBody(schema, c)

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
