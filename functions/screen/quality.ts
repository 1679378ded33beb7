/** The quality rules of a language, applied: signals, then the first rule that they break. */
import { keep, type Outcome, reject } from '../outcome.ts'
import { chineseSignals } from './chinese.ts'
import { englishSignals } from './english.ts'
import { firstViolation } from './rules.ts'
import type { Signals } from './text-signals.ts'

export interface Quality {
  /** The text as the rules leave it: English loses the lines that C4 drops. */
  readonly verdict: Outcome<string>
  /** Every raw value, whatever the verdict; empty for a language without rules, whose documents are kept. */
  readonly signals: Signals
}

export function screenQuality(text: string, lang: string): Quality {
  const measured = lang === 'en' ? englishSignals(text) : lang === 'zh' ? chineseSignals(text) : { signals: {}, text }
  const violation = firstViolation(lang, measured.signals)
  const verdict = violation === null ? keep(measured.text) : reject<string>({ code: 'quality', ...violation })
  return { verdict, signals: measured.signals }
}
