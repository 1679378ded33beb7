/**
 * Text → bytes of an old charset, by asking `TextDecoder` what every byte pair means and turning the answer round.
 * What the charset lacks becomes a character reference, as in a browser's forms.
 */
export function encode(html: string, charset: string): Uint8Array {
  if (charset === 'utf-8') return new TextEncoder().encode(html)
  const table = tableOf(charset)
  const bytes: number[] = []
  for (const char of html) {
    const code = char.codePointAt(0) ?? 0
    if (code < 0x80) bytes.push(code)
    else bytes.push(...(table.get(char) ?? new TextEncoder().encode(`&#${code};`)))
  }
  return Uint8Array.from(bytes)
}

function tableOf(charset: string): Map<string, readonly number[]> {
  const decoder = new TextDecoder(charset, { fatal: true })
  const table = new Map<string, readonly number[]>()
  const add = (pair: readonly number[]): void => {
    try {
      const char = decoder.decode(Uint8Array.from(pair))
      if (char.length === 1 && !table.has(char)) table.set(char, pair)
    } catch {
      // No character has this pair.
    }
  }
  for (let lead = 0x81; lead <= 0xfe; lead++) for (let trail = 0x40; trail <= 0xfe; trail++) add([lead, trail])
  return table
}
