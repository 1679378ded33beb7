/**
 * A page as the topic model sees it: the hashes of its runs of one, two and three tokens, and of its long words' stems.
 *
 * Words for English, characters for Chinese (and words where it has Latin ones): the tokens of kernel/tokens.ts, so both
 * scripts share the code and differ in the longest run. A mark or a line's end breaks a run. The title is read as if it
 * stood above the text, and once more as a field of its own: what a page calls itself says more than what it mentions. The
 * words of the URL are features of their own, since `health` in a path is a shelf and in a text a word.
 * Only the head of a text is read: a page says what it is about early, and 8 kB of it settle the topic. Its first hundred
 * tokens are once more features, of a field of their own.
 * A stem is the beginning of a long word: `elections`, `electoral` and `elected` share one, and the labelled pages hold a word in
 * another form than the page. Five letters do as well as four or six, and better than runs of letters inside words.
 * A feature counts by the logarithm of how often it stands there (Manning, Raghavan and Schütze 2008, section 6.4.1): once,
 * and once more at its second, fourth, eighth … occurrence.
 * Cost: two passes, no strings: 6 ns a token for the runs beside the tokens, and a second walk over the units for the stems.
 */
import { mix } from '../kernel/hash.ts'
import { addRuns, addStems, textKernel } from '../kernel/text-kernel.ts'
import { SINGLE, WORD, readTokens, tokenBlock } from '../kernel/tokens.ts'
import type { TokenBlock } from '../kernel/tokens.ts'

/** Bumped when the same page gives other features: a model names the version that it was trained with. */
export const FEATURES = 3
/** Each feature once, without stems and without the head as a field of its own; models of it still score. */
export const PRESENCE_FEATURES = 2
/** Besides without the title as a field of its own; models of it still score. */
export const UNTITLED_FEATURES = 1

export interface PageText {
  readonly text: string
  readonly title?: string | null
  readonly url?: string | null
}

export interface FeatureOptions {
  /** Longest run of tokens that is a feature. */
  readonly longestRun: number
  /** Units of the text that are read. */
  readonly maxUnits: number
  /** Rule of the model, `FEATURES` where it says nothing. */
  readonly version?: number
}

export const MAX_UNITS = 8192
export const MAX_RUN = 3
const MAX_TITLE = 512
const MAX_URL = 256
/** Tokens of the text, and of a title above it, that are features of the head. */
const HEAD_TOKENS = 100
/** Folded units of a stem; a longer word has one. */
const STEM_UNITS = 5

const TEXT_SEED = mix(0x74657874)
const URL_SEED = mix(0x75726c)
const TITLE_SEED = mix(0x7469746c)
const STEM_SEED = mix(0x7374656d)
const HEAD_SEED = mix(0x68656164)

/** Of a page; a title is read as two fields, and a word with a stem takes more units than features. At most MAX_RUNS of kernel/text-kernel.ts. */
export const MAX_FEATURES = MAX_RUN * (MAX_UNITS + 2 * MAX_TITLE) + MAX_URL + 2 * HEAD_TOKENS

export const versionOf = ({ version = FEATURES }: Pick<FeatureOptions, 'version'>): number => version

/** The last occurrence of a feature in a page that counts. */
export const lastCounted = (version: number): number => (version > PRESENCE_FEATURES ? 128 : 1)

/** How much a feature counts that stands so often in a page: 1, by the third rule 1 + ⌊log₂⌋ of it, 8 at most. */
export const countOf = (occurrences: number, version: number): number =>
  32 - Math.clz32(Math.min(occurrences, lastCounted(version)))

let block: TokenBlock | undefined

const head = (text: string, maxUnits: number): string => (text.length > maxUnits ? text.substring(0, maxUnits) : text)

/** How many of the block's tokens hold the head's words and characters. */
function headOf({ kinds, count }: TokenBlock): number {
  let words = 0
  for (let i = 0; i < count; i++) {
    const kind = kinds[i] as number
    if ((kind === WORD || kind === SINGLE) && ++words === HEAD_TOKENS) return i + 1
  }
  return count
}

/**
 * Feature hashes in the order of the page, repetitions included; they stay where they are until any text is read on.
 */
export function collectFeatures({ text, title, url }: PageText, options: FeatureOptions): Int32Array {
  const { longestRun, maxUnits } = options
  const version = versionOf(options)
  const kernel = textKernel()
  block ??= tokenBlock()
  const read = block
  let count = 0
  const add = (seed: number, longest: number, tokens = read.count): void => {
    count = addRuns(kernel, { count: tokens, at: count }, { seed, longestRun: longest })
  }
  /** Of the tokens that were read last, which are those of so many units. */
  const addText = (size: number): void => {
    add(TEXT_SEED, longestRun)
    if (version <= PRESENCE_FEATURES) return
    count = addStems(kernel, { size, at: count }, { seed: STEM_SEED, stemUnits: STEM_UNITS })
    add(HEAD_SEED, 1, headOf(read))
  }
  if (url) {
    readTokens(head(url, MAX_URL), 0, read)
    add(URL_SEED, 1)
  }
  if (title) {
    const line = head(title, MAX_TITLE)
    readTokens(line, 0, read)
    if (!text.startsWith(title)) addText(line.length)
    if (version !== UNTITLED_FEATURES) add(TITLE_SEED, longestRun)
  }
  const shown = head(text, Math.min(maxUnits, MAX_UNITS))
  readTokens(shown, 0, read)
  addText(shown.length)
  return kernel.runs.subarray(0, count)
}
