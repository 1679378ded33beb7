/**
 * `npm run bench:rules [-- en|zh]`: verdict and first failing rule beside datatrove's (0.10.1), document by document: Gopher, C4 and FineWeb for
 * English, FineWeb-2's cmn_Hani for Chinese; once with datatrove's own words, once with ours. datatrove is installed outside the
 * repository, its answers are kept there. Exit code 1 when a verdict on datatrove's words differs.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { chineseSignals } from '../../functions/screen/chinese.ts'
import { englishSignals } from '../../functions/screen/english.ts'
import { rulesOf } from '../../functions/screen/rules.ts'
import type { Signals } from '../../functions/screen/text-signals.ts'
import { pythonWith } from './python-peer.ts'

const DATA = path.join(import.meta.dirname, '../../../shared/data')
const CACHE = path.join(os.tmpdir(), 'millrace-bench-rules')
const PEERS = ['datatrove[processing,io]==0.10.1', 'spacy==3.8.18', 'jieba==0.42.1']
const NUM_EN_WEB = 3500
const NUM_ZH_TEST = 520
const MIN_ZH_CHARS = 200

interface Answer {
  readonly rule: string | null
  readonly words: readonly string[]
  readonly editedWords: number | null
  readonly sentences: number | null
}

/** datatrove's reasons under our rule ids, without the set's name. */
const REASONS: Readonly<Record<string, string>> = {
  dup_para_frac: 'duplicate-paragraphs',
  dup_para_char_frac: 'duplicate-paragraph-chars',
  dup_line_frac: 'duplicate-lines',
  dup_line_char_frac: 'duplicate-line-chars',
  gopher_short_doc: 'min-words',
  gopher_long_doc: 'max-words',
  gopher_below_avg_threshold: 'min-mean-word-length',
  gopher_above_avg_threshold: 'max-mean-word-length',
  gopher_too_many_hashes: 'hashes',
  gopher_too_many_ellipsis: 'ellipses',
  gopher_too_many_bullets: 'bullet-lines',
  gopher_too_many_end_ellipsis: 'ellipsis-lines',
  gopher_below_alpha_threshold: 'alphabetic-words',
  gopher_enough_stop_words: 'stop-words',
  lorem_ipsum: 'lorem-ipsum',
  curly_bracket: 'curly-bracket',
  too_few_sentences: 'sentences',
  line_punct_ratio: 'terminal-lines',
  short_line_ratio: 'short-lines',
  char_dup_ratio: 'duplicate-line-chars',
  list_ratio: 'newlines',
}

if (!existsSync(DATA)) {
  console.log('bench:rules: the development data (../shared/data) is not here, nothing to measure.')
  process.exit(0)
}
mkdirSync(CACHE, { recursive: true })
let isEqual = true
for (const lang of ['en', 'zh'] as const) if (process.argv[2] === undefined || process.argv[2] === lang) compare(lang)
process.exitCode = isEqual ? 0 : 1

function compare(lang: 'en' | 'zh'): void {
  const texts = lang === 'en' ? englishTexts() : chineseTexts()
  const { answers, timing } = askDatatrove(lang, texts)
  const expected = answers.map(({ rule }) => ruleId(lang, rule))
  console.log(
    `\n${lang}: ${texts.length} documents, ${expected.filter((rule) => rule === null).length} kept by datatrove`,
  )
  const onTheirs = texts.map((text, i) => firstFailing(lang, signalsOn(lang, text, answers[i])))
  isEqual = print('on datatrove’s words', expected, onTheirs) && isEqual
  print(
    'on our words',
    expected,
    texts.map((text) => firstFailing(lang, signalsOf(lang, text))),
  )
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
  const speeds = Array.from({ length: 3 }, () => {
    const begun = process.cpuUsage()
    for (const text of texts) signalsOf(lang, text)
    const { user, system } = process.cpuUsage(begun)
    return megabytes / ((user + system) / 1e6)
  })
  console.log(
    `MB/s: ours ${Math.max(...speeds).toFixed(1)}, datatrove ${(timing.bytes / 1e6 / timing.seconds).toFixed(2)}`,
  )
}

