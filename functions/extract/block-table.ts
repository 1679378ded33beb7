/** The text blocks of a page as one column a measure, and the text itself, normalised, in one buffer. */

/** What is counted of a block while its text is read. */
export const COUNTS = [
  'words',
  'linkBytes',
  'links',
  'ends',
  'commas',
  'stops',
  'digits',
  'uppers',
  'wide',
  'images',
  'bars',
  'breaks',
] as const
export const NUM_COUNTS = COUNTS.length
export const C = Object.fromEntries(COUNTS.map((name, i) => [name, i])) as Readonly<
  Record<(typeof COUNTS)[number], number>
>

export interface BlockTable {
  readonly count: number
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly elements: Int32Array
  /** Where in the markup its text begins. */
  readonly sources: Int32Array
  /** `NUM_COUNTS` numbers a block. */
  readonly counts: Int32Array
  readonly text: Uint8Array
  /** Bytes of text. */
  readonly length: number
}
