/**
 * A page as the topic model sees it: the hashes of its runs of one, two and three tokens, and of its long words' stems.
 *
 * Words for English, characters for Chinese (and words where it has Latin ones): the tokens of kernel/tokens.ts, so both
 * scripts share the code and differ in the longest run. A mark or a line's end breaks a run. The title is read as if it
 * stood above the text, and once more as a field of its own: what a page calls itself says more than what it mentions. The
 * words of the URL are features of their own, since `health` in a path is a shelf and in a text a word.
 * Only the head of a text is read: a page says what it is about early, and 8 kB of it settle the topic. Its first hundred
 * words are once more features of a field of their own. `elections`, `electoral` and `elected` share a stem: a page tells its
 * topic by words that the labelled pages hold in another form.
 * A feature counts by how often it stands there, by the logarithm (the sublinear weight of Manning, Raghavan and Schütze
 * 2008, section 6.4.1): once, and once more at its second, fourth, eighth … occurrence.
 * The kernels of wasm/runs.ts write the list. Cost: 8 ns a token beside the tokens.
 */
import { mix } from '../kernel/hash.ts'
import { textKernel } from '../kernel/text-kernel.ts'
import { readTokens, tokenBlock } from '../kernel/tokens.ts'
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

/** Words of the title, and as many of the text, that are features of the head. */
const HEAD_WORDS = 100
/** A byte counts them; the last that counts is the 128th. */
const MOST_OCCURRENCES = 255

const TEXT_SEED = mix(0x74657874)
const URL_SEED = mix(0x75726c)
const TITLE_SEED = mix(0x7469746c)
const STEM_SEED = mix(0x7374656d)
const HEAD_SEED = mix(0x68656164)

/** Of a page: a title is read as two fields, and a word with a stem has six units at least. At most MOST_FEATURES of kernel/text-kernel.ts. */
export const MAX_FEATURES = MAX_RUN * (MAX_UNITS + 2 * MAX_TITLE) + MAX_URL + 2 * HEAD_WORDS

export const versionOf = ({ version = FEATURES }: FeatureOptions): number => version

/** How much a feature counts that stands so often in a page: 1, by the third rule 1 + ⌊log₂⌋ of it. */
export const countOf = (occurrences: number, version: number): number =>
  version > PRESENCE_FEATURES ? 32 - Math.clz32(Math.min(occurrences, MOST_OCCURRENCES)) : Math.min(occurrences, 1)

let block: TokenBlock | undefined

const head = (text: string, maxUnits: number): string => (text.length > maxUnits ? text.substring(0, maxUnits) : text)

/**
 * Feature hashes in the order of the page, field by field, repetitions included; they stay where they are until any text is
 * read on.
 */
export function collectFeatures({ text, title, url }: PageText, options: FeatureOptions): Int32Array {
  const { longestRun, maxUnits } = options
  const version = versionOf(options)
  const { add, features } = textKernel()
  const read = (block ??= tokenBlock())
  read.hasStems = version > PRESENCE_FEATURES
  let count = 0
  const addText = (): void => {
    count = add.runs(read.count, count, { seed: TEXT_SEED, longestRun })
    if (!read.hasStems) return
    count = add.stems(read.count, count, STEM_SEED)
    count = add.first(read.count, count, { seed: HEAD_SEED, most: HEAD_WORDS })
  }
  if (url) {
    readTokens(head(url, MAX_URL), 0, read)
    count = add.runs(read.count, count, { seed: URL_SEED, longestRun: 1 })
  }
  if (title) {
    readTokens(head(title, MAX_TITLE), 0, read)
    if (!text.startsWith(title)) addText()
    if (version !== UNTITLED_FEATURES) count = add.runs(read.count, count, { seed: TITLE_SEED, longestRun })
  }
  readTokens(head(text, Math.min(maxUnits, MAX_UNITS)), 0, read)
  addText()
  return features.subarray(0, count)
}
