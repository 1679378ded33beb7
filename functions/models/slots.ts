/**
 * Which model may stand where, and how much of them a Worker bears: an isolate has 128 MB, of which pages, chunks and
 * encoders need half.
 */
import { SLOTS, type Slot } from '../../schema/models.ts'
import { topicsOfLabels } from '../classify/fasttext-topics.ts'
import { WORKER_MODEL_BYTES } from '../classify/fasttext/fasttext.ts'
import { TOKENISATION } from '../perplexity/ngram-model.ts'
import type { OpenModel } from './open-model.ts'

export { WORKER_MODEL_BYTES }

const KIND_NAMES = { topic: 'a topic model', ngram: 'an n-gram model', fasttext: 'a fastText model' } as const

/** Why a model cannot stand in a slot, as a sentence; null where it can. */
export function misfit(slot: Slot, opened: OpenModel): string | null {
  const [purpose, lang] = slot.split('/')
  const { id, kind } = opened
  if (kind === 'fasttext' && purpose === 'topic') {
    const topics = topicsOfLabels(opened.model.labels)
    return 'unknown' in topics
      ? `${id} has the label ${JSON.stringify(topics.unknown)}, expected labels that are topics, as __label__law-policy.`
      : null
  }
  if (kind !== purpose) {
    return `${id} is ${KIND_NAMES[kind]}, ${slot} takes ${purpose === 'topic' ? 'a topic model, or fastText’s with topics as labels' : 'an n-gram model'}.`
  }
  if (opened.lang !== lang) {
    const likely = opened.lang === 'und' ? ': it was made without --lang' : ''
    return `${id} is for the language "${opened.lang}", ${slot} takes one for "${lang ?? ''}"${likely}.`
  }
  if (opened.kind === 'ngram' && opened.model.tokenisation !== TOKENISATION) {
    return `${id} scores ready words and no text: import it with --tokens millrace from the output of "millrace models tokenise".`
  }
  return null
}

export interface Need {
  readonly id: string
  readonly heldBytes: number
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** Why one model has no place in any Worker; null where it has. */
export function tooLargeAlone({ id, heldBytes }: Need): string | null {
  if (heldBytes <= WORKER_MODEL_BYTES) return null
  return (
    `${id} needs ${mebibytes(heldBytes)} in memory, a Worker has ${mebibytes(WORKER_MODEL_BYTES)} for all of its models. ` +
    'Prune or quantise it, or use it on the command line (millrace process --model).'
  )
}

export interface Shortage {
  readonly slot: Slot
  readonly neededBytes: number
  readonly leftBytes: number
  /** A sentence with both figures. */
  readonly detail: string
}

/** The largest of the new models, where all together need more than there is: what it needs, and what the others leave. */
export function shortageOf(
  needs: Readonly<Record<Slot, Need>>,
  isNew: (slot: Slot) => boolean,
  budget = WORKER_MODEL_BYTES,
): Shortage | null {
  const total = SLOTS.reduce((sum, slot) => sum + needs[slot].heldBytes, 0)
  if (total <= budget) return null
  const [slot] = SLOTS.filter(isNew).sort((a, b) => needs[b].heldBytes - needs[a].heldBytes)
  if (slot === undefined) return null
  const { id, heldBytes: neededBytes } = needs[slot]
  const leftBytes = Math.max(0, budget - (total - neededBytes))
  const others = SLOTS.filter((other) => other !== slot)
    .map((other) => `${other} ${needs[other].id} ${mebibytes(needs[other].heldBytes)}`)
    .join(', ')
  const detail =
    `${slot} ${id} needs ${mebibytes(neededBytes)} in memory, ${mebibytes(leftBytes)} of ${mebibytes(budget)} are left ` +
    `beside ${others}. Prune it, or activate smaller models in the other slots.`
  return { slot, neededBytes, leftBytes, detail }
}
