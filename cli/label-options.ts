/** Options of `millrace models label`, checked before anything is read or sent. */
import { DRAWN } from '../models/labelling/label-lines.ts'
import type { LabelLine } from '../models/labelling/label-lines.ts'
import type { Window } from '../models/labelling/passage.ts'
import type { Prices } from '../models/labelling/spend.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'

export const USAGE = `Usage: millrace models label FILE … --endpoint URL --model NAME -o LABELS [options]

Sends texts to a model behind any OpenAI-compatible endpoint, with models/topic/GUIDELINES.md as instructions, and writes a line a
text as models/topic/labels.ndjson has it: {"sha256", "lang", "topic", "second", "drawn", "again"?}, without the text.
FILE has lines of {"text", "title"?, "url"?, "lang"?}, plain, gzip or zstd. A text that has a label in LABELS is not sent again, so the
same command goes on where one was stopped; a text that comes twice is sent once.

  --endpoint URL       base address, as in https://api.openai.com/v1 or http://localhost:11434/v1
  --model NAME         as the endpoint calls it
  --key-env VAR        environment variable that holds the key; without it no key is sent
  --key-header NAME    header that the key goes in as it stands, as api-key for Azure; default Authorization: Bearer KEY
  -o, --output LABELS  labels are added at its end
  --rejects FILE       texts that got no label, with the reason; default LABELS with .rejects before its extension
  --again-share P      share of the texts that are read a second time, to measure agreement, default 0
  --again-model NAME   who reads them then; default the same model, which mostly agrees with itself
  --drawn D            ${DRAWN.join(', ')}: how the texts were drawn, default random
  --head N             characters shown from the beginning of a text, default 3000
  --middle N           and from its middle, default 1000
  --concurrency N      texts at a time, default 4
  --limit N            send no more texts than these
  --price-in X         price of a million tokens sent, --price-out X of a million answered, to count the cost
  --max-cost X         begin no text that may go past this cost (of this run, with what is asked again; needs the prices)
  --max-tokens N       longest answer, thoughts included, default 2000
  --timeout S          seconds for an answer, default 120
  --extra JSON         members for every request, as in '{"reasoning_effort": "low"}'

Ctrl-C finishes what is under way; a second one gives it up. What fails on the way (429, 5xx, cut connections) is asked again up to
seven times, after the wait that the endpoint asks for; an answer that is no label is asked again once.
Prints a line of JSON: {"output", "labelled", "rejected", "left", "tokens", "cost", "agreement"}.`

export interface LabelArguments {
  readonly files: readonly string[]
  readonly endpoint: URL
  readonly key: string | null
  readonly keyHeader: string | null
  readonly model: string
  readonly againModel: string
  readonly againShare: number
  readonly output: string
  readonly rejects: string
  readonly drawn: LabelLine['drawn']
  readonly window: Window
  readonly concurrency: number
  readonly limit: number
  readonly prices: Prices | null
  readonly maxCost: number
  readonly maxTokens: number
  readonly timeoutMs: number
  readonly extra: Readonly<Record<string, unknown>>
}

type Environment = Readonly<Record<string, string | undefined>>

