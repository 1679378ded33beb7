/**
 * A page as the topic model sees it: the hashes of its runs of one, two and three tokens, and of its long words' stems.
 *
 * Words for English, characters for Chinese (and words where it has Latin ones): the tokens of kernel/tokens.ts, so both
 * scripts share the code and differ in the longest run. A mark or a line's end breaks a run. The title is read as if it
 * stood above the text, and once more as a field of its own: what a page calls itself says more than what it mentions. The
 * words of the URL are features of their own, since `health` in a path is a shelf and in a text a word.
 * Only the head of a text is read: a page says what it is about early, and 8 kB of it settle the topic. Its first hundred
 * tokens are once more features of a field of their own.
 * A feature counts by how often it stands there, by the logarithm (the sublinear weight of Manning, Raghavan and Schütze
 * 2008, section 6.4.1): once, and once more at its second, fourth, eighth … occurrence.
 * Cost: one pass, no strings, 3 ns a unit, and 2 for the stems.
 */
import { combine, mix } from '../kernel/hash.ts'
import { SINGLE, WORD, readTokens, tokenBlock } from '../kernel/tokens.ts'
import type { TokenBlock } from '../kernel/tokens.ts'
import { readStems } from './word-stems.ts'

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

/** Feature hashes in the order of the page, repetitions included. */
export interface Features {
  readonly hashes: Int32Array
  count: number
}

export const MAX_UNITS = 8192
export const MAX_RUN = 3
const MAX_TITLE = 512
const MAX_URL = 256
/** Tokens of the title and of the text that are features of the head. */
const HEAD_TOKENS = 100
/** A byte counts them; the last that counts is the 128th. */
export const MOST_OCCURRENCES = 255

const TEXT_SEED = mix(0x74657874)
const URL_SEED = mix(0x75726c)
const TITLE_SEED = mix(0x7469746c)
const STEM_SEED = mix(0x7374656d)
const HEAD_SEED = mix(0x68656164)

const block: TokenBlock = tokenBlock(MAX_UNITS)
const stems = new Int32Array(MAX_UNITS)

export const versionOf = ({ version = FEATURES }: FeatureOptions): number => version

/** How much a feature counts that stands so often in a page: 1, by the third rule 1 + ⌊log₂⌋ of it. */
export const countOf = (occurrences: number, version: number): number =>
  version > PRESENCE_FEATURES ? 32 - Math.clz32(Math.min(occurrences, MOST_OCCURRENCES)) : Math.min(occurrences, 1)

export function featureList(): Features {
  return { hashes: new Int32Array(MAX_RUN * (MAX_UNITS + 2 * MAX_TITLE + MAX_URL) + 2 * HEAD_TOKENS), count: 0 }
}

function addRuns(into: Features, seed: number, longestRun: number): void {
  const { hashes, kinds, count } = block
  const out = into.hashes
  let at = into.count
  // Hashes of the runs of one and two tokens that end at the token before; 0 where there is none.
  let one = 0
  let two = 0
  for (let i = 0; i < count; i++) {
    const kind = kinds[i] as number
    if (kind !== WORD && kind !== SINGLE) {
      one = 0
      two = 0
      continue
    }
    const token = hashes[i] as number
    const single = combine(seed, token)
    out[at++] = single
    let pair = 0
    if (one !== 0 && longestRun > 1) {
      pair = combine(one, token)
      out[at++] = pair
      if (two !== 0 && longestRun > 2) out[at++] = combine(two, token)
    }
    one = single
    two = pair
  }
  into.count = at
}

function addStems(into: Features, units: number): void {
  const words = readStems(block.units, units, stems)
  let at = into.count
  for (let i = 0; i < words; i++) {
    const stem = stems[i] as number
    if (stem !== 0) into.hashes[at++] = combine(STEM_SEED, stem)
  }
  into.count = at
}

function addHead(into: Features): void {
  const { hashes, kinds, count } = block
  const end = into.count + HEAD_TOKENS
  for (let i = 0; i < count && into.count < end; i++) {
    const kind = kinds[i] as number
    if (kind === WORD || kind === SINGLE) into.hashes[into.count++] = combine(HEAD_SEED, hashes[i] as number)
  }
}

/** Of the tokens in the block, which are those of so many units. */
function addText(into: Features, units: number, options: FeatureOptions): void {
  addRuns(into, TEXT_SEED, options.longestRun)
  if (versionOf(options) <= PRESENCE_FEATURES) return
  addStems(into, units)
  addHead(into)
}

function addTitle(into: Features, title: string, { isInText, options }: TitlePlace): void {
  readTokens(title, 0, block)
  if (!isInText) addText(into, title.length, options)
  if (options.version !== UNTITLED_FEATURES) addRuns(into, TITLE_SEED, options.longestRun)
}

interface TitlePlace {
  /** The text begins with it. */
  readonly isInText: boolean
  readonly options: FeatureOptions
}

const head = (text: string, maxUnits: number): string => (text.length > maxUnits ? text.substring(0, maxUnits) : text)

/** Overwrites `into`. */
export function collectFeatures({ text, title, url }: PageText, into: Features, options: FeatureOptions): void {
  into.count = 0
  if (url) {
    readTokens(head(url, MAX_URL), 0, block)
    addRuns(into, URL_SEED, 1)
  }
  if (title) addTitle(into, head(title, MAX_TITLE), { isInText: text.startsWith(title), options })
  const read = head(text, Math.min(options.maxUnits, MAX_UNITS))
  readTokens(read, 0, block)
  addText(into, read.length, options)
}
