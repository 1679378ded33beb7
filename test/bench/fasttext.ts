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
const ROUNDS = 2

if (!existsSync(TOPIC_DATA)) {
  console.log('bench:fasttext: the development data (../shared/data) is not here, nothing to measure.')
  process.exit(0)
}
mkdirSync(CACHE, { recursive: true })
const native = nativeFastText(CACHE)
const wanted = process.argv[2] ?? ''
const chosen = trainings().filter(({ name }) => name.includes(wanted))
console.log(`${NUM_LINES} lines, ${K} labels each; ${os.cpus()[0]?.model ?? 'this machine'}; ${native.version}`)
console.log(`lines a second of processor time, loading left out; best of ${ROUNDS} rounds by turns`)
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
  const best = { native: Infinity, ours: Infinity }
  let expected: string[] = []
  let found: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const { output, seconds } = native.predict(file, linesFile, K)
    const loading = native.predict(file, '/dev/null', K).seconds
    const begun = process.cpuUsage()
    found = predictAll(model, lines)
    const { user, system } = process.cpuUsage(begun)
    expected = output
    best.native = Math.min(best.native, seconds - loading)
    best.ours = Math.min(best.ours, (user + system) / 1e6)
  }
  nativeSeconds += best.native
  ourSeconds += best.ours
  const { numEqual, largest } = difference(expected, found)
  const isGood = numEqual === lines.length && expected.length === lines.length && largest <= BAR
  if (!isGood) isMissed = true
  const cells = [name, statSync(file).size, model.heldBytes, `${numEqual}/${lines.length}`, largest.toExponential(1)]
  const rates = [best.native, best.ours].map((seconds) => (lines.length / seconds).toFixed(0))
  console.log([...cells, ...rates, (best.native / best.ours).toFixed(2), isGood ? '' : 'MISSED'].join('\t').trimEnd())
}

/** A line of labels and probabilities for each, as native writes them. */
function predictAll(model: FastTextModel, lines: readonly Uint8Array[]): string[] {
  return lines.map((line) =>
    predict(model, line, { k: K })
      .map(({ label, probability }) => `${label} ${probability}`)
      .join(' '),
  )
}

function difference(expected: readonly string[], found: readonly string[]): { numEqual: number; largest: number } {
  let numEqual = 0
  let largest = 0
  found.forEach((line, i) => {
    const own = line.split(' ')
    const theirs = (expected[i] ?? '').trimEnd().split(' ')
    if (own.length !== theirs.length || own.some((word, j) => j % 2 === 0 && word !== theirs[j])) return
    numEqual++
    for (let j = 1; j < own.length; j += 2) largest = Math.max(largest, Math.abs(Number(own[j]) - Number(theirs[j])))
  })
  return { numEqual, largest }
}
