/**
 * MinHash bands as they travel from the stage that makes them to the seal: 14 hashes of 64 bits in 112 bytes, little-endian.
 * Each names its band too, so one table can hold all of them. 64 bits: among 10⁷ documents, 1.4 · 10⁸ bands, any two
 * are equal by chance with odds of 5e-4 (n² / 2⁶⁵).
 */

export const BANDS = 14
export const BAND_BYTES = 8
export const SIGNATURE_BYTES = BANDS * BAND_BYTES

/** The bands as signed integers, as SQLite has them. Throws for bytes of another length. */
export function bandsOf(bytes: Uint8Array): BigInt64Array {
  if (bytes.length !== SIGNATURE_BYTES) {
    throw new Error(`bands of ${bytes.length} bytes, expected ${SIGNATURE_BYTES}: a chunk of another version?`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return BigInt64Array.from({ length: BANDS }, (_, band) => view.getBigInt64(band * BAND_BYTES, true))
}
