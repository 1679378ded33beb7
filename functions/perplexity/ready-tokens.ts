/**
 * Words as they are: a sentence whose tokens are ready, between blanks, for a model made by another tool.
 *
 * Each word has two hashes of 32 bits. The first is the one that kernel/tokens.ts gives to a folded word, so that a
 * vocabulary of our own tokens is found in text; the second is independent of it, so that a table keyed by both knows a
 * word by 64 bits and no two of a million words are taken for one another (with 32, about a hundred pairs would be).
 */
import { FNV_OFFSET, FNV_PRIME, mix } from '../kernel/hash.ts'

/** Stands for every word that the vocabulary lacks, where the model has n-grams of `<unk>`. */
export const UNKNOWN_WORD = mix(0x756e6b6e)

/** Blanks are those of ASCII, as in KenLM: a no-break or an ideographic space is part of a word. */
export const isBlank = (unit: number): boolean => unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit === 0

/** What `readTokens` gives for a token that is spelt so: a single character beyond the BMP is hashed by its number. */
export function wordHash(text: string, from: number, to: number): number {
  if (to - from === 2) {
    const code = text.codePointAt(from) ?? 0
    if (code > 0xffff) return mix(Math.imul(FNV_OFFSET ^ code, FNV_PRIME))
  }
  let hash = FNV_OFFSET
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
  return mix(hash)
}

/** The second hash: another start, another multiplier (MurmurHash3's c1), and a shift that FNV has not. */
export function wordCheck(text: string, from: number, to: number): number {
  let hash = 0x2545f491
  for (let i = from; i < to; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0xcc9e2d51)
    hash ^= hash >>> 15
  }
  return mix(hash)
}

export interface WordBlock {
  readonly tokens: Int32Array
  readonly checks: Int32Array
}

/**
 * Reads words of `text` from `from` on into the block, from `at` up to `limit`; returns where it stopped in both.
 * `next` is `text.length` when nothing but blanks is left.
 */
export function readWords(
  text: string,
  from: number,
  { tokens, checks }: WordBlock,
  { at, limit }: { readonly at: number; readonly limit: number },
): { readonly next: number; readonly size: number } {
  let size = at
  let i = from
  for (;;) {
    while (i < text.length && isBlank(text.charCodeAt(i))) i++
    if (i === text.length || size === limit) return { next: i, size }
    const start = i
    while (i < text.length && !isBlank(text.charCodeAt(i))) i++
    tokens[size] = wordHash(text, start, i)
    checks[size++] = wordCheck(text, start, i)
  }
}
