/** Any model file, known by its first bytes, whoever made it: what the command line, uploads and the pipeline open. */
import { createHash } from 'node:crypto'
import { FASTTEXT_MAGIC } from '../classify/fasttext/settings.ts'
import { loadFastText } from '../classify/fasttext/fasttext.ts'
import type { FastTextModel } from '../classify/fasttext/fasttext.ts'
import { loadTopicModel, MAX_TOPIC_BYTES, TOPIC_FORMAT } from '../classify/topic-model.ts'
import type { TopicModel } from '../classify/topic-model.ts'
import { foreignKind, looksLikeText } from '../kernel/foreign-file.ts'
import { DamagedModel } from '../kernel/model-file.ts'
import { ngramSpace } from '../perplexity/ngram-kernel.ts'
import type { NgramSpace } from '../perplexity/ngram-kernel.ts'
import { loadNgramModel, MAX_NGRAM_BYTES, NGRAM_FORMAT } from '../perplexity/ngram-model.ts'
import type { NgramModel } from '../perplexity/ngram-model.ts'
import type { ModelKind } from '../../schema/models.ts'

interface Opened<K extends ModelKind, M> {
  readonly kind: K
  /** What its scores carry: `name@` and 12 hex digits of the file's hash. */
  readonly id: string
  /** Empty where the file does not say: fastText's. */
  readonly lang: string
  /** What it takes in memory. */
  readonly heldBytes: number
  readonly model: M
}
export type OpenModel = Opened<'topic', TopicModel> | Opened<'ngram', NgramModel> | Opened<'fasttext', FastTextModel>

/** Where a file is read to. An n-gram model's bytes lie where its table will be, so that it is in memory once. */
export interface ModelSpace {
  readonly bytes: Uint8Array
  readonly ngram: NgramSpace | null
}

/** Bytes that tell a file's kind. */
export const HEAD_BYTES = 4

const KINDS: readonly (readonly [magic: string, kind: ModelKind])[] = [
  [TOPIC_FORMAT.magic, 'topic'],
  [NGRAM_FORMAT.magic, 'ngram'],
  [Buffer.from(FASTTEXT_MAGIC).toString('latin1'), 'fasttext'],
]

/** By the first bytes. Throws `DamagedModel` for what is no model. */
export function kindOfModel(head: Uint8Array): ModelKind {
  const start = String.fromCharCode(...head.subarray(0, HEAD_BYTES))
  const found = KINDS.find(([magic]) => magic === start)
  if (found !== undefined) return found[1]
  const foreign = foreignKind(head) ?? (looksLikeText(head) ? 'text' : null)
  const what = foreign === null ? 'another kind of file, or its head is damaged' : `it is ${foreign}`
  throw new DamagedModel(
    `model file: field magic at byte 0: found ${JSON.stringify(start)}, expected MRTM (topic), MRNG (n-gram) or ` +
      `fastText's: ${head.length === 0 ? 'the file is empty' : what}`,
  )
}

/** Room for a file of `size` bytes that begins with `head`. Throws `DamagedModel` for what is no model. */
export function modelSpace(size: number, head: Uint8Array): ModelSpace {
  const kind = kindOfModel(head)
  const most = MAX_FILE_BYTES[kind]
  if (size > most) {
    const detail = `the file has ${size} bytes, the largest ${kind} model ${most}: two files joined, or another kind of file`
    throw new DamagedModel(`model file: field end at byte ${most}: ${detail}`)
  }
  if (kind !== 'ngram') return { bytes: new Uint8Array(size), ngram: null }
  const ngram = ngramSpace(size)
  return { bytes: ngram.bytes, ngram }
}

/** What no file of a kind exceeds, so that nothing is asked for more memory than a model may need. fastText's have no end. */
const MAX_FILE_BYTES: Readonly<Record<ModelKind, number>> = {
  topic: MAX_TOPIC_BYTES,
  ngram: MAX_NGRAM_BYTES,
  fasttext: Number.POSITIVE_INFINITY,
}

/**
 * The model in a space that holds its file, which is the model's from now on. `name` is for a file without one of its own.
 * Throws `DamagedModel`, or `ModelTooLarge` for a fastText model over `maxBytes`.
 */
export function openModel(
  { bytes, ngram }: ModelSpace,
  { name, maxBytes }: { readonly name: string; readonly maxBytes: number },
): OpenModel {
  const kind = kindOfModel(bytes)
  switch (kind) {
    case 'topic': {
      const model = loadTopicModel(bytes)
      return { kind, id: model.id, lang: model.lang, heldBytes: model.kernel.heldBytes, model }
    }
    case 'ngram': {
      const model = loadNgramModel(bytes, ngram)
      return { kind, id: model.id, lang: model.lang, heldBytes: model.heldBytes, model }
    }
    case 'fasttext': {
      // Loading moves bytes about: the name is of the file as it came.
      const id = `${name}@${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`
      const model = loadFastText(bytes, { maxBytes, inPlace: true })
      return { kind, id, lang: '', heldBytes: model.heldBytes, model }
    }
  }
}
