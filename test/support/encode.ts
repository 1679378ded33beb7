/** Text → bytes in a legacy encoding, which the platform only decodes: its decoder, asked about every byte and pair, is turned round. */

const maps = new Map<string, ReadonlyMap<string, readonly number[]>>()

/** Encodings whose characters take one or two bytes. */
function mapOf(charset: string): ReadonlyMap<string, readonly number[]> {
  const known = maps.get(charset)
  if (known !== undefined) return known
  const map = new Map<string, readonly number[]>()
  const decoder = new TextDecoder(charset)
  const add = (...bytes: number[]): void => {
    const char = decoder.decode(Uint8Array.from(bytes))
    if (Array.from(char).length === 1 && char !== '\ufffd' && !map.has(char)) map.set(char, bytes)
  }
  for (let byte = 0; byte < 256; byte++) add(byte)
  if (/^(?:gb|big5|shift_jis|euc-)/.test(charset)) {
    for (let lead = 0x81; lead < 0xff; lead++) for (let trail = 0x40; trail < 0xff; trail++) add(lead, trail)
  }
  maps.set(charset, map)
  return map
}

/** Throws on a character that the encoding does not have. */
export function encode(text: string, charset: string): Uint8Array {
  const map = mapOf(charset)
  const bytes: number[] = []
  for (const char of text) {
    const own = map.get(char)
    if (own === undefined) throw new Error(`${charset} has no ${char}`)
    bytes.push(...own)
  }
  return Uint8Array.from(bytes)
}

/** What pages did where an encoding lacks a character: the cedilla for the comma, a plain quote, tones after their vowel. */
export function writableIn(text: string, charset: string): string {
  const map = mapOf(charset)
  return Array.from(text, (char) => (map.has(char) ? char : substitute(char, map))).join('')
}

const SUBSTITUTES: Readonly<Record<string, string>> = {
  ș: 'ş',
  Ș: 'Ş',
  ț: 'ţ',
  Ț: 'Ţ',
  '’': "'",
  '‘': "'",
  '–': '-',
  ی: 'ي',
  ک: 'ك',
  گ: 'ك',
  چ: 'ج',
  '\u200c': ' ',
  '؛': ',',
  '،': ',',
}

function substitute(char: string, map: ReadonlyMap<string, unknown>): string {
  const tones = /[\u0300\u0301\u0303\u0309\u0323]/gu
  const parts = char.normalize('NFD')
  const spelt = parts.replace(tones, '').normalize('NFC') + (parts.match(tones) ?? []).join('')
  const other = SUBSTITUTES[char] ?? (spelt === char ? '?' : spelt)
  return Array.from(other).every((part) => map.has(part)) ? other : '?'
}
