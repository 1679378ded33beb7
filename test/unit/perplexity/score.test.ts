import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { LINE_END, readTokens, tokenBlock } from '../../../functions/kernel/tokens.ts'
import { bucketOf } from '../../../functions/perplexity/bucket.ts'
import { LINE_START } from '../../../functions/perplexity/ngram-hash.ts'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { MIN_TOKENS, scorePerplexity } from '../../../functions/perplexity/score.ts'
import { NgramTable, keyOf } from '../../../models/training/ngram-table.ts'
import { writeTableFile } from '../../../models/training/ngram-table-file.ts'
import type { TableFile } from '../../../models/training/ngram-table-file.ts'
import { random } from '../../../models/training/softmax.ts'

const CORPUS = [
  'The wheel turns in the stream, and the stream turns the wheel.',
  'The miller opens the gate; water runs onto the wheel.',
  'When the stream is low the miller waits, and when it is high he grinds.',
  'A race carries the water to the wheel and a tail carries it away.',
  '水车在溪水里转动，溪水推动水车。',
  '磨坊主人打开闸门，水流到水车上。',
]

interface Ngram {
  readonly tokens: readonly number[]
  readonly log10p: number
  readonly log10Backoff: number
}

const unknown = -5

/** The corpus's n-grams up to three tokens, but for half of the longest, with made-up values. */
function ngramsOf(texts: readonly string[]): Ngram[] {
  const next = random(3)
  const block = tokenBlock(8192)
  const found = new Map<string, Ngram>()
  for (const text of texts) {
    readTokens(text, 0, block)
    const line = [LINE_START, ...block.hashes.subarray(0, block.count)]
    for (let size = 1; size <= 3; size++) {
      for (let from = 0; from + size <= line.length; from++) {
        const tokens = line.slice(from, from + size)
        const ngram = { tokens, log10p: -4 * next(), log10Backoff: size === 3 ? 0 : -next() }
        if (size < 3 || next() < 0.5) found.set(tokens.join(' '), ngram)
      }
    }
  }
  return [...found.values()]
}

const ngrams = ngramsOf(CORPUS)
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-score-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(change: Partial<TableFile> = {}): Uint8Array {
  const table = new NgramTable({ expected: ngrams.length, isOwn: true })
  for (const { tokens, log10p, log10Backoff } of ngrams) {
    const words = Int32Array.from(tokens)
    const key = { slot: 0, mark: 0, ownMark: 0 }
    const at = table.add(keyOf({ tokens: words, checks: words }, 0, words.length, key), words.length)
    table.probabilities[at] = log10p
    table.backoffs[at] = log10Backoff
  }
  const file = path.join(folder, 'tiny.bin')
  const meta = { name: 'tiny', lang: 'en', order: 3, unknown, hasUnknown: false, isOwn: true, bits: 8 } as const
  writeTableFile(file, table, { load: 0.3, ...meta, ...change })
  return new Uint8Array(readFileSync(file))
}

const bytes = written()
const model = loadNgramModel(bytes)

/** Katz's definition over a map from n-grams to their values, one string a key. */
function slowLog10p(text: string): number {
  const table = new Map(ngrams.map((ngram) => [ngram.tokens.join(' '), ngram]))
  const block = tokenBlock(8192)
  readTokens(text, 0, block)
  let total = 0
  let line = [LINE_START]
  const probability = (context: readonly number[], token: number): number => {
    const hit = table.get([...context, token].join(' '))
    if (hit) return hit.log10p
    if (context.length === 0) return unknown
    return (table.get(context.join(' '))?.log10Backoff ?? 0) + probability(context.slice(1), token)
  }
  for (const token of block.hashes.subarray(0, block.count)) {
    total += probability(line.slice(-2), token)
    line = token === LINE_END ? [LINE_START] : [...line, token]
  }
  return total
}

const WORDS = ['the', 'wheel', 'stream', 'miller', 'water', 'turns', ',', '.', 'and', 'zebra', '水', '车', '\n', 'in']