export function readLabelArguments(args: readonly string[], environment: Environment): LabelArguments {
  const { values, positionals: files } = readArguments(args, {
    usage: USAGE,
    options: {
      endpoint: { type: 'string' },
      model: { type: 'string' },
      'key-env': { type: 'string' },
      'key-header': { type: 'string' },
      output: { type: 'string', short: 'o' },
      rejects: { type: 'string' },
      'again-share': { type: 'string', default: '0' },
      'again-model': { type: 'string' },
      drawn: { type: 'string', default: 'random' },
      head: { type: 'string', default: '3000' },
      middle: { type: 'string', default: '1000' },
      concurrency: { type: 'string', default: '4' },
      limit: { type: 'string' },
      'price-in': { type: 'string' },
      'price-out': { type: 'string' },
      'max-cost': { type: 'string' },
      'max-tokens': { type: 'string', default: '2000' },
      timeout: { type: 'string', default: '120' },
      extra: { type: 'string', default: '{}' },
    },
    positionals: { name: 'file of texts', min: 1, max: Number.POSITIVE_INFINITY },
  })
  const { output, model } = values
  if (output === undefined) throw new UsageError('-o LABELS is missing: where the labels are to be written.', USAGE)
  if (values.endpoint === undefined) throw new UsageError('--endpoint URL is missing: who labels.', USAGE)
  if (model === undefined || model === '') throw new UsageError('--model NAME is missing.', USAGE)
  const drawn = DRAWN.find((one) => one === values.drawn)
  if (drawn === undefined) throw new UsageError(`--drawn is "${values.drawn}", expected ${DRAWN.join(', ')}.`)
  const prices = readPrices(values['price-in'], values['price-out'])
  const maxCost = values['max-cost']
  if (maxCost !== undefined && prices === null) {
    throw new UsageError('--max-cost needs --price-in and --price-out: the endpoint counts tokens, not money.')
  }
  return {
    files,
    endpoint: readEndpoint(values.endpoint),
    key: readKey(values['key-env'], environment),
    keyHeader: readHeader(values['key-header'], values['key-env']),
    model,
    againModel: values['again-model'] ?? model,
    againShare: readNumber(values['again-share'], '--again-share', 1),
    output,
    rejects: values.rejects ?? output.replace(/(\.[^./]*)?$/, '.rejects$1'),
    drawn,
    window: {
      head: readInteger(values.head, '--head', { min: 100 }),
      middle: readInteger(values.middle, '--middle', { min: 0 }),
    },
    concurrency: readInteger(values.concurrency, '--concurrency', { max: 256 }),
    limit: values.limit === undefined ? Number.POSITIVE_INFINITY : readInteger(values.limit, '--limit', { min: 0 }),
    prices,
    maxCost: maxCost === undefined ? Number.POSITIVE_INFINITY : readNumber(maxCost, '--max-cost'),
    maxTokens: readInteger(values['max-tokens'], '--max-tokens'),
    // fetch itself waits no longer for the head of an answer.
    timeoutMs: 1000 * readInteger(values.timeout, '--timeout', { max: 300 }),
    extra: readExtra(values.extra),
  }
}

function readEndpoint(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`--endpoint is "${value}", expected an address such as https://api.openai.com/v1.`)
  }
  // What is wrong is not repeated: it holds a password.
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      '--endpoint has a name or password in it: put the key into an environment variable, see --key-env.',
    )
  }
  return url
}

/** The key is in no message, and neither is what may be the key itself, given for the name of its variable. */
function readKey(name: string | undefined, environment: Environment): string | null {
  if (name === undefined) return null
  const key = (Object.hasOwn(environment, name) ? environment[name] : undefined)?.trim()
  if (key === undefined || key === '') {
    throw new UsageError(
      'The environment variable that --key-env names is not set, or is empty. Expected the name of a variable, not the key.',
    )
  }
  if (!/^[\x21-\x7E]+$/.test(key)) {
    throw new UsageError(
      'The key in the variable of --key-env has blanks or foreign characters in it: likely a copying mistake.',
    )
  }
  return key
}

/** A name as HTTP has it (RFC 9110, 5.6.2), and none of those that every request has. */
function readHeader(name: string | undefined, keyEnv: string | undefined): string | null {
  if (name === undefined) return null
  if (keyEnv === undefined) throw new UsageError('--key-header is for a key: --key-env VAR is missing.')
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /^(authorization|content-.*|host)$/i.test(name)) {
    throw new UsageError(`--key-header is "${name}", expected the name of a header for the key alone, such as api-key.`)
  }
  return name
}

function readPrices(inside: string | undefined, outside: string | undefined): Prices | null {
  if (inside === undefined && outside === undefined) return null
  if (inside === undefined || outside === undefined) {
    throw new UsageError('--price-in and --price-out belong together: tokens sent and tokens answered both cost.')
  }
  return { in: readNumber(inside, '--price-in'), out: readNumber(outside, '--price-out') }
}

function readNumber(value: string, option: string, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value)
  if (!/^(\d+\.?\d*|\.\d+)$/.test(value) || number > max) {
    const range = max === Number.MAX_SAFE_INTEGER ? 'of 0 or more' : `from 0 to ${max}`
    throw new UsageError(`${option} is "${value}", expected a number ${range}.`)
  }
  return number
}

function readExtra(value: string): Readonly<Record<string, unknown>> {
  let extra: unknown
  try {
    extra = JSON.parse(value)
  } catch (error) {
    throw new UsageError(`--extra is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof extra !== 'object' || extra === null || Array.isArray(extra)) {
    throw new UsageError(`--extra is ${JSON.stringify(extra)}, expected an object such as {"reasoning_effort": "low"}.`)
  }
  for (const name of ['messages', 'stream', 'n']) {
    if (Object.hasOwn(extra, name)) throw new UsageError(`--extra has "${name}", which is not the user's to set here.`)
  }
  return extra as Readonly<Record<string, unknown>>
}
