/**
 * `npm run bench:topic [-- accuracy|speed] [en|zh] [--most N] [--vectors FILE]`: our topic model beside native fastText 0.9.2: accuracy of
 * models trained on the same documents, and documents a second. `--most` takes N of the weak labels and N of the pages, for a quick look.
 * `--vectors` adds ours begun from word vectors, which fastText is not given. Accuracy trains six models of ours a language, six more
 * with vectors, and nine of fastText's. Exit code 1 when a bar is missed, 2 for a mistake.
 */
import { existsSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { DATA } from '../../models/training/texts.ts'
import { CACHE } from './cache.ts'
import { nativeFastText } from './fasttext-peer.ts'
import { compareAccuracy } from './topic-accuracy.ts'
import { compareSpeed } from './topic-speed.ts'

const PARTS = ['accuracy', 'speed']
const LANGUAGES = ['en', 'zh']

function mistake(text: string): never {
  console.log(`bench:topic: ${text}`)
  process.exit(2)
}

function readOptions(): { most: number; vectors: string | null; chosen: readonly string[] } {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { most: { type: 'string', default: '' }, vectors: { type: 'string' } },
  })
  const { most, vectors = null } = values
  const unknown = positionals.find((one) => !PARTS.includes(one) && !LANGUAGES.includes(one))
  if (unknown !== undefined) mistake(`"${unknown}" is none of ${[...PARTS, ...LANGUAGES].join(', ')}`)
  if (!/^([1-9]\d*)?$/.test(most)) mistake(`--most is "${most}", expected a whole number above 0`)
  if (vectors !== null && !existsSync(vectors)) mistake(`there is no file ${vectors} for --vectors`)
  return { most: most === '' ? Infinity : Number(most), vectors, chosen: positionals }
}

let options: ReturnType<typeof readOptions>
try {
  options = readOptions()
} catch (error) {
  mistake(error instanceof Error ? error.message : String(error))
}
const { most, vectors } = options
if (!existsSync(path.join(DATA, 'topics'))) {
  console.log('bench:topic: the development data (../shared/data/topics) is not here, nothing to measure.')
  process.exit(0)
}
const chosen = (all: readonly string[]): readonly string[] =>
  all.some((one) => options.chosen.includes(one)) ? all.filter((one) => options.chosen.includes(one)) : all
const folder = path.join(CACHE, 'topic')
mkdirSync(folder, { recursive: true })
const native = nativeFastText(path.join(CACHE, 'fasttext'))
console.log(`${os.cpus()[0]?.model ?? 'this machine'}; ${native.version}`)
let isMet = true
for (const part of chosen(PARTS)) {
  for (const lang of chosen(LANGUAGES)) {
    const met =
      part === 'speed'
        ? await compareSpeed(native, lang, folder)
        : compareAccuracy(native, lang, { folder, most, vectors })
    isMet &&= met
  }
}
process.exitCode = isMet ? 0 : 1
