import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import type { NgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'
import { scoreSentence } from '../../../functions/perplexity/score-ready.ts'
import { importArpa } from '../../../models/training/arpa-import.ts'
import type { Imported } from '../../../models/training/arpa-import.ts'
import { writeTableFile } from '../../../models/training/ngram-table-file.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-arpa-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ARPA = `\\data\\
ngram 1=6
ngram 2=5
ngram 3=2

\\1-grams:
-2.5\t<unk>\t0
0\t<s>\t-0.30
-1.25\t</s>\t0
-1\twheel\t-0.25
-1.5\tThe\t-0.5
-2\t水\t-0.125

\\2-grams:
-0.5\t<s> The\t-0.0625
-0.75\tThe wheel\t-0.4
-0.6\twheel </s>\t0
-1.1\twheel 水\t-0.2
-0.9\t水 </s>\t0

\\3-grams:
-0.25\t<s> The wheel
-0.125\tThe wheel </s>

\\end\\
`

async function read(content: string | Buffer, isOwn = false): Promise<Imported> {
  const file = path.join(folder, 'model.arpa')
  writeFileSync(file, content)
  return importArpa(file, { isOwn })
}

async function load(
  content: string | Buffer,
  { isOwn = false, bits = 32 }: { isOwn?: boolean; bits?: 8 | 32 } = {},
): Promise<NgramModel> {
  const imported = await read(content, isOwn)
  const { table, counts, unknown, hasUnknown } = imported
  const file = path.join(folder, 'model.bin')
  writeTableFile(file, table, { name: 'tiny', lang: 'en', order: counts.length, unknown, hasUnknown, isOwn, bits })
  return loadNgramModel(readFileSync(file))
}

describe('an ARPA file', () => {
  it.each([
    // p(The | <s>) + p(wheel | <s> The) + p(</s> | The wheel)
    ['The wheel', -0.5 - 0.25 - 0.125, 3, 0],
    // b(<s>) + p(wheel), p(水 | wheel), b(wheel 水) + p(</s> | 水)
    ['wheel 水', -0.3 - 1 - 1.1 + -0.2 - 0.9, 3, 0],
    // b(<s>) + p(unk), p(The), p(</s>) after b(The)
    ['the The', -0.3 - 2.5 - 1.5 + -0.5 - 1.25, 3, 1],
    ['', -0.3 - 1.25, 1, 0],
    [' \t The\r\n', -0.5 + -0.0625 - 0.5 - 1.25, 2, 0],
  ])('scores %j as Katz says', async (sentence, log10p, tokens, unknown) => {
    const score = scoreSentence(await load(ARPA), sentence)
    expect(score.log10p).toBeCloseTo(log10p, 6)
    expect(score).toMatchObject({ tokens, unknown })
  })

  it.each([
    ['spaces for tabs', ARPA.replaceAll('\t', ' ')],
    ['carriage returns', ARPA.replaceAll('\n', '\r\n')],
    ['gzip', gzipSync(ARPA)],
    ['gzip of two members', Buffer.concat([gzipSync(ARPA.slice(0, 100)), gzipSync(ARPA.slice(100))])],
    ['<UNK> for <unk>', ARPA.replace('<unk>', '<UNK>')],
    ['back-offs of 0 left out', ARPA.replaceAll('\t0\n', '\n')],
    ['-99 for the start', ARPA.replace('0\t<s>', '-99\t<s>')],
    ['no line end after the last line', ARPA.trimEnd()],
    ['lines after the end', `${ARPA}\nwritten by hand\n`],
    ['blank lines before the start', `\n\n${ARPA}`],
    ['spaces in the header', ARPA.replace('ngram 1=6', 'ngram  1 = 6')],
  ])('is the same with %s', async (_, content) => {
    const plain = await load(ARPA)
    const other = await load(content)
    for (const sentence of ['The wheel', 'wheel 水 wheel', 'zebra The', '']) {
      expect(scoreSentence(other, sentence)).toEqual(scoreSentence(plain, sentence))
    }
  })

  const without = (line: string): string => ARPA.replace(`${line}\n`, '')
  it.each([
    ['no ARPA file', 'hello\n', /line 1: found "hello", expected \\data\\: likely no ARPA file/],
    ['nothing', '', /line 1: the file is empty, expected \\data\\/],
    [
      'a binary model',
      'mmap lm http://kheafield.com/code format version 5\n\0',
      /line 1: found a binary model of KenLM/,
    ],
    ['bzip2', 'BZh91AY', /line 1: found a bzip2 file: decompress it first/],
    ['a header alone', '\\data\\\nngram 1=3\n', /line 3: the file ends without \\end\\: likely cut short/],
    ['no counts', '\\data\\\n\\1-grams:\n', /line 2: found "\\\\1-grams:", expected ngram 1=…/],
    ['a count that is none', ARPA.replace('2=5', '2=x'), /line 3: found "ngram 2=x", expected ngram 2= and a number/],
    ['a missing count', without('ngram 2=5'), /line 3: found the count of 3-grams, expected that of 2-grams/],
    [
      'too few n-grams',
      without('-1.1\twheel 水\t-0.2'),
      /line 20: found "\\\\3-grams:" after 4 2-grams, the header says 5/,
    ],
    ['too many n-grams', ARPA.replace('3=2', '3=1'), /line 23: found .* after all 1 3-grams of the header/],
    ['sections in another order', ARPA.replace('\\2-grams', '\\3-grams'), /line 14: .* expected \\2-grams:/],
    ['no end', without('\\end\\'), /line 25: the file ends in the 3-grams, 2 of 2 read without \\end\\/],
    ['a cut file', ARPA.slice(0, 110), /the file ends in the 1-grams, \d of 6 read/],
    ['NaN', ARPA.replace('-0.75', 'nan'), /line 16: found "nan", expected a log10 probability from -99 to 99/],
    ['infinity', ARPA.replace('-0.4\n', '-inf\n'), /line 16: found "-inf", expected a log10 back-off/],
    ['a probability above 1', ARPA.replace('-0.75', '0.75'), /line 16: found log10 p = 0.75, expected 0 or less/],
    [
      'a field too few',
      ARPA.replace('-0.75\tThe wheel\t-0.4', '-0.75\tThe'),
      /line 16: found 2 fields .* expected 3 or 4/,
    ],
    ['a field too many', ARPA.replace('\tThe wheel\t-0.4', '\tThe big wheel\t-0.4'), /line 16: found 5 fields/],
    [
      'a back-off of the longest',
      ARPA.replace('<s> The wheel\n', '<s> The wheel\t-1\n'),
      /line 22: found a back-off of -1/,
    ],
    ['a word twice', ARPA.replace('\tThe\t', '\twheel\t'), /line 11: "wheel" is there for the second time/],
    ['an n-gram twice', ARPA.replace('wheel 水', 'The wheel'), /line 18: "The wheel" is there for the second time/],
    [
      'a word without its 1-gram',
      ARPA.replace('The wheel\t', 'The mill\t'),
      /line 16: "The mill": the word "mill" is not/,
    ],
    [
      'an n-gram without its context',
      ARPA.replace('<s> The wheel', '水 The wheel'),
      /line 22: "水 The wheel": its context "水 The"/,
    ],
    ['no start', ARPA.replaceAll('<s>', 's'), /there is no 1-gram <s>: likely counted without the ends of sentences/],
    ['another encoding', Buffer.from(ARPA.replace('水\t', 'é\t'), 'latin1'), /line 12: the bytes are not UTF-8/],
    ['gzip that breaks off', gzipSync(ARPA).subarray(0, 60), /the gzip data break off or are damaged/],
    [
      'an order that is not read',
      ARPA.replace('3=2', '3=2\nngram 4=0\nngram 5=0\nngram 6=0\nngram 7=0'),
      /line 8: .*over 6/,
    ],
    ['a line without an end', `\\data\\\n${'x'.repeat(3e6)}`, /line 2: is longer than 1048576 bytes/],
  ])('is refused with %s', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message)
    await expect(read(content)).rejects.toThrow(/model\.arpa: line \d+: /)
  })

  it('may lack suffixes: what pruning took is put in at the price of backing off', async () => {
    // As SRILM prunes: "水 The wheel" without "The wheel".
    const pruned = ARPA.replace('-0.75\tThe wheel\t-0.4\n', '')
      .replace('2=5', '2=4')
      .replace('-0.125\tThe wheel </s>\n', '')
      .replace('3=2', '3=1')
    const imported = await read(pruned)
    expect(imported.filledIn).toBe(1)
    const model = await load(pruned)
    expect(scoreSentence(model, 'The wheel').log10p).toBeCloseTo(-0.5 - 0.25 + 0 - 0.6, 6)
    expect(scoreSentence(model, '水 The wheel').log10p).toBeCloseTo(-0.3 - 2 + -0.125 - 1.5 + -0.5 - 1 - 0.6, 6)
  })

  it('may have n-grams of <unk>: a word that it lacks is read as that', async () => {
    const model = await load(
      ARPA.replace('-0.6\twheel </s>', '-0.7\t<unk> wheel').replace('-2.5\t<unk>\t0', '-2.5\t<unk>\t-1'),
    )
    expect(model.hasUnknown).toBe(true)
    expect(scoreSentence(model, 'mill wheel').log10p).toBeCloseTo(-0.3 - 2.5 - 0.7 + -0.25 - 1.25, 6)
    expect(scoreSentence(model, 'mill race').log10p).toBeCloseTo(-0.3 - 2.5 - 1 - 2.5 - 1 - 1.25, 6)
  })

  it('may lack <unk>, which then costs what it does with KenLM', async () => {
    const model = await load(ARPA.replace('-2.5\t<unk>\t0\n', '').replace('1=6', '1=5'))
    expect(scoreSentence(model, 'mill').log10p).toBeCloseTo(-0.3 - 100 - 1.25, 6)
  })

  it('may have one order, or six', async () => {
    const one = await load('\\data\\\nngram 1=3\n\\1-grams:\n-99 <s>\n-1 </s>\n-2 a\n\\end\\\n')
    expect(scoreSentence(one, 'a a').log10p).toBeCloseTo(-5, 6)
    const sections = [3, 4, 5, 6].map((n) => `\\${n}-grams:\n-0.5 ${Array(n).fill('a').join(' ')}\n`).join('\n')
    const six = await load(
      `\\data\\\nngram 1=3\n${[2, 3, 4, 5, 6].map((n) => `ngram ${n}=1\n`).join('')}` +
        `\\1-grams:\n-99 <s> -1\n-1 </s>\n-2 a -0.5\n\\2-grams:\n-1 a a\n${sections}\\end\\\n`,
    )
    expect(scoreSentence(six, 'a '.repeat(6)).log10p).toBeCloseTo(-1 - 2 - 1 - 4 * 0.5 - 0.5 - 1, 6)
  })
})

describe('the model made from it', () => {
  it('scores text when its words are tokens of ours', async () => {
    const arpa = ARPA.replaceAll('The', 'the')
    const imported = await read(arpa, true)
    expect(imported).toMatchObject({ foreign: 0, collisions: 0 })
    const model = await load(arpa, { isOwn: true })
    const text = scorePerplexity(model, 'THE WHEEL\n\n水')
    expect(text.tokens).toBe(5)
    expect(text.log10p).toBeCloseTo(scoreSentence(model, 'the wheel').log10p + scoreSentence(model, '水').log10p, 9)
    expect(await read(ARPA.replaceAll('wheel', 'constructor'), true)).toMatchObject({
      foreign: 1,
      foreignWords: ['The'],
    })
  })

  it('scores no text when they are not', async () => {
    const model = await load(ARPA)
    expect(() => scorePerplexity(model, 'The wheel')).toThrow(/tiny@.*expected tokens of ours/)
  })

  it('is near the file when quantised', async () => {
    const [wide, narrow] = [await load(ARPA), await load(ARPA, { bits: 8 })]
    fc.assert(
      fc.property(fc.array(fc.constantFrom('The', 'wheel', '水', 'mill'), { maxLength: 9000 }), (words) => {
        const [a, b] = [wide, narrow].map((model) => scoreSentence(model, words.join(' ')))
        expect(b?.tokens).toBe(words.length + 1)
        expect(Math.abs((a?.log10p ?? 0) - (b?.log10p ?? 0))).toBeLessThan(0.01 * (words.length + 1))
      }),
      { numRuns: 20 },
    )
  })

  it('does not change with where blocks end', async () => {
    const model = await load(ARPA)
    const once = scoreSentence(model, 'The wheel '.repeat(1)).log10p
    const added = scoreSentence(model, 'The wheel The wheel').log10p - once
    const many = scoreSentence(model, 'The wheel '.repeat(5000))
    expect(many.tokens).toBe(10_001)
    expect(many.log10p).toBeCloseTo(once + 4999 * added, 3)
  })

  it('refuses every flipped bit', async () => {
    await load(ARPA)
    const bytes = readFileSync(path.join(folder, 'model.bin'))
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        expect(() => loadNgramModel(bytes.subarray(0, at))).toThrow(/^n-gram model: field/)
        expect(() => loadNgramModel(bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)))).toThrow(
          /^n-gram model: field/,
        )
      }),
    )
  })
})
