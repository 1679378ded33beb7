/**
 * Writes the models of test/fixtures/fasttext and what native fastText 0.9.2 predicts with them:
 * `npx node test/support/build-fasttext.ts`, with `fasttext` on the path. One thread, so the same bytes each time.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { nativeFastText } from '../bench/fasttext-peer.ts'

const FOLDER = path.join(import.meta.dirname, '../fixtures/fasttext')
const SENTENCES = path.join(FOLDER, 'sentences.txt')
const SMALL = ['-epoch', '60', '-lr', '0.5', '-thread', '1', '-verbose', '0']

/** Name, training, quantisation: between them every loss, runs of words and characters, pruned or not, norms or not. */
const MODELS: readonly (readonly [file: string, train: string, quantise: string | null])[] = [
  ['hs.bin', '-loss hs -dim 4 -bucket 150 -wordNgrams 3 -minn 0 -maxn 0', null],
  ['ova.ftz', '-loss ova -dim 5 -bucket 200 -wordNgrams 2 -minn 1 -maxn 3', '-qnorm -dsub 2'],
  ['softmax.ftz', '-loss softmax -dim 4 -bucket 200 -wordNgrams 2 -minn 2 -maxn 4', '-cutoff 300 -dsub 2'],
]

const LINES = [
  'The train waits behind the bridge .',
  'Add salt and garlic to the soup , then bake the bread .',
  'Snow and wind in the hills tomorrow .',
  'roses and tomatoes in the garden',
  '菜 园 里 下 雨',
  '列 车 停 在 老 车 站',
  '菜园里下雨',
  '',
  '   \t ',
  'tabs\tand\u000bvertical\u000ctabs\rand\u0000nothing',
  'no\u00a0break　wide space',
  '__label__garden __label__unknown the soup',
  'entirely unseen xyzzy',
  'xyzzy',
  '🌧️ ☂ \u{10ffff}',
  'the the the the the',
  'naïve café',
]

function predictions(file: string, k: number): unknown {
  return native.predict(path.join(FOLDER, file), lines, k).output.map((line) => {
    const words = line.split(' ').filter((word) => word !== '')
    return words.flatMap((word, i) => (i % 2 === 0 ? [[word, Number(words[i + 1])]] : []))
  })
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-fasttext-'))
const native = nativeFastText(folder)
const lines = path.join(folder, 'lines.txt')
writeFileSync(lines, LINES.map((line) => `${line}\n`).join(''))
const models: Record<string, unknown> = {}
for (const [file, train, quantise] of MODELS) {
  const base = path.join(folder, path.parse(file).name)
  native.run(['supervised', '-input', SENTENCES, '-output', base, ...train.split(' '), ...SMALL])
  if (quantise !== null) native.run(['quantize', '-input', SENTENCES, '-output', base, ...quantise.split(' ')])
  writeFileSync(path.join(FOLDER, file), readFileSync(`${base}${path.extname(file)}`))
  // Of equal probabilities another may be the only one than is the first of four.
  models[file] = { 1: predictions(file, 1), 4: predictions(file, 4) }
}
writeFileSync(path.join(FOLDER, 'expected.json'), `${JSON.stringify({ lines: LINES, models })}\n`)
