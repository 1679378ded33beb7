/** The block-level elements of a page as columns; no tree: an element knows its parent, which stands before it. */
export interface ElementTable {
  readonly count: number
  readonly tags: Uint8Array
  /** -1 for the body. */
  readonly parents: Int32Array
  readonly flags: Uint8Array
  /** Hash of the tag and the first class word: what repeats in lists of like things. */
  readonly signatures: Int32Array
  /** Where the element's class words begin in `words`; they end where the next element's begin. */
  readonly wordStarts: Int32Array
  readonly words: Int32Array
}

/** Element flags. */
export const HIDDEN = 1
export const HAS_WORDS = 2
