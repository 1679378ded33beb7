/**
 * One request to a chat/completions endpoint.
 * Plain fetch: docs/decisions/0011-labels-over-plain-fetch.md says why.
 */
import { EndpointFault, readReply } from './reply.ts'
import type { Reply } from './reply.ts'

export interface Target {
  /** Base address, as a client of OpenAI's takes it: …/v1. */
  readonly url: URL
  readonly key: string | null
  /** Its header, where it goes as it stands; null for `Authorization: Bearer`. */
  readonly keyHeader: string | null
  readonly timeoutMs: number
}

/** What says who asks: `Authorization: Bearer`, or a header of the endpoint's own, as Azure's `api-key`. */
export function keyHeaders({ key, keyHeader }: Pick<Target, 'key' | 'keyHeader'>): Record<string, string> {
  if (key === null) return {}
  return keyHeader === null ? { authorization: `Bearer ${key}` } : { [keyHeader]: key }
}

/** The base address with a path behind its own; its query stays. */
export function under(url: URL, path: string): URL {
  const target = new URL(url)
  const base = target.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '')
  target.pathname = `${base}/${path}`
  return target
}

/** Throws an EndpointFault, never with the key in it. `signal` gives the request up at once. */
export async function postChat(asked: Target, body: string, signal: AbortSignal): Promise<Reply> {
  const { url, key, timeoutMs } = asked
  const target = under(url, 'chat/completions')
  let response: Response
  let text: string
  try {
    response = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...keyHeaders(asked) },
      body,
      // The key goes to no other place than the one that was named.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    text = await response.text()
  } catch (error) {
    signal.throwIfAborted()
    throw connectionFault(error, target, timeoutMs)
  }
  return readReply(response, text, { target, hide: (said) => (key === null ? said : said.replaceAll(key, '***')) })
}

function connectionFault(error: unknown, { origin, pathname }: URL, timeoutMs: number): EndpointFault {
  const where = origin + pathname
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return new EndpointFault('passing', `${where} did not answer within ${timeoutMs / 1000} s`, { cause: error })
  }
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? ''
  const said = cause instanceof Error && cause.message !== '' ? cause.message : code || String(cause)
  // The connection stood and broke, or a name server was slow; all else is an address where nobody listens.
  const isPassing = /^(ECONNRESET|EPIPE|ETIMEDOUT|EAI_AGAIN|UND_ERR_)/.test(code) || /terminated|closed/.test(said)
  return isPassing
    ? new EndpointFault('passing', `the connection to ${where} was cut: ${said}`, { cause: error })
    : new EndpointFault('silent', `${where} cannot be reached: ${said}`, { cause: error })
}
