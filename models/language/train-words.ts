/**
 * Trains the weights that say where a Chinese word begins, on jieba's words, and writes functions/screen/han-weights.ts.
 * `node models/language/train-words.ts WORDS`, with what segment.py printed: an averaged perceptron with a margin, four rounds.
 * Same data, same bytes. Prints the share of places cut as jieba does, on paragraphs that it was not trained on.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { hanAt, NUM_FEATURES, placeSlots, WEIGHT_BITS, WEIGHT_OFFSET } from '../../functions/screen/han-segmenter.ts'

const OUT = path.join(import.meta.dirname, '../../functions/screen/han-weights.ts')
const NUM_HELD = 1500
const ROUNDS = 4
const MARGIN = 2
/** Quantised: a step is this share of the weights' deviation. */
const STEP = 0.6
const MAX_STEPS = 7

const [file] = process.argv.slice(2)
if (file === undefined) {
  console.error('Usage: node models/language/train-words.ts WORDS (what models/language/segment.py printed)')
  process.exit(2)
}
const lines = readFileSync(file, 'utf8').trim().split('\n')
const held = lines.splice(0, NUM_HELD)
const size = 1 << WEIGHT_BITS
const slots = new Int32Array(NUM_FEATURES)

/** Calls `visit` at each place between two Han characters, with its slots filled in. */
function eachPlace(line: string, visit: (isCut: boolean) => void): void {
  const text = line.replaceAll('\u0001', '')
  const starts = new Set<number>()
  let at = 0
  for (const word of line.split('\u0001')) {
    starts.add(at)
    at += word.length
  }
  for (let i = 1; i < text.length; i++) {
    const a = hanAt(text, i - 1)
    const b = hanAt(text, i)
    if (a === 0 || b === 0) continue
    placeSlots(i > 1 ? hanAt(text, i - 2) : 0, a, b, hanAt(text, i + 1), slots)
    visit(starts.has(i))
  }
}

function sumOf(weights: Float64Array | Int8Array): number {
  let sum = 0
  for (const slot of slots) sum += weights[slot] ?? 0
  return sum
}

const weights = new Float64Array(size)
const late = new Float64Array(size)
let step = 0
for (let round = 0; round < ROUNDS; round++) {
  for (const line of lines) {
    eachPlace(line, (isCut) => {
      step++
      const sign = isCut ? 1 : -1
      if (sumOf(weights) * sign > MARGIN) return
      for (const slot of slots) {
        weights[slot] = (weights[slot] ?? 0) + sign
        late[slot] = (late[slot] ?? 0) + sign * step
      }
    })
  }
}
const averaged = weights.map((weight, i) => weight - (late[i] ?? 0) / step)
const deviation = Math.sqrt(averaged.reduce((sum, weight) => sum + weight * weight, 0) / size)
const quantised = Int8Array.from(averaged, (weight) =>
  Math.max(-MAX_STEPS, Math.min(MAX_STEPS, Math.round(weight / (deviation * STEP)))),
)
let right = 0
let places = 0
for (const line of held) {
  eachPlace(line, (isCut) => {
    places++
    if (sumOf(quantised) >= 0 === isCut) right++
  })
}
console.log(`${((100 * right) / places).toFixed(2)} % of ${places} places as jieba`)

const packed = Buffer.alloc(size / 2)
for (let i = 0; i < packed.length; i++) {
  packed[i] = (((quantised[2 * i] ?? 0) + WEIGHT_OFFSET) << 4) | ((quantised[2 * i + 1] ?? 0) + WEIGHT_OFFSET)
}
writeFileSync(
  OUT,
  `/**
 * Weights of functions/screen/han-segmenter.ts, two a byte, base64; made by \`node models/language/train-words.ts\`.
 * Provenance: jieba 0.42.1 (MIT) over 4.5 million characters of Chinese running text; no text is in it.
 */
export const HAN_WEIGHTS =
  '${packed.toString('base64')}'
`,
)
