/** The documents that `bench:topic` trains and measures with, the same for both sides. */
import type { FeatureOptions } from '../../functions/classify/features.ts'
import { spellTokens } from '../../functions/perplexity/spell-tokens.ts'
import type { TopicDocument } from '../../models/training/document-records.ts'
import { keyOfText } from '../../models/training/text-keys.ts'
import { foldOf } from '../../models/training/topic-corpus.ts'
import { documentsOf, otherDocumentsOf, sampleArticles, webDocuments } from '../../models/training/topic-data.ts'
import type { LabelledDocument } from '../../models/training/topic-data.ts'
import { FEATURES_OF } from '../../models/training/topic-recipe.ts'

export const FOLDS = 5

/** Of the shipped models; both sides read the same head of a text. */
export function featuresOf(lang: string): FeatureOptions {
  const features = FEATURES_OF[lang]
  if (features === undefined)
    throw new Error(`no topic model of ${lang}: expected ${Object.keys(FEATURES_OF).join(' or ')}`)
  return features
}

export interface BenchTexts {
  readonly lang: string
  /** Weak labels: never measured by. */
  readonly weak: readonly LabelledDocument[]
  /** `topics/*.test`. */
  readonly test: readonly LabelledDocument[]
  /** Of sources that nothing is trained on: articles of the sample, and question sets, news and technical pages in Chinese. */
  readonly other: readonly LabelledDocument[]
  /** Labelled by reading. */
  readonly web: readonly (LabelledDocument & { readonly fold: number })[]
}

function spread<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most)
  return all.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))
}

const isLabelled = (document: TopicDocument): document is LabelledDocument => document.topic !== null

/** So many at most, spread over all sources. */
export function benchTexts(lang: string, most: { readonly weak: number; readonly pages: number }): BenchTexts {
  const seen = new Set<number>()
  const isNew = ({ text }: TopicDocument): boolean => {
    const key = keyOfText(text)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  }
  const test = documentsOf(`topics/${lang}.test.jsonl.gz`).filter(isNew)
  const other = [...otherDocumentsOf(`topics/${lang}.test.jsonl.gz`), ...sampleArticles(lang)].filter(isNew)
  const pages = webDocuments(lang).filter(isNew)
  const weak = documentsOf(`topics/${lang}.train.jsonl.gz`).filter(isNew)
  return {
    lang,
    weak: spread(weak, most.weak),
    test,
    other,
    web: spread(pages.filter(isLabelled), most.pages).map((page) => ({
      ...page,
      fold: foldOf(keyOfText(page.text), FOLDS),
    })),
  }
}

/** What both sides read of a document, as one line of our tokens between blanks: what fastText is given. */
export function tokenLine({ title, text }: TopicDocument, lang: string): string {
  const head = text.slice(0, featuresOf(lang).maxUnits).toWellFormed()
  const whole = title && !text.startsWith(title) ? `${title}\n${head}` : head
  return spellTokens(whole).flat().join(' ')
}
