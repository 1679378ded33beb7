/**
 * A server that speaks chat/completions over HTTP, as strict about a request as its options make it, with faults on demand.
 * It reads a text's topic from a word in it, `topic=NAME` and `second=NAME`, so that a test knows each label.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ChatBody {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly temperature?: number
  readonly max_tokens?: number
  readonly max_completion_tokens?: number
  readonly response_format?: { readonly type: string; readonly json_schema?: { readonly schema: unknown } }
  readonly [extra: string]: unknown
}

export interface Asked {
  readonly headers: IncomingMessage['headers']
  readonly body: ChatBody
  /** All that the user said. */
  readonly said: string
  readonly atMs: number
}

/** What comes back instead of a completion. */
export type Fault =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body: unknown
    }
  /** A web page with status 200. */
  | { readonly kind: 'page' }
  /** The head of an answer and half of its body, then nothing; `drop`: not even the head. */
  | { readonly kind: 'cut' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'hang' }
  /** An answer of the model's, as it stands. */
  | { readonly kind: 'content'; readonly content: string | null; readonly finish?: string; readonly refusal?: string }
  | { readonly kind: 'json'; readonly text: string }

export interface ChatServerOptions {
  readonly key?: string
  /** Where the key is to be, as it stands; else it is a bearer's. */
  readonly keyHeader?: string
  readonly models?: readonly string[]
  /** Members that are refused by name, and forms of response_format that are. */
  readonly refuses?: readonly string[]
  readonly fault?: (asked: Asked, count: number) => Fault | null
  readonly delayMs?: number
  readonly hasUsage?: boolean
}

export const failure = (message: string, code: string | null = null): unknown => ({
  error: { message, type: 'invalid_request_error', param: null, code },
})

export async function chatServer(options: ChatServerOptions = {}) {
  const { key, keyHeader, models = ['reader'], refuses = [], fault, delayMs = 0, hasUsage = true } = options
  const asked: Asked[] = []
  const state = { now: 0, most: 0 }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Uint8Array[] = []
    for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      const type = typeof body === 'string' ? 'text/html' : 'application/json'
      response.writeHead(status, { 'content-type': type, ...headers }).end(text)
    }
    const bearer = request.headers.authorization?.replace('Bearer ', '')
    const given = keyHeader === undefined ? bearer : request.headers[keyHeader]
    if (key !== undefined && given !== key) {
      return send(401, failure(`Incorrect API key provided: ${String(given ?? '')}.`, 'invalid_api_key'))
    }
    const path = new URL(request.url ?? '/', 'http://x').pathname
    if (path === '/v1/models') return send(200, { object: 'list', data: models.map((id) => ({ id, object: 'model' })) })
    if (path !== '/v1/chat/completions') return send(404, '<html><body>Nothing here</body></html>')
    const body = JSON.parse(Buffer.concat(chunks).toString()) as ChatBody
    const said = body.messages.map(({ role, content }) => (role === 'user' ? content : '')).join('\n')
    const one = { headers: request.headers, body, said, atMs: Date.now() }
    asked.push(one)
    const instead = fault?.(one, asked.length) ?? null
    if (instead !== null && instead.kind !== 'content' && instead.kind !== 'json') return fail(instead, response, send)
    if (!models.includes(body.model))
      return send(404, failure(`The model ${body.model} does not exist.`, 'model_not_found'))
    const named = [
      ...Object.keys(body).filter((name) => name !== 'response_format'),
      ...(body.response_format === undefined ? [] : [body.response_format.type]),
      ...(body.messages.some(({ role }) => role === 'system') ? ['system role'] : []),
    ].find((name) => refuses.includes(name))
    if (named === 'max_tokens') return send(400, failure("Unsupported parameter: use 'max_completion_tokens' instead."))
    if (named !== undefined) return send(400, failure(`${named} is not supported by this model`))
    state.now++
    state.most = Math.max(state.most, state.now)
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    state.now--
    if (instead?.kind === 'json') return send(200, instead.text, { 'content-type': 'application/json' })
    const { content, finish = 'stop', refusal = null } = instead ?? { content: labelIn(said) }
    const usage = { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 }
    send(200, {
      id: `chatcmpl-${asked.length}`,
      object: 'chat.completion',
      created: 0,
      model: body.model,
      choices: [{ index: 0, message: { role: 'assistant', content, refusal }, finish_reason: finish, logprobs: null }],
      ...(hasUsage ? { usage } : {}),
    })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(599).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    /** Most requests that were answered at a time. */
    most: () => state.most,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function labelIn(said: string): string {
  const topic = /topic=([a-z-]+)/.exec(said)?.[1] ?? 'other'
  const second = /second=([a-z-]+)/.exec(said)?.[1] ?? null
  return JSON.stringify({ topic, second })
}

type Failed = Exclude<Fault, { kind: 'content' | 'json' }>
type Send = (status: number, body: unknown, headers?: Record<string, string>) => void

function fail(fault: Failed, response: ServerResponse, send: Send): void {
  if (fault.kind === 'status') return send(fault.status, fault.body, fault.headers)
  if (fault.kind === 'page')
    return send(200, '<!doctype html><html><head><title>Sign in</title></head><body>Welcome</body></html>')
  if (fault.kind === 'drop') response.destroy()
  if (fault.kind === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '900' })
    response.write('{"id": "chatcmpl-1", "choices": [')
    setTimeout(() => response.destroy(), 20)
  }
}
