/**
 * The stages in order: the file to read first. Each is pure, and the same code runs in the Worker, in `millrace process`
 * and in the benchmarks.
 *
 *   decode      bytes in any charset → UTF-8
 *   extract     HTML → title and main text
 *   screen      language, quality rules, personal data, id
 *   classify    topic (web pages only)
 *   perplexity  n-gram perplexity → bucket
 *   near        MinHash bands, by which the seal finds near duplicates
 *
 * The first stage that turns a page away names the reason; what passes all of them is a candidate.
 */
import { createHash } from 'node:crypto'
import { ALL_TOPICS, type Source } from '../schema/shard.ts'
import { classifyTopic, type TopicScore } from './classify/classify.ts'
import { classifyByFastText, type FastTextTopics } from './classify/fasttext-topics.ts'
import type { PageText } from './classify/features.ts'
import type { TopicModel } from './classify/topic-model.ts'
import { extract } from './extract/extract.ts'
import { signsOfResponse } from './extract/usage-signs.ts'
import { NEAR_PARAMETERS, nearBands } from './near/minhash.ts'
import { keep, reject, type Outcome } from './outcome.ts'
import type { Candidate, Extracted, Page } from './page.ts'
import { bucketOf } from './perplexity/bucket.ts'
import type { NgramModel } from './perplexity/ngram-model.ts'
import { scorePerplexity } from './perplexity/score.ts'
import { decodeHtml } from './read/charset.ts'
import { QUALITY_SIGNALS, ruleSetHash } from './screen/rules.ts'
import { screen } from './screen/screen.ts'
import { ANY_USE, screenUsage, type UsagePolicy } from './screen/usage.ts'

/** Raised when a stage's output for the same page changes; rows of different versions never meet in one corpus. */
export const STAGES_VERSION = 6

/** By language. A model's `id` is the name that its scores carry. */
export interface Models {
  readonly topic: Readonly<Record<string, TopicModel | FastTextTopics>>
  readonly ngram: Readonly<Record<string, NgramModel>>
}

/** What tells pipelines apart: models need not be loaded to know which they are. */
export interface ModelIds {
  readonly topic: Readonly<Record<string, { readonly id: string }>>
  readonly ngram: Readonly<Record<string, { readonly id: string }>>
}

export interface Pipeline {
  /** Names of the quality signals, the columns of `quality`. */
  readonly signals: readonly string[]
  run(page: Page, objectId: string): Outcome<Candidate>
}

/** What a batch says of pages that say nothing of themselves. */
export interface Defaults {
  readonly source: Source
  /** Empty where each document decides. */
  readonly lang: string
  /** Anything goes where a batch says nothing. */
  readonly use?: UsagePolicy
}

/** Identity of the stages, their rules, their models and what use they ask for. */
export function pipelineVersion(models: ModelIds, use: UsagePolicy = ANY_USE): string {
  return `${STAGES_VERSION}-${createHash('sha256')
    .update(JSON.stringify(provenance(models, use)))
    .digest('hex')
    .slice(0, 12)}`
}

/** Key-values of every shard: which rules and models made its rows. */
export function provenance(models: ModelIds, use: UsagePolicy = ANY_USE): Record<string, string> {
  const ids = (loaded: Readonly<Record<string, { readonly id: string }>>): string =>
    Object.values(loaded)
      .map(({ id }) => id)
      .sort()
      .join(' ')
  return {
    'millrace.stages': String(STAGES_VERSION),
    'millrace.rules': ruleSetHash(),
    'millrace.topic-models': ids(models.topic),
    'millrace.ngram-models': ids(models.ngram),
    'millrace.near': NEAR_PARAMETERS,
    ...(use.respectOptOut ? { 'millrace.opt-out': 'respected' } : {}),
    ...(use.licences.length > 0 ? { 'millrace.licences': use.licences.toSorted().join(' ') } : {}),
  }
}

export function createPipeline(models: Models, defaults: Defaults): Pipeline {
  return {
    signals: QUALITY_SIGNALS,
    run(page, objectId) {
      const source = page.source ?? defaults.source
      const extracted = mainText(page)
      if (!extracted.kept) return extracted
      const { text, optOut, ...metadata } = extracted.value
      const { title, licence } = metadata
      const usable = screenUsage({ licence, optOut }, defaults.use ?? ANY_USE)
      if (!usable.kept) return usable
      const screened = screen({ text, source, lang: page.lang ?? defaults.lang })
      if (!screened.kept) return screened
      const document = screened.value
      const topic = topicOf(models, { source, title, url: page.url, lang: document.lang, text: document.text })
      const ngram = models.ngram[document.lang]
      const score = ngram === undefined ? null : scorePerplexity(ngram, document.text)
      const ppl = score?.ppl ?? null
      return keep({
        id: document.id,
        url: page.url,
        source,
        lang: document.lang,
        langScore: document.langScore,
        ...topic,
        text: document.text,
        chars: document.text.length,
        bytes: Buffer.byteLength(document.text),
        ppl,
        pplTokens: score?.tokens ?? 0,
        pplModel: ngram?.id ?? null,
        bucket: ppl === null ? null : bucketOf(ppl),
        quality: document.quality,
        bands: nearBands(document.text, document.lang),
        fetchedAt: page.fetchedAt,
        ...metadata,
        optOut: optOut.length === 0 ? null : optOut.join(' '),
        objectId,
        recordOffset: page.offset,
        recordIndex: page.index,
      })
    },
  }
}

/** Decodes and extracts; a record of plain text is its own main text. */
function mainText(page: Page): Outcome<Extracted> {
  if (page.body.length === 0) return reject({ code: 'empty' })
  const decoded = decodeHtml(page.body, page.charset)
  if (!decoded.kept) return decoded
  const headers = page.usageHeaders ?? {}
  if (page.kind === 'html') return keep(extract(decoded.value.bytes, { url: page.url, headers }))
  const text = new TextDecoder().decode(decoded.value.bytes)
  const { title = null } = page
  return keep({ ...NO_METADATA, title, text, ...signsOfResponse(headers, page.url) })
}

/** What only HTML says. */
const NO_METADATA = { author: null, date: null, pageType: null, declaredLang: null }

interface Classified {
  readonly source: Source
  readonly title: string | null
  readonly url: string
  readonly lang: string
  readonly text: string
}

function topicOf(
  models: Models,
  { source, title, url, lang, text }: Classified,
): Pick<Candidate, 'topic' | 'topicScore'> {
  const model = models.topic[lang]
  if (source !== 'web' || model === undefined) return { topic: ALL_TOPICS, topicScore: null }
  const { topic, score } = topicBy(model, { text, title, url })
  return { topic, topicScore: score }
}

export const topicBy = (model: TopicModel | FastTextTopics, page: PageText): TopicScore =>
  'fastText' in model ? classifyByFastText(model, page) : classifyTopic(model, page)
