/** What can come back from a chat/completions endpoint: a completion, or one of four kinds of failure. */
import { z } from 'zod'

/**
 * `passing`: another attempt may pass. `refused`: this request will not. `lost`: no request will, until the user changes something.
 * `silent`: nobody answered, or something that is no such endpoint: lost where it never was otherwise, passing where it was.
 */
export type FaultKind = 'passing' | 'refused' | 'lost' | 'silent'

export class EndpointFault extends Error {
  override readonly name = 'EndpointFault'
  readonly kind: FaultKind
  readonly status: number | null
  /** What the endpoint asks us to wait, in ms. */
  readonly waitMs: number | null

  constructor(
    kind: FaultKind,
    message: string,
    more: { status?: number; waitMs?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause: more.cause })
    this.kind = kind
    this.status = more.status ?? null
    this.waitMs = more.waitMs ?? null
  }
}

const Completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
})
const Usage = z.object({ usage: z.object({ prompt_tokens: z.number().min(0), completion_tokens: z.number().min(0) }) })
const Failure = z.object({
  error: z.union([
    z.string(),
    z.object({ message: z.string().nullish(), code: z.union([z.string(), z.number()]).nullish() }),
  ]),
})

export interface Tokens {
  readonly in: number
  readonly out: number
}

export interface Reply {
  /** Null where the model gave none. */
  readonly content: string | null
  readonly refusal: string | null
  /** The answer came to the limit of tokens. */
  readonly isCut: boolean
  /** Null where the endpoint does not count. */
  readonly tokens: Tokens | null
}

const MAX_SAID = 300

interface About {
  readonly target: URL
  readonly hide: (said: string) => string
}

/** A completion, or throws an EndpointFault. */
export function readReply({ status, headers }: Response, text: string, { target, hide }: About): Reply {
  const where = target.origin + target.pathname
  const waitMs = readRetryAfter(headers, Date.now())
  let value: unknown
  let isJson = true
  try {
    value = JSON.parse(text)
  } catch {
    isJson = false
  }
  const failure = Failure.safeParse(value)
  if (status < 200 || status > 299) throw statusFault(status, hide(saidIn(failure.data, text)), { where, waitMs })
  if (failure.success) {
    // Some relays answer 200 and tell the failure of who is behind them in the body.
    const { error } = failure.data
    const code = typeof error === 'string' ? NaN : Number(error.code)
    throw statusFault(code >= 400 && code < 600 ? code : 502, hide(saidIn(failure.data, text)), { where, waitMs })
  }
  if (!isJson) {
    const isPage = /\bhtml\b/.test(headers.get('content-type') ?? '') || /^\s*</.test(text)
    if (!isPage)
      throw new EndpointFault('passing', `${where} answered with JSON that is cut or broken: ${hide(clip(text))}`)
    throw new EndpointFault('silent', `${where} answered with a web page, expected JSON: ${hide(clip(text))}`)
  }
  const completion = Completion.safeParse(value)
  const first = completion.data?.choices[0]
  if (first === undefined) {
    throw new EndpointFault('silent', `${where} answered with JSON that is no chat completion: ${hide(clip(text))}`)
  }
  const usage = Usage.safeParse(value).data?.usage
  return {
    content: first.message.content ?? null,
    refusal:
      first.message.refusal ?? (first.finish_reason === 'content_filter' ? 'the content filter stopped it' : null),
    isCut: first.finish_reason === 'length',
    tokens: usage === undefined ? null : { in: usage.prompt_tokens, out: usage.completion_tokens },
  }
}

function statusFault(
  status: number,
  said: string,
  { where, waitMs }: { where: string; waitMs: number | null },
): EndpointFault {
  const told = `${where} answered ${status}: ${said}`
  const fault = (kind: FaultKind): EndpointFault => new EndpointFault(kind, told, { status, waitMs })
  // 429 is also what an account without money gets, and no waiting helps it.
  if (status === 429 && /insufficient_quota|exceeded your current quota|billing/i.test(said)) return fault('lost')
  if (status === 408 || status === 409 || status === 425 || status === 429) return fault('passing')
  if (status === 400 || status === 413 || status === 422 || status === 403) return fault('refused')
  if (status >= 500 && status !== 501 && status !== 505) return fault('passing')
  return fault('lost')
}

const saidIn = (failure: z.infer<typeof Failure> | undefined, text: string): string => {
  const error = failure?.error
  if (typeof error === 'string') return clip(error)
  const code = typeof error?.code === 'string' ? ` (${error.code})` : ''
  return error?.message === undefined || error.message === null ? clip(text) : clip(error.message + code)
}

/** Of a web page what can be read, of all a piece. */
function clip(text: string): string {
  const bare = text
    .replaceAll(/<(script|style)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return bare === '' ? 'nothing' : bare.length > MAX_SAID ? `${bare.slice(0, MAX_SAID).toWellFormed()}…` : bare
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), and the `retry-after-ms` that OpenAI's and Azure's servers send. */
export function readRetryAfter(headers: Headers, nowMs: number): number | null {
  const exact = headers.get('retry-after-ms')
  if (exact !== null && /^\d+(\.\d+)?$/.test(exact)) return Number(exact)
  const given = headers.get('retry-after')
  if (given === null) return null
  if (/^\d+(\.\d+)?$/.test(given)) return 1000 * Number(given)
  const at = Date.parse(given)
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs)
}
