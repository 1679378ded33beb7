/**
 * The one loop of MinHash that TypeScript runs several times slower, as a WebAssembly module of 328 bytes, written out here
 * instruction by instruction (WebAssembly core specification 2.0, sections 5.4 and 5.5): for 112 permutations,
 * four to a vector and four vectors at a time, min(m, a·x + b) over a block of hashes. It must do what `lower` in
 * near/minhash.ts does to the bit, and test/unit/near holds it to that.
 *
 * A Worker may not compile bytes, so they lie beside as `minima.wasm`: `npx node functions/kernel/minima-wasm.ts` prints them.
 */

/** Byte offsets in the module's one page of memory: hashes, factors, summands, minima. */
export const HASHES_AT = 0
export const MAX_HASHES = 2048
export const FACTORS_AT = 4 * MAX_HASHES
export const SUMMANDS_AT = FACTORS_AT + 512
export const MINIMA_AT = SUMMANDS_AT + 512

const MINIMA_BYTES = 448
const LANES = 4
const VECTOR_BYTES = 16

const leb = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)])
/** Signed, for values that are not negative. */
const signedLeb = (value: number): number[] =>
  value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signedLeb(value >>> 7)]
const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()]
const name = (text: string): number[] => vector(Array.from(text, (char) => [char.charCodeAt(0)]))
const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]

const I32 = 0x7f
const V128 = 0x7b
const get = (local: number): number[] => [0x20, ...leb(local)]
const set = (local: number): number[] => [0x21, ...leb(local)]
const tee = (local: number): number[] => [0x22, ...leb(local)]
const constant = (value: number): number[] => [0x41, ...signedLeb(value)]
const ADD = [0x6a]
const SHIFT_LEFT = [0x74]
const LESS = [0x49]
/** A block that runs again while what its body leaves is not 0. */
const repeat = (...body: readonly number[][]): number[] => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b]
const load = (offset: number): number[] => [0xfd, 0x00, 4, ...leb(offset)]
const loadSplat = (offset: number): number[] => [0xfd, 0x09, 2, ...leb(offset)]
const store = (offset: number): number[] => [0xfd, 0x0b, 4, ...leb(offset)]
const ADD_LANES = [0xfd, ...leb(0xae)]
const MULTIPLY_LANES = [0xfd, ...leb(0xb5)]
const LEAST_LANES = [0xfd, ...leb(0xb6)]

/** Locals: the number of hashes (then the end of their bytes), two counters in bytes, and the vectors. */
const COUNT = 0
const PERMUTATION = 1
const HASH = 2
const X = 3
const lanes = Array.from({ length: LANES }, (_, lane) => lane)
const factor = (lane: number): number => 4 + lane
const summand = (lane: number): number => 4 + LANES + lane
const least = (lane: number): number => 4 + 2 * LANES + lane

const next = (counter: number, step: number): number[] => [...get(counter), ...constant(step), ...ADD, ...tee(counter)]
const loads = (at: number, local: (lane: number) => number): number[] =>
  lanes.flatMap((lane) => [...get(PERMUTATION), ...load(at + lane * VECTOR_BYTES), ...set(local(lane))])

/** `lower(count)`, for at least one hash. */
const body = [
  ...get(COUNT),
  ...constant(2),
  ...SHIFT_LEFT,
  ...set(COUNT),
  ...repeat(
    loads(FACTORS_AT, factor),
    loads(SUMMANDS_AT, summand),
    loads(MINIMA_AT, least),
    [...constant(0), ...set(HASH)],
    repeat(
      [...get(HASH), ...loadSplat(HASHES_AT), ...set(X)],
      lanes.flatMap((lane) => [
        ...get(X),
        ...get(factor(lane)),
        ...MULTIPLY_LANES,
        ...get(summand(lane)),
        ...ADD_LANES,
        ...get(least(lane)),
        ...LEAST_LANES,
        ...set(least(lane)),
      ]),
      [...next(HASH, 4), ...get(COUNT), ...LESS],
    ),
    lanes.flatMap((lane) => [...get(PERMUTATION), ...get(least(lane)), ...store(MINIMA_AT + lane * VECTOR_BYTES)]),
    [...next(PERMUTATION, LANES * VECTOR_BYTES), ...constant(MINIMA_BYTES), ...LESS],
  ),
  0x0b,
]
const locals = vector([
  [2, I32],
  [1 + 3 * LANES, V128],
])

export function minimaWasm(): Uint8Array<ArrayBuffer> {
  const code = [...locals, ...body]
  return Uint8Array.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, vector([[0x60, 1, I32, 0]])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[1, 1, 1]])),
    ...section(
      7,
      vector([
        [...name('memory'), 2, 0],
        [...name('lower'), 0, 0],
      ]),
    ),
    ...section(10, vector([[...leb(code.length), ...code]])),
  ])
}

if (import.meta.main) process.stdout.write(minimaWasm())
