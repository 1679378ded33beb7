/**
 * `npm run bench:fasttext [-- NAME]`: our reader of fastText files beside native fastText 0.9.2, over a matrix of models
 * that native fastText trains here: three losses, runs of one to three words, with and without runs of characters, English and
 * Chinese (cut into characters), plain and quantised with and without norms, cutoff and quantised output. 10,000 lines
 * each, five labels a line. NAME picks models whose name has it. Exit code 1 when a label differs, a probability is off by
 * more than 1e-4, or the documents a second of processor time over all models are below native's.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import os from 'node:os'

import { loadFastText, predict } from '../../functions/classify/fasttext/fasttext.ts'
import type { FastTextModel } from '../../functions/classify/fasttext/fasttext.ts'
import { trainModel, trainings } from './fasttext-models.ts'
import { nativeFastText } from './fasttext-peer.ts'
import { CACHE, TOPIC_DATA, testLines } from './fasttext-texts.ts'

const NUM_LINES = 10_000
const K = 5
const BAR = 1e-4
const ROUNDS = 3

if (!existsSync(TOPIC_DATA)) {
  console.log('bench:fasttext: the development data (../shared/data) is not here, nothing to measure.')
  process.exit(0)
}
mkdirSync(CACHE, { recursive: true })
const native = nativeFastText(CACHE)
const wanted = process.argv[2] ?? ''
const chosen = trainings().filter(({ name }) => name.includes(wanted))
console.log(`${NUM_LINES} lines, ${K} labels each; ${os.cpus()[0]?.model ?? 'this machine'}; ${native.version}`)
console.log('lines a second of processor time, loading left out; best of three rounds by turns')
console.log(['model', 'bytes', 'held', 'equal', 'largest difference', 'native/s', 'ours/s', 'ratio'].join('\t'))

let nativeSeconds = 0
let ourSeconds = 0
let isMissed = false
for (const training of chosen) {
  const file = trainModel(native, training)
  const lines = testLines(training.lang, NUM_LINES)
  compare(training.name, file, lines)
}
const ratio = nativeSeconds / ourSeconds
console.log(`\nall ${chosen.length} models: ${ratio.toFixed(2)} x native's lines a second`)
if (ratio < 1) isMissed = true
process.exitCode = isMissed ? 1 : 0

function compare(name: string, file: string, { path: linesFile, lines }: ReturnType<typeof testLines>): void {
  const model = loadFastText(new Uint8Array(readFileSync(file)), { maxBytes: Infinity })
  const expected = native.predict(file, linesFile, K).output
  const found = ours(model, lines)
  let numEqual = 0
  let largest = 0
  lines.forEach((line, i) => {
    const theirs = (expected[i] ?? '').split(' ').filter((word) => word !== '')
    const own = (found[i] ?? '').split(' ').filter((word) => word !== '')
    const isEqual = theirs.length === own.length && theirs.every((word, j) => j % 2 === 1 || word === own[j])
    if (isEqual) {
      numEqual++
      own.forEach((word, j) => {
        if (j % 2 === 1) largest = Math.max(largest, Math.abs(Number(word) - Number(theirs[j])))
      })
    } else if (process.env['SHOW'] !== undefined) console.log(`${i}: ${theirs.join(' ')} | ${own.join(' ')}`)
  })
  const [theirs, own] = speeds(model, file, linesFile, lines)
  nativeSeconds += theirs
  ourSeconds += own
  const isGood = numEqual === lines.length && expected.length === lines.length && largest <= BAR
  if (!isGood) isMissed = true
  const rates = [theirs, own].map((seconds) => (lines.length / seconds).toFixed(0))
  const cells = [name, statSync(file).size, model.heldBytes, `${numEqual}/${lines.length}`, largest.toExponential(1)]
  console.log([...cells, ...rates, (theirs / own).toFixed(2), isGood ? '' : 'MISSED'].join('\t').trimEnd())
}

function ours(model: FastTextModel, lines: readonly Uint8Array[]): string[] {
  return lines.map((line) =>
    predict(model, line, { k: K })
      .map(({ label, probability }) => `${label} ${probability}`)
      .join(' '),
  )
}

/** Best seconds of processor time, native's and ours. */
function speeds(
  model: FastTextModel,
  file: string,
  linesFile: string,
  lines: readonly Uint8Array[],
): [native: number, ours: number] {
  const best: [number, number] = [Infinity, Infinity]
  for (let round = 0; round < ROUNDS; round++) {
    const { seconds } = native.predict(file, linesFile, K)
    const loading = native.predict(file, '/dev/null', K).seconds
    const begun = process.cpuUsage()
    ours(model, lines)
    const { user, system } = process.cpuUsage(begun)
    best[0] = Math.min(best[0], seconds - loading)
    best[1] = Math.min(best[1], (user + system) / 1e6)
  }
  return best
}
