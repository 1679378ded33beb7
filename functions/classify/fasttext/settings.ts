/** The head of a fastText file: magic, version, and of the training's settings those that prediction needs. */
import { foreignKind, looksLikeText } from '../../kernel/foreign-file.ts'
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
/** As it stands in the file. */
export const FASTTEXT_MAGIC = new Uint8Array(Int32Array.of(MAGIC).buffer)
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
  const foreign = foreignKind(bytes)
  if (foreign !== null) return `it is ${foreign}`
  if (looksLikeText(bytes)) return 'it is text, such as the .vec beside a .bin, or training data'
  return 'another kind of file, or a fastText of 2016 wrote it, before files had a magic'
}
