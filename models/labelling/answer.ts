/** A model's answer → a reading, or what is wrong with it. Nothing is guessed: what is no label by the letter is none. */
import { z } from 'zod'
import { TOPICS } from '../../schema/shard.ts'
import type { Reading } from './passage.ts'

const Answer = z.object({ topic: z.enum(TOPICS), second: z.enum(TOPICS).nullable() })

/** For endpoints that hold a model to a JSON schema. */
export const ANSWER_SCHEMA: Readonly<Record<string, unknown>> = {
  type: 'object',
  properties: {
    topic: { type: 'string', enum: TOPICS },
    second: { anyOf: [{ type: 'string', enum: TOPICS }, { type: 'null' }] },
  },
  required: ['topic', 'second'],
  additionalProperties: false,
}

export type AnswerFault = 'not-json' | 'unknown-topic' | 'no-label' | 'cut-answer' | 'refused'

export type ReadAnswer =
  | { readonly isGood: true; readonly reading: Reading }
  | { readonly isGood: false; readonly reason: AnswerFault; readonly detail: string }

export function readAnswer(content: string): ReadAnswer {
  const bad = (reason: AnswerFault, detail: string): ReadAnswer => ({ isGood: false, reason, detail })
  let value: unknown
  try {
    value = JSON.parse(bare(content))
  } catch (error) {
    return bad(
      'not-json',
      content.trim() === '' ? 'it is empty' : error instanceof Error ? error.message : String(error),
    )
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return bad('no-label', `it is ${Array.isArray(value) ? 'an array' : JSON.stringify(value)}, expected an object`)
  }
  for (const name of ['topic', 'second']) {
    const given: unknown = (value as Record<string, unknown>)[name]
    if (typeof given === 'string' && !TOPICS.some((topic) => topic === given)) {
      return bad('unknown-topic', `"${name}" is ${JSON.stringify(given)}, which is none of the eleven topics`)
    }
  }
  const parsed = Answer.safeParse(value)
  if (!parsed.success) return bad('no-label', z.prettifyError(parsed.error).replaceAll(/\s+/g, ' '))
  const { topic, second } = parsed.data
  if (second === topic) return bad('no-label', `"second" is "topic" again, expected another topic or null`)
  return { isGood: true, reading: { topic, second } }
}

/** Without what servers leave around the JSON: the model's thoughts before it, a fence of code about it. */
const bare = (content: string): string =>
  content
    .replace(/^\s*<think>[\s\S]*?<\/think>/, '')
    .trim()
    .replace(/^```(?:json)?\s*\n([\s\S]*)\n\s*```$/i, '$1')
