/** Opened models by slot, as the stages take them. */
import { SLOTS, type Slot } from '../../schema/models.ts'
import type { FastTextTopics } from '../classify/fasttext-topics.ts'
import type { TopicModel } from '../classify/topic-model.ts'
import type { NgramModel } from '../perplexity/ngram-model.ts'
import type { Models } from '../pipeline.ts'
import type { OpenModel } from './open-model.ts'

/** Each must fit its slot (`misfit`). */
export function placeModels(modelOf: (slot: Slot) => OpenModel): Models {
  const topic: Record<string, TopicModel | FastTextTopics> = {}
  const ngram: Record<string, NgramModel> = {}
  for (const slot of SLOTS) {
    const [, lang = ''] = slot.split('/')
    const opened = modelOf(slot)
    switch (opened.kind) {
      case 'topic':
        topic[lang] = opened.model
        break
      case 'ngram':
        ngram[lang] = opened.model
        break
      case 'fasttext':
        topic[lang] = { id: opened.id, fastText: opened.model }
    }
  }
  return { topic, ngram }
}
