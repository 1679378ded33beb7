/**
 * Text → tokens, as hashes, in one pass without a string a token: what both models read.
 *
 * A word is a run of letters and digits, folded; a Han character or a kana is a token of its own, and so is a mark;
 * blanks separate. The end of a line that has a token is a token itself (the sentence end). One rule serves both
 * scripts, so a Chinese page full of English terms needs no decision. Blocks bound the memory: a page of 16 MB is read
 * some thousand units at a time, and no token is cut between two blocks but a word longer than a block.
 * The kernel (wasm/tokens.ts) reads units that lie in its memory. Cost: 3 ns a unit in English, 5 in Chinese, where each is a token.
 */
import { mix } from './hash.ts'
import { BLOCK_UNITS, spreadLines, textKernel, tokenise } from './text-kernel.ts'

export { LINE, MARK, SINGLE, WORD } from './characters.ts'

/** The token that ends a line. Any constant will do that no word's hash is likely to be. */
export const LINE_END = mix(0x6c696e65)

export interface TokenBlock {
  /** Of the tokens, until any text is read on. */
  readonly hashes: Int32Array
  /** WORD, SINGLE, MARK or LINE. */
  readonly kinds: Uint8Array
  readonly maxUnits: number
  /** Whether the kernel is to write the stems of words, too. */
  hasStems: boolean
  count: number
  /** Whether the last line has a token and no end yet. */
  open: boolean
}

/** Reads `maxUnits` at a time, and BLOCK_UNITS where that is more. */
export function tokenBlock(maxUnits = BLOCK_UNITS): TokenBlock {
  const { hashes, kinds } = textKernel()
  return { hashes, kinds, maxUnits: Math.min(maxUnits, BLOCK_UNITS), hasStems: false, count: 0, open: false }
}

/** The text whose tokens the kernel holds, all of them in one block: a page's perplexity is read right after its topic. */
const held: { text: string | null; hasStems: boolean; count: number } = { text: null, hasStems: false, count: 0 }

/**
 * Fills the block with the tokens of `text` from `from` on and returns where the next block begins: `text.length` when
 * the last token, an open line's end among them, is in. A text's first block begins at 0.
 */
export function readTokens(text: string, from: number, block: TokenBlock): number {
  const kernel = textKernel()
  const { bytes, state } = kernel
  const { hasStems, maxUnits } = block
  const size = Math.min(maxUnits, text.length - from)
  const isWhole = size === text.length
  if (isWhole && held.text === text && (held.hasStems || !hasStems)) {
    block.count = held.count
    block.open = false
    return size
  }
  bytes.write(isWhole ? text : text.substring(from, from + size), 0, 2 * size, 'utf16le')
  state[0] = from > 0 && block.open ? 1 : 0
  block.count = tokenise(kernel, { size, isLast: from + size === text.length, hasStems })
  block.open = state[0] === 1
  Object.assign(held, { text: isWhole ? text : null, hasStems, count: block.count })
  return from + (state[1] as number)
}

/** The block's tokens with `lineStart` in front of every line, the first where `isAtStart`; until any text is read on. */
export function tokensByLine(
  { count }: TokenBlock,
  start: { readonly isAtStart: boolean; readonly lineStart: number },
): Int32Array {
  const kernel = textKernel()
  return kernel.lines.subarray(0, spreadLines(kernel, { count, ...start }))
}