/** Prints how many agree and what differs; says whether all do. */
function print(title: string, expected: readonly (string | null)[], found: readonly (string | null)[]): boolean {
  const differences = new Map<string, number>()
  let verdicts = 0
  expected.forEach((rule, i) => {
    if ((rule === null) === (found[i] === null)) verdicts++
    if (rule === found[i]) return
    const key = `${rule ?? 'kept'}\t${found[i] ?? 'kept'}`
    differences.set(key, (differences.get(key) ?? 0) + 1)
  })
  const different = [...differences.values()].reduce((sum, count) => sum + count, 0)
  const percent = (of: number): string => `${((100 * of) / expected.length).toFixed(2)} %`
  console.log(
    `${title}: verdict and rule equal for ${percent(expected.length - different)}, verdict for ${percent(verdicts)}; ${different} differ`,
  )
  for (const [key, count] of [...differences].sort((a, b) => b[1] - a[1])) console.log(`\t${count}\t${key}`)
  return different === 0
}

function ruleId(lang: string, rule: string | null): string | null {
  if (rule === null) return null
  const [set = '', reason = ''] = rule.split(':')
  const gram = /^(top|duplicated)_(\d+)_(?:n_)?gram/.exec(reason)
  const name = gram === null ? (REASONS[reason] ?? reason) : `${gram[1] === 'top' ? 'top' : 'repeated'}-${gram[2]}-gram`
  return `${lang === 'zh' ? 'fineweb-2' : set}/${name}`
}

/** Chinese documents meet FineWeb-2's rules alone here: EvalWeb's and MAP-NEO's come after them. */
function firstFailing(lang: string, signals: Signals): string | null {
  for (const { id, signal, op, limit } of rulesOf(lang)) {
    if (lang === 'zh' && !id.startsWith('fineweb-2/')) continue
    const value = signals[signal] ?? 0
    if (op === '<=' ? value > limit : value < limit) return id
  }
  return null
}

function signalsOf(lang: string, text: string): Signals {
  return (lang === 'en' ? englishSignals(text) : chineseSignals(text)).signals
}

function signalsOn(lang: string, text: string, answer: Answer | undefined): Signals {
  const { words = [], editedWords, sentences } = answer ?? {}
  if (lang === 'zh') return chineseSignals(text, words).signals
  return englishSignals(text, { words, editedWords: editedWords ?? 0, sentences: sentences ?? 0 }).signals
}

function rows(name: string): string[] {
  const lines = gunzipSync(readFileSync(path.join(DATA, name)))
    .toString()
    .trim()
    .split('\n')
  return lines.map((line) => (JSON.parse(line) as { text: string }).text)
}

function englishTexts(): string[] {
  return [...rows('topics/en.web.jsonl.gz').slice(0, NUM_EN_WEB), ...rows('topics/en.test.jsonl.gz')]
}

function chineseTexts(): string[] {
  const short = rows('topics/zh.test.jsonl.gz').filter((text) => text.length >= MIN_ZH_CHARS)
  return [...rows('topics/zh.web.jsonl.gz'), ...rows('lm/zh.docs.jsonl.gz'), ...short.slice(0, NUM_ZH_TEST)]
}

function askDatatrove(
  lang: string,
  texts: readonly string[],
): { answers: Answer[]; timing: { bytes: number; seconds: number } } {
  const asked = path.join(CACHE, `${lang}.ndjson`)
  const answers = path.join(CACHE, `${lang}.answers`)
  const timed = path.join(CACHE, `${lang}.timing`)
  const documents = texts.map((text, i) => `${JSON.stringify({ id: String(i), text })}\n`).join('')
  if (!existsSync(timed) || readFileSync(asked, 'utf8') !== documents) {
    writeFileSync(asked, documents)
    const program = pythonWith(path.join(CACHE, 'venv'), PEERS)
    const args = [path.join(import.meta.dirname, 'rules-peers.py'), lang, asked, answers]
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 })
    if (status !== 0) throw new Error(`datatrove on ${lang} ended with ${status}: ${stderr.slice(-800)}`)
    writeFileSync(timed, stderr)
  }
  const lines = readFileSync(answers, 'utf8').trim().split('\n')
  return {
    answers: lines.map((line) => JSON.parse(line) as Answer),
    timing: JSON.parse(readFileSync(timed, 'utf8').trim().split('\n').at(-1) ?? '') as {
      bytes: number
      seconds: number
    },
  }
}
