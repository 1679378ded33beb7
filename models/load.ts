/** The default models as files, for the command line, the benchmarks and the tools that fit what goes with them. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { loadTopicModel } from '../functions/classify/topic-model.ts'
import { loadNgramModel } from '../functions/perplexity/ngram-model.ts'
import type { Models } from '../functions/pipeline.ts'

export const MODEL_LANGUAGES = ['en', 'zh'] as const

const read = (kind: string, lang: string): Promise<Uint8Array> =>
  readFile(path.join(import.meta.dirname, kind, `${lang}.bin`))

/** Throws `DamagedModel` for a file that is not what it should be. */
export async function loadModels(): Promise<Models> {
  const all = await Promise.all(
    MODEL_LANGUAGES.map(async (lang) => ({
      lang,
      topic: loadTopicModel(await read('topic', lang)),
      ngram: loadNgramModel(await read('ngram', lang)),
    })),
  )
  return {
    topic: Object.fromEntries(all.map(({ lang, topic }) => [lang, topic])),
    ngram: Object.fromEntries(all.map(({ lang, ngram }) => [lang, ngram])),
  }
}
