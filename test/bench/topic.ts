/**
 * `npm run bench:topic [-- accuracy|speed] [en|zh] [--most N] [--vectors FILE]`: our topic model beside native fastText 0.9.2: accuracy of
 * models trained on the same documents, and documents a second. `--most` takes N of the weak labels and N of the pages, for a quick look.
 * `--vectors` adds ours begun from word vectors, which fastText is not given. Exit code 1 when a bar is missed. Accuracy trains a dozen models of ours and nine of fastText's a language.
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { most: { type: 'string' }, vectors: { type: 'string' } },
})
const unknown = positionals.find((one) => !PARTS.includes(one) && !LANGUAGES.includes(one))
if (unknown !== undefined) {
  console.log(`bench:topic: "${unknown}" is none of ${[...PARTS, ...LANGUAGES].join(', ')}`)
  process.exit(2)
}
if (!existsSync(path.join(DATA, 'topics'))) {
  console.log('bench:topic: the development data (../shared/data/topics) is not here, nothing to measure.')
  process.exit(0)
}
const chosen = (all: readonly string[]): readonly string[] =>
  all.some((one) => positionals.includes(one)) ? all.filter((one) => positionals.includes(one)) : all
const folder = path.join(CACHE, 'topic')
mkdirSync(folder, { recursive: true })
const native = nativeFastText(folder)
console.log(`${os.cpus()[0]?.model ?? 'this machine'}; ${native.version}`)
const most = values.most === undefined ? Infinity : Number(values.most)
let isMet = true
for (const part of chosen(PARTS)) {
  for (const lang of chosen(LANGUAGES)) {
    const met =
      part === 'speed'
        ? await compareSpeed(native, lang, folder)
        : compareAccuracy(native, lang, { folder, most, vectors: values.vectors ?? null })
    isMet &&= met
  }
}
process.exitCode = isMet ? 0 : 1
