/** `millrace score`: language, topic and perplexity of texts, by the functions and models that the pipeline uses. */
import { bucketOf } from '../functions/perplexity/bucket.ts'
import { scorePerplexity } from '../functions/perplexity/score.ts'
import { topicBy, type Models } from '../functions/pipeline.ts'
import { detectLanguage } from '../functions/screen/language.ts'
import { loadModels } from '../models/load.ts'
import { readArguments } from './arguments.ts'
import { checkStrings, parseTextLine, readLines } from './lines.ts'
import { MODEL_OPTIONS, MODEL_USAGE, ownModels } from './model-options.ts'
import { showProgress } from './progress.ts'
import { writeLines } from './write-lines.ts'

const USAGE = `Usage: millrace score [--model SLOT=FILE …] < texts.ndjson > scored.ndjson

Reads lines of {"id", "text", "lang"?} and writes the same lines in the same order with these added:
  lang         as given, or found in the text
  topic        one of eleven, with its topicScore; from "title" and "url" too where the line has them
  ppl          perplexity under the n-gram model of the language, null for a text of too few tokens
  pplTokens    tokens scored, line ends included
  log10p       log10 of the text's probability
  bucket       floor(16 ln ppl), null where ppl is
Topic and perplexity are null outside the languages that have models (en and zh).
${MODEL_USAGE}`

export async function scoreCommand(args: string[]): Promise<number> {
  const { values } = readArguments(args, { usage: USAGE, options: MODEL_OPTIONS })
  const models = await loadModels(await ownModels(values.model))
  const progress = showProgress('Scoring', { unit: 'texts' })
  try {
    await writeLines(scoreLines(process.stdin, models), () => progress.add(1))
  } finally {
    progress.done()
  }
  return 0
}

export interface Scored {
  readonly lang: string
  readonly topic: string | null
  readonly topicScore: number | null
  readonly ppl: number | null
  readonly pplTokens: number | null
  readonly log10p: number | null
  readonly bucket: number | null
}

interface Line {
  readonly text: string
  readonly lang?: string | null
  readonly title?: string | null
  readonly url?: string | null
}

export function score({ text, lang: given, title, url }: Line, models: Models): Scored {
  const lang = given === undefined || given === null || given === '' ? detectLanguage(text).lang : given
  // zh-CN is scored by the model of zh.
  const primary = lang.split('-', 1)[0]?.toLowerCase() ?? ''
  const topics = own(models.topic, primary)
  const ngrams = own(models.ngram, primary)
  const topic = topics === undefined ? null : topicBy(topics, { text, title: title ?? null, url: url ?? '' })
  const perplexity = ngrams === undefined ? null : scorePerplexity(ngrams, text)
  const ppl = perplexity?.ppl ?? null
  return {
    lang,
    topic: topic?.topic ?? null,
    topicScore: topic?.score ?? null,
    ppl,
    pplTokens: perplexity?.tokens ?? null,
    log10p: perplexity?.log10p ?? null,
    bucket: ppl === null ? null : bucketOf(ppl),
  }
}

export async function* scoreLines(input: AsyncIterable<Uint8Array>, models: Models): AsyncGenerator<string> {
  for await (const { line, number } of readLines(input)) {
    const value = parseLine(line, number)
    yield JSON.stringify({ ...value, ...score(value, models) })
  }
}

function parseLine(line: string, number: number): Line {
  const value = parseTextLine(line, number)
  checkStrings(value, number, ['lang', 'title', 'url'])
  return value
}

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
