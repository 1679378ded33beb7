/**
 * The stage: main text in; out, a document in a wanted language that passed its rules, without personal data, with its identity.
 *
 * Order: cleaning, emptiness, language, quality (web pages only), personal data, id. docs/formats/rules.md says why each source gets what.
 */
import type { Source } from '../../schema/shard.ts'
import { keep, type Outcome, reject } from '../outcome.ts'
import { codePointLength } from './characters.ts'
import { cleanText } from './clean-text.ts'
import { documentId } from './document-id.ts'
import { detectLanguage, type Language } from './language.ts'
import { maskPersonalData } from './pii.ts'
import { screenQuality } from './quality.ts'
import type { Signals } from './text-signals.ts'

export interface ScreenInput {
  readonly text: string
  readonly source: Source
  /** What the page's batch or record says; null or empty when it says nothing. */
  readonly lang?: string | null
}

export interface ScreenOptions {
  readonly languages?: readonly string[]
}

export interface Screened {
  readonly text: string
  readonly lang: string
  readonly langScore: number
  /** Raw signal values by name; empty for sources without quality rules. */
  readonly quality: Signals
  readonly id: string
}

const LANGUAGES = ['en', 'zh']
/** Fewer code points are no main text in any language. */
const MIN_CHARS = 20
/** FineWeb's threshold, on our own scale: 99.6 % of English and 99.9 % of Chinese web texts at hand lie above it. */
const MIN_WEB_SCORE = 0.65
/** Below it a detector's other opinion does not outweigh what the batch says. */
const SURE_SCORE = 0.8

export function screen(
  { text, source, lang }: ScreenInput,
  { languages = LANGUAGES }: ScreenOptions = {},
): Outcome<Screened> {
  const cleaned = cleanText(text)
  const chars = codePointLength(cleaned)
  if (chars < MIN_CHARS) return reject({ code: 'no-main-text', chars })
  const language = languageOf(cleaned, source, primaryLanguage(lang))
  if (!languages.includes(language.lang) || (source === 'web' && language.score < MIN_WEB_SCORE)) {
    return reject({ code: 'language', ...language })
  }
  const quality = source === 'web' ? screenQuality(cleaned, language.lang) : null
  if (quality !== null && !quality.verdict.kept) return reject(quality.verdict.reason)
  const masked = maskPersonalData(quality?.verdict.kept ? quality.verdict.value : cleaned)
  return keep({
    text: masked.text,
    lang: language.lang,
    langScore: language.score,
    quality: quality?.signals ?? {},
    id: documentId(masked.text),
  })
}

/** `zh-Hans-CN` → `zh`; null for nothing. */
function primaryLanguage(lang: string | null | undefined): string | null {
  const primary = (lang ?? '').trim().toLowerCase().split(/[-_]/)[0] ?? ''
  return primary === '' ? null : primary
}

/**
 * A web page is what it is detected to be. Other sources come in batches that know their language: what is given stands unless the text is
 * surely another. Formulas and programs look like any Latin-script language to a detector, so that only another script contradicts what is
 * given, and without a word on it they are English.
 */
function languageOf(text: string, source: Source, given: string | null): Language {
  const detected = detectLanguage(text)
  if (source === 'web') return detected
  const isFormal = source === 'code' || source === 'math'
  const assumed = given ?? (isFormal ? 'en' : null)
  if (assumed === null || assumed === detected.lang) return detected
  const isSure = detected.score >= SURE_SCORE
  if (isSure && !(isFormal && sharesScript(assumed, detected.lang))) return detected
  return { lang: assumed, score: 0 }
}

const NON_LATIN = new Set(
  'zh ja ko ru uk be sr kk bg ur fa ar el he th hi bn pa gu ta te kn ml si lo bo my km mn ka hy am'.split(' '),
)
const EAST_ASIAN = new Set(['zh', 'ja', 'ko'])

function sharesScript(a: string, b: string): boolean {
  if (EAST_ASIAN.has(a) || EAST_ASIAN.has(b)) return false
  return NON_LATIN.has(a) === NON_LATIN.has(b)
}
