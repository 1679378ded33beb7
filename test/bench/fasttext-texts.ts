/** Lines for fastText out of the development data: Chinese cut into characters, a document a line. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CACHE as ALL } from './cache.ts'

export const CACHE = path.join(ALL, 'fasttext')
export const TOPIC_DATA = path.join(import.meta.dirname, '../../../shared/data/topics')
const MAX_UNITS = { en: 400, zh: 200 } as const
const NUM_TRAINING = 3000

export type Lang = keyof typeof MAX_UNITS

interface Row {
  readonly id: string
  readonly topic?: string
  readonly text: string
}

function rows(lang: Lang, part: string): Row[] {
  const bytes = gunzipSync(readFileSync(path.join(TOPIC_DATA, `${lang}.${part}.jsonl.gz`)))
  const lines = bytes.toString().trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Row)
}

function lineOf(lang: Lang, text: string): string {
  const head = text.slice(0, MAX_UNITS[lang]).toWellFormed().replaceAll(/\s+/g, ' ').trim()
  return lang === 'zh' ? Array.from(head).join(' ') : head
}

/** Every n-th, so that all sources have their share. */
const spread = <T>(all: readonly T[], count: number): T[] =>
  Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T)

/** Lines that no corpus has: what fastText cuts at and what it does not, labels, what is empty. */
const ODD = [
  '',
  '   ',
  'a\u0000b \u0000 c',
  'tabs\tand\u000bvertical\u000ctabs\r',
  'no\u00a0break　wide\u2028line\u0085end',
  '__label__unknown with a label __label__other in it',
  'emoji 🏳️‍🌈 👩‍👩‍👧 and é combined',
  'long'.repeat(3000),
  '\u{10ffff}\ufeff',
  'x',
]

/** The training file: `isWide` splits each topic in forty by the document's number, for models of many labels. */
export function trainingFile(lang: Lang, isWide: boolean): string {
  const file = path.join(CACHE, `${lang}${isWide ? '.wide' : ''}.train.txt`)
  if (existsSync(file)) return file
  const lines = spread(rows(lang, 'train'), NUM_TRAINING).map(
    ({ topic = 'other', text }, i) => `__label__${topic}${isWide ? `/${i % 40}` : ''} ${lineOf(lang, text)}\n`,
  )
  writeFileSync(file, lines.join(''))
  return file
}

/** The file of lines to label. */
export function writeTestLines(lang: Lang, count: number): string {
  const file = path.join(CACHE, `${lang}.${count}.lines.txt`)
  if (existsSync(file)) return file
  const all = ['train', 'test', 'web'].flatMap((part) => rows(lang, part))
  const texts = [...ODD, ...spread(all, count - ODD.length).map(({ text }) => lineOf(lang, text))]
  writeFileSync(file, texts.map((text) => `${text}\n`).join(''))
  return file
}
