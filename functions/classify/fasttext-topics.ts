/** A fastText model as the topic model of a language: its labels are the topics, as `__label__law-policy`. */
import { TOPICS, type Topic } from '../../schema/shard.ts'
import type { TopicScore } from './classify.ts'
import type { PageText } from './features.ts'
import { predict } from './fasttext/fasttext.ts'
import type { FastTextModel } from './fasttext/fasttext.ts'

export interface FastTextTopics {
  readonly id: string
  readonly fastText: FastTextModel
}

const PREFIX = '__label__'
const topicOf = (label: string): Topic | undefined => TOPICS.find((topic) => label === `${PREFIX}${topic}`)

/** The topic of each label, or the first label that is none. */
export function topicsOfLabels(labels: readonly string[]): { topics: Topic[] } | { unknown: string } {
  const topics: Topic[] = []
  for (const label of labels) {
    const topic = topicOf(label)
    if (topic === undefined) return { unknown: label }
    topics.push(topic)
  }
  return { topics }
}

/**
 * The likeliest topic of the title and the text as one line, as they stand: what the model was trained on is its owner's
 * affair. `other` at probability 0 where the model knows no word of them. fastText's 1.00001 is 1.
 */
export function classifyByFastText({ fastText }: FastTextTopics, { text, title }: PageText): TopicScore {
  const whole = title && !text.startsWith(title) ? `${title}\n${text}` : text
  const [best] = predict(fastText, whole)
  const topic = best === undefined ? undefined : topicOf(best.label)
  return topic === undefined || best === undefined
    ? { topic: 'other', score: 0 }
    : { topic, score: Math.min(1, best.probability) }
}
