/** What is shown, asked and answered, without an endpoint. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agreementOf } from '../../../models/labelling/agreement.ts'
import { readAnswer } from '../../../models/labelling/answer.ts'
import { under } from '../../../models/labelling/chat.ts'
import { readRetryAfter } from '../../../models/labelling/reply.ts'
import { bodyOf, FULL, stepDown } from '../../../models/labelling/dialect.ts'
import { GUIDELINES, instructions, readGuidelines } from '../../../models/labelling/instructions.ts'
import { formatLabel, parseLabel } from '../../../models/labelling/label-lines.ts'
import type { LabelLine } from '../../../models/labelling/label-lines.ts'
import { showPassage } from '../../../models/labelling/passage.ts'
import { createSpend } from '../../../models/labelling/spend.ts'
import { sha256 } from '../../../models/training/texts.ts'
import { TOPICS } from '../../../schema/shard.ts'

const shipped = readFileSync(path.join(import.meta.dirname, '../../../models/topic/labels.ndjson'), 'utf8')
  .trimEnd()
  .split('\n')

describe('lines of labels', () => {
  it('reads every line of models/topic/labels.ndjson and writes the same bytes', () => {
    expect(shipped.length).toBeGreaterThan(4000)
    expect(shipped.map((line) => formatLabel(parseLabel(line)))).toEqual(shipped)
  })

  it.each([
    ['no JSON', '{"sha256": "', /^it is not JSON/],
    [
      'a topic of another list',
      (shipped[0] ?? '').replace(/"topic": "[^"]*"/, '"topic": "sports"'),
      /it is no label.*topic/,
    ],
    ['a field more', (shipped[0] ?? '').replace('}', ', "text": "x"}'), /text/],
    ['a short hash', (shipped[0] ?? '').replace(/"sha256": "./, '"sha256": "'), /64 hex digits/],
  ])('turns away %s', (_, line, message) => {
    expect(() => parseLabel(line)).toThrow(message)
  })
})

describe('agreement', () => {
  it('is what GUIDELINES.md says of the shipped labels', () => {
    const labels = shipped.map(parseLabel)
    const of = (lang: string) => agreementOf(labels.filter((label) => label.lang === lang))
    const said = readFileSync(GUIDELINES, 'utf8').replaceAll(/\s+/g, ' ')
    for (const [lang, name] of [
      ['en', 'English texts'],
      ['zh', 'Chinese ones'],
    ] as const) {
      const { same, texts, kappa } = of(lang)
      expect(said).toMatch(
        new RegExp(
          `${same} of ${texts.toLocaleString('en')} ${name} \\((Cohen's kappa )?${kappa?.toFixed(2).slice(1)}\\)`,
        ),
      )
    }
  })

  it.each<[string, [LabelLine['topic'], LabelLine['topic']][], number | null]>([
    // 3 of 4; chance: (3/4)(2/4) + (1/4)(2/4) = 1/2
    [
      'by hand',
      [
        ['other', 'other'],
        ['other', 'other'],
        ['other', 'law-policy'],
        ['law-policy', 'law-policy'],
      ],
      0.5,
    ],
    [
      'of opposites',
      [
        ['other', 'law-policy'],
        ['law-policy', 'other'],
      ],
      -1,
    ],
    ['of one topic alone', [['other', 'other']], null],
    ['of nothing', [], null],
  ])('has a kappa %s', (_, pairs, kappa) => {
    const base = { sha256: '', lang: 'en', second: null, drawn: 'random' } as const
    expect(agreementOf(pairs.map(([topic, again]) => ({ ...base, topic, again }))).kappa).toBe(kappa)
  })
})

describe('instructions', () => {
  it('hold the guidelines from the file, and nothing of how labels are kept', () => {
    const file = readFileSync(GUIDELINES, 'utf8')
    const told = instructions(readGuidelines())
    expect(told).toContain(file.slice(0, file.indexOf('\n## The labels')).trim())
    expect(told).toContain('Destinations are geography; a day at a theme park is `other`.')
    expect(told).not.toMatch(/sha256|kappa|drawn/)
    for (const topic of TOPICS) expect(told).toContain(topic)
  })
})

const passage = (text: string, title: string | null = null, url: string | null = null) => ({
  sha256: sha256(text),
  lang: 'en',
  text,
  title,
  url,
  place: 'a:1',
})

const alone = (text: string): number => [...text.matchAll(/\p{Surrogate}/gu)].length

describe('what is shown of a text', () => {
  it('is all of a short one, with title and address', () => {
    const shown = showPassage(passage('A mill.', 'The\n mill', 'http://a/b'), { head: 5, middle: 2 })
    const mark = `text-${sha256('A mill.').slice(0, 12)}`
    expect(shown).toBe(
      `Title: The mill\nAddress: http://a/b\nLength: 7 characters, all of them shown.\n\n<${mark}>\nA mill.\n</${mark}>`,
    )
  })

  it('is the beginning and the middle of what is left of a long one, with the lengths', () => {
    const shown = showPassage(passage('0123456789abcdefghij'), { head: 4, middle: 4 })
    expect(shown).toContain('Length: 20 characters, of which characters 1 to 4 and characters 11 to 14 follow.')
    expect(shown).toMatch(/part="characters 1 to 4">\n0123\n<\//)
    expect(shown).toMatch(/part="characters 11 to 14">\nabcd\n<\//)
  })

  it('cuts no character in two, stays in its bounds and says true lengths, whatever the text', () => {
    const unit = fc.constantFrom('a', '水', '😀', '\n', '\uD800')
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), fc.nat(20), fc.nat(20), (units, head, middle) => {
        const text = units.join('')
        const shown = showPassage(passage(text), { head: head + 1, middle })
        expect(shown.isWellFormed()).toBe(true)
        const pieces = [...shown.matchAll(/<text-[^>]*?(?:characters (\d+) to (\d+))?"?>\n([\s\S]*?)\n<\/text/g)]
        expect(pieces.length).toBeGreaterThan(0)
        for (const [, from, to, piece] of pieces) {
          const whole = from === undefined ? text : text.slice(Number(from) - 1, Number(to))
          expect(piece).toBe(whole.toWellFormed())
          // A half that stands alone was alone in the text.
          expect(alone(whole)).toBeLessThanOrEqual(alone(text))
        }
        expect(pieces.reduce((sum, [, , , piece]) => sum + (piece?.length ?? 0), 0)).toBeLessThanOrEqual(
          head + 2 + middle,
        )
      }),
    )
  })
})

describe('an answer', () => {
  const good = { topic: 'law-policy', second: null }
  it.each([
    ['plain', JSON.stringify(good)],
    ['with blanks and more fields', ' {"topic": "law-policy", "second": null, "why": "x"}\n'],
    ['in a fence', '```json\n{"topic": "law-policy", "second": null}\n```'],
    ['after thoughts', '<think>\nIs it {"topic": "other"}?\n</think>\n\n{"topic": "law-policy", "second": null}'],
  ])('is read %s', (_, content) => {
    expect(readAnswer(content)).toEqual({ isGood: true, reading: good })
  })

  it.each([
    ['nothing', '', 'not-json', /empty/],
    ['prose', 'The topic is law-policy.', 'not-json', /JSON/],
    ['JSON in prose', 'Here: {"topic": "law-policy", "second": null}', 'not-json', /JSON/],
    ['two objects', '{"topic": "other", "second": null}{"topic": "law-policy", "second": null}', 'not-json', /JSON/],
    ['another topic', '{"topic": "sports", "second": null}', 'unknown-topic', /"sports"/],
    ['another case', '{"topic": "Law-Policy", "second": null}', 'unknown-topic', /"Law-Policy"/],
    ['another second topic', '{"topic": "other", "second": "none"}', 'unknown-topic', /"second" is "none"/],
    ['no second topic', '{"topic": "other"}', 'no-label', /second/],
    ['the same twice', '{"topic": "other", "second": "other"}', 'no-label', /another topic or null/],
    ['a list', '["other", null]', 'no-label', /an array/],
    ['a name', '"other"', 'no-label', /expected an object/],
    ['a list of topics', '{"topic": ["other"], "second": null}', 'no-label', /topic/],
  ])('is none: %s', (_, content, reason, detail) => {
    expect(readAnswer(content)).toEqual({ isGood: false, reason, detail: expect.stringMatching(detail) })
  })
})

describe('dialect', () => {
  it.each([
    ['This response_format type is unavailable now', { format: 'object' }],
    ['bad request', { format: 'object' }],
    ["Unsupported parameter: 'max_tokens'; use 'max_completion_tokens' instead.", { limit: 'max_completion_tokens' }],
    ["'temperature' does not support 0 with this model. Only the default (1) is", { hasTemperature: false }],
    ['System role not supported', { hasSystem: false }],
  ])('after "%s" leaves that out', (message, less) => {
    expect(stepDown(FULL, message)).toEqual({ ...FULL, ...less })
  })

  it('ends, whatever is said', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.constantFrom('no', 'max_tokens', 'temperature', 'system role', 'max_completion_tokens')),
        (said) => {
          let dialect: typeof FULL | null = FULL
          let steps = 0
          while (dialect !== null && steps < 20) {
            dialect = stepDown(dialect, said.next().value)
            steps++
          }
          expect(steps).toBeLessThan(9)
        },
      ),
    )
  })

  it('leaves nothing out for a text that is too long', () => {
    expect(stepDown(FULL, "This model's maximum context length is 4096 tokens")).toBe(null)
  })

  it('moves the system message to the user, and lets the user overrule', () => {
    const messages = [
      { role: 'system', content: 'A' },
      { role: 'user', content: 'B' },
    ] as const
    const body = bodyOf(
      { ...FULL, hasSystem: false },
      { model: 'm', messages, maxTokens: 9, extra: { temperature: 1, seed: 3 } },
    )
    expect(JSON.parse(body)).toMatchObject({
      messages: [{ role: 'user', content: 'A\n\nB' }],
      temperature: 1,
      seed: 3,
      max_tokens: 9,
    })
  })
})

describe('an endpoint address', () => {
  it.each([
    ['http://a/v1', 'http://a/v1/chat/completions'],
    ['http://a/v1/', 'http://a/v1/chat/completions'],
    ['http://a/v1/chat/completions', 'http://a/v1/chat/completions'],
    ['https://a/x?api-version=1', 'https://a/x/chat/completions?api-version=1'],
  ])('%s', (base, target) => {
    expect(under(new URL(base), 'chat/completions').href).toBe(target)
  })
})

describe('Retry-After', () => {
  const at = Date.parse('2026-11-21T10:00:00Z')
  it.each<[Record<string, string>, number | null]>([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 10:00:05 GMT' }, 5000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 09:00:00 GMT' }, 0],
    [{ 'retry-after': '9', 'retry-after-ms': '250' }, 250],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('%o', (headers, waitMs) => {
    expect(readRetryAfter(new Headers(headers), at)).toBe(waitMs)
  })
})

describe('spend', () => {
  const prices = { in: 1, out: 10 }
  it('counts tokens and money', async () => {
    const spend = createSpend({ prices, maxCost: Number.POSITIVE_INFINITY })
    const bill = await spend.open()
    bill?.add({ in: 500_000, out: 10_000 })
    bill?.add(null)
    expect([spend.tokens, spend.cost]).toEqual([{ in: 500_000, out: 10_000 }, 0.6])
    expect(createSpend({ prices: null, maxCost: 1 }).cost).toBe(null)
  })

  it('never passes the cap while none is dearer than the dearest yet, however many are open', async () => {
    const spend = createSpend({ prices, maxCost: 10 })
    const costs = [3, 1, 2, 1, 3, 1, 1, 3, 2]
    const first = await spend.open()
    first?.add({ in: 3e6, out: 0 })
    first?.close()
    let done = 1
    const worker = async (): Promise<void> => {
      for (;;) {
        const bill = await spend.open()
        if (bill === null) return
        await new Promise((resolve) => setTimeout(resolve, 1))
        bill.add({ in: 1e6 * (costs[done % costs.length] ?? 1), out: 0 })
        done++
        bill.close()
      }
    }
    await Promise.all([worker(), worker(), worker()])
    expect(spend.cost).toBeLessThanOrEqual(10)
    // Room for another of the dearest would have been used.
    expect(spend.cost).toBeGreaterThan(7)
  })

  it('cannot hold a cap over what is not counted', async () => {
    const bill = await createSpend({ prices, maxCost: 1 }).open()
    expect(() => bill?.add(null)).toThrow('--max-cost cannot hold')
  })
})
