/** `millrace models import-arpa`: a model of KenLM's or SRILM's as one of ours. */
import path from 'node:path'
import { importArpa } from '../models/training/arpa-import.ts'
import type { Imported } from '../models/training/arpa-import.ts'
import { writeTableFile } from '../models/training/ngram-table-file.ts'
import { readArguments, UsageError } from './arguments.ts'
import { sizesOf } from './input-files.ts'
import { outputFile } from './output-file.ts'
import { showProgress } from './progress.ts'

const USAGE = `Usage: millrace models import-arpa FILE -o FILE [--quantise 8|none] [--tokens ready|millrace] [--lang L] [--name N]

Reads an ARPA file (KenLM's or SRILM's, plain or gzip, orders 1 to 6) and writes an n-gram model.
  --quantise   8 (default): 256 values an order, 6 bytes an n-gram; none: floats, 15 bytes an n-gram, the file's own scores
  --tokens     ready (default): words as they stand; the model scores sentences of such words
               millrace: the words are those that "millrace models tokenise" writes; the model scores text
  --lang       language, default "und"; --name: default the file's name
Memory: 26 bytes an n-gram, 20 more while the model is written. Prints a line of JSON: {"id", "file", "bytes", "ngrams",
"unknown", "filledIn", "shadowed", "foreign", "collisions"}.`

export const labelOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 24)
    .replace(/-+$/, '') || 'ngram'

/** One of the choices, or the mistake. */
export function choice<T extends string>(value: string, option: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === value)
  if (found === undefined) throw new UsageError(`${option} is "${value}", expected ${choices.join(' or ')}.`, USAGE)
  return found
}

/** What a file's label may be. */
export function checkLabel(text: string, option: string, size: number): string {
  if (!/^[a-z0-9-]+$/.test(text) || text.length > size) {
    throw new UsageError(`${option} is "${text}", expected 1 to ${size} lower-case letters, digits and hyphens.`)
  }
  return text
}

function warn({ unknown, foreign, foreignWords, collisions }: Imported): void {
  const say = (text: string): void => console.error(`import-arpa: ${text}`)
  if (unknown === -100) say('the model has no <unk>: a word that it lacks costs log10 p = -100, as with KenLM')
  if (foreign > 0) {
    const examples = foreignWords.map((word) => JSON.stringify(word)).join(', ')
    say(`${foreign} words are no tokens of ours and will not be met in text, as ${examples}`)
  }
  if (collisions > 0) say(`${collisions} words share the hash of another word, which scores for both`)
}

export async function importCommand(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    usage: USAGE,
    options: {
      output: { type: 'string', short: 'o' },
      quantise: { type: 'string', default: '8' },
      tokens: { type: 'string', default: 'ready' },
      lang: { type: 'string', default: 'und' },
      name: { type: 'string' },
    },
    positionals: { name: 'ARPA file', min: 1, max: 1 },
  })
  const [file = ''] = positionals
  const { output } = values
  if (output === undefined) throw new UsageError('-o FILE is missing: where the model is to be written.', USAGE)
  const place = outputFile(output, [file])
  const bits = choice(values.quantise, '--quantise', ['8', 'none']) === '8' ? 8 : 32
  const isOwn = choice(values.tokens, '--tokens', ['ready', 'millrace']) === 'millrace'
  const lang = checkLabel(values.lang, '--lang', 8)
  const name = checkLabel(values.name ?? labelOf(path.parse(file).name), '--name', 24)
  const [total = 0] = await sizesOf([file])
  const bar = showProgress(`import-arpa: ${path.basename(file)}`, { total, unit: 'bytes' })
  const imported = await importArpa(file, { isOwn, progress: (bytes) => bar.add(bytes) })
  bar.done()
  warn(imported)
  const { table, counts, unknown, hasUnknown, filledIn, foreign, collisions } = imported
  const { id, bytes, shadowed } = writeTableFile(place, table, {
    name,
    lang,
    order: counts.length,
    unknown,
    hasUnknown,
    isOwn,
    bits,
  })
  const about = { id, file: output, bytes, ngrams: counts, unknown, filledIn, shadowed, foreign, collisions }
  console.log(JSON.stringify(about))
  return 0
}
