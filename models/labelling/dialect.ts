/**
 * What an endpoint takes. All speak chat/completions and each leaves something of it out: a schema for the answer, JSON at all, a
 * temperature, one name or the other for the limit, a message of the system. The first request asks for all; what is refused
 * by name is left out, and otherwise one form of `response_format` after the other.
 */
import { ANSWER_SCHEMA } from './answer.ts'

export interface Dialect {
  readonly format: 'schema' | 'object' | 'none'
  readonly limit: 'max_tokens' | 'max_completion_tokens' | 'none'
  readonly hasTemperature: boolean
  readonly hasSystem: boolean
}

export const FULL: Dialect = { format: 'schema', limit: 'max_tokens', hasTemperature: true, hasSystem: true }

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

const LESS = { schema: 'object', object: 'none', none: null } as const

/** What to try after a refusal that says `message`, or null when there is nothing left to leave out. */
export function stepDown(dialect: Dialect, message: string): Dialect | null {
  const { format, limit, hasTemperature, hasSystem } = dialect
  // Another model or a shorter text would do, not another form.
  if (/context.{0,12}(length|window|size)|maximum context|too long|content.{0,3}(filter|policy)/i.test(message))
    return null
  if (limit === 'max_tokens' && /max_completion_tokens/.test(message))
    return { ...dialect, limit: 'max_completion_tokens' }
  if (limit !== 'none' && message.includes(limit)) return { ...dialect, limit: 'none' }
  if (hasTemperature && /temperature/i.test(message)) return { ...dialect, hasTemperature: false }
  if (hasSystem && /\bsystem\b.{0,20}(role|message|prompt|instruction)|role.{0,20}\bsystem\b/i.test(message)) {
    return { ...dialect, hasSystem: false }
  }
  const less = LESS[format]
  return less === null ? null : { ...dialect, format: less }
}

export interface Request {
  readonly model: string
  readonly messages: readonly Message[]
  readonly maxTokens: number
  /** Members of the user's own, over ours. */
  readonly extra: Readonly<Record<string, unknown>>
}

export function bodyOf({ format, limit, hasTemperature, hasSystem }: Dialect, request: Request): string {
  const { model, messages, maxTokens, extra } = request
  const formats = {
    schema: { type: 'json_schema', json_schema: { name: 'label', strict: true, schema: ANSWER_SCHEMA } },
    object: { type: 'json_object' },
    none: undefined,
  }
  return JSON.stringify({
    model,
    messages: hasSystem ? messages : withoutSystem(messages),
    ...(hasTemperature ? { temperature: 0 } : {}),
    ...(limit === 'none' ? {} : { [limit]: maxTokens }),
    ...(format === 'none' ? {} : { response_format: formats[format] }),
    ...extra,
  })
}

/** What the system says stands at the head of what the user says first. */
function withoutSystem(messages: readonly Message[]): Message[] {
  const [system, first, ...rest] = messages
  if (system?.role !== 'system' || first === undefined) return [...messages]
  return [{ role: 'user', content: `${system.content}\n\n${first.content}` }, ...rest]
}
