/**
 * `npm run bench:fasttext [-- NAME]`: our reader of fastText files beside native fastText 0.9.2, over a matrix of models
 * that native fastText trains here: three losses, runs of one to three words, with and without runs of characters, English and
 * Chinese (cut into characters), plain and quantised with and without norms, cutoff and quantised output. 10,000 lines
 * each, five labels a line. NAME picks models whose name has it. Exit code 1 when a label differs, a probability is off by
 * more than 1e-4, or the lines a second of processor time over all models are below native's.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { trainModel, trainings } from './fasttext-models.ts'
import { nativeFastText } from './fasttext-peer.ts'
import { CACHE, TOPIC_DATA, writeTestLines } from './fasttext-texts.ts'

const NUM_LINES = 10_000
const K = 5
const BAR = 1e-4
/** The first of ours is told apart: it compiles. */
const ROUNDS = 4
const NATIVE_ROUNDS = 2

if (!existsSync(TOPIC_DATA)) {
  console.log('bench:fasttext: the development data (../shared/data) is not here, nothing to measure.')
  process.exit(0)
}
mkdirSync(CACHE, { recursive: true })
const native = nativeFastText(CACHE)
const wanted = process.argv[2] ?? ''
const chosen = trainings().filter(({ name }) => name.includes(wanted))
console.log(`${NUM_LINES} lines, ${K} labels each; ${os.cpus()[0]?.model ?? 'this machine'}; ${native.version}`)
console.log(
  'lines a second of processor time, loading left out: native best of two, ours in the first pass and best of four',
)
console.log('model\tbytes\theld\tequal\tlargest difference\tnative/s\tfirst/s\tours/s\tratio')

let nativeSeconds = 0
let ourSeconds = 0
let isMissed = false
for (const training of chosen) {
  compare(training.name, trainModel(native, training), writeTestLines(training.lang, NUM_LINES))
}
const ratio = nativeSeconds / ourSeconds
console.log(`\nall ${chosen.length} models: ${ratio.toFixed(2)} x native's lines a second`)
if (ratio < 1) isMissed = true
process.exitCode = isMissed ? 1 : 0

function compare(name: string, file: string, lines: string): void {
  let best = Infinity
  let expected: string[] = []
  for (let round = 0; round < NATIVE_ROUNDS; round++) {
    const { output, seconds } = native.predict(file, lines, K)
    best = Math.min(best, seconds - native.predict(file, '/dev/null', K).seconds)
    expected = output
  }
  const { output: found, seconds, heldBytes } = ours(file, lines)
  const own = Math.min(...seconds)
  nativeSeconds += best
  ourSeconds += own
  const { numEqual, largest } = difference(expected, found)
  const isGood = numEqual === NUM_LINES && expected.length === NUM_LINES && largest <= BAR
  if (!isGood) isMissed = true
  const cells = [name, statSync(file).size, heldBytes, `${numEqual}/${NUM_LINES}`, largest.toExponential(1)]
  const rates = [best, seconds[0] ?? Infinity, own].map((each) => (NUM_LINES / each).toFixed(0))
  console.log([...cells, ...rates, (best / own).toFixed(2), isGood ? '' : 'MISSED'].join('\t').trimEnd())
}

function ours(file: string, lines: string): { output: string[]; seconds: number[]; heldBytes: number } {
  const args = [path.join(import.meta.dirname, 'fasttext-ours.ts'), file, lines, `${K}`, `${ROUNDS}`]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`ours on ${file} ended with ${status}: ${stderr.slice(-800)}`)
  const figures = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as { seconds: number[]; heldBytes: number }
  return { output: stdout.split('\n').slice(0, -1), ...figures }
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
