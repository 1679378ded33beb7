/**
 * MinHash bands: 14 hashes of a document, of which two documents share one with probability 1 − (1 − s⁸)¹⁴ when s of their shingles are
 * the same (Broder 1997 for the minima; Indyk and Motwani 1998 for the bands; 14 × 8 are FineWeb's, Penedo et al. 2024).
 *
 * 112 permutations of the 32-bit shingle hashes, each a product with an odd number and a sum, each leaving its minimum; eight minima make a
 * band. The permutations are as good as independent because what they permute is already mixed: test/unit/near holds the measured
 * probability against the law. Values are compared as signed numbers, which permutes once more and spares a shift.
 * Cost: 112 products a shingle, sixteen permutations at a time.
 */
import { instantiate } from '#kernels'
import { BAND_BYTES, BANDS, SIGNATURE_BYTES } from '../kernel/bands.ts'
import { mix } from '../kernel/hash.ts'
import { CHARACTERS_PER_SHINGLE, readShingles, WORDS_PER_SHINGLE } from './shingles.ts'

export const ROWS = 8
export const MINIMA = BANDS * ROWS
/** Hashes that minima are taken of at a time. */
export const MAX_HASHES = 2048

/** Part of the pipeline's version: documents of other parameters are never compared. */
export const NEAR_PARAMETERS = `minhash-1 bands=${BANDS} rows=${ROWS} words=${WORDS_PER_SHINGLE} zh-characters=${CHARACTERS_PER_SHINGLE}`

const SEED = 0x6e656172

/** Numbers of SplitMix's kind: the finaliser over a Weyl sequence. */
const constants = (from: number): Int32Array =>
  Int32Array.from({ length: MINIMA }, (_, i) => mix((SEED + Math.imul(from + i, 0x9e3779b9)) | 0))

/** A permutation is x ↦ factor · x + summand modulo 2³². */
export const FACTORS = constants(1).map((value) => value | 1)
export const SUMMANDS = constants(1 + MINIMA)
/** Above every hash but one in 2³². */
const NONE = 0x7fffffff

/** Where minima are taken: hashes go in by blocks, and each minimum is lowered to the least of its permutation over them. */
export interface Minimiser {
  /** 8 KiB, which stay in the first cache while every permutation passes over them. */
  readonly hashes: Int32Array
  readonly minima: Int32Array
  /** For at least one hash. */
  readonly lower: (this: void, count: number) => void
}

/** By the kernel (`functions/kernel/wasm/minima.ts`), sixteen permutations at a time. */
export function wasmMinimiser(): Minimiser {
  const { memory, lowerMinima } = instantiate(4 * (MAX_HASHES + 3 * MINIMA))
  const hashes = new Int32Array(memory.buffer, 0, MAX_HASHES)
  const factors = new Int32Array(memory.buffer, hashes.byteLength, MINIMA)
  const summands = new Int32Array(memory.buffer, factors.byteOffset + factors.byteLength, MINIMA)
  const minima = new Int32Array(memory.buffer, summands.byteOffset + summands.byteLength, MINIMA)
  factors.set(FACTORS)
  summands.set(SUMMANDS)
  return {
    hashes,
    minima,
    lower(count) {
      lowerMinima(hashes.byteOffset, count, MINIMA, factors.byteOffset, summands.byteOffset, minima.byteOffset)
    },
  }
}

const own = wasmMinimiser()

/** The 112 minima, in an array that the next call fills again; null for a text shorter than a shingle. */
export function minimaOf(text: string, lang: string, minimiser = own): Int32Array | null {
  const { hashes, minima, lower } = minimiser
  minima.fill(NONE)
  return readShingles(text, lang, hashes, lower) === 0 ? null : minima
}

/**
 * Bands as bytes, 14 × 8, little-endian: what a chunk's column holds. Null for a text shorter than a shingle, which has
 * no near duplicates, only exact ones.
 */
export function nearBands(text: string, lang: string, minimiser = own): Uint8Array<ArrayBuffer> | null {
  const values = minimaOf(text, lang, minimiser)
  if (values === null) return null
  const bytes = new Uint8Array(SIGNATURE_BYTES)
  const view = new DataView(bytes.buffer)
  for (let band = 0; band < BANDS; band++) {
    // The band's number is hashed with it: equal minima in other bands are no match.
    let first = mix(band + 1)
    let second = mix(~band)
    for (let row = band * ROWS; row < (band + 1) * ROWS; row++) {
      const value = values[row] as number
      first = mix(Math.imul(first, 0x9e3779b1) ^ value)
      second = mix((Math.imul(second, 0x85ebca77) + value) | 0)
    }
    view.setInt32(band * BAND_BYTES, first, true)
    view.setInt32(band * BAND_BYTES + 4, second, true)
  }
  return bytes
}
