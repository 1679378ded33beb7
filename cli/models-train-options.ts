/** What `millrace models train-ngram` takes, and how its options are read. */
import { MAX_ORDER } from '../functions/perplexity/ngram-model.ts'
import { UsageError } from './arguments.ts'

export const TRAIN_USAGE = `Usage: millrace models train-ngram FILE … -o FILE [options]

Trains an n-gram model by interpolated modified Kneser–Ney, on text in UTF-8, plain, gzip or zstd: a sentence a line, or,
where a file's first line is a JSON object, lines of {"text": …}, whose other members are not read.
  --order N            longest n-gram, 2 to ${MAX_ORDER}, default 5
  --prune "0 0 1"      n-grams of an order that occur no more often go: a number an order, the first 0, never falling,
                       the last for all orders behind it; default 0, nothing goes
  --tokens T           millrace (default): text, read as Millrace reads it; ready: words between blanks, as they stand
  --quantise Q         8 (default): 6 bytes an n-gram; none: floats, 15 bytes an n-gram
  --discount-fallback  discounts of .5, 1 and 1.5 where the text has too few different counts to estimate them; with
                       --max-size they are taken without being asked for, and told
  --memory MB          for sorting, default 256; beside it about 60 bytes a word and 55 an n-gram that stays
  --folder DIR         for the sorted runs and counts, about 80 bytes a token at order 5; default the system's
  --lang L, --name N   default "und" and the output's name
A model of a given size:
  --max-size SIZE      as 6MiB: keeps what of the n-grams the file has room for, those whose loss would cost the text's
                       probability most; --prune then says which are no candidates at all; reads the text twice;
                       110 bytes a candidate in place of 55 an n-gram
  --min-count N        words that occur less often are unknown, default 1; only with --max-size
  --weights "1 2"      a number a file: what its n-grams count; default 1 each; only with --max-size
Prints a line of JSON: {"id", "file", "bytes", "tokens", "words", "ngrams", "counted", "discounts", "unknown", "shadowed"}.`

export function readThresholds(value: string, order: number): number[] {
  const given = value.trim().split(/[\s,]+/)
  if (given.some((one) => !/^\d{1,9}$/.test(one)) || given.length > order) {
    throw new UsageError(`--prune is "${value}", expected 1 to ${order} whole numbers, as in "0 0 1".`, TRAIN_USAGE)
  }
  const thresholds = Array.from({ length: order }, (_, k) => Number(given[k] ?? given.at(-1)))
  if (given.length === 1 || thresholds[0] !== 0) {
    if (thresholds[0] !== 0)
      throw new UsageError(`--prune begins with ${given[0]}, expected 0: words stay.`, TRAIN_USAGE)
  }
  if (thresholds.some((one, k) => k > 0 && one < (thresholds[k - 1] ?? 0))) {
    throw new UsageError(
      `--prune is "${value}", expected numbers that do not fall: an n-gram needs its context.`,
      TRAIN_USAGE,
    )
  }
  return thresholds
}

export function readWeights(value: string | undefined, files: readonly string[]): number[] {
  if (value === undefined) return files.map(() => 1)
  const weights = value
    .trim()
    .split(/[\s,]+/)
    .map(Number)
  if (weights.length !== files.length || !weights.every((one) => one > 0 && one <= 100)) {
    throw new UsageError(
      `--weights is "${value}", expected ${files.length} numbers above 0 and up to 100, one a file.`,
      TRAIN_USAGE,
    )
  }
  return weights
}
