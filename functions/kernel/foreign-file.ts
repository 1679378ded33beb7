/** What a file is that is taken for a model now and then, told by its first bytes, and what to do about it. */

/** First bytes, as Latin-1. */
const FOREIGN: readonly (readonly [start: string, what: string])[] = [
  ['\x1f\x8b', 'a gzip file: decompress it first'],
  ['\x28\xb5\x2f\xfd', 'a zstd file: decompress it first'],
  ['PK\x03\x04', 'a zip archive: unpack it first'],
  ['\x89PNG', 'a PNG image'],
  ['MRTM', 'a topic model of Millrace'],
  ['MRNG', 'an n-gram model of Millrace'],
  // 793712314, little-endian.
  ['\xba\x16\x4f\x2f', 'a fastText model'],
  ['mmap lm http', 'a binary of KenLM: import its ARPA file'],
  ['\\data\\', 'an ARPA file: make a model of it with millrace models import-arpa'],
  ['PAR1', 'a Parquet file'],
  ['<', 'HTML or XML: what was downloaded is a page, not the file'],
  ['{', 'JSON: a calibration, a table or the answer of a server'],
  ['version ', 'a pointer of Git LFS: fetch the file itself'],
]

/** Null where nothing is known of it. */
export function foreignKind(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, 16))
  return FOREIGN.find(([start]) => head.startsWith(start))?.[1] ?? null
}

/** Whether the file begins as text does: an empty one does not. */
export const looksLikeText = (bytes: Uint8Array): boolean =>
  bytes.length > 0 &&
  bytes.subarray(0, 64).every((byte) => (byte >= 32 && byte < 127) || byte === 9 || byte === 10 || byte === 13)
