/**
 * What a topic model learns from: documents with weak labels (without the sources that may not train a shipped model), web
 * texts, most of them with labels of our own (models/topic/labels.ndjson), and lists of words that are a topic's own
 * (models/topic/keywords.json). The articles of the sample are for measuring only.
 */
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { TOPICS } from '../../schema/shard.ts'
import type { Topic } from '../../schema/shard.ts'
import type { TopicDocument } from './document-records.ts'
import { random } from './softmax.ts'
import { MODELS, goldTexts, labelled, sha256, webTexts } from './texts.ts'

/** Their licences do not let a model that was trained on them be shipped. */
const NOT_SHIPPED = new Set(['xiezhi', 'fudan10', 'cs_docs'])
const WORDS_A_LIST = 12
const LISTS_A_TOPIC = 300

/** A line of labels.ndjson: the text is known by its hash alone. */
export interface Label {
  readonly sha256: string
  readonly lang: string
  readonly topic: Topic
  readonly second: Topic | null
  /** Drawn at random, for a topic that is rare, because an earlier model was unsure, or all that were left. */
  readonly drawn: 'random' | 'thin' | 'unsure' | 'rest'
  /** What a second reader said who did not see `topic`. */
  readonly again?: Topic
}

export interface LabelledDocument extends TopicDocument {
  readonly topic: Topic
}

function topicOf(name: string): Topic {
  const topic = TOPICS.find((known) => known === name)
  if (topic === undefined) throw new Error(`"${name}" is none of the eleven topics`)
  return topic
}

const fromSources = (name: string, isTaken: (source: string) => boolean): LabelledDocument[] =>
  [...labelled(name)]
    .filter(({ source }) => isTaken(source))
    .map(({ topic, text }) => ({ text, topic: topicOf(topic) }))

export const documentsOf = (name: string): LabelledDocument[] => fromSources(name, (source) => !NOT_SHIPPED.has(source))

/** Those of the sources that no shipped model may be trained on: another kind of text to measure with. */
export const otherDocumentsOf = (name: string): LabelledDocument[] =>
  fromSources(name, (source) => NOT_SHIPPED.has(source))

/** Those that have a label first. */
export function webDocuments(lang: string): TopicDocument[] {
  const lines = readFileSync(path.join(MODELS, 'topic', 'labels.ndjson'), 'utf8')
    .trim()
    .split('\n')
  const labels = new Map(lines.map((line) => JSON.parse(line) as Label).map((label) => [label.sha256, label]))
  // The address is left out: these crawls' own paths would be learnt, not subjects.
  const gold = [...goldTexts(lang)].filter(({ text }) => labels.has(sha256(text)))
  return [...webTexts(lang), ...gold]
    .map(({ title, text }): TopicDocument => {
      const label = labels.get(sha256(text))
      return { title, text, topic: label?.topic ?? null, second: label?.second ?? null }
    })
    .sort((a, b) => Number(a.topic === null) - Number(b.topic === null))
}

/** Short lists of words that belong to one topic. */
export function keywordDocuments(lang: string): LabelledDocument[] {
  const file = readFileSync(path.join(MODELS, 'topic', 'keywords.json'), 'utf8')
  const lists = (JSON.parse(file) as Record<string, Record<string, string>>)[lang] ?? {}
  const next = random(1)
  return Object.entries(lists).flatMap(([name, text]) => {
    const topic = topicOf(name)
    const words = text.split(' ')
    const draw = (): string => words[Math.floor(next() * words.length)] ?? ''
    return Array.from({ length: LISTS_A_TOPIC }, () => ({
      text: Array.from({ length: WORDS_A_LIST }, draw).join(' , '),
      topic,
    }))
  })
}

/** Articles written for the sample, each in the file of its topic: `# title`, lines of `key: value`, the text. */
export function sampleArticles(lang: string): LabelledDocument[] {
  const folder = path.join(MODELS, '..', 'test', 'fixtures', 'sample', 'articles', lang)
  return readdirSync(folder).flatMap((name) =>
    readFileSync(path.join(folder, name), 'utf8')
      .split(/^# /m)
      .slice(1)
      .map((article) => {
        const [title = '', ...lines] = article.split('\n')
        const text = lines
          .slice(lines.indexOf('') + 1)
          .join('\n')
          .trim()
        return { title, text, topic: topicOf(path.basename(name, '.md')) }
      }),
  )
}
