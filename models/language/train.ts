/**
 * Counts the letter trigrams of English running text and writes functions/screen/english-trigrams.ts.
 * `node models/language/train.ts`: same data, same bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { eachTrigram, STEP_CHARACTERS, STEPS_PER_BIT } from '../../functions/screen/english-likeness.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const TEXT = path.join(ROOT, '../shared/data/lm/en.train.txt.gz')
const OUT = path.join(ROOT, 'functions/screen/english-trigrams.ts')
const SYMBOLS = 27
/** Added to each count, so that nothing is impossible. */
const PRIOR = 0.5

const text = gunzipSync(readFileSync(TEXT)).toString()
const counts = new Float64Array(SYMBOLS ** 3)
const contexts = new Float64Array(SYMBOLS ** 2)
eachTrigram(text, 0, text.length, (trigram) => {
  counts[trigram] = (counts[trigram] ?? 0) + 1
  const context = Math.floor(trigram / SYMBOLS)
  contexts[context] = (contexts[context] ?? 0) + 1
})
const packed = Array.from(counts, (count, trigram) => {
  const seen = contexts[Math.floor(trigram / SYMBOLS)] ?? 0
  const bits = -Math.log2((count + PRIOR) / (seen + PRIOR * SYMBOLS))
  return STEP_CHARACTERS.charAt(Math.min(STEP_CHARACTERS.length - 1, Math.round(bits * STEPS_PER_BIT)))
}).join('')
writeFileSync(
  OUT,
  `/**
 * Cost of each letter trigram of English in quarter bits, a character each; made by \`node models/language/train.ts\`.
 * Counts of ${(text.length / 1e6).toFixed(0)} million characters of English Wikipedia (CC BY-SA); no text is in it.
 */
export const ENGLISH_TRIGRAMS =
  '${packed}'
`,
)
