/** The header of a WARC record, 0.17 to 1.1: named fields after a version line, in UTF-8. */

export interface WarcHeader {
  /** Lower case, empty where the field is missing. */
  readonly type: string
  readonly url: string
  readonly date: string | null
  readonly contentType: string | null
  /** Bytes of the block; text where the field is missing or unusable, which says what is there instead. */
  readonly contentLength: number | string
  /** Number of this part of a record that was cut into several; null where the record is whole. */
  readonly segment: string | null
}

const utf8 = new TextDecoder()

/** Index just after the empty line that ends a header, or -1. Bare line feeds, which some writers emit, are accepted. */
export function headerEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3
  }
  return -1
}

/** `name: value` lines as lower-cased names; a line that begins with white space continues the one above. */
export function parseFields(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>()
  // The first of two equal names counts, as warcio and browsers have it for what matters here.
  for (const [name, [first = '']] of allFields(lines)) fields.set(name, first)
  return fields
}

/** Every value of each field, in order. */
export function allFields(lines: readonly string[]): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  let last: string[] | null = null
  for (const line of lines) {
    if (last !== null && (line.startsWith(' ') || line.startsWith('\t'))) {
      last.push(`${last.pop() ?? ''} ${line.trim()}`)
      continue
    }
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    last = fields.get(name) ?? []
    last.push(line.slice(colon + 1).trim())
    fields.set(name, last)
  }
  return fields
}

export const splitLines = (bytes: Uint8Array): string[] => utf8.decode(bytes).split(/\r?\n/)

/** Null where the first line is no version of WARC. */
export function parseWarcHeader(bytes: Uint8Array): WarcHeader | null {
  const lines = splitLines(bytes)
  if (!/^WARC\/\d+\.\d+\s*$/.test(lines[0] ?? '')) return null
  const fields = allFields(lines.slice(1))
  const first = (name: string): string | null => fields.get(name)?.[0] ?? null
  return {
    type: (first('warc-type') ?? '').toLowerCase(),
    // wget writes the URI in angle brackets, as the grammar of WARC 1.0 had it by mistake.
    url: (first('warc-target-uri') ?? '').replace(/^<(.*)>$/, '$1'),
    date: first('warc-date'),
    contentType: first('content-type'),
    contentLength: blockLength(fields.get('content-length') ?? []),
    segment: first('warc-segment-number'),
  }
}

function blockLength(found: readonly string[]): number | string {
  const [value, ...others] = [...new Set(found)]
  if (value === undefined) return 'the WARC header has no Content-Length'
  const shown = (text: string): string => JSON.stringify(text.slice(0, 40))
  if (others.length > 0)
    return `the WARC header has several Content-Length: ${[value, ...others].map(shown).join(', ')}`
  if (/^\d{1,15}$/.test(value)) return Number(value)
  return `Content-Length of the WARC header is ${shown(value)}, expected a whole number of bytes`
}
