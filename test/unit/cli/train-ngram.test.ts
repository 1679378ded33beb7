/** `millrace models train-ngram` from files of text to a model that scores. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'
import { runCommand, startCommand } from '../../support/command.ts'
import type { Ran } from '../../support/command.ts'
import { topicTexts } from '../../support/topic-texts.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-train-ngram-'))
afterAll(() => rmSync(folder, { recursive: true }))

const train = (args: readonly string[]): Ran => runCommand(['models', 'train-ngram', ...args], { cwd: folder })

const corpus = path.join(import.meta.dirname, '../../fixtures/ngram/corpus.txt')

describe('millrace models train-ngram', () => {
  it('writes a model that scores text, and says what it counted', () => {
    const { status, stdout, stderr } = train([
      corpus,
      '-o',
      't.bin',
      '--order',
      '4',
      '--prune',
      '0 0 1',
      '--discount-fallback',
    ])
    expect(stderr).toContain('train-ngram: 129 tokens in 16 sentences, 44 words')
    expect(status).toBe(0)
    const about = JSON.parse(stdout) as { id: string }
    const model = loadNgramModel(readFileSync(path.join(folder, 't.bin')))
    expect(about).toMatchObject({
      id: model.id,
      tokens: 129,
      words: 44,
      ngrams: [47, 81, 16, 10],
      counted: [47, 81, 92, 86],
    })
    const easy = scorePerplexity(model, 'The wheel turns in the stream').log10p
    expect(easy).toBeGreaterThan(scorePerplexity(model, 'stream the in turns wheel the').log10p)
  })

  it('writes a model that is no larger than it may be', () => {
    const args = [corpus, corpus, '-o', 's.bin', '--order', '3', '--max-size', '5.75KiB']
    const { status, stdout, stderr } = train([...args, '--min-count', '4', '--weights', '1 2.5', '--lang', 'en'])
    expect(stderr).toContain('23 words that occur 4 times or more, 21 that do not')
    expect(stderr).toContain(
      'discounts of 2-grams are .5, 1 and 1.5: they cannot be estimated, since none has a count of 1',
    )
    expect(stderr).not.toContain('discounts of 1-grams')
    expect(status).toBe(0)
    const about = JSON.parse(stdout) as { id: string; bytes: number; ngrams: number[] }
    const file = readFileSync(path.join(folder, 's.bin'))
    const model = loadNgramModel(file)
    expect(about).toMatchObject({ id: model.id, bytes: file.length, tokens: 258, words: 23 })
    expect(file.length).toBeLessThanOrEqual(5888)
    expect(about.ngrams.reduce((sum, size) => sum + size)).toBe(model.slots.filter((slot) => slot !== 0).length + 1)
    const easy = scorePerplexity(model, 'The wheel turns in the stream').log10p
    expect(easy).toBeGreaterThan(scorePerplexity(model, 'stream the in turns wheel the').log10p)
  })

  it.each([
    [
      'a size without its words',
      ['--max-size', '5.3KiB'],
      'the words alone are 47: give more room, or leave rarer words out',
    ],
    ['a size of nothing', ['--max-size', '10'], '--max-size is 10 bytes, less than the head of a model takes'],
    [
      'a size that is none',
      ['--max-size', '6 apples'],
      '--max-size is "6 apples", expected a number of bytes or one with',
    ],
    [
      'rare words without a size',
      ['--min-count', '2'],
      '--min-count is for a model of a given size: --max-size is missing',
    ],
    ['weights for other files', ['--max-size', '1MB', '--weights', '1 2'], '--weights is "1 2", expected 1 numbers'],
    ['a weight of 0', ['--max-size', '1MB', '--weights', '0'], '--weights is "0", expected 1 numbers above 0'],
  ])('turns away %s', (_, args, message) => {
    const { status, stderr } = train([corpus, '-o', 'none.bin', '--order', '3', ...args])
    expect(status).toBe(2)
    expect(stderr).toContain(message)
    expect(existsSync(path.join(folder, 'none.bin'))).toBe(false)
  })

  it.each([
    ['thresholds that fall', ['--prune', '0 2 1'], '--prune is "0 2 1", expected numbers that do not fall'],
    ['words that go', ['--prune', '1'], '--prune begins with 1, expected 0'],
    ['more thresholds than orders', ['--order', '2', '--prune', '0 0 1'], 'expected 1 to 2 whole numbers'],
    ['an order that is none', ['--order', '7'], '--order is "7", expected a whole number from 2 to 6'],
    ['too little text', ['--order', '2'], 'adjusted count'],
    ['words that are rare', ['--min-count', '9', '--max-size', '1MiB'], 'no word occurs 9 times or more, of 3 words'],
  ])('turns away %s', (_, args, message) => {
    writeFileSync(path.join(folder, 'little.txt'), 'a b c\n')
    const { status, stderr } = train(['little.txt', '-o', 'little.bin', ...args])
    expect(status).not.toBe(0)
    expect(stderr).toContain(message)
    expect(existsSync(path.join(folder, 'little.bin'))).toBe(false)
  })

  it('reads the texts of NDJSON, and counts none of its marks', () => {
    const lines = readFileSync(corpus, 'utf8').trimEnd().split('\n')
    // Two texts of several lines, and blank lines between.
    const texts = [lines.slice(0, 9).join('\n'), lines.slice(9).join('\n')]
    const content = `\n${texts.map((text) => JSON.stringify({ id: 7, text, lang: 'fr' })).join('\n \r\n')}`
    writeFileSync(path.join(folder, 'texts.ndjson.zst'), zstdCompressSync(content))
    const options = ['--order', '3', '--discount-fallback', '--name', 'same']
    expect(train([corpus, '-o', 'plain.bin', ...options]).status).toBe(0)
    expect(train(['texts.ndjson.zst', '-o', 'ndjson.bin', ...options]).stderr).toContain('129 tokens in 16 sentences')
    const [plain, ndjson] = ['plain.bin', 'ndjson.bin'].map((name) => readFileSync(path.join(folder, name)))
    expect(plain?.equals(ndjson ?? Buffer.alloc(0))).toBe(true)
  })

  it.each([
    [
      'another kind of line',
      '{"text": "a b"}\n\nplain\n',
      /bad.txt: line 3 is not JSON: .* \(the file's first line is NDJSON\)/,
    ],
    ['a line without a text', '{"text": "a"}\n{"txt": "a"}\n', /bad.txt: line 2: "text" is missing, expected a string/],
    ['an object of another kind', '{"txt": "a"}\n', /bad.txt: line 1: "text" is missing/],
  ])('turns away %s in NDJSON', (_, content, message) => {
    writeFileSync(path.join(folder, 'bad.txt'), content)
    const { status, stderr } = train([corpus, 'bad.txt', '-o', 'none.bin'])
    expect(stderr).toMatch(message)
    expect(status).toBe(2)
    expect(existsSync(path.join(folder, 'none.bin'))).toBe(false)
  })

  it('leaves nothing behind when it is killed', async () => {
    writeFileSync(
      path.join(folder, 'long.txt'),
      topicTexts(600, 3)
        .map(({ text }) => `${text}\n`)
        .join(''),
    )
    const scratch = path.join(folder, 'scratch')
    mkdirSync(scratch)
    const options = ['--max-size', '1MiB', '--memory', '1', '--folder', scratch]
    const running = startCommand(['models', 'train-ngram', 'long.txt', '-o', 'never.bin', ...options], { cwd: folder })
    // They are on the disk by now, and not yet read.
    await running.said('candidates')
    running.kill('SIGKILL')
    expect((await running.ended).signal).toBe('SIGKILL')
    expect(readdirSync(scratch)).toEqual([])
    expect(readdirSync(folder).filter((name) => name.startsWith('never'))).toEqual([])
  })
})
