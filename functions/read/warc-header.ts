/** The header of a WARC record, 0.17 to 1.1: named fields after a version line, in UTF-8. */

export interface WarcHeader {
  readonly type: string
  readonly url: string
  readonly date: string | null
  readonly contentType: string | null
  /** Null where the field is missing or no number: such a record has no known end. */
  readonly contentLength: number | null
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
  let last = ''
  for (const line of lines) {
    if (last !== '' && (line.startsWith(' ') || line.startsWith('\t'))) {
      fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`)
      continue
    }
    const colon = line.indexOf(':')
    if (colon <= 0) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    // The first of two equal names counts, as warcio and browsers have it for what matters here.
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
    last = name
  }
  return fields
}

export const splitLines = (bytes: Uint8Array): string[] => utf8.decode(bytes).split(/\r?\n/)

export function parseWarcHeader(bytes: Uint8Array): WarcHeader | null {
  const lines = splitLines(bytes)
  if (!/^WARC\/\d+\.\d+\s*$/.test(lines[0] ?? '')) return null
  const fields = parseFields(lines.slice(1))
  const length = fields.get('content-length') ?? ''
  return {
    type: (fields.get('warc-type') ?? '').toLowerCase(),
    // wget writes the URI in angle brackets, as the grammar of WARC 1.0 had it by mistake.
    url: (fields.get('warc-target-uri') ?? '').replace(/^<(.*)>$/, '$1'),
    date: fields.get('warc-date') ?? null,
    contentType: fields.get('content-type') ?? null,
    contentLength: /^\d{1,15}$/.test(length) ? Number(length) : null,
  }
}
