/** Arguments of the commands: `node:util` parseArgs, with the errors that a person at a shell can act on. */
import { parseArgs, type ParseArgsConfig } from 'node:util'

/** A mistake of the user: told without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly exitCode = 2
  readonly usage: string

  constructor(message: string, usage = '') {
    super(message)
    this.usage = usage
  }
}

/** `--help` was among the arguments. */
export class HelpRequest extends Error {
  override readonly name = 'HelpRequest'
}

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>

export interface Grammar<O extends Options> {
  readonly usage: string
  readonly options: O
  /** Fewest and most positional arguments, and what they are called. */
  readonly positionals?: { readonly name: string; readonly min?: number; readonly max?: number }
}

export function readArguments<O extends Options>(args: readonly string[], grammar: Grammar<O>): Parsed<O> {
  const { usage, options, positionals: { name = 'argument', min = 0, max = 0 } = {} } = grammar
  if (args.includes('--help') || args.includes('-h')) throw new HelpRequest(usage)
  let parsed: Parsed<O>
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(firstSentence(error), usage)
  }
  const count = parsed.positionals.length
  if (count < min)
    throw new UsageError(count === 0 ? `No ${name} was given.` : `${count} of ${min} ${name} were given.`, usage)
  if (count > max) throw new UsageError(`"${parsed.positionals[max]}" is one ${name} too many.`, usage)
  return parsed
}

export function readInteger(
  value: string | undefined,
  option: string,
  { min = 1, max = Number.MAX_SAFE_INTEGER } = {},
): number {
  const number = Number(value)
  if (value === undefined || !/^\d+$/.test(value) || number < min || number > max) {
    throw new UsageError(`${option} is "${value ?? ''}", expected a whole number from ${min} to ${max}.`)
  }
  return number
}

/** The names nearest to a mistyped one, by edit distance, nearest first. */
export function nearest(word: string, names: readonly string[], limit = 3): string[] {
  const near = names
    .map((name) => ({ name, distance: name.startsWith(word) && word !== '' ? 0 : editDistance(word, name) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 2)))
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ name }) => name)
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** parseArgs explains at length how to pass a positional that looks like an option; the first sentence is the error. */
const firstSentence = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/(?<=['"])\. .*$/s, '.')
}
