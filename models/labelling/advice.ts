/** What a user can do about an endpoint that is lost, from what it said and, for an unknown model, from its list of models. */
import { z } from 'zod'
import { keyHeaders, under } from './chat.ts'
import type { Target } from './chat.ts'
import type { EndpointFault } from './reply.ts'

const Models = z.object({ data: z.array(z.object({ id: z.string() })) })
const LIST_TIMEOUT_MS = 10_000
const MAX_LISTED = 12

/** Null where the fault's own words are all there is to say. */
export async function adviceFor(
  { status, message }: EndpointFault,
  target: Target,
  model: string,
): Promise<string | null> {
  const { url, key } = target
  const base = under(url, '').href.replace(/\/(\?.*)?$/, '')
  if (status === 401 || status === 403) {
    return key === null
      ? 'No key was sent: --key-env names the environment variable that holds one.'
      : 'The key in the variable of --key-env is not taken: it may be mistyped, expired, of another endpoint, or wanted in another header (--key-header).'
  }
  if (/asks to wait/.test(message)) return null
  if (status === 402 || status === 429) return 'The account has no money or quota left.'
  if (status !== null && status >= 300 && status < 400) return 'Give --endpoint the address that it leads to.'
  if (status === 404 || status === 400) {
    const names = await modelsAt(target)
    if (names === null) {
      return `--endpoint is ${base}, expected the base address whose /chat/completions answers, often ending in /v1; or there is no model ${model}.`
    }
    if (names.includes(model)) return null
    const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : ''
    return `The endpoint has no model "${model}". It has: ${names.slice(0, MAX_LISTED).join(', ')}${more}.`
  }
  if (/web page|no chat completion/.test(message)) {
    return `--endpoint is ${base}, expected the base address of an API, often ending in /v1.`
  }
  if (/cannot be reached/.test(message))
    return 'The address may be mistyped, the server not running, or a proxy in between.'
  return null
}

/** Null where the endpoint does not list them. */
async function modelsAt(target: Target): Promise<string[] | null> {
  try {
    const response = await fetch(under(target.url, 'models'), {
      headers: keyHeaders(target),
      redirect: 'manual',
      signal: AbortSignal.timeout(LIST_TIMEOUT_MS),
    })
    const listed = Models.safeParse(await response.json())
    return response.ok && listed.success ? listed.data.data.map(({ id }) => id) : null
  } catch {
    // It was only asked for advice.
    return null
  }
}
