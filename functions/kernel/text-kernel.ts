/**
 * The compiled kernel that reads text: its memory holds what each unit is, a block of units, the block's tokens, and lists made of
 * tokens. One to an isolate; whoever reads is done with what it has read before anybody reads again.
 * Memory: 448 KiB, most of it the table of units, of which a text of one script touches a few.
 */
import { Buffer } from 'node:buffer'
import { instantiate, type Kernels } from '#kernels'
import { characters } from './characters.ts'

/** 2 bytes a unit and 5 a token: 56 KiB, which stays near between the pass that hashes and the pass that probes. */
export const BLOCK_UNITS = 8192
/** Runs of words of one page: MAX_FEATURES of classify/features.ts at most. */
const MAX_RUNS = 32_768

const WASM_PAGE = 65_536
const TABLE_BYTES = 4 * 65_536
const UNITS_AT = TABLE_BYTES
const HASHES_AT = UNITS_AT + 2 * BLOCK_UNITS
/** Each token takes a unit at least, but for the end of the last line; four are hashed at a time. */
const MOST_TOKENS = BLOCK_UNITS + 8
const KINDS_AT = HASHES_AT + 4 * MOST_TOKENS
const STATE_AT = KINDS_AT + MOST_TOKENS
const RUNS_AT = STATE_AT + 8
const LINES_AT = RUNS_AT + 4 * (MAX_RUNS + 2)
const NUM_BYTES = LINES_AT + 4 * (2 * MOST_TOKENS + 1)

export interface TextKernel {
  readonly kernels: Kernels
  readonly bytes: Buffer
  readonly hashes: Int32Array
  readonly kinds: Uint8Array
  /** Whether the last line is open, and units read. */
  readonly state: Int32Array
  readonly runs: Int32Array
  readonly lines: Int32Array
}

let kernel: TextKernel | undefined

/** Made at the first call, not at start-up: a Worker that only takes bytes in never pays for it. */
export function textKernel(): TextKernel {
  return (kernel ??= openKernel())
}

function openKernel(): TextKernel {
  const kernels = instantiate(Math.ceil(NUM_BYTES / WASM_PAGE))
  const { buffer } = kernels.memory
  new Int32Array(buffer, 0, TABLE_BYTES / 4).set(characters())
  return {
    kernels,
    bytes: Buffer.from(buffer, UNITS_AT, 2 * BLOCK_UNITS),
    hashes: new Int32Array(buffer, HASHES_AT, MOST_TOKENS),
    kinds: new Uint8Array(buffer, KINDS_AT, MOST_TOKENS),
    state: new Int32Array(buffer, STATE_AT, 2),
    runs: new Int32Array(buffer, RUNS_AT, MAX_RUNS + 2),
    lines: new Int32Array(buffer, LINES_AT, 2 * MOST_TOKENS + 1),
  }
}

/** Tokens of the units that lie in the block: how many there are. `state` is read and written. */
export const tokenise = ({ kernels }: TextKernel, size: number, isLast: boolean): number =>
  kernels.readTokens(0, UNITS_AT, size, Number(isLast), HASHES_AT, KINDS_AT, STATE_AT)

/** Writes runs of the block's words behind `at` others: how many there are then. */
export const addRuns = (
  { kernels }: TextKernel,
  { count, at }: { readonly count: number; readonly at: number },
  { seed, longestRun }: { readonly seed: number; readonly longestRun: number },
): number => at + kernels.addRuns(HASHES_AT, KINDS_AT, count, seed, longestRun, RUNS_AT + 4 * at)

/** Writes the stems of the words among the block's first `size` units behind `at` others: how many there are then. */
export const addStems = (
  { kernels }: TextKernel,
  { size, at }: { readonly size: number; readonly at: number },
  { seed, stemUnits }: { readonly seed: number; readonly stemUnits: number },
): number => at + kernels.addStems(0, UNITS_AT, size, stemUnits, seed, RUNS_AT + 4 * at)

/** Writes the block's tokens with `lineStart` in front of each line: how many there are. */
export const spreadLines = (
  { kernels }: TextKernel,
  { count, isAtStart, lineStart }: { readonly count: number; readonly isAtStart: boolean; readonly lineStart: number },
): number => kernels.spreadLines(HASHES_AT, KINDS_AT, count, Number(isAtStart), lineStart, LINES_AT)
