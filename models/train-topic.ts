/**
 * Trains the default topic models: features of all texts are weighed and the best chosen, the model is trained on those
 * alone, its temperature is fitted on web labels out of fold, and it is written with a byte a weight.
 * Run from the repository root: npx node --max-old-space-size=6000 models/train-topic.ts en zh
 * (four minutes a language, one core)
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { classifyTopic } from '../functions/classify/classify.ts'
import type { FeatureOptions } from '../functions/classify/features.ts'
import { CLASSES, WAYS, loadTopicModel } from '../functions/classify/topic-model.ts'
import { TOPICS } from '../schema/shard.ts'
import type { Topic } from '../schema/shard.ts'
import { logits } from './training/softmax.ts'
import { MODELS } from './training/texts.ts'
import { documentsOf, hashesOf, keywordDocuments, sampleArticles, webDocuments } from './training/topic-data.ts'
import type { Document, Label } from './training/topic-data.ts'
import { writeTopicFile } from './training/topic-file.ts'
import { measure } from './training/topic-measure.ts'
import type { Scored } from './training/topic-measure.ts'
import { choosePlaces, dictionary, indices, twoRounds } from './training/topic-train.ts'
import type { Indexed, Item } from './training/topic-train.ts'

const OPTIONS: Readonly<Record<string, FeatureOptions>> = {
  en: { longestRun: 2, maxUnits: 6000 },
  zh: { longestRun: 3, maxUnits: 3000 },
}
/** 2^15 sets of two places: 13 bytes each make 832 KiB. */
const SET_BITS = 15
/** Best of a small grid by three folds over the web labels: a web label counts as thirteen weak ones. */
const WEIGHT = { document: 0.3, words: 0.5, web: 4 }
/** A second topic is a quarter of the target. */
const SECOND = 0.25
const FOLDS = 5

function targetOf(topic: Topic, second: Topic | null): Float32Array {
  const target = new Float32Array(CLASSES)
  target[TOPICS.indexOf(topic)] = second === null ? 1 : 1 - SECOND
  if (second !== null) target[TOPICS.indexOf(second)] = SECOND
  return target
}

function itemsOf(lang: string, web: readonly Document<Label | null>[], options: FeatureOptions): Item[] {
  const certain = (document: Document<Topic>, weight: number): Item => ({
    hashes: hashesOf(document, options),
    target: targetOf(document.label, null),
    weight,
  })
  return [
    ...documentsOf(`topics/${lang}.train.jsonl.gz`).map((document) => certain(document, WEIGHT.document)),
    ...keywordDocuments(lang).map((document) => certain(document, WEIGHT.words)),
    ...web.map((document) => ({
      hashes: hashesOf(document, options),
      target: document.label && targetOf(document.label.topic, document.label.second),
      weight: WEIGHT.web,
    })),
  ]
}

/** Logits of each labelled web text under a model that has not seen its fold. */
function outOfFold(items: readonly Indexed[], web: readonly Document<Label | null>[], features: number): Scored[] {
  const first = items.length - web.length
  const own = [...items.keys()].filter((i) => i >= first && items[i]?.target !== null)
  return Array.from({ length: FOLDS }, (_, fold) => {
    const held = new Set(own.filter((_i, n) => n % FOLDS === fold))
    const model = twoRounds(
      items.filter((_item, i) => !held.has(i)),
      features,
    )
    return [...held].flatMap((i): Scored[] => {
      const label = web[i - first]?.label
      const raw = new Float32Array(CLASSES)
      logits(model, items[i]?.features ?? new Int32Array(), raw)
      return label ? [{ logits: raw, topic: label.topic, second: label.second }] : []
    })
  }).flat()
}

function train(lang: string, options: FeatureOptions): void {
  const web = webDocuments(lang)
  const items = itemsOf(lang, web, options)
  const numbers = dictionary(items)
  console.error(`${lang}: ${items.length} texts, ${numbers.size} features`)
  const wide = items.map((item) => ({ ...item, features: indices(item.hashes, numbers) }))
  const places = choosePlaces(twoRounds(wide, numbers.size), wide, { numbers, setBits: SET_BITS })
  const narrow = items.map((item) => ({ ...item, features: indices(item.hashes, places) }))
  const rows = WAYS * 2 ** SET_BITS
  const onWeb = measure(outOfFold(narrow, web, rows))
  const { temperature } = onWeb
  const file = { name: `millrace-topic-${lang}`, lang, ...options, setBits: SET_BITS, temperature }
  const bytes = writeTopicFile(twoRounds(narrow, rows), places, file)
  mkdirSync(path.join(MODELS, 'topic'), { recursive: true })
  writeFileSync(path.join(MODELS, 'topic', `${lang}.bin`), bytes)

  const model = loadTopicModel(bytes)
  const accuracy = (documents: readonly Document<Topic>[]): number =>
    documents.filter((document) => classifyTopic(model, document).topic === document.label).length / documents.length
  const test = accuracy(documentsOf(`topics/${lang}.test.jsonl.gz`))
  const articles = accuracy(sampleArticles(lang))
  console.log(JSON.stringify({ id: model.id, features: places.size, web: onWeb, test, articles }))
}

for (const lang of process.argv.slice(2)) {
  const options = OPTIONS[lang]
  if (!options) throw new Error(`no data for ${lang}: expected some of ${Object.keys(OPTIONS).join(' ')}`)
  train(lang, options)
}
