/** Talks to a Millrace server: base URL and key, problems as readable errors, retries with back-off. */
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from './arguments.ts'

const ATTEMPTS = 6
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 8000

export interface ClientOptions {
  readonly url: string
  readonly key: string
  /** Scale of the waits between attempts; tests set 0. */
  readonly waitScale?: number
}

export interface Call {
  readonly query?: Readonly<Record<string, string | undefined>>
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. A Blob may be read again, so a request with one may be sent again. */
  readonly body?: Blob | string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Client {
  readonly url: string
  call(method: string, path: string, call?: Call): Promise<Response>
  json<T>(method: string, path: string, call?: Call): Promise<T>
  /** The lines of an NDJSON answer, as they come. */
  lines(method: string, path: string, call?: Call): AsyncGenerator<string>
}

/** What the server said. A 4xx is the caller's to mend: exit code 2. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** Last part of the problem's type, as in docs/problems.md. */
  readonly problem: string | null
  /** The whole problem, with its extra members. */
  readonly body: unknown
  readonly exitCode: number

  constructor(status: number, message: string, { problem, body }: { problem: string | null; body: unknown }) {
    super(message)
    this.status = status
    this.problem = problem
    this.body = body
    this.exitCode = status < 500 ? 2 : 1
  }
}

export function createClient({ url, key, waitScale = 1 }: ClientOptions): Client {
  const base = url.replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/.test(base)) throw new UsageError(`"${url}" is no server address, expected https://…`)

  async function call(
    method: string,
    path: string,
    { query = {}, json, body, headers = {} }: Call = {},
  ): Promise<Response> {
    const target = new URL(base + path)
    for (const [name, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(name, value)
    const sent = {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        // The same on every attempt: a POST that did arrive is answered again, not done again.
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
        ...headers,
      },
      ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
    }
    for (let attempt = 1; ; attempt++) {
      const last = attempt === ATTEMPTS
      let waitMs = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS) * (0.5 + Math.random() / 2)
      try {
        const response = await fetch(target, sent)
        if (response.ok) return response
        if (last || !isPassing(response.status)) throw await toError(response, `${method} ${target.pathname}`)
        await response.body?.cancel()
        waitMs = Math.max(waitMs, 1000 * Number(response.headers.get('retry-after') ?? 0) || 0)
      } catch (error) {
        if (error instanceof ApiError) throw error
        if (last) throw new Error(`${base} cannot be reached: ${causeOf(error)}`, { cause: error })
      }
      await sleep(waitMs * waitScale)
    }
  }

  return {
    url: base,
    call,
    async json<T>(method: string, path: string, options?: Call): Promise<T> {
      const response = await call(method, path, options)
      return (await response.json()) as T
    },
    async *lines(method, path, options) {
      const { body } = await call(method, path, options)
      if (body !== null) yield* splitLines(body)
    },
  }
}

/** Address and key from the options, or from MILLRACE_URL and MILLRACE_KEY. */
export function clientFrom(
  values: { readonly to?: string | undefined; readonly key?: string | undefined },
  usage: string,
): Client {
  const url = values.to ?? process.env['MILLRACE_URL']
  const key = values.key ?? process.env['MILLRACE_KEY']
  if (url === undefined || url === '') throw new UsageError('No server was given: --to URL, or MILLRACE_URL.', usage)
  if (key === undefined || key === '') throw new UsageError('No key was given: --key KEY, or MILLRACE_KEY.', usage)
  return createClient({ url, key })
}

/** An object key in a path: each segment escaped, the slashes kept. */
export const escapeKey = (key: string): string => key.split('/').map(encodeURIComponent).join('/')

/** Too many requests, or a failure of the server: another attempt may pass. 501 and 505 never will; 503 may say when. */
const isPassing = (status: number): boolean => status === 408 || status === 429 || (status >= 500 && status !== 501)

interface ProblemBody {
  readonly type?: string
  readonly title?: string
  readonly detail?: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

async function toError(response: Response, request: string): Promise<ApiError> {
  const { status } = response
  const text = await response.text()
  let body: unknown = text
  let message = `${request}: ${text.slice(0, 300).trim()}`
  let problem: string | null = null
  if (/\bjson\b/.test(response.headers.get('content-type') ?? '')) {
    try {
      body = JSON.parse(text)
      const { type, title = '', detail = '', errors = [] } = body as ProblemBody
      problem = type?.split('/').at(-1) ?? null
      message = [`${title}: ${detail}`, ...errors.map((error) => `  ${error.pointer}: ${error.detail}`)].join('\n')
    } catch {
      // Not what its type says; the text itself is the message.
    }
  }
  return new ApiError(status, `${status} ${message}`, { problem, body })
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  return cause instanceof Error ? cause.message || ((cause as NodeJS.ErrnoException).code ?? cause.name) : String(cause)
}

async function* splitLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') yield line
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
