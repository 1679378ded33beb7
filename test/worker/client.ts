/** Requests to the Worker of a world. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { hashKey, type Scope } from '../../functions/http/key.ts'
import worker from '../../functions/index.ts'

/** A key with these scopes, in the index. */
export async function keyWith(...scopes: Scope[]): Promise<string> {
  const key = `mr_test_${scopes.join('_')}`
  await env.INDEX.prepare('insert into api_keys (id, hash, name, scopes, created_at_ms) values (?, ?, ?, ?, 0)')
    .bind(`key-${scopes.join('-')}`, hashKey(key), 'test', scopes.join(' '))
    .run()
  return key
}

export async function send(
  world: { env: Env },
  path: string,
  init: RequestInit & { key?: string } = {},
): Promise<Response> {
  const { key, ...rest } = init
  const headers = new Headers(rest.headers)
  if (key !== undefined) headers.set('authorization', `Bearer ${key}`)
  const context = createExecutionContext()
  const response = await worker.fetch(
    new Request(`https://millrace.example${path}`, { ...rest, headers }),
    world.env,
    context,
  )
  await waitOnExecutionContext(context)
  return response
}

export interface Answer {
  readonly status: number
  readonly type: string | null
  readonly body: Record<string, unknown>
}

/** The answer's status, type and JSON. */
export async function call(...request: Parameters<typeof send>): Promise<Answer> {
  const response = await send(...request)
  const text = await response.text()
  const type = response.headers.get('content-type')
  return { status: response.status, type, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}

/** What a problem of this name looks like from outside. */
export const problem = (name: string, status: number, path: string): unknown => ({
  status,
  type: 'application/problem+json',
  body: expect.objectContaining({
    type: `/problems/${name}`,
    status,
    title: expect.stringMatching(/\S/) as string,
    detail: expect.stringMatching(/\S/) as string,
    instance: path,
  }) as unknown,
})
