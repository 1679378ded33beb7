/**
 * Text → hashes of its shingles, the runs of n tokens that near duplicates share: five words, or eight characters in Chinese.
 *
 * Tokens are those of kernel/tokens.ts without marks and line ends: words, and Han characters alone (a Latin word among them is one token).
 * Case, accents and width fold; digits do not, since two tables of figures are two documents. So a shingle is a run of
 * words whatever stands between them, as in datatrove's normalisation, which also reads every number as 0.
 * A run's hash is Σ tᵢ·mⁿ⁻ⁱ modulo 2³² over its tokens' hashes, kept by one multiplication a token (Karp and Rabin 1987), then mixed.
 * Two of a document's shingles meet by chance in 32 bits once in 2³²/n²; such a pair counts as one shingle.
 */
import { BLANK, DROPPED, HIGH, LINE, MARK, SINGLE, WORD, characters } from '../kernel/characters.ts'
import { FNV_OFFSET, FNV_PRIME, mix } from '../kernel/hash.ts'

/** Tokens of a shingle: 5 words are FineWeb's; 8 Han characters are as long as 5 Chinese words. */
export const WORDS_PER_SHINGLE = 5
export const CHARACTERS_PER_SHINGLE = 8

export const tokensPerShingle = (lang: string): number => (lang === 'zh' ? CHARACTERS_PER_SHINGLE : WORDS_PER_SHINGLE)

const MULTIPLIER = 0x9e3779b1 | 0
const RING = 8

let table: Int32Array | undefined

/** `characters()` with each digit read as itself. */
function kindsAndFolds(): Int32Array {
  if (table !== undefined) return table
  table = Int32Array.from(characters())
  for (let digit = 0; digit < 10; digit++) {
    for (const zero of [0x30, 0xff10]) table[zero + digit] = (WORD << 16) | (0x30 + digit)
  }
  return table
}

const ring = new Int32Array(RING)

/**
 * Fills `block` with the hashes of the text's shingles, in order, and calls `take` each time that it is full and at the
 * end. Returns how many there were.
 */
export function readShingles(text: string, lang: string, block: Int32Array, take: (count: number) => void): number {
  const units = kindsAndFolds()
  const size = tokensPerShingle(lang)
  let leaving = 1
  for (let i = 0; i < size; i++) leaving = Math.imul(leaving, MULTIPLIER)
  let rolling = 0
  let numTokens = 0
  let numBlocks = 0
  let filled = 0
  ring.fill(0)
  for (let i = 0; i < text.length;) {
    const entry = units[text.charCodeAt(i)] as number
    const is = entry >>> 16
    i++
    let token: number
    if (is === WORD) {
      let hash = Math.imul(FNV_OFFSET ^ (entry & 0xffff), FNV_PRIME)
      while (i < text.length) {
        const next = units[text.charCodeAt(i)] as number
        const nextIs = next >>> 16
        if (nextIs === WORD) hash = Math.imul(hash ^ (next & 0xffff), FNV_PRIME)
        else if (nextIs !== DROPPED) break
        i++
      }
      token = mix(hash)
    } else if (is === SINGLE) token = mix(Math.imul(FNV_OFFSET ^ (entry & 0xffff), FNV_PRIME))
    else if (is === HIGH) {
      const code = text.codePointAt(i - 1) ?? 0
      if (code > 0xffff) i++
      // Planes 2 and 3 are Han; emoji and lone halves are marks.
      if (code < 0x20000 || code > 0x3ffff) continue
      token = mix(Math.imul(FNV_OFFSET ^ code, FNV_PRIME))
    } else if (is === BLANK || is === MARK || is === LINE || is === DROPPED) continue
    else throw new Error(`unit ${text.charCodeAt(i - 1)} is of kind ${is}, which is none of kernel/characters.ts`)
    // `size` is at most RING, so the slot of the token `size` before still holds it.
    const oldest = ring[(numTokens - size) & (RING - 1)] as number
    rolling = (Math.imul(rolling, MULTIPLIER) + token - Math.imul(oldest, leaving)) | 0
    ring[numTokens & (RING - 1)] = token
    numTokens++
    if (numTokens < size) continue
    block[filled++] = mix(rolling)
    if (filled === block.length) {
      take(filled)
      numBlocks++
      filled = 0
    }
  }
  if (filled > 0) take(filled)
  return numBlocks * block.length + filled
}
