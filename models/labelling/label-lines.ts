/** Lines of models/topic/labels.ndjson: a text, known by its hash alone, and its topic. GUIDELINES.md says what the fields mean. */
import { z } from 'zod'
import { TOPICS } from '../../schema/shard.ts'

/** Drawn at random, for a topic that is rare, because an earlier model was unsure, or all that were left. */
export const DRAWN = ['random', 'thin', 'unsure', 'rest'] as const

export const LabelLine = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
  lang: z.string().min(1),
  topic: z.enum(TOPICS),
  second: z.enum(TOPICS).nullable(),
  drawn: z.enum(DRAWN),
  /** What a second reader said who did not see `topic`. */
  again: z.enum(TOPICS).exactOptional(),
})
export type LabelLine = Readonly<z.infer<typeof LabelLine>>

/** With a blank behind each comma and colon, as the lines that are there have it: one that comes again is the same bytes. */
export function formatLabel({ sha256, lang, topic, second, drawn, again }: LabelLine): string {
  const fields = { sha256, lang, topic, second, drawn, ...(again === undefined ? {} : { again }) }
  return `{${Object.entries(fields)
    .map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`)
    .join(', ')}}`
}

/** Throws an error that says what is wrong with the line. */
export function parseLabel(line: string): LabelLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new Error(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
  const parsed = LabelLine.safeParse(value)
  if (!parsed.success) throw new Error(`it is no label: ${z.prettifyError(parsed.error).replaceAll(/\s+/g, ' ')}`)
  return parsed.data
}
