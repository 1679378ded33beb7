/** Labelled texts from ../shared/data for measures of language detection: paragraphs, and documents cut to 200 to 2,000 characters. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { PROBES } from './languages.ts'

export const LANGUAGE_DATA = path.join(import.meta.dirname, '../../../shared/data')

export interface LanguageCase {
  /** ISO 639; `zh` in either script. */
  readonly lang: string
  readonly set: string
  readonly text: string
}

const read = (name: string): string => gunzipSync(readFileSync(path.join(LANGUAGE_DATA, name))).toString()
const rows = (name: string): { lang?: string; text: string }[] =>
  read(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { lang?: string; text: string })

const isChinese = (lang: string): boolean => lang.startsWith('zh')
/** From 200 to 2,000 characters, the same for the same place. */
const cut = (text: string, i: number): string => text.slice(0, 200 + ((i * 7919) % 1801))

/** Running text, a paragraph a line, as documents; lines drawn with marks are no text. */
function documents(text: string): string[] {
  const found: string[] = []
  let document = ''
  for (const line of text.split('\n')) {
    if (/^[+|=-]/.test(line)) continue
    document += `${line}\n`
    if (document.length < 2000) continue
    found.push(document)
    document = ''
  }
  return found
}

export function languageCases(): LanguageCase[] {
  const cases: LanguageCase[] = rows('lang/dev.jsonl.gz').map(({ lang = '', text }) => ({
    lang: isChinese(lang) ? 'zh' : lang,
    set: lang,
    text,
  }))
  for (const [lang, texts] of Object.entries(PROBES)) {
    for (const text of texts) cases.push({ lang: isChinese(lang) ? 'zh' : lang, set: 'probes', text })
  }
  for (const lang of ['en', 'zh']) {
    for (const part of ['web', 'test']) {
      rows(`topics/${lang}.${part}.jsonl.gz`).forEach(({ text }, i) =>
        cases.push({ lang, set: `${lang} topics ${part}`, text: cut(text, i) }),
      )
    }
    documents(read(`lm/${lang}.held.txt.gz`)).forEach((text, i) =>
      cases.push({ lang, set: `${lang} lm`, text: cut(text, i) }),
    )
  }
  rows('lm/zh.docs.jsonl.gz').forEach(({ text }, i) => cases.push({ lang: 'zh', set: 'zh docs', text: cut(text, i) }))
  return cases
}