describe('perplexity', () => {
  it('equals the slow definition but for quantisation', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }), (words) => {
        const text = words.join(' ')
        const { log10p, tokens } = scorePerplexity(model, text)
        // Half a step of 256 between the extremes of a log10 probability and two back-offs: under .02 a token.
        expect(Math.abs(log10p - slowLog10p(text))).toBeLessThanOrEqual(0.02 * tokens + 1e-9)
      }),
    )
  })

  it('does not change with where blocks end', () => {
    const line = 'the wheel turns in the stream , and the stream turns the wheel .\n'
    const once = scorePerplexity(model, line)
    // 300 lines of 64 units: the second block begins inside a line, the third inside a word.
    const many = scorePerplexity(model, line.repeat(300))
    expect(many.tokens).toBe(300 * once.tokens)
    expect(many.log10p / 300).toBeCloseTo(once.log10p, 9)
  })

  it('scores lines apart: their order changes nothing', () => {
    const lines = ['the wheel turns', 'water runs onto the wheel', 'zebra', '水车']
    const forward = scorePerplexity(model, lines.join('\n'))
    const backward = scorePerplexity(model, lines.toReversed().join('\n\n'))
    expect(backward.tokens).toBe(forward.tokens)
    expect(backward.log10p).toBeCloseTo(forward.log10p, 9)
  })

  it('counts the line ends among the tokens', () => {
    expect(scorePerplexity(model, 'the wheel\nturns').tokens).toBe(5)
    expect(scorePerplexity(model, '').tokens).toBe(0)
    expect(scorePerplexity(model, ' \n \n')).toEqual({ ppl: null, tokens: 0, log10p: 0 })
  })

  it('charges an unknown word its own price and forgets the context', () => {
    const known = scorePerplexity(model, 'wheel').log10p
    const withUnknown = scorePerplexity(model, 'wheel xylophone').log10p
    expect(withUnknown).toBeLessThan(known + unknown + 0.5)
    const one = scorePerplexity(model, 'xylophone xylophone').log10p
    const two = scorePerplexity(model, 'xylophone gyroscope').log10p
    expect(one).toBe(two)
  })

  it('has no perplexity below the guard', () => {
    const short = scorePerplexity(model, 'wheel '.repeat(MIN_TOKENS - 2))
    expect(short).toMatchObject({ ppl: null, tokens: MIN_TOKENS - 1 })
    const long = scorePerplexity(model, 'wheel '.repeat(MIN_TOKENS - 1))
    expect(long.tokens).toBe(MIN_TOKENS)
    expect(long.ppl).toBeCloseTo(10 ** (-long.log10p / long.tokens), 9)
  })

  it('reads the text as the normaliser does', () => {
    expect(scorePerplexity(model, 'The “Wheel”')).toEqual(scorePerplexity(model, 'the "wheel"'))
    expect(scorePerplexity(model, '１９９９')).toEqual(scorePerplexity(model, '2024'))
  })
})

describe('bucketOf', () => {
  it.each([
    [1, 0],
    [Math.E + 1e-9, 16],
    [100, 73],
    [105.9, 74],
    [1e6, 221],
  ])('%d → %d', (ppl, bucket) => expect(bucketOf(ppl)).toBe(bucket))
})

describe('loadNgramModel', () => {
  it('reads what was written', () => {
    expect(model).toMatchObject({ lang: 'en', order: 3 })
    expect(model.slots.filter((slot) => slot !== 0)).toHaveLength(ngrams.length)
    expect(model.id).toMatch(/^tiny@[0-9a-f]{12}$/)
  })

  it('refuses every cut and every flipped bit', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        expect(() => loadNgramModel(bytes.subarray(0, at))).toThrow(/^n-gram model: field/)
        expect(() => loadNgramModel(bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit)))).toThrow(/^n-gram model: field/)
      }),
    )
  })

  it.each([
    ['an order it does not know', { order: 9 }, /field order at byte 6: found 9, expected 1 to 6/],
    ['a probability above 1', { unknown: 0.5 }, /field unknown at byte 40: expected a log10 probability below 0/],
  ])('refuses %s', (_, change, message) => {
    expect(() => loadNgramModel(written(change))).toThrow(message)
  })

  it('refuses a table so full that a search might not end', () => {
    expect(() => loadNgramModel(written({ load: 0.99 }))).toThrow(/field entries at byte \d+: \d+ entries in \d+ slots/)
  })
})
