/**
 * `npm run bench:perplexity [-- en|zh] [speed]`: our n-gram scorer and trainer beside KenLM's, order 5, `--prune 0 0 1 1 2`, on our tokens.
 *
 * Parity: an ARPA file of lmplz, imported unquantised, gives each held-out sentence KenLM's log10 p; quantised, its
 * perplexity. Trainer: ours on the same tokens. Speed: tokens by CPU second on one core; ours reads plain text and
 * normalises and tokenises it, in Node and inside workerd, KenLM is given tokens; of KenLM the time of one pass is taken from
 * that of eleven. The shipped models' speed on held-out web texts follows, and with the topic of each besides. Exit code 1 when a bar is missed.
 */
import { execFileSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import os from 'node:os'
import path from 'node:path'
import { loadNgramModel } from '../../functions/perplexity/ngram-model.ts'
import type { NgramModel } from '../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../functions/perplexity/score.ts'
import { scoreSentence } from '../../functions/perplexity/score-ready.ts'
import { spellTokens } from '../../functions/perplexity/spell-tokens.ts'
import { importArpa } from '../../models/training/arpa-import.ts'
import { trainModel } from '../../models/training/lm-train.ts'
import { textPieces } from '../../models/training/ngram-corpus.ts'
import { writeTableFile } from '../../models/training/ngram-table-file.ts'
import { DATA, MODELS, isHeldOut, linesOf, webTexts } from '../../models/training/texts.ts'
import { CACHE } from './cache.ts'
import { installKenlm } from './kenlm-peer.ts'
import { startScorer } from './scoring-workerd.ts'

const LANGUAGES = ['en', 'zh']
const ORDER = 5
const PRUNE = [0, 0, 1, 1, 2]
const BARS = {
  sentence: 1e-4,
  quantised: 0.01,
  trainer: 0.01,
  trie: 2,
  probing: 1,
  together: { en: 20, zh: 10 },
} as const
const PASSES = 10
const ROUNDS = 5
const FOLDER = path.join(CACHE, 'perplexity')

/** Languages, and `speed` for what the clock says alone. */
const wanted = new Set(process.argv.slice(2))
const stranger = [...wanted].find((one) => one !== 'speed' && !LANGUAGES.includes(one))
if (stranger !== undefined) {
  console.log(`bench:perplexity: "${stranger}" is none of ${LANGUAGES.join(', ')}, speed`)
  process.exit(2)
}
const missing = ['lm', 'topics'].find((name) => !existsSync(path.join(DATA, name)))
if (missing !== undefined) {
  console.log(`bench:perplexity: the development data (../shared/data/${missing}) is not here, nothing to measure.`)
  process.exit(0)
}
mkdirSync(FOLDER, { recursive: true })
const kenlm = installKenlm(path.join(CACHE, 'kenlm'))
console.log(`One core of ${os.cpus()[0]?.model ?? 'this machine'}; order ${ORDER}, pruned ${PRUNE.join(' ')}.`)
let isMet = true
const workerd = await startScorer()
try {
  for (const lang of LANGUAGES) {
    if (LANGUAGES.some((one) => wanted.has(one)) && !wanted.has(lang)) continue
    await compare(lang)
    await timeShipped(lang)
  }
} finally {
  await workerd.stop()
}
process.exitCode = isMet ? 0 : 1

function bar(text: string, met: boolean): void {
  console.log(`${met ? 'met   ' : 'MISSED'}  ${text}`)
  isMet &&= met
}

async function writeTokens(lang: string, part: string): Promise<string> {
  const file = path.join(FOLDER, `${lang}.${part}.tokens`)
  if (existsSync(file)) return file
  const out = createWriteStream(`${file}.part`)
  for (const text of linesOf(`lm/${lang}.${part}.txt.gz`)) {
    const lines = spellTokens(text).map((words) => `${words.join(' ')}\n`)
    if (!out.write(lines.join(''))) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
  renameSync(`${file}.part`, file)
  return file
}

function makeKenlm(lang: string, train: string): { arpa: string; probing: string; trie: string } {
  const [arpa, probing, trie] = ['arpa', 'probing', 'trie'].map((kind) => path.join(FOLDER, `${lang}.${kind}`)) as [
    string,
    string,
    string,
  ]
  if (!existsSync(trie)) {
    const thresholds = PRUNE.map(String)
    const args = [
      '-o',
      String(ORDER),
      '-S',
      '2G',
      '-T',
      FOLDER,
      '--prune',
      ...thresholds,
      '--text',
      train,
      '--arpa',
      arpa,
    ]
    execFileSync(kenlm.program('lmplz'), args, { stdio: 'ignore' })
    execFileSync(kenlm.program('build_binary'), ['probing', arpa, probing], { stdio: 'ignore' })
    // Last and renamed, so that it says that all of them are whole.
    execFileSync(kenlm.program('build_binary'), ['-q', '8', '-b', '8', 'trie', arpa, `${trie}.part`], {
      stdio: 'ignore',
    })
    renameSync(`${trie}.part`, trie)
  }
  return { arpa, probing, trie }
}

interface Sums {
  readonly log10p: readonly number[]
  readonly tokens: number
}

function pplOf({ log10p, tokens }: Sums): number {
  return 10 ** (-log10p.reduce((sum, one) => sum + one, 0) / tokens)
}

function theirScores(binary: string, held: string): Sums & { readonly unknown: number } {
  const script = path.join(import.meta.dirname, 'kenlm-scores.py')
  const printed = execFileSync(kenlm.python, [script, binary, held], { encoding: 'utf8', maxBuffer: 2 ** 28 })
  const rows = printed
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
  const sumOf = (column: number): number => rows.reduce((sum, row) => sum + (row[column] ?? 0), 0)
  return { log10p: rows.map(([log10p = 0]) => log10p), tokens: sumOf(1), unknown: sumOf(2) }
}

function ourScores(model: NgramModel, sentences: readonly string[]): Sums & { readonly unknown: number } {
  const scores = sentences.map((sentence) => scoreSentence(model, sentence))
  const sumOf = (key: 'tokens' | 'unknown'): number => scores.reduce((sum, score) => sum + score[key], 0)
  return { log10p: scores.map(({ log10p }) => log10p), tokens: sumOf('tokens'), unknown: sumOf('unknown') }
}

/** A written model, read back. */
function reload(
  lang: string,
  made: Parameters<typeof writeTableFile>[1],
  meta: { unknown: number; hasUnknown: boolean; isOwn: boolean; bits: 8 | 32 },
): NgramModel {
  const file = path.join(FOLDER, `${lang}.bin`)
  writeTableFile(file, made, { name: 'bench', lang, order: ORDER, ...meta })
  return loadNgramModel(readFileSync(file))
}

async function compare(lang: string): Promise<void> {
  const train = await writeTokens(lang, 'train')
  const held = await writeTokens(lang, 'held')
  const made = makeKenlm(lang, train)
  console.log(`\n${lang}`)
  if (!wanted.has('speed')) await compareScores(lang, { train, held, ...made })
  await compareSpeed(lang, { arpa: made.arpa, held, binaries: made })
}

interface Files {
  readonly train: string
  readonly held: string
  readonly arpa: string
  readonly probing: string
}

async function compareScores(lang: string, { train, held, arpa, probing }: Files): Promise<void> {
  const sentences = readFileSync(held, 'utf8').trimEnd().split('\n')
  const theirs = theirScores(probing, held)
  const { table, unknown, hasUnknown } = await importArpa(arpa, { isOwn: false })
  const wide = ourScores(reload(lang, table, { unknown, hasUnknown, isOwn: false, bits: 32 }), sentences)
  const narrow = ourScores(reload(lang, table, { unknown, hasUnknown, isOwn: false, bits: 8 }), sentences)
  console.log(
    `        ${sentences.length} sentences, ${theirs.tokens} tokens, ${theirs.unknown} unknown; perplexity ${pplOf(theirs).toFixed(3)}`,
  )
  const worst = wide.log10p.reduce((max, one, i) => Math.max(max, Math.abs(one - (theirs.log10p[i] ?? Infinity))), 0)
  const isEqual = wide.tokens === theirs.tokens && wide.unknown === theirs.unknown
  bar(
    `parity: log10 p of a sentence differs by at most ${worst.toExponential(1)} (bar ${BARS.sentence})`,
    isEqual && worst <= BARS.sentence,
  )
  ratio('parity, quantised', pplOf(narrow) / pplOf(theirs), BARS.quantised)
  const trained = await trainModel([{ pieces: () => textPieces(train) }], {
    order: ORDER,
    prune: PRUNE,
    isOwn: false,
    fallback: null,
    folder: FOLDER,
    bufferBytes: 2 ** 28,
  })
  const own = reload(lang, trained.table, { unknown: trained.unknown, hasUnknown: false, isOwn: false, bits: 32 })
  ratio('trainer', pplOf(ourScores(own, sentences)) / pplOf(theirs), BARS.trainer)
}

function ratio(what: string, value: number, limit: number): void {
  bar(`${what}: perplexity is ${value.toFixed(5)} of KenLM's (bar 1 ± ${limit})`, Math.abs(value - 1) <= limit)
}

/** Processor seconds of `query` by its own account. */
function querySeconds(binary: string, file: string): number {
  const command = `"${kenlm.program('query')}" -v summary "${binary}" < "${file}" 2>&1`
  const printed = execFileSync('bash', ['-c', command], { encoding: 'utf8' })
  const seconds = /\bCPU:([\d.]+)/.exec(printed)?.[1]
  if (seconds === undefined) throw new Error(`query says no CPU time: ${printed.slice(-300)}`)
  return Number(seconds)
}

/** Processor seconds of our scorer over all passes, here. */
function ourSeconds(model: NgramModel, documents: readonly string[], passes: number): number {
  const begun = process.cpuUsage()
  for (let pass = 0; pass < passes; pass++) for (const document of documents) scorePerplexity(model, document)
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1e6
}

/** Best seconds of each, turn by turn, so that what else the machine does meets all alike; the first round warms ours. */
async function bestOf<K extends string>(
  timers: Readonly<Record<K, () => number | Promise<number>>>,
): Promise<Record<K, number>> {
  const kinds = Object.keys(timers) as K[]
  const best = Object.fromEntries(kinds.map((kind) => [kind, Infinity])) as Record<K, number>
  for (let round = 0; round <= ROUNDS; round++) {
    for (const kind of kinds) {
      const seconds = await timers[kind]()
      if (round > 0) best[kind] = Math.min(best[kind], seconds)
    }
  }
  return best
}

async function compareSpeed(
  lang: string,
  { arpa, held, binaries }: { arpa: string; held: string; binaries: Record<'trie' | 'probing', string> },
): Promise<void> {
  const { table, unknown, hasUnknown } = await importArpa(arpa, { isOwn: true })
  const model = reload(lang, table, { unknown, hasUnknown, isOwn: true, bits: 8 })
  const lines = [...linesOf(`lm/${lang}.held.txt.gz`)]
  const documents = Array.from({ length: Math.ceil(lines.length / 12) }, (_, i) =>
    lines.slice(12 * i, 12 * i + 12).join('\n'),
  )
  await putInto(readFileSync(path.join(FOLDER, `${lang}.bin`)), documents)
  const { tokens } = await checkSame(model, documents)
  const many = path.join(FOLDER, `${lang}.many`)
  writeFileSync(many, readFileSync(held, 'utf8').repeat(PASSES + 1))
  const theirs = (kind: 'trie' | 'probing'): number =>
    querySeconds(binaries[kind], many) - querySeconds(binaries[kind], held)
  const best = await bestOf({
    node: () => ourSeconds(model, documents, PASSES),
    workerd: async () => (await workerd.score(PASSES)).seconds,
    trie: () => theirs('trie'),
    probing: () => theirs('probing'),
  })
  const speed = (seconds: number): string => `${((tokens * PASSES) / seconds / 1e6).toFixed(2)} M tokens/s`
  console.log(
    `        ours, from text: Node ${speed(best.node)}, workerd ${speed(best.workerd)}; ` +
      `KenLM, from tokens: trie q8 ${speed(best.trie)}, probing ${speed(best.probing)}`,
  )
  for (const where of ['node', 'workerd'] as const) {
    for (const kind of ['trie', 'probing'] as const) {
      const times = best[kind] / best[where]
      bar(`speed in ${where}: ${times.toFixed(2)}x KenLM ${kind} (bar ${BARS[kind]}x)`, times >= BARS[kind])
    }
  }
}

async function putInto(model: Uint8Array, documents: readonly string[]): Promise<void> {
  await workerd.putNgram(model)
  await workerd.putPages(documents.map((text) => ({ text })))
}

/** The same scores here and there, to the last bit. */
async function checkSame(model: NgramModel, documents: readonly string[]): Promise<{ tokens: number }> {
  const scores = documents.map((document) => scorePerplexity(model, document))
  const tokens = scores.reduce((sum, score) => sum + score.tokens, 0)
  const log10p = scores.reduce((sum, score) => sum + score.log10p, 0)
  const there = await workerd.score(1)
  if (there.tokens !== tokens || there.log10p !== log10p) {
    throw new Error(`workerd has ${there.tokens} tokens and log10 p ${there.log10p}, Node ${tokens} and ${log10p}`)
  }
  return { tokens }
}

async function timeShipped(lang: string): Promise<void> {
  const bytes = readFileSync(path.join(MODELS, 'ngram', `${lang}.bin`))
  const model = loadNgramModel(bytes)
  const documents = [...webTexts(lang)].filter(isHeldOut).map(({ text }) => text)
  await putInto(bytes, documents)
  const { tokens } = await checkSame(model, documents)
  const best = await bestOf({
    node: () => ourSeconds(model, documents, PASSES),
    workerd: async () => (await workerd.score(PASSES)).seconds,
  })
  const size = documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  const speed = (seconds: number): string =>
    `${((tokens * PASSES) / seconds / 1e6).toFixed(2)} M tokens/s, ${((size * PASSES) / seconds / 1e6).toFixed(1)} MB/s`
  console.log(
    `        shipped ${model.id}, ${documents.length} web texts: Node ${speed(best.node)}; workerd ${speed(best.workerd)}`,
  )
  await workerd.putTopic(readFileSync(path.join(MODELS, 'topic', `${lang}.bin`)))
  const both = await bestOf({ workerd: async () => (await workerd.score(PASSES)).seconds })
  const perSecond = (size * PASSES) / both.workerd / 1e6
  const least = BARS.together[lang === 'zh' ? 'zh' : 'en']
  bar(`perplexity and topic in workerd ${perSecond.toFixed(1)} MB/s, at least ${least}`, perSecond >= least)
}
