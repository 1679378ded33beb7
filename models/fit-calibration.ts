/**
 * The default calibration: quantile borders of the shipped n-gram models over real web texts of both languages.
 * Run from the repository root: npx node models/fit-calibration.ts
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { bucketOf } from '../functions/perplexity/bucket.ts'
import { calibrate } from '../functions/perplexity/calibration.ts'
import { loadNgramModel } from '../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../functions/perplexity/score.ts'
import type { Calibration } from '../schema/manifest.ts'
import { readWeb } from './training/ngram-sources.ts'
import { MODELS } from './training/texts.ts'

const borders: Record<string, { pplModel: string; borders: number[] }> = {}
for (const lang of ['en', 'zh']) {
  const model = loadNgramModel(readFileSync(path.join(MODELS, 'ngram', `${lang}.bin`)))
  const histogram = new Map<number, number>()
  // Texts that the model was counted on would look easier than any new page.
  const { heldOut } = await readWeb(lang)
  for (const text of heldOut) {
    const { ppl } = scorePerplexity(model, text)
    if (ppl === null) continue
    const bucket = bucketOf(ppl)
    histogram.set(bucket, (histogram.get(bucket) ?? 0) + Buffer.byteLength(text))
  }
  borders[lang] = { pplModel: model.id, borders: calibrate(histogram) }
}
const calibration: Calibration = { id: 'default-web-2', borders }
mkdirSync(path.join(MODELS, 'calibration'), { recursive: true })
writeFileSync(path.join(MODELS, 'calibration/default.json'), `${JSON.stringify(calibration, null, 2)}\n`)
console.log(JSON.stringify(calibration))
