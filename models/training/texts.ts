/**
 * The texts that the models are trained on and measured with, read from `../shared/data` beside the repository.
 * A fifth of the web's sites is kept back from n-gram training, for calibration and held-out figures.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'

const ROOT = path.join(import.meta.dirname, '..', '..')
export const DATA = path.join(ROOT, '..', 'shared', 'data')
export const MODELS = path.join(ROOT, 'models')

export interface Labelled {
  readonly id: string
  readonly source: string
  readonly topic: string
  readonly text: string
}

export interface WebText {
  /** The place that the text was taken from, where one is named: its texts are like each other. */
  readonly origin: string | null
  readonly url: string
  readonly title: string
  readonly text: string
}

/** Lines end at line feeds only: the reader of `node:readline` also cuts at U+2028, which JSON allows in strings. */
export function* linesOf(name: string): Generator<string> {
  const bytes = gunzipSync(readFileSync(path.join(DATA, name)))
  for (let from = 0; from < bytes.length;) {
    const at = bytes.indexOf(0x0a, from)
    const end = at < 0 ? bytes.length : at
    if (end > from) yield bytes.toString('utf8', from, end)
    from = end + 1
  }
}

export function* labelled(name: string): Generator<Labelled> {
  for (const line of linesOf(name)) yield JSON.parse(line) as Labelled
}

interface WebLine {
  readonly id: string
  readonly text: string
  readonly source: string
  readonly url?: string | null
  readonly title?: string | null
}

/** Without the fields that are no labels of ours (`native`, `guess`, `tags`): nothing downstream can read them. */
export function* webTexts(lang: string): Generator<WebText> {
  for (const line of linesOf(`topics/${lang}.web.jsonl.gz`)) {
    const { id, text, source, url, title } = JSON.parse(line) as WebLine
    const origin = source.includes('/') ? (source.split('@')[0] ?? null) : null
    yield { origin, url: url ?? (id.startsWith('http') ? id : ''), title: title ?? '', text }
  }
}

interface GoldLine {
  readonly url: string
  readonly title?: string | null
  readonly text?: string
  readonly words?: string
}

/** Main texts of pages, as people marked them. */
export function* goldTexts(lang: string): Generator<WebText> {
  for (const name of lang === 'en' ? ['wcxb.gold', 'gold'] : [`${lang}.gold`]) yield* goldTextsOf(name)
}

export function* goldTextsOf(name: string): Generator<WebText> {
  for (const line of linesOf(`pages/${name}.jsonl.gz`)) {
    const { url, title, text, words } = JSON.parse(line) as GoldLine
    const main = text ?? words
    if (main !== undefined) yield { origin: null, url, title: title ?? '', text: main }
  }
}

export const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex')

/** The place that a text was taken from, or the host of its address: texts of one site are like each other. */
const siteOf = ({ origin, url, text }: WebText): string =>
  origin ?? /^https?:\/\/(?:www\.)?([^/:?#]+)/i.exec(url)?.[1]?.toLowerCase() ?? text

/** The web texts of one site in five are never counted by an n-gram model. */
export const isHeldOut = (web: WebText): boolean => Number.parseInt(sha256(siteOf(web)).slice(0, 8), 16) % 5 === 0
