/**
 * Trains the default topic models by the trainer of `millrace models train-topic`: weak labels and lists of words to learn
 * from only, web labels in five folds.
 * Run from the repository root: npx node models/train-topic.ts zh, and npx node models/train-topic.ts en --vectors FILE
 * (models/vectors-to-text.ts makes the file that the shipped English model began with)
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { classifyTopic } from '../functions/classify/classify.ts'
import type { FeatureOptions } from '../functions/classify/features.ts'
import { loadTopicModel } from '../functions/classify/topic-model.ts'
import type { RecordOptions } from './training/document-records.ts'
import { confusionTable, reliabilityTable } from './training/topic-card.ts'
import { TopicCorpus } from './training/topic-corpus.ts'
import { documentsOf, keywordDocuments, sampleArticles, webDocuments } from './training/topic-data.ts'
import type { LabelledDocument } from './training/topic-data.ts'
import type { Part } from './training/topic-record.ts'
import { MODELS } from './training/texts.ts'
import { FEATURES_OF, settingsOf, weightsOf } from './training/topic-recipe.ts'
import { trainTopic } from './training/topic-trainer.ts'
import { readVectors } from './training/word-vectors.ts'

const FOLDS = 5

export function shippedCorpus(lang: string, features: FeatureOptions): TopicCorpus {
  const options = {
    folder: os.tmpdir(),
    bins: 16,
    folds: FOLDS,
    heldOutShare: 0,
    secondShare: 0.25,
    keepsUnlabelled: false,
  }
  const corpus = new TopicCorpus(options)
  const fields = { title: true, url: false }
  const as = (part: Part, weight: number): Omit<RecordOptions, 'secondShare'> => ({ features, fields, part, weight })
  const labelled = webDocuments(lang).filter(({ topic }) => topic !== null)
  const weights = weightsOf(lang)
  corpus.addDocuments(labelled, as('either', weights.web))
  corpus.addDocuments(documentsOf(`topics/${lang}.train.jsonl.gz`), as('train', weights.document))
  corpus.addDocuments(keywordDocuments(lang), as('train', weights.words))
  return corpus
}

function train(lang: string, features: FeatureOptions, vectors: string | undefined): void {
  const trained = trainTopic(shippedCorpus(lang, features), {
    name: `millrace-topic-${lang}`,
    lang,
    features,
    settings: settingsOf(lang),
    ...(vectors !== undefined && { vectors: (size, numberOf) => readVectors(vectors, size, numberOf) }),
    say: (text) => console.error(`${lang}: ${text}`),
  })
  const { bytes, scores, counts, epochs, candidates } = trained
  mkdirSync(path.join(MODELS, 'topic'), { recursive: true })
  writeFileSync(path.join(MODELS, 'topic', `${lang}.bin`), bytes)

  const model = loadTopicModel(bytes)
  const accuracy = (documents: readonly LabelledDocument[]): number =>
    documents.filter((document) => classifyTopic(model, document).topic === document.topic).length / documents.length
  const test = accuracy(documentsOf(`topics/${lang}.test.jsonl.gz`))
  const articles = accuracy(sampleArticles(lang))
  const { texts, strict, lenient, macroF1, ece, temperature } = scores
  const web = { texts, strict, lenient, macroF1, ece, temperature }
  console.log(
    JSON.stringify({ id: model.id, candidates, features: trained.features, epochs, counts, web, test, articles }),
  )
  console.error(`\n${reliabilityTable(scores)}\n\n${confusionTable(scores)}\n`)
}

const { values, positionals } = parseArgs({ options: { vectors: { type: 'string' } }, allowPositionals: true })
for (const lang of positionals) {
  const options = FEATURES_OF[lang]
  if (!options) throw new Error(`no data for ${lang}: expected some of ${Object.keys(FEATURES_OF).join(' ')}`)
  train(lang, options, values.vectors)
}
