/** `millrace classify`: labels of texts by a fastText model, without fastText. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { loadFastText, ModelTooLarge, predict } from '../functions/classify/fasttext/fasttext.ts'
import type { FastTextModel, PredictOptions } from '../functions/classify/fasttext/fasttext.ts'
import { DamagedModel } from '../functions/kernel/model-file.ts'
import { readArguments, readInteger, UsageError } from './arguments.ts'
import { sizesOf } from './input-files.ts'
import { parseTextLine, readByteLines, readLines } from './lines.ts'
import { showProgress } from './progress.ts'
import { writeLines } from './write-lines.ts'

const USAGE = `Usage: millrace classify --fasttext MODEL [FILES…] > classified.ndjson

Reads lines of {"id", "text"} from FILES or stdin and writes the same lines in the same order with "predictions" added:
  [{"label": "__label__…", "probability": …}, …], the likeliest first; none where the model knows nothing of the text

  --fasttext MODEL      a supervised fastText model, .bin or .ftz, of any size
  -k N                  most labels a text (1)
  --threshold P         least probability (0)
  --plain               each line is a text, blank ones too, as for "fasttext predict-prob"; writes
                        {"file", "line", "predictions"}

A text is one line to fastText: its line feeds are blanks.`

const READ_BYTES = 1 << 26

export async function classifyCommand(args: string[]): Promise<number> {
  const { values, positionals: files } = readArguments(args, {
    usage: USAGE,
    positionals: { name: 'file', max: Number.POSITIVE_INFINITY },
    options: {
      fasttext: { type: 'string' },
      k: { type: 'string', short: 'k', default: '1' },
      threshold: { type: 'string', default: '0' },
      plain: { type: 'boolean', default: false },
    },
  })
  if (values.fasttext === undefined) throw new UsageError('No model was given: --fasttext MODEL.', USAGE)
  const options = { k: readInteger(values.k, '-k'), threshold: readProbability(values.threshold) }
  const named = files.length > 0 ? files : ['-']
  await sizesOf(named.filter((name) => name !== '-'))
  const model = await openModel(values.fasttext)
  const progress = showProgress('Classifying', { unit: 'texts' })
  try {
    for (const name of named) {
      const input = name === '-' ? process.stdin : createReadStream(name)
      const lines = values.plain ? plainLines(input, name, model, options) : textLines(input, name, model, options)
      await writeLines(lines, () => progress.add(1))
    }
  } finally {
    progress.done()
  }
  return 0
}

export async function* textLines(
  input: AsyncIterable<Uint8Array>,
  name: string,
  model: FastTextModel,
  options: PredictOptions,
): AsyncGenerator<string> {
  try {
    for await (const { line, number } of readLines(input)) {
      const value = parseTextLine(line, number)
      yield JSON.stringify({ ...value, predictions: predict(model, value.text, options) })
    }
  } catch (error) {
    // The lines do not know whose they are.
    if (error instanceof UsageError && name !== '-') throw new UsageError(`${name}: ${error.message}`)
    throw error
  }
}

export async function* plainLines(
  input: AsyncIterable<Uint8Array>,
  name: string,
  model: FastTextModel,
  options: PredictOptions,
): AsyncGenerator<string> {
  for await (const { bytes, number, isEnded } of readByteLines(input)) {
    if (!isEnded && bytes.length === 0) return
    yield JSON.stringify({ file: name, line: number, predictions: predict(model, bytes, options) })
  }
}

/** The whole file in one array, whatever its size: `readFile` stops at 2 GiB. */
export async function openModel(path: string): Promise<FastTextModel> {
  const [size = 0] = await sizesOf([path])
  const bytes = new Uint8Array(size)
  const file = await open(path)
  try {
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(bytes, at, Math.min(READ_BYTES, size - at), at)
      if (bytesRead === 0) throw new UsageError(`${path} became shorter while it was read: something writes to it.`)
      at += bytesRead
    }
  } finally {
    await file.close()
  }
  try {
    return loadFastText(bytes, { maxBytes: Number.POSITIVE_INFINITY, inPlace: true })
  } catch (error) {
    if (error instanceof DamagedModel || error instanceof ModelTooLarge) {
      throw new UsageError(`${path}: ${error.message}`)
    }
    throw error
  }
}

function readProbability(value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !(number >= 0 && number <= 1)) {
    throw new UsageError(`--threshold is "${value}", expected a number from 0 to 1.`)
  }
  return number
}
