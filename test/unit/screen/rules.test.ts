import { describe, expect, it } from 'vitest'
import { chineseSignals } from '../../../functions/screen/chinese.ts'
import { englishSignals } from '../../../functions/screen/english.ts'
import { firstViolation, QUALITY_SIGNALS, RULES, ruleSetHash, rulesOf } from '../../../functions/screen/rules.ts'

describe('the rule set', () => {
  it('has a name of its own for every rule of a language', () => {
    for (const lang of ['en', 'zh']) {
      const ids = rulesOf(lang).map((rule) => rule.id)
      expect(new Set(ids).size).toBe(ids.length)
    }
  })

  it.each([
    ['en', englishSignals],
    ['zh', chineseSignals],
  ] as const)(
    '%s: every rule reads a signal that is measured, and every measured one has a column',
    (lang, signalsOf) => {
      const measured = Object.keys(signalsOf('A short text. 短文。').signals)
      for (const rule of rulesOf(lang)) expect(measured).toContain(rule.signal)
      for (const name of measured) expect(QUALITY_SIGNALS).toContain(name)
    },
  )

  it('follows the order of its sources', () => {
    const sets = (lang: string): string[] => [...new Set(rulesOf(lang).map((rule) => rule.id.split('/')[0] ?? ''))]
    expect(sets('en')).toEqual(['gopher-repetition', 'gopher-quality', 'c4', 'fineweb'])
    expect(sets('zh')).toEqual(['fineweb-2', 'evalweb', 'map-neo'])
  })

  it('has no rules for other languages', () => {
    expect(rulesOf('fr')).toEqual([])
    expect(firstViolation('fr', {})).toBeNull()
  })

  it('hashes to 64 hex digits, the same each time', () => {
    expect(ruleSetHash()).toMatch(/^[0-9a-f]{64}$/)
    expect(ruleSetHash()).toBe(ruleSetHash())
  })
})

describe('a limit is kept, not passed', () => {
  /** Signals that lie exactly on every limit of their rules. */
  const onLimits = (lang: string): Record<string, number> =>
    Object.fromEntries(rulesOf(lang).map((rule) => [rule.signal, rule.limit]))

  it.each(RULES.map((rule) => [rule.lang, rule.id, rule] as const))('%s %s', (lang, id, rule) => {
    const signals = { ...onLimits(lang), [rule.signal]: rule.limit }
    expect(firstViolation(lang, signals)?.rule).not.toBe(id)
    const beyond = rule.limit + (rule.op === '<=' ? 1e-9 : -1e-9)
    expect(firstViolation(lang, { ...signals, [rule.signal]: beyond })).toMatchObject({
      value: beyond,
      limit: rule.limit,
    })
  })
})
