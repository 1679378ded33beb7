import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadNgramModel } from '../../../functions/perplexity/ngram-model.ts'
import { scorePerplexity } from '../../../functions/perplexity/score.ts'

const CLI = path.join(import.meta.dirname, '../../../cli/millrace.ts')
const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-models-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (args: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, [CLI, 'models', ...args], { cwd: folder, encoding: 'utf8', input })

const ARPA =
  '\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-3 <unk>\n-99 <s> -0.5\n-1 </s>\n-1 wheel -0.25\n\n\\2-grams:\n-0.5 <s> wheel\n\n\\end\\\n'

describe('millrace models import-arpa', () => {
  writeFileSync(path.join(folder, 'Tiny Model.arpa'), ARPA)

  it('writes a model that scores, and says what it is', () => {
    const { status, stdout, stderr } = run([
      'import-arpa',
      'Tiny Model.arpa',
      '-o',
      'a.bin',
      '--tokens',
      'millrace',
      '--quantise',
      'none',
      '--lang',
      'en',
    ])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const about = JSON.parse(stdout) as { id: string }
    const model = loadNgramModel(readFileSync(path.join(folder, 'a.bin')))
    expect(about).toMatchObject({ id: model.id, ngrams: [4, 1], unknown: -3, filledIn: 0, shadowed: 0, foreign: 0 })
    expect(model.id).toMatch(/^tiny-model@/)
    expect(scorePerplexity(model, 'Wheel wheel').log10p).toBeCloseTo(-0.5 - 0.25 - 1 - 0.25 - 1, 6)
  })

  it('leaves no file behind for a bad one', () => {
    writeFileSync(path.join(folder, 'bad.arpa'), ARPA.replace('-1 wheel', '1 wheel'))
    const { status, stderr } = run(['import-arpa', 'bad.arpa', '-o', 'bad.bin'])
    expect(status).not.toBe(0)
    expect(stderr).toContain('bad.arpa: line 9: found log10 p = 1, expected 0 or less')
    expect(stderr).not.toContain('    at ')
    expect(existsSync(path.join(folder, 'bad.bin'))).toBe(false)
  })

  it.each([
    ['no output', ['Tiny Model.arpa'], '-o FILE is missing'],
    ['a missing file', ['none.arpa', '-o', 'x'], 'There is no file none.arpa'],
    ['another width', ['Tiny Model.arpa', '-o', 'x', '--quantise', '4'], '--quantise is "4", expected 8 or none'],
    ['another language', ['Tiny Model.arpa', '-o', 'x', '--lang', 'EN'], '--lang is "EN", expected 1 to 8 lower-case'],
  ])('turns away %s', (_, args, message) => {
    const { status, stderr } = run(['import-arpa', ...args])
    expect(status).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('millrace models train-ngram', () => {
  const corpus = path.join(import.meta.dirname, '../../fixtures/ngram/corpus.txt')

  it('writes a model that scores text, and says what it counted', () => {
    const { status, stdout, stderr } = run([
      'train-ngram',
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
    const args = ['train-ngram', corpus, corpus, '-o', 's.bin', '--order', '3', '--max-size', '5.5KiB']
    const { status, stdout, stderr } = run([...args, '--min-count', '4', '--weights', '1 2.5', '--lang', 'en'])
    expect(stderr).toContain('23 words that occur 4 times or more, 21 that do not')
    expect(status).toBe(0)
    const about = JSON.parse(stdout) as { id: string; bytes: number; ngrams: number[] }
    const file = readFileSync(path.join(folder, 's.bin'))
    const model = loadNgramModel(file)
    expect(about).toMatchObject({ id: model.id, bytes: file.length, tokens: 258, words: 23 })
    expect(file.length).toBeLessThanOrEqual(5632)
    expect(about.ngrams.reduce((sum, size) => sum + size)).toBe(model.entries + 1)
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
    const { status, stderr } = run(['train-ngram', corpus, '-o', 'none.bin', '--order', '3', ...args])
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
  ])('turns away %s', (_, args, message) => {
    writeFileSync(path.join(folder, 'little.txt'), 'a b c\n')
    const { status, stderr } = run(['train-ngram', 'little.txt', '-o', 'little.bin', ...args])
    expect(status).not.toBe(0)
    expect(stderr).toContain(message)
    expect(existsSync(path.join(folder, 'little.bin'))).toBe(false)
  })
})

describe('millrace models tokenise', () => {
  it('writes the tokens of each line', () => {
    const { status, stdout } = run(['tokenise'], 'The “Wheel” turns.\n\n \n水车 19\r\n')
    expect(status).toBe(0)
    expect(stdout).toBe('the " wheel " turns .\n水 车 00\n')
  })
})

describe('millrace models', () => {
  it('names its actions when it gets another', () => {
    const { status, stderr } = run(['import'])
    expect(status).toBe(2)
    expect(stderr).toContain('There is no action "import"')
  })
})
