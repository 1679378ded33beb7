/**
 * Our side of `bench:fasttext`, a process for each model as a user has it: `fasttext-ours.ts MODEL LINES K ROUNDS` writes to stdout
 * what `fasttext predict-prob` would, and to stderr the seconds of processor time of each round, loading left out.
 */
import { readFileSync, writeSync } from 'node:fs'
import { loadFastText, predict } from '../../functions/classify/fasttext/fasttext.ts'

const [file = '', linesFile = '', k = '1', rounds = '1'] = process.argv.slice(2)
const model = loadFastText(new Uint8Array(readFileSync(file)), { maxBytes: Infinity, inPlace: true })
const bytes = new Uint8Array(readFileSync(linesFile))
const lines: Uint8Array[] = []
for (let from = 0, end = bytes.indexOf(10); end >= 0; from = end + 1, end = bytes.indexOf(10, from)) {
  lines.push(bytes.subarray(from, end))
}

const seconds: number[] = []
let output: string[] = []
for (let round = 0; round < Number(rounds); round++) {
  const begun = process.cpuUsage()
  output = lines.map((line) =>
    predict(model, line, { k: Number(k) })
      .map(({ label, probability }) => `${label} ${probability}`)
      .join(' '),
  )
  const { user, system } = process.cpuUsage(begun)
  seconds.push((user + system) / 1e6)
}
const all = Buffer.from(output.map((line) => `${line}\n`).join(''))
for (let at = 0; at < all.length;) at += writeSync(1, all, at)
console.error(JSON.stringify({ seconds, heldBytes: model.heldBytes }))
