/** The head of a fastText file: magic, version, and of the training's settings those that prediction needs. */
import type { Fields } from './fields.ts'

export type Loss = 'hierarchical-softmax' | 'negative-sampling' | 'softmax' | 'one-vs-all'

export interface Settings {
  readonly version: number
  readonly dim: number
  /** Longest run of words that is a feature. */
  readonly wordNgrams: number
  readonly loss: Loss
  /** Rows that hashed features share, 0 where there are none. */
  readonly bucket: number
  /** Shortest and longest run of characters that is a feature; 0 for the longest where there are none. */
  readonly minn: number
  readonly maxn: number
}

export const MAGIC = 793712314
/** 0.9.2 writes 12. Supervised models of 11 are read as it reads them: without character n-grams. */
export const VERSION = 12
const OLDEST = 11

const LOSSES: readonly Loss[] = ['hierarchical-softmax', 'negative-sampling', 'softmax', 'one-vs-all']
const MODELS = ['cbow', 'skipgram', 'supervised']
const SUPERVISED = 3

/** Beyond what anybody trains: what is larger is damage. */
const MAX_DIM = 1 << 16
const MAX_RUN = 255
const MAX_I32 = 2 ** 31 - 1

/** First bytes of what is taken for a model now and then. */
const FOREIGN: readonly (readonly [start: readonly number[], what: string])[] = [
  [[0x1f, 0x8b], 'a gzip file: decompress it first'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a zstd file: decompress it first'],
  [[0x50, 0x4b, 0x03, 0x04], 'a zip archive: unpack it first'],
  [[0x4d, 0x52], 'a model of Millrace, which is another kind'],
  [[0x3c], 'HTML or XML: what was downloaded is a page, not the file'],
  [[0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x20], 'a pointer of Git LFS: fetch the file itself'],
]

export function readSettings(fields: Fields, bytes: Uint8Array): Settings {
  const magic = fields.i32('magic', -(2 ** 31), MAX_I32)
  if (magic !== MAGIC) fields.fail('magic', 0, `found ${magic}, expected ${MAGIC}: ${likelyKind(bytes)}`)
  const version = fields.i32('version', -(2 ** 31), MAX_I32)
  if (version < OLDEST || version > VERSION) {
    const cause = version > VERSION ? 'a newer fastText wrote it' : 'an old fastText wrote it: train it again'
    fields.fail('version', 4, `found ${version}, expected ${OLDEST} or ${VERSION}: ${cause}`)
  }
  const dim = fields.i32('dim', 1, MAX_DIM)
  fields.skip('ws, epoch, minCount and neg', 4 * 4)
  const wordNgrams = fields.i32('wordNgrams', 0, MAX_RUN)
  const loss = LOSSES[fields.i32('loss', 1, LOSSES.length) - 1] as Loss
  const modelAt = fields.at
  const model = fields.i32('model', 1, MODELS.length)
  if (model !== SUPERVISED) {
    const name = MODELS[model - 1] as string
    fields.fail('model', modelAt, `found ${model} (${name}), expected 3 (supervised): word vectors have no labels`)
  }
  const bucketAt = fields.at
  const bucket = fields.i32('bucket', 0, MAX_I32)
  const minn = fields.i32('minn', 0, MAX_RUN)
  const storedMaxn = fields.i32('maxn', 0, MAX_RUN)
  const maxn = version === OLDEST ? 0 : storedMaxn
  fields.skip('lrUpdateRate and t', 4 + 8)
  if (bucket === 0 && (wordNgrams > 1 || maxn > 0)) {
    fields.fail(
      'bucket',
      bucketAt,
      `found 0, expected rows for wordNgrams ${wordNgrams} and maxn ${maxn}: a number is damaged`,
    )
  }
  return { version, dim, wordNgrams, loss, bucket, minn, maxn }
}

function likelyKind(bytes: Uint8Array): string {
  for (const [start, what] of FOREIGN) if (start.every((byte, i) => bytes[i] === byte)) return `it is ${what}`
  const isText = bytes.subarray(0, 64).every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 13)
  if (isText) return 'it is text, such as the .vec beside a .bin, or training data'
  return 'another kind of file, or a fastText of 2016 wrote it, before files had a magic'
}
