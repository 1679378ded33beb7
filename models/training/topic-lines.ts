/** Lines of NDJSON → records: documents with their topics, labels of texts that are elsewhere, or texts alone. */
import { TOPICS } from '../../schema/shard.ts'
import type { Topic } from '../../schema/shard.ts'
import { BatchBuilder } from './document-records.ts'
import type { Batch, RecordOptions } from './document-records.ts'

/** A line of a label file: the text is known by its hash alone. */
export interface TextLabel {
  readonly sha256: string
  readonly topic: Topic
  readonly second: Topic | null
  readonly weight: number
  readonly line: number
}

export interface Lines {
  /** Whole lines of UTF-8. */
  readonly bytes: Uint8Array
  /** Number of the first. */
  readonly first: number
  /** `texts`: what a line says of its topic is not read. */
  readonly kind: 'labelled' | 'texts'
  /** Lines that name another language are left out. */
  readonly lang: string
}

export interface LinesBatch extends Batch {
  readonly labels: readonly TextLabel[]
  readonly lines: number
  readonly otherLanguages: number
}

/** A line that cannot be used; the message begins with its number. */
export class BadLine extends Error {
  override readonly name = 'BadLine'
  readonly exitCode = 2
}

const kindOf = (value: unknown): string =>
  value === undefined ? 'missing' : value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`

type Fields = Readonly<Record<string, unknown>>

function parse(line: string, number: number): Fields {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new BadLine(`line ${number} is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadLine(`line ${number} is ${kindOf(value)}, expected an object, {"text": …, "topic": …}`)
  }
  return value as Fields
}

function stringOf(fields: Fields, name: string, number: number): string | null {
  const value = fields[name]
  if (value === undefined || value === null) return null
  if (typeof value !== 'string') throw new BadLine(`line ${number}: "${name}" is ${kindOf(value)}, expected a string`)
  return value
}

function topicOf(fields: Fields, name: 'topic' | 'second', number: number): Topic | null {
  const value = fields[name]
  if (value === undefined || value === null) return null
  const topic = TOPICS.find((known) => known === value)
  if (topic === undefined) {
    const found = typeof value === 'string' ? JSON.stringify(value) : kindOf(value)
    throw new BadLine(`line ${number}: "${name}" is ${found}, expected one of ${TOPICS.join(', ')}`)
  }
  return topic
}

function topicsOf(fields: Fields, number: number): { topic: Topic; second: Topic | null } {
  const topic = topicOf(fields, 'topic', number)
  if (topic === null) {
    throw new BadLine(`line ${number}: "topic" is ${kindOf(fields['topic'])}, expected one of ${TOPICS.join(', ')}`)
  }
  const second = topicOf(fields, 'second', number)
  if (second === topic)
    throw new BadLine(`line ${number}: "second" is "${second}" like "topic", expected another or null`)
  return { topic, second }
}

function weightOf(fields: Fields, number: number): number {
  const { weight } = fields
  if (weight === undefined || weight === null) return 1
  if (typeof weight !== 'number' || !(weight > 0 && weight <= 1000)) {
    const found = typeof weight === 'number' ? weight : kindOf(weight)
    throw new BadLine(`line ${number}: "weight" is ${found}, expected a number above 0, at most 1000`)
  }
  return weight
}

function hashOf(fields: Fields, number: number): string {
  const { sha256 } = fields
  if (sha256 === undefined) {
    const text = fields['text'] === null ? 'null' : 'missing'
    throw new BadLine(`line ${number}: "text" is ${text}, expected a string, or "sha256" in its place, a text's hash`)
  }
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new BadLine(`line ${number}: "sha256" is no hash, expected 64 hex digits in lower case`)
  }
  return sha256
}

class LineReader {
  readonly labels: TextLabel[] = []
  otherLanguages = 0
  readonly #builder: BatchBuilder
  readonly #kind: Lines['kind']
  readonly #lang: string

  constructor(builder: BatchBuilder, { kind, lang }: Pick<Lines, 'kind' | 'lang'>) {
    this.#builder = builder
    this.#kind = kind
    this.#lang = lang
  }

  take(line: string, number: number): void {
    const fields = parse(line, number)
    const lang = stringOf(fields, 'lang', number)
    if (lang !== null && lang.split('-', 1)[0]?.toLowerCase() !== this.#lang) {
      this.otherLanguages++
      return
    }
    const text = stringOf(fields, 'text', number)
    if (text === null && this.#kind === 'labelled') {
      const sha256 = hashOf(fields, number)
      this.labels.push({ sha256, ...topicsOf(fields, number), weight: weightOf(fields, number), line: number })
      return
    }
    if (text === null || text.trim() === '') {
      throw new BadLine(
        `line ${number}: "text" is ${text === null ? kindOf(fields['text']) : 'empty'}, expected a text`,
      )
    }
    const label = this.#kind === 'labelled' ? topicsOf(fields, number) : { topic: null, second: null }
    const weight = this.#kind === 'labelled' ? weightOf(fields, number) : 1
    const title = stringOf(fields, 'title', number)
    this.#builder.add({ text, title, url: stringOf(fields, 'url', number), ...label, weight })
  }
}

export function readLines({ bytes, first, kind, lang }: Lines, options: RecordOptions): LinesBatch {
  const builder = new BatchBuilder(options)
  const reader = new LineReader(builder, { kind, lang })
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  let number = first
  for (let from = 0; from < bytes.length; number++) {
    const found = bytes.indexOf(10, from)
    const end = found < 0 ? bytes.length : found
    let line: string
    try {
      line = utf8.decode(bytes.subarray(from, end))
    } catch {
      throw new BadLine(`line ${number} is not UTF-8`)
    }
    if (line.trim() !== '') reader.take(line, number)
    from = end + 1
  }
  return { ...builder.finish(), labels: reader.labels, lines: number - first, otherLanguages: reader.otherLanguages }
}
