/** Lines of a stream of bytes, one in hand at a time, and lines of NDJSON with the errors that name them. */
import { UsageError } from './arguments.ts'

export interface ByteLine {
  readonly bytes: Uint8Array
  /** From 1. */
  readonly number: number
  /** False for what stands behind the last line feed, which may be nothing. */
  readonly isEnded: boolean
}

export async function* readByteLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<ByteLine> {
  const parts: Uint8Array[] = []
  let number = 0
  const take = (last: Uint8Array): Uint8Array => {
    const bytes = parts.length === 0 ? last : Buffer.concat([...parts, last])
    parts.length = 0
    return bytes
  }
  for await (const chunk of input) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield { bytes: take(chunk.subarray(from, end)), number: ++number, isEnded: true }
      from = end + 1
    }
    if (from < chunk.length) parts.push(chunk.subarray(from))
  }
  yield { bytes: take(new Uint8Array(0)), number: number + 1, isEnded: false }
}

/** Lines with their numbers; blank ones are nothing. */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<{ line: string; number: number }> {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  for await (const { bytes, number } of readByteLines(input)) {
    let line: string
    try {
      line = utf8.decode(bytes)
    } catch {
      throw new UsageError(`line ${number} is not UTF-8`)
    }
    if (line.trim() !== '') yield { line, number }
  }
}

/** The object of a line of {"text": …}. */
export function parseTextLine(line: string, number: number): Record<string, unknown> & { readonly text: string } {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new UsageError(`line ${number} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`line ${number} is not an object, expected {"id": …, "text": …}`)
  }
  const { text } = value as Record<string, unknown>
  if (typeof text !== 'string') throw new UsageError(`line ${number}: "text" is ${kindOf(text)}, expected a string`)
  return value as Record<string, unknown> & { readonly text: string }
}

/** Throws for a field that is there and no string. */
export function checkStrings(value: Readonly<Record<string, unknown>>, number: number, names: readonly string[]): void {
  for (const name of names) {
    const field = value[name]
    if (field !== undefined && field !== null && typeof field !== 'string') {
      throw new UsageError(`line ${number}: "${name}" is ${kindOf(field)}, expected a string`)
    }
  }
}

const kindOf = (value: unknown): string =>
  value === undefined
    ? 'missing'
    : value === null
      ? 'null'
      : Array.isArray(value)
        ? 'an array'
        : `of type ${typeof value}`
