/**
 * The compiled kernel that reads text: its memory holds what each unit is, a block of units, the block's tokens, and lists made of
 * tokens. One to an isolate; whoever reads is done with what it has read before anybody reads again.
 * Memory: 576 KiB, most of it the table of units, of which a text of one script touches a few.
 */
import { Buffer } from 'node:buffer'
import { instantiate, type Kernels } from '#kernels'
import { characters } from './characters.ts'

/** 2 bytes a unit and 5 a token: 56 KiB, which stays near between the pass that hashes and the pass that probes. */
export const BLOCK_UNITS = 8192
/** MAX_FEATURES of classify/features.ts at most. */
const MOST_FEATURES = 32_768

const TABLE_BYTES = 4 * 65_536
const UNITS_AT = TABLE_BYTES
const HASHES_AT = UNITS_AT + 2 * BLOCK_UNITS
/** Each token takes a unit at least, but for the end of the last line; four are hashed at a time. */
const MOST_TOKENS = BLOCK_UNITS + 8
const KINDS_AT = HASHES_AT + 4 * MOST_TOKENS
const STEMS_AT = KINDS_AT + MOST_TOKENS
const STATE_AT = STEMS_AT + 4 * MOST_TOKENS
const FEATURES_AT = STATE_AT + 8
const LINES_AT = FEATURES_AT + 4 * (MOST_FEATURES + 2)
const NUM_BYTES = LINES_AT + 4 * (2 * MOST_TOKENS + 1)

export interface TextKernel {
  readonly kernels: Kernels
  readonly bytes: Buffer
  readonly hashes: Int32Array
  readonly kinds: Uint8Array
  /** Whether the last line is open, and units read. */
  readonly state: Int32Array
  readonly features: Int32Array
  readonly add: FeatureLists
  readonly lines: Int32Array
}

let kernel: TextKernel | undefined

/** Made at the first call, not at start-up: a Worker that only takes bytes in never pays for it. */
export function textKernel(): TextKernel {
  return (kernel ??= openKernel())
}

function openKernel(): TextKernel {
  const kernels = instantiate(NUM_BYTES)
  const { buffer } = kernels.memory
  new Int32Array(buffer, 0, TABLE_BYTES / 4).set(characters())
  return {
    kernels,
    bytes: Buffer.from(buffer, UNITS_AT, 2 * BLOCK_UNITS),
    hashes: new Int32Array(buffer, HASHES_AT, MOST_TOKENS),
    kinds: new Uint8Array(buffer, KINDS_AT, MOST_TOKENS),
    state: new Int32Array(buffer, STATE_AT, 2),
    add: featureLists(kernels),
    features: new Int32Array(buffer, FEATURES_AT, MOST_FEATURES + 2),
    lines: new Int32Array(buffer, LINES_AT, 2 * MOST_TOKENS + 1),
  }
}

/** Tokens of the units that lie in the block, with stems where they are asked for: how many there are. `state` is read and written. */
export function tokenise(
  { kernels }: TextKernel,
  { size, isLast, hasStems }: { readonly size: number; readonly isLast: boolean; readonly hasStems: boolean },
): number {
  return kernels.readTokens(0, UNITS_AT, size, Number(isLast), HASHES_AT, KINDS_AT, hasStems ? STEMS_AT : 0, STATE_AT)
}

/** Features of the block's tokens, written behind `at` others: how many there are then. */
export interface FeatureLists {
  runs(tokens: number, at: number, rule: { readonly seed: number; readonly longestRun: number }): number
  /** Of the first words alone. */
  first(tokens: number, at: number, rule: { readonly seed: number; readonly most: number }): number
  /** Of a block that was read with stems. */
  stems(tokens: number, at: number, seed: number): number
}

const featureLists = ({ addRuns, addFirst, addStems }: Kernels): FeatureLists => ({
  runs: (tokens, at, { seed, longestRun }) =>
    at + addRuns(HASHES_AT, KINDS_AT, tokens, seed, longestRun, FEATURES_AT + 4 * at),
  first: (tokens, at, { seed, most }) => at + addFirst(HASHES_AT, KINDS_AT, tokens, seed, most, FEATURES_AT + 4 * at),
  stems: (tokens, at, seed) => at + addStems(STEMS_AT, tokens, seed, FEATURES_AT + 4 * at),
})

/** Writes the block's tokens with `lineStart` in front of each line: how many there are. */
export const spreadLines = (
  { kernels }: TextKernel,
  { count, isAtStart, lineStart }: { readonly count: number; readonly isAtStart: boolean; readonly lineStart: number },
): number => kernels.spreadLines(HASHES_AT, KINDS_AT, count, Number(isAtStart), lineStart, LINES_AT)
