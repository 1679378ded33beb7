/**
 * The default calibration: quantile borders of the shipped n-gram models over real web texts of both languages.
 * Run from the repository root: npx node models/fit-calibration.ts
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { bucketSums } from '../functions/kernel/histogram.ts'
import { bucketOf } from '../functions/perplexity/bucket.ts'
import { freezeCalibration, type ScoredShard } from '../functions/perplexity/freeze.ts'
import { loadNgramModel } from '../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../functions/perplexity/score.ts'
import { readWeb } from './training/ngram-sources.ts'
import { MODELS } from './training/texts.ts'

const shards: ScoredShard[] = []
const texts = createHash('sha256')
for (const lang of ['en', 'zh']) {
  const model = loadNgramModel(readFileSync(path.join(MODELS, 'ngram', `${lang}.bin`)))
  const sums = bucketSums()
  // Texts that the model was counted on would look easier than any new page.
  const { heldOut } = await readWeb(lang)
  for (const text of heldOut) {
    texts.update(`${text}\n`)
    const { ppl, tokens } = scorePerplexity(model, text)
    const bucket = ppl === null ? null : bucketOf(ppl)
    sums.addRow({ bucket, bytes: Buffer.byteLength(text), pplTokens: tokens })
  }
  shards.push({ cell: `web/${lang}/other`, pplModel: model.id, counts: sums.counts() })
}
// Of no corpus: its version is 0, its hash that of the texts.
const index = { version: 0, sha256: texts.digest('hex') }
const calibration = freezeCalibration({ shards, index, source: 'web', by: 'language', models: [] })
if ('problem' in calibration) throw new Error(calibration.detail)
mkdirSync(path.join(MODELS, 'calibration'), { recursive: true })
writeFileSync(path.join(MODELS, 'calibration/default.json'), `${JSON.stringify(calibration)}\n`)
console.log(JSON.stringify({ id: calibration.id, borders: calibration.borders }))
