/**
 * Supervised fastText models (Joulin et al. 2016; Bojanowski et al. 2016), `.bin` and quantised `.ftz`, read as they are:
 * the labels and probabilities are those of fastText 0.9.2 (docs/formats/fasttext.md).
 *
 * The matrices are views of the file's bytes, which the model keeps. Beside them it holds a table of its words, the pruned
 * index and the runs of characters of words it has met, all counted before they are made: a file that says more than it
 * holds is refused, and a model over `maxBytes` too.
 */
import { bestOf } from './best.ts'
import type { Best } from './best.ts'
import { readDictionary } from './dictionary.ts'
import { cacheLength, lineReader } from './features.ts'
import type { LineReader } from './features.ts'
import { readFields } from './fields.ts'
import { readDense } from './matrix.ts'
import type { Matrix } from './matrix.ts'
import { hierarchicalSoftmax, sigmoids, softmax } from './output.ts'
import type { OutputLayer } from './output.ts'
import { readQuantised } from './quantised.ts'
import { readSettings } from './settings.ts'
import type { Loss, Settings } from './settings.ts'

/** What a Worker lets models take: an isolate has 128 MB, and pages, chunks and buffers need the rest. */
export const WORKER_MODEL_BYTES = 56 * 2 ** 20

export interface FastTextModel {
  /** As they are stored, `__label__` and all. */
  readonly labels: readonly string[]
  readonly settings: Settings
  readonly numWords: number
  readonly isQuantised: boolean
  /** What the model holds: the file and what is made of it. */
  readonly heldBytes: number
  readonly reader: LineReader
  readonly input: Matrix
  readonly output: OutputLayer
  readonly hidden: Float32Array
  readonly best: Best
}

export interface Prediction {
  readonly label: string
  readonly probability: number
}

export interface LoadOptions {
  /** Most bytes that file and tables may take together; what a Worker has for models unless it is said. */
  readonly maxBytes?: number
  /** The bytes belong to the model from now on: floats that lie askew are moved by up to three bytes, not copied. */
  readonly inPlace?: boolean
}

export interface PredictOptions {
  /** Most labels, the likeliest first. */
  readonly k?: number
  /** Least probability. */
  readonly threshold?: number
}

export class ModelTooLarge extends Error {
  override readonly name = 'ModelTooLarge'
  /** What had been asked for when it was refused: at least so much. */
  readonly neededBytes: number

  constructor(message: string, neededBytes: number) {
    super(message)
    this.neededBytes = neededBytes
  }
}

/** Throws `DamagedModel` for what is no supervised fastText model in full, `ModelTooLarge` for one over the limit. */
export function loadFastText(
  bytes: Uint8Array,
  { maxBytes = WORKER_MODEL_BYTES, inPlace = false }: LoadOptions = {},
): FastTextModel {
  let heldBytes = 0
  const allow = (more: number): void => {
    heldBytes += more
    if (heldBytes > maxBytes) throw new ModelTooLarge(tooLarge(heldBytes, maxBytes, bytes.length), heldBytes)
  }
  allow(bytes.length)
  const fields = readFields(bytes, { inPlace, allow })
  const settings = readSettings(fields, bytes)
  const { dim, bucket } = settings
  const dictionary = readDictionary(fields, bytes, { bucket, allow })
  const { numWords, labels, pruned } = dictionary
  if (settings.maxn > 0) allow(4 * (numWords + cacheLength(numWords, settings)))

  const prunedAt = fields.at
  const isQuantised = fields.flag('quantised')
  if (pruned !== null && !isQuantised) {
    const found = `found 0, expected 1 for a model with ${pruned.size} pruned buckets`
    fields.fail('quantised', prunedAt, `${found}: a fastText before 0.9 wrote it, or it is damaged`)
  }
  const rows = numWords + (pruned === null ? bucket : pruned.size)
  const input = (isQuantised ? readQuantised : readDense)(fields, 'input', { rows, cols: dim })
  // fastText too reads a dense matrix behind this flag when the input is dense.
  const isOutputQuantised = fields.flag('qout') && isQuantised
  const output = (isOutputQuantised ? readQuantised : readDense)(fields, 'output', { rows: labels.length, cols: dim })
  if (fields.left > 0) {
    fields.fail('end', fields.at, `${fields.left} bytes follow the last field: two files joined, or a damaged count`)
  }
  return {
    labels,
    settings,
    numWords,
    isQuantised,
    heldBytes,
    reader: lineReader(dictionary, settings),
    input,
    output: outputLayer(settings.loss, output, labels, dictionary.labelCounts),
    hidden: new Float32Array(dim),
    best: bestOf(),
  }
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

const tooLarge = (heldBytes: number, maxBytes: number, fileBytes: number): string =>
  `fastText model: takes at least ${mebibytes(heldBytes)} in memory (the file ${mebibytes(fileBytes)}), ` +
  `expected at most ${mebibytes(maxBytes)}: quantise it with a cutoff (fasttext quantize), or use it on the command line`

function outputLayer(
  loss: Loss,
  weights: Matrix,
  labels: readonly string[],
  labelCounts: readonly number[],
): OutputLayer {
  switch (loss) {
    case 'softmax':
      return softmax(weights, labels)
    case 'hierarchical-softmax':
      return hierarchicalSoftmax(weights, labels, labelCounts)
    case 'one-vs-all':
    case 'negative-sampling':
      return sigmoids(weights, labels)
  }
}

/**
 * The k likeliest labels of a text, as fastText gives them for the line: line feeds are blanks, and the text ends where
 * it has the word `</s>`. None where no word of it is known to the model. UTF-8 where it is bytes.
 */
export function predict(
  { reader, input, output, hidden, best, labels }: FastTextModel,
  text: string | Uint8Array,
  { k = 1, threshold = 0 }: PredictOptions = {},
): Prediction[] {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`k is ${k}, expected a whole number from 1`)
  if (Number.isNaN(threshold)) throw new RangeError('threshold is NaN, expected a probability')
  hidden.fill(0)
  const count = reader.read(text, (rows, some) => input.addRows(hidden, rows, some))
  if (count === 0) return []
  const share = Math.fround(1 / count)
  for (let j = 0; j < hidden.length; j++) hidden[j] = (hidden[j] as number) * share
  best.open(k)
  output.score(hidden, Math.fround(threshold), best)
  best.close()
  return best.ids.map((id, i) => ({
    label: labels[id] as string,
    probability: Math.fround(Math.exp(best.scores[i] as number)),
  }))
}
