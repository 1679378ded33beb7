/** The default models, bundled as data modules and loaded once an isolate, when something first needs them. */
import defaultCalibration from '../../models/calibration/default.json' with { type: 'json' }
import enNgram from '../../models/ngram/en.bin'
import zhNgram from '../../models/ngram/zh.bin'
import defaultTokens from '../../models/tokens/default.json' with { type: 'json' }
import enTopic from '../../models/topic/en.bin'
import zhTopic from '../../models/topic/zh.bin'
import { Calibration, TokenTable } from '../../schema/manifest.ts'
import { loadTopicModel } from '../classify/topic-model.ts'
import { loadNgramModel } from '../perplexity/ngram-model.ts'
import type { Models } from '../pipeline.ts'

export const DEFAULT_CALIBRATION = Calibration.parse(defaultCalibration)
export const DEFAULT_TOKENS = TokenTable.parse(defaultTokens)

let loaded: Models | undefined

export function defaultModels(): Models {
  if (loaded !== undefined) return loaded
  loaded = {
    topic: { en: loadTopicModel(new Uint8Array(enTopic)), zh: loadTopicModel(new Uint8Array(zhTopic)) },
    ngram: { en: loadNgramModel(new Uint8Array(enNgram)), zh: loadNgramModel(new Uint8Array(zhNgram)) },
  }
  return loaded
}
